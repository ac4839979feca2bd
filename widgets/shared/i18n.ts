/* Words for people: English is the key, the catalogue of the page's language is loaded once before anything is drawn. */

type Catalogue = Record<string, string | string[]>;
type Values = Record<string, string | number>;

let catalogue: Catalogue = {};

/** The language of the page (`<html lang>`), for `Intl` as well. */
export const language = typeof document === 'undefined' ? 'en' : document.documentElement.lang || 'en';

/** Loads the file that `<html data-catalogue>` names; English pages have none. A missing file leaves English. */
export async function loadCatalogue(): Promise<void> {
  const address = document.documentElement.dataset.catalogue;
  if (!address) return;
  try {
    useCatalogue(await (await fetch(address)).json());
  } catch {
    // Words in English are better than no page.
  }
}

export function useCatalogue(messages: Catalogue): void {
  catalogue = messages;
}

/** The text in the reader's language, `{name}` filled in. The first argument must be a literal: it is collected from the source. */
export function _(text: string, values?: Values): string {
  const translated = catalogue[text];
  return fill(typeof translated === 'string' ? translated : text, values);
}

/** Like `_` for a count, which may be written as `{n}`. */
export function ngettext(one: string, many: string, n: number, values?: Values): string {
  const forms = catalogue[one];
  const english = n === 1 ? one : many;
  // Chinese has one form; languages with more take the one that their plural rule names.
  return fill(Array.isArray(forms) ? forms[pluralIndex(n, forms.length)] ?? english : english, { n: number(n), ...values });
}

function pluralIndex(n: number, forms: number): number {
  if (forms === 1) return 0;
  const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
  const order = ['zero', 'one', 'two', 'few', 'many', 'other'].filter((each) => pluralCategories.includes(each as Intl.LDMLPluralRule));
  return order.indexOf(new Intl.PluralRules(language).select(n));
}

function fill(text: string, values?: Values): string {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text;
}

export function number(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(language, options).format(value);
}

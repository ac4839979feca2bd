// Copies words to the clipboard, and says whether that worked.
import { toast } from '../shared/components/index.ts';
import { _ } from '../shared/i18n.ts';

/** Answers false where the browser does not let us: then the words should stand there selected. */
export async function copy(words: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(words);
    toast(_('Copied'));
    return true;
  } catch {
    toast(_('The browser did not let us copy. Select it and copy by hand.'), { meaning: 'warn' });
    return false;
  }
}

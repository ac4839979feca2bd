/* Views that a chat does not need in its first second, fetched together when it has settled, so that the first open stays small. */
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';

type Later = typeof import('./later.ts');
type Views = { [Name in keyof Later]: Later[Name] extends (props: infer Props) => preact.JSX.Element ? Props : never };

const later = signal<Later | null>(null);
let loading: Promise<Later> | null = null;

/** Also called once at leisure: by the time the network is gone, the form is here. */
export function loadLater(): Promise<Later> {
  loading ??= import('./later.ts').then(
    (module) => (later.value = module),
    // Without a network now: the view that needs it is drawn when it has come.
    () => new Promise<Later>((resolve) => setTimeout(() => { loading = null; resolve(loadLater()); }, 3_000)),
  );
  return loading;
}

/** A component of later.ts; until it is here, `Meanwhile` or nothing is drawn. */
export function lazy<Name extends 'EmojiPicker' | 'Ending' | 'FormOffer' | 'MoreMenu' | 'Queue' | 'TicketForm' | 'Tickets' | 'Uploads'>(name: Name, Meanwhile?: ComponentType): ComponentType<Views[Name]> {
  return function Lazy(props) {
    const Loaded = later.value?.[name] as ComponentType<Views[Name]> | undefined;
    if (!Loaded) void loadLater();
    return Loaded ? <Loaded {...props} /> : Meanwhile ? <Meanwhile /> : null;
  };
}

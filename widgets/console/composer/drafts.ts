// What was typed and not sent, per place; kept in memory and through a reload, never mixed up between customers.
import { signal, type Signal } from '@preact/signals';
import { partFor, upload, type Upload } from '../../shared/upload.ts';
import type { Part, Stored } from '../../shared/types.ts';
import { api, wordsOf } from '../session.ts';

/** A file on its way to the server, or there. */
export interface Attached {
  key: number;
  file: File;
  share: number;
  stored: Stored | null;
  problem: string | null;
  preview: string | null;
  upload: Upload;
}

export interface Draft {
  text: Signal<string>;
  isNote: Signal<boolean>;
  isWhisper: Signal<boolean>;
  files: Signal<Attached[]>;
}

const drafts = new Map<string, Draft>();
let keys = 0;

export function draftOf(place: string): Draft {
  let draft = drafts.get(place);
  if (!draft) {
    const kept = recall(place);
    draft = { text: signal(kept.text), isNote: signal(kept.isNote), isWhisper: signal(!!kept.isWhisper), files: signal([]) };
    drafts.set(place, draft);
  }
  return draft;
}

export const hasDraft = (place: string) => !!drafts.get(place)?.text.value.trim() || !!recall(place).text.trim();

function recall(place: string): { text: string; isNote: boolean; isWhisper?: boolean } {
  try {
    return JSON.parse(sessionStorage.getItem(`draft.${place}`) ?? 'null') ?? { text: '', isNote: false };
  } catch {
    return { text: '', isNote: false };
  }
}

export function keepDraft(place: string, { text, isNote, isWhisper }: Draft): void {
  try {
    if (text.value || isNote.value || isWhisper.value) sessionStorage.setItem(`draft.${place}`, JSON.stringify({ text: text.value, isNote: isNote.value, isWhisper: isWhisper.value }));
    else sessionStorage.removeItem(`draft.${place}`);
  } catch { /* memory has it */ }
}

/** Files start on their way at once, so that sending waits for nothing. */
export function attach(draft: Draft, files: readonly File[]): void {
  for (const file of files) {
    const key = ++keys;
    const change = (to: Partial<Attached>) => { draft.files.value = draft.files.value.map((each) => (each.key === key ? { ...each, ...to } : each)); };
    const start = upload(api, file, (share) => change({ share }));
    const preview = file.type.startsWith('image/') ? URL.createObjectURL(file) : null;
    draft.files.value = [...draft.files.value, { key, file, share: 0, stored: null, problem: null, preview, upload: start }];
    start.stored.then((stored) => change({ stored, share: 1 }), (error: unknown) => change({ problem: wordsOf(error) }));
  }
}

export function detach(draft: Draft, key: number): void {
  const gone = draft.files.value.find((each) => each.key === key);
  if (gone && !gone.stored) gone.upload.cancel();
  if (gone?.preview) URL.revokeObjectURL(gone.preview);
  draft.files.value = draft.files.value.filter((each) => each.key !== key);
}

export const isReady = (draft: Draft) =>
  (!!draft.text.value.trim() || draft.files.value.length > 0) && draft.files.value.every(({ stored, problem }) => stored && !problem);

/** The message that the draft has become; the draft is empty after. */
export function takeParts(place: string, draft: Draft): Part[] {
  const text = draft.text.value.trim();
  const parts: Part[] = [...(text ? [{ type: 'text', text } as const] : []), ...draft.files.value.flatMap(({ stored }) => (stored ? [partFor(stored)] : []))];
  draft.files.value.forEach(({ preview }) => preview && URL.revokeObjectURL(preview));
  draft.text.value = '';
  draft.files.value = [];
  keepDraft(place, draft);
  return parts;
}

/* Files on their way up: progress, cancel, retry; one after the other, so that pictures arrive in the order in which they were given. */
import { signal, type Signal } from '@preact/signals';
import { ApiError, newId } from '../shared/api.ts';
import { _ } from '../shared/i18n.ts';
import type { Stored } from '../shared/types.ts';
import { upload } from '../shared/upload.ts';
import { api } from './session.ts';

export interface Attachment {
  client_id: string;
  file: File;
  /** A blob: address of a picture, to show before it is stored. */
  preview: string | null;
  share: number;
  state: 'waiting' | 'uploading' | 'failed';
  problem: string;
  canRetry: boolean;
}

const LARGEST = 25_000_000;   // spec 5.11; the server has the last word

export class Attachments {
  readonly list: Signal<Attachment[]> = signal([]);
  #cancel: (() => void) | null = null;

  constructor(private readonly onStored: (stored: Stored, client_id: string) => void) {}

  add(files: File[]): void {
    this.list.value = [...this.list.value, ...files.map(waiting)];
    void this.#next();
  }

  remove(client_id: string): void {
    const attachment = this.list.value.find((each) => each.client_id === client_id);
    this.list.value = this.list.value.filter((each) => each !== attachment);
    if (attachment?.preview) URL.revokeObjectURL(attachment.preview);
    if (attachment?.state === 'uploading') this.#cancel?.();
  }

  retry(client_id: string): void {
    this.#change(client_id, { state: 'waiting', share: 0, problem: '' });
    void this.#next();
  }

  #change(client_id: string, change: Partial<Attachment>): void {
    this.list.value = this.list.value.map((each) => (each.client_id === client_id ? { ...each, ...change } : each));
  }

  async #next(): Promise<void> {
    const next = this.list.value.find(({ state }) => state === 'waiting');
    if (!next || this.list.value.some(({ state }) => state === 'uploading')) return;
    const { client_id, file } = next;
    this.#change(client_id, { state: 'uploading' });
    const { stored, cancel } = upload(api, file, (share) => this.#change(client_id, { share }));
    this.#cancel = cancel;
    try {
      this.onStored(await stored, client_id);
      this.remove(client_id);
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      this.#change(client_id, { state: 'failed', problem: problem.message, canRetry: problem.isTransient });
    }
    void this.#next();
  }
}

function waiting(file: File): Attachment {
  const isTooLarge = file.size > LARGEST;
  return {
    client_id: newId(),
    file,
    preview: /^image\/(png|jpeg|gif|webp|avif)$/.test(file.type) ? URL.createObjectURL(file) : null,
    share: 0,
    state: isTooLarge ? 'failed' : 'waiting',
    problem: isTooLarge ? _('The file is larger than 25 MB.') : '',
    canRetry: !isTooLarge,
  };
}

/* Where the visitor's files are, with a cookie or, where browsers keep none, with the session from memory. */
import type { FileSource } from '../shared/parts.tsx';
import { isEmbedded } from './host.ts';
import { api, hasSessionInMemory } from './session.ts';

const loaded = new Map<string, Promise<string>>();

async function load(file_id: string): Promise<string> {
  const response = await fetch(api.address(`/files/${file_id}`), { headers: api.authorization() });
  if (!response.ok) throw new Error(String(response.status));
  return URL.createObjectURL(await response.blob());
}

function once(file_id: string): Promise<string> {
  const source = loaded.get(file_id) ?? load(file_id);
  loaded.set(file_id, source);
  source.catch(() => loaded.delete(file_id));
  return source;
}

export const files: FileSource = {
  address: (file_id, { download } = {}) => api.address(`/files/${encodeURIComponent(file_id)}`, { download: download ? 1 : null }),
  get load() { return hasSessionInMemory() ? once : undefined; },
  // Chromium sends no partitioned cookie with a download out of a frame on another site.
  get fetch() { return isEmbedded || hasSessionInMemory() ? once : undefined; },
};

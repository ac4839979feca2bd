/* Sends one file with progress, and can be called off; `fetch` tells no progress of uploads, so this is XMLHttpRequest. */
import { ApiError, asProblem, offline, type Api } from './api.ts';
import type { Part, Stored } from './types.ts';

export interface Upload { stored: Promise<Stored>; cancel: () => void }

/** `progress` is told shares from 0 to 1. The promise fails with ApiError; a cancelled one with the code `cancelled`. */
export function upload(api: Api, file: File, progress: (share: number) => void): Upload {
  const request = new XMLHttpRequest();
  const stored = new Promise<Stored>((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onload = () => (request.status < 300 ? resolve(request.response as Stored) : reject(new ApiError(asProblem(request.response, request.status))));
    request.onerror = () => reject(offline());
    request.onabort = () => reject(new ApiError({ code: 'cancelled', status: 0, title: '' }));
  });
  request.open('POST', api.address('/files'));
  request.responseType = 'json';
  const headers = { ...api.authorization(), 'Content-Type': file.type || 'application/octet-stream', 'X-Filename': encodeURIComponent(file.name) };
  Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
  request.send(file);
  return { stored, cancel: () => request.abort() };
}

/** The message part for a stored file: pictures and film are shown, everything else is offered for download. */
export function partFor({ id: file_id, name, media_type, size, width, height }: Stored): Part {
  const common = { file_id, name, media_type, size };
  if (/^image\/(png|jpe?g|gif|webp|avif)$/.test(media_type)) return { type: 'image', ...common, ...(width && height ? { width, height } : {}) };
  if (media_type.startsWith('video/')) return { type: 'video', ...common };
  return media_type.startsWith('audio/') ? { type: 'voice', ...common } : { type: 'file', ...common };
}

/** Files in a paste or a drop. */
export function filesIn(transfer: DataTransfer | null): File[] {
  return transfer ? [...transfer.files] : [];
}

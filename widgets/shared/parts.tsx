/* Shows the parts of a message: the same bubble's inside for visitors and agents. */
import { useEffect, useState } from 'preact/hooks';
import { _, number } from './i18n.ts';
import { linkify } from './linkify.ts';
import { span } from './time.ts';
import type { FilePart, ImagePart, Part, VoicePart } from './types.ts';
import './parts.css';

export interface FileSource {
  address(file_id: string, options?: { download?: boolean }): string;
  /** Set where a file's address alone is not enough (a session that lives in memory): gives a blob: address. */
  load?: ((file_id: string) => Promise<string>) | undefined;
  /** Set where a download would not carry the session: gives a blob: address. */
  fetch?: ((file_id: string) => Promise<string>) | undefined;
}
interface Props { parts: Part[]; files: FileSource; onPicture?: (part: ImagePart) => void }

/** Menus and events are not shown here: they belong to the transcript, not to a bubble. */
export function Parts({ parts, files, onPicture }: Props) {
  return <>{parts.map((part, index) => <OnePart key={index} part={part} files={files} onPicture={onPicture} />)}</>;
}

function OnePart({ part, files, onPicture }: { part: Part; files: FileSource; onPicture: Props['onPicture'] }) {
  switch (part.type) {
    case 'text': return <Text text={part.text} />;
    case 'emoji': return <p class="part-emoji">{part.emoji}</p>;
    case 'image': return <Picture part={part} files={files} onOpen={onPicture} />;
    case 'video': return <Film part={part} files={files} />;
    case 'voice': return <Voice part={part} files={files} />;
    case 'file': return <FileLink part={part} files={files} />;
    case 'rich': return <SafeHtml html={part.html} />;
    case 'card': return <Card part={part} />;
    case 'location': return <Location part={part} />;
    case 'menu': return <Text text={part.prompt} />;
    case 'event': return null;
  }
}

export function Text({ text }: { text: string }) {
  return (
    <p class="part-text" dir="auto">
      {linkify(text).map((run) => (run.href ? <a href={run.href} target="_blank" rel="noopener noreferrer nofollow">{run.text}</a> : run.text))}
    </p>
  );
}

/** Only for HTML that the server has sanitised: the `rich` part. */
export function SafeHtml({ html }: { html: string }) {
  return <div class="part-rich" dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
}

/** The address to show a file from; null until it is known, `false` when it cannot be had. */
export function useSource(file_id: string, files: FileSource): string | null | false {
  const [source, setSource] = useState<string | null | false>(files.load ? null : files.address(file_id));
  useEffect(() => {
    if (!files.load) return setSource(files.address(file_id));
    let isGone = false;
    files.load(file_id).then((address) => { if (!isGone) setSource(address); }, () => { if (!isGone) setSource(false); });
    return () => { isGone = true; };
  }, [file_id]);
  return source;
}

function Picture({ part, files, onOpen }: { part: ImagePart; files: FileSource; onOpen: Props['onPicture'] }) {
  const source = useSource(part.file_id, files);
  const [isBroken, setBroken] = useState(false);
  if (source === false || isBroken) return <FileLink part={part} files={files} />;
  // Width and height keep the place, so that nothing jumps when the picture arrives.
  return (
    <button type="button" class="part-picture" onClick={() => onOpen?.(part)} aria-label={_('Show picture {name}', { name: part.name })}>
      <img src={source ?? undefined} alt={part.name} width={part.width} height={part.height} loading="lazy" onError={() => setBroken(true)} />
    </button>
  );
}

function Film({ part, files }: { part: FilePart; files: FileSource }) {
  const source = useSource(part.file_id, files);
  return source === false ? <FileLink part={part} files={files} /> : <video class="part-film" src={source ?? undefined} controls preload="metadata" playsInline aria-label={part.name} />;
}

function Voice({ part, files }: { part: VoicePart; files: FileSource }) {
  const source = useSource(part.file_id, files);
  return (
    <span class="part-voice">
      <audio src={source || undefined} controls preload="metadata" aria-label={_('Voice message')} />
      {part.duration ? <small>{span(part.duration)}</small> : null}
    </span>
  );
}

export function FileLink({ part, files }: { part: Pick<FilePart, 'file_id' | 'name' | 'size'>; files: FileSource }) {
  const fetchFirst = async (event: MouseEvent) => {
    if (!files.fetch) return;
    event.preventDefault();
    const link = document.createElement('a');
    Object.assign(link, { href: await files.fetch(part.file_id), download: part.name });
    link.click();
  };
  return (
    <a class="part-file" href={files.address(part.file_id, { download: true })} download={part.name} onClick={(event) => void fetchFirst(event)}>
      <span class="part-file-kind" aria-hidden="true">{extension(part.name)}</span>
      <span class="part-file-words"><span class="part-file-name">{part.name}</span><small>{size(part.size)}</small></span>
    </a>
  );
}

function Card({ part }: { part: Extract<Part, { type: 'card' }> }) {
  return (
    <a class="part-card" href={/^https?:/i.test(part.url) ? part.url : undefined} target="_blank" rel="noopener noreferrer">
      {part.image_url && /^(https?:|\/)/i.test(part.image_url) ? <img src={part.image_url} alt="" loading="lazy" /> : null}
      <strong>{part.title}</strong>
      <span>{part.description}</span>
    </a>
  );
}

function Location({ part }: { part: Extract<Part, { type: 'location' }> }) {
  const place = `${part.latitude.toFixed(5)}, ${part.longitude.toFixed(5)}`;
  const map = `https://www.openstreetmap.org/?mlat=${part.latitude}&mlon=${part.longitude}#map=16/${part.latitude}/${part.longitude}`;
  return <a class="part-card" href={map} target="_blank" rel="noopener noreferrer"><strong>{part.label || _('Location')}</strong><span>{place}</span></a>;
}

const extension = (name: string): string => (/\.([a-z0-9]{1,4})$/i.exec(name)?.[1] ?? '·').toUpperCase();

/** 512 B, 14 KB, 3.2 MB */
export function size(bytes: number): string {
  if (bytes < 1000) return `${number(bytes)} B`;
  const isMega = bytes >= 1_000_000;
  const value = bytes / (isMega ? 1_000_000 : 1000);
  return `${number(value, { maximumFractionDigits: value < 10 ? 1 : 0 })} ${isMega ? 'MB' : 'KB'}`;
}

/** One line that stands for a message in lists and notices. */
export function summary(parts: Part[]): string {
  return parts.map((part) => {
    switch (part.type) {
      case 'text': return part.text;
      case 'emoji': return part.emoji;
      case 'image': return _('[Picture]');
      case 'video': return _('[Video]');
      case 'voice': return _('[Voice message]');
      case 'file': return part.name;
      case 'rich': return part.html.replace(/<[^>]+>/g, ' ');
      case 'card': return part.title;
      case 'location': return _('[Location]');
      case 'menu': return part.prompt;
      case 'event': return '';
    }
  }).join(' ').replace(/\s+/g, ' ').trim();
}

/* Reads gettext .po files and cuts from them the catalogue that one browser entry needs. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Every message of one .po file: `{id, plural, text: string[], sources: string[], fuzzy}`; the header is left out. */
export function parsePo(content) {
  return content.split(/\n\s*\n/).map(parseMessage).filter((message) => message.id);
}

function parseMessage(block) {
  const message = { id: '', plural: null, text: [], sources: [], fuzzy: false };
  let append = () => {};
  for (const line of block.split('\n')) {
    if (line.startsWith('#:')) message.sources.push(...line.slice(2).trim().split(/\s+/).map((source) => source.replace(/:\d+$/, '')));
    else if (line.startsWith('#,')) message.fuzzy ||= line.includes('fuzzy');
    else if (!line.startsWith('#')) append = parseLine(message, line, append);
  }
  return message;
}

const fields = {
  msgid: (message) => (part) => { message.id += part; },
  msgid_plural: (message) => (part) => { message.plural = (message.plural ?? '') + part; },
  msgstr: (message, index) => (part) => { message.text[index] = (message.text[index] ?? '') + part; },
};

/** Applies one line and returns what a following bare string line appends to. */
function parseLine(message, line, append) {
  const [, keyword, index, quoted] = /^(?:(msgid_plural|msgid|msgstr)(?:\[(\d)\])?\s+)?(".*")\s*$/.exec(line) ?? [];
  if (!quoted) return append;
  const next = keyword ? fields[keyword](message, Number(index ?? 0)) : append;
  next(JSON.parse(quoted));
  return next;
}

/** `{'zh-CN': Message[]}` for each <language>.po in the folder. */
export async function readPo(folder) {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.po'));
  const pairs = files.map(async (file) => [file.slice(0, -3).replace('_', '-'), parsePo(await readFile(join(folder, file), 'utf8'))]);
  return Object.fromEntries(await Promise.all(pairs));
}

/** `{English: translation | [plural forms]}` for what the given source files (relative to widgets/) use. */
export function catalogueFor(messages, sources) {
  const used = messages.filter(({ fuzzy, sources: places }) => !fuzzy && places.some((place) => sources.has(place.replace(/^widgets\//, ''))));
  const complete = used.filter(({ text }) => text.length && text.every(Boolean));
  return Object.fromEntries(complete.map(({ id, plural, text }) => [id, plural === null ? text[0] : text]));
}

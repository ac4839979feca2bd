/* Collects every `_()` and `ngettext()` of the browser side, the Python packages and the templates into the .po files; `--check` only says what is missing. */
import { transform } from 'esbuild';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parsePo } from './po.mjs';

const run = promisify(execFile);
const folder = dirname(fileURLToPath(import.meta.url));
const widgets = dirname(folder);
const repository = dirname(widgets);
const pybabel = process.env.PYBABEL ?? join(repository, '.venv/bin/pybabel');
const packages = ['core', 'people', 'ticketing', 'conversation', 'channels', 'phone', 'gateway', 'widgets/templates'];

/** Babel's JavaScript reader loses strings in TSX (an apostrophe in text opens one), so it is given plain JavaScript. */
async function flatten(target) {
  const sources = (await readdir(widgets, { recursive: true })).filter((file) => /^(chat|console|design|shared)\/.*\.tsx?$/.test(file) && !file.includes('.test.'));
  await Promise.all(sources.map(async (file) => {
    const { code } = await transform(await readFile(join(widgets, file), 'utf8'), { loader: file.endsWith('x') ? 'tsx' : 'ts', jsx: 'automatic', charset: 'utf8' });
    const path = join(target, 'widgets', file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code);
  }));
}

/** The template of all messages, with places named as in the repository. */
async function extract(scratch) {
  await flatten(join(scratch, 'source'));
  const template = join(scratch, 'messages.pot');
  const places = [join(scratch, 'source'), ...packages.filter((path) => existsSync(join(repository, path)))];
  await run(pybabel, ['-q', 'extract', '-F', join(folder, 'babel.cfg'), '-k', '_', '-k', 'N_', '-k', 'ngettext:1,2', '--add-location=file', '--sort-by-file', '--no-wrap',
    '--project=Waystation', '--copyright-holder=Waystation contributors', '-o', template, ...places], { cwd: repository });
  await writeFile(template, (await readFile(template, 'utf8')).replaceAll(new RegExp(`(?:\\.\\./)*${join(scratch, 'source').slice(1)}/|${join(scratch, 'source')}/`, 'g'), ''));
  return template;
}

const catalogues = async () => (await readdir(folder)).filter((each) => each.endsWith('.po'));

async function update(template) {
  for (const file of await catalogues()) {
    await run(pybabel, ['-q', 'update', '-i', template, '-o', join(folder, file), '-l', file.slice(0, -3),
      '--no-fuzzy-matching', '--ignore-obsolete', '--no-wrap'], { cwd: repository });
    await quieten(join(folder, file));
  }
}

/** Prints every message without a translation and fails when there is one. */
async function check(template) {
  const wanted = parsePo(await readFile(template, 'utf8'));
  for (const file of await catalogues()) {
    const known = new Map(parsePo(await readFile(join(folder, file), 'utf8')).map((message) => [message.id, message]));
    const isMissing = ({ id }) => { const { text = [], fuzzy } = known.get(id) ?? {}; return fuzzy || !text.length || !text.every(Boolean); };
    for (const { id, sources } of wanted.filter(isMissing)) {
      console.log(`${file}: ${JSON.stringify(id)} (${sources[0]})`);
      process.exitCode = 1;
    }
  }
}

/** Dates and mail addresses in the head would make every two branches conflict. */
async function quieten(file) {
  const content = await readFile(file, 'utf8');
  await writeFile(file, content.replace(/^"(Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):.*\n/gm, ''));
}

const scratch = await mkdtemp(join(tmpdir(), 'waystation-i18n-'));
try {
  await (process.argv.includes('--check') ? check : update)(await extract(scratch));
} finally {
  await rm(scratch, { recursive: true });
}

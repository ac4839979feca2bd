/* Builds everything the browser loads into dist/: hashed bundles, catalogues, compressed siblings and manifest.json. */
import { build, context } from 'esbuild';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { catalogueFor, readPo } from './i18n/po.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const watching = process.argv.includes('--watch');

const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  metafile: true,
  minify: !watching,
  sourcemap: watching ? 'inline' : false,
  legalComments: 'none',
  charset: 'utf8',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  assetNames: '[name]-[hash]',
  loader: { '.svg': 'file' },
  logLevel: 'warning',
};

/* Each bundle is a build of its own, so that the visitor's frame never fetches a chunk cut for the console. */
const bundles = [
  // Runs in pages of strangers: one classic script under a name that never changes, for browsers as old as we can.
  { entryPoints: { widget: 'chat/loader.ts' }, format: 'iife', target: ['chrome90', 'safari15', 'firefox101'] },
  // Customers' phones, WeChat's own browser among them, are older than agents' machines.
  { entryPoints: { frame: 'chat/frame.tsx' }, ...modules('chat'), target: ['chrome94', 'safari15.4', 'firefox101'] },
  // Guests from outside come by a link, on any phone: a page of its own, so that customers do not carry it.
  { entryPoints: { guest: 'chat/guest.tsx' }, ...modules('guest'), target: ['chrome94', 'safari15.4', 'firefox101'] },
  { entryPoints: { console: 'console/main.tsx', design: 'design/main.tsx' }, ...modules('console'), target: ['chrome123', 'safari17.5', 'firefox121'] },
];

function modules(prefix) {
  return { format: 'esm', splitting: true, entryNames: '[name]-[hash]', chunkNames: `${prefix}-[name]-[hash]` };
}

/** Leaves out entries that are not written yet. */
function present(bundle) {
  const entryPoints = Object.fromEntries(Object.entries(bundle.entryPoints).filter(([, path]) => existsSync(join(root, path))));
  return Object.keys(entryPoints).length ? [{ ...bundle, entryPoints }] : [];
}

/** The output files that `name` needs: what must be loaded at once, and everything it may load later. */
function reach(outputs, name) {
  const now = new Set([name]);
  const ever = new Set([name]);
  for (const [seen, lazy] of [[now, false], [ever, true]]) {
    for (const file of seen) {
      for (const { path, kind } of outputs[file].imports) {
        if (outputs[path] && (lazy || kind === 'import-statement')) seen.add(path);
      }
    }
  }
  return { now: [...now], ever: [...ever] };
}

async function describe(metafiles) {
  const manifest = {};
  const catalogues = await readPo(join(root, 'i18n'));
  for (const { outputs } of metafiles) {
    for (const [file, output] of Object.entries(outputs)) {
      if (!entryName(output.entryPoint)) continue;   // lazy chunks count as entries for esbuild, not for us
      const { now, ever } = reach(outputs, file);
      const sources = new Set(ever.flatMap((each) => Object.keys(outputs[each].inputs)));
      const entry = { js: name(file), css: output.cssBundle ? name(output.cssBundle) : null, preload: now.slice(1).map(name), catalogues: {} };
      for (const [language, messages] of Object.entries(catalogues)) {
        const words = catalogueFor(messages, sources);
        if (Object.keys(words).length) entry.catalogues[language] = await write(`${entryName(output.entryPoint)}.${language}`, 'json', JSON.stringify(words));
      }
      manifest[entryName(output.entryPoint)] = entry;
    }
  }
  return manifest;
}

const name = (output) => relative('dist', output);
const names = { 'chat/loader.ts': 'widget', 'chat/frame.tsx': 'frame', 'chat/guest.tsx': 'guest', 'console/main.tsx': 'console', 'design/main.tsx': 'design' };
const entryName = (path) => names[path];

/** Writes a file under a name that carries a digest of its content; returns that name. */
async function write(stem, extension, content) {
  const file = `${stem}-${createHash('sha256').update(content).digest('hex').slice(0, 8).toUpperCase()}.${extension}`;
  await writeFile(join(dist, file), content);
  return file;
}

/** Files that the newest build did not make are removed last, so that a running server never points at nothing. */
async function sweep(keep) {
  for (const file of await readdir(dist)) {
    if (!keep.has(file.replace(/\.(br|gz)$/, ''))) await rm(join(dist, file), { recursive: true });
  }
}

async function compress(files) {
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  await Promise.all(files.filter((file) => /\.(js|css|json|svg)$/.test(file)).map(async (file) => {
    const content = await readFile(join(dist, file));
    await writeFile(join(dist, `${file}.br`), await promisify(brotliCompress)(content, brotli));
    await writeFile(join(dist, `${file}.gz`), await promisify(gzip)(content, { level: 9 }));
  }));
}

async function finish(metafiles) {
  const statics = await readdir(join(root, 'static'));
  await cp(join(root, 'static'), dist, { recursive: true });
  const manifest = await describe(metafiles);
  const made = metafiles.flatMap(({ outputs }) => Object.keys(outputs).map(name));
  const catalogues = Object.values(manifest).flatMap((entry) => Object.values(entry.catalogues));
  const files = new Set([...made, ...catalogues, ...statics, 'manifest.json']);
  await writeFile(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n');
  if (!watching) await compress([...files]);
  await sweep(files);
}

async function watch(options) {
  const newest = new Map();
  for (const option of options) {
    const report = { name: 'manifest', setup: (plugin) => plugin.onEnd(async ({ metafile }) => {
      if (metafile) newest.set(option, metafile);
      if (newest.size === options.length) await finish([...newest.values()]).then(() => console.log('built'), console.error);
    }) };
    await (await context({ ...option, plugins: [report] })).watch();
  }
}

/** Every *.test.ts becomes one file that Node runs as it is. */
async function buildTests() {
  const outdir = join(root, 'node_modules/.cache/tests');
  await rm(outdir, { recursive: true, force: true });
  const all = await readdir(root, { recursive: true });
  const entryPoints = all.filter((file) => file.endsWith('.test.ts') && !file.startsWith('node_modules'));
  await build({ ...common, entryPoints, outdir, outbase: root, platform: 'node', format: 'esm', minify: false, sourcemap: 'inline',
    external: ['esbuild'], outExtension: { '.js': '.mjs' }, loader: { '.css': 'empty' } });
}

const options = bundles.flatMap(present).map((bundle) => ({ ...common, ...bundle }));
await mkdir(dist, { recursive: true });
if (process.argv.includes('--tests')) await buildTests();
else if (watching) await watch(options);
else await finish((await Promise.all(options.map(build))).map(({ metafile }) => metafile));

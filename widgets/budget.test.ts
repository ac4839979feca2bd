/* What a first visit may weigh, gzipped (docs: notes A7): a page that embeds us must not feel it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';

interface Built { js: string; css: string | null; preload: string[] }
const manifest: Record<string, Built | undefined> = JSON.parse(readFileSync('dist/manifest.json', 'utf8'));
const KB = 1024;
const weight = (file: string) => statSync(`dist/${file}.gz`).size;
const script = ({ js, preload }: Built) => [js, ...preload].reduce((sum, file) => sum + weight(file), 0);

const budgets: [entry: string, script: number, style: number][] = [['widget', 4, 0], ['frame', 25, 5], ['guest', 25, 5], ['console', 90, 20]];
for (const [entry, scriptBudget, styleBudget] of budgets) {
  test(`${entry}: at most ${scriptBudget} KB of script and ${styleBudget} KB of style`, (context) => {
    const built = manifest[entry];
    if (!built) return context.skip('not built');
    assert.ok(script(built) <= scriptBudget * KB, `${entry}: ${(script(built) / KB).toFixed(1)} KB of script`);
    const style = built.css ? weight(built.css) : 0;
    assert.ok(style <= styleBudget * KB, `${entry}: ${(style / KB).toFixed(1)} KB of style`);
  });
}

test('every file that the manifest names is there', () => {
  const files = Object.values(manifest).flatMap((built) => [built!.js, ...built!.preload, ...(built!.css ? [built!.css] : [])]);
  assert.deepEqual(files.filter((file) => !existsSync(`dist/${file}`)), []);
});

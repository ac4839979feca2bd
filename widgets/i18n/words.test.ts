/* Every word that people read goes through `_()`, and every one of them is there in Chinese. */
import { transform } from 'esbuild';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const sources = (readdirSync('.', { recursive: true }) as string[]).filter((file) => /^(chat|console|shared)\/.*\.tsx$/.test(file));
const SPOKEN = ['alt', 'aria-label', 'placeholder', 'title', 'label', 'hint'].map((name) => `"?${name}"?`).join('|');
/** Names, addresses and signs that are the same in every language. */
const UNIVERSAL = /^https?:|^[^\p{L}]*$|^(Waystation|驿站|English|中文|Ctrl|Esc|Enter|Shift|Alt|Tab|KB|MB|P\d)$/u;

/** Text of elements in compiled TSX: strings that are a child, alone or in the list of children, and attributes that are read out. */
function rawText(code: string): string[] {
  const strings = [...code.matchAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\/.*|\/\*[\s\S]*?\*\//g)];
  return strings.filter(({ 0: text, index }) => /^["']/.test(text) && isShown(code, strings, index)).map(({ 0: text }) => JSON.parse(text.replace(/^'|'$/g, '"'))).filter((text) => !UNIVERSAL.test(text.trim()));
}

function isShown(code: string, strings: RegExpExecArray[], index: number): boolean {
  const before = code.slice(Math.max(0, index - 40), index);
  if (new RegExp(`[{,\\s](children|${SPOKEN}): $`).test(before)) return true;
  // In a list: walk back to the bracket that opens it, stepping over strings and nested brackets.
  if (!/[[,]\s*$/.test(before)) return false;
  for (let at = index - 1, depth = 0; at >= 0; at--) {
    const inside = strings.find((each) => at >= each.index && at < each.index + each[0].length);
    if (inside) { at = inside.index; continue; }
    if (')]}'.includes(code[at]!)) depth++;
    else if ('([{'.includes(code[at]!) && depth-- === 0) return code[at] === '[' && code.slice(0, at).endsWith('children: ');
  }
  return false;
}

for (const file of sources) {
  test(`${file} shows no words past _()`, async () => {
    const { code } = await transform(readFileSync(file, 'utf8'), { loader: 'tsx', jsx: 'automatic', charset: 'utf8' });
    assert.deepEqual(rawText(code), []);
  });
}

test('raw text is found where it stands', async () => {
  const { code } = await transform(`const a = <p title="Hello">Words {x} <b>{'more'}</b>{_('fine')} it's</p>`, { loader: 'tsx', jsx: 'automatic' });
  assert.deepEqual(rawText(code).sort(), ['Hello', 'Words ', " it's", 'more'].sort());
});

test('every message is there in Chinese (npm run i18n:extract, then fill zh_CN.po)', () => {
  const { stdout, status, stderr } = spawnSync(process.execPath, ['i18n/extract.mjs', '--check'], { encoding: 'utf8' });
  assert.equal(stdout + stderr, '');
  assert.equal(status, 0);
});

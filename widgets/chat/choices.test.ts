/* Typed menu numbers and readable colours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemFor } from './menu.ts';
import { contrast, inkOn, legible, parse, theme } from './theme.ts';

const items = Array.from({ length: 100 }, (_each, index) => ({ number: index + 1, id: `i${index + 1}`, label: `Item ${index + 1}` }));

test('a number is understood as people write it', () => {
  for (const written of ['2', ' 2 ', '[2]', '2.', '２', '【2】', '(2)', '（２）', '2、', '2。'.replace('。', '.')]) assert.equal(itemFor(written, items)?.id, 'i2', written);
  assert.equal(itemFor('100', items)?.id, 'i100');
});

test('everything else is a message', () => {
  for (const written of ['0', '101', '2 pieces', '2020-11-21', 'two', '', '1 2', '-2']) assert.equal(itemFor(written, items), null, written);
});

test('words on the accent can be read, whatever accent was chosen', () => {
  for (const accent of ['#ffffff', '#000000', '#ffd400', '#3d4fc9', '#0f766e', '#f4a', '#888888']) {
    assert.ok(contrast(inkOn(parse(accent)!), parse(accent)!) >= 4.4, accent);
    for (const isDark of [false, true]) {
      const ground = isDark ? [24, 25, 28] as [number, number, number] : [255, 255, 255] as [number, number, number];
      assert.ok(contrast(legible(parse(accent)!, ground), ground) >= 4.5, accent);
      const colours = theme({ accent }, isDark);
      assert.ok(contrast(parse(colours['--accent']!)!, parse(colours['--on-accent']!)!) >= 4.4, accent);
    }
  }
});

test('what is no colour is left out', () => {
  assert.equal(parse('red; } body {'), null);
  assert.deepEqual(theme({ accent: 'url(x)' }, false), {});
});

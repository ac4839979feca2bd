/* Addresses in text as people write it, Chinese and English. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkify } from './linkify.ts';

const links = (text: string) => linkify(text).flatMap(({ href }) => (href ? [href] : []));

test('plain text stays one run', () => assert.deepEqual(linkify('hello'), [{ text: 'hello' }]));

test('nothing is lost or added', () => {
  const text = 'see https://a.cn/b?c=d, or www.example.org (mail me@example.org). 谢谢';
  assert.equal(linkify(text).map((run) => run.text).join(''), text);
});

test('an address ends before the punctuation of the sentence', () => {
  assert.deepEqual(links('Go to https://example.org/a.'), ['https://example.org/a']);
  assert.deepEqual(links('(https://example.org/a)'), ['https://example.org/a']);
  assert.deepEqual(links('https://en.wikipedia.org/wiki/Tea_(plant)'), ['https://en.wikipedia.org/wiki/Tea_(plant)']);
});

test('Chinese text around an address does not become part of it', () => {
  assert.deepEqual(links('请看https://example.cn/帮助'), ['https://example.cn/']);
  assert.deepEqual(links('网址是https://example.cn/a，谢谢'), ['https://example.cn/a']);
});

test('only web and mail addresses become links', () => {
  assert.deepEqual(links('javascript:alert(1) data:text/html,x ftp://x'), []);
  assert.deepEqual(links('write to ann@example.org'), ['mailto:ann@example.org']);
  assert.deepEqual(links('www.example.org'), ['https://www.example.org']);
});

test('markup stays text', () => assert.deepEqual(linkify('<b>x</b>'), [{ text: '<b>x</b>' }]));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFormatted, prepared } from './html.ts';

test('styles and pictures of a mail wait until the frame sets them', () => {
  assert.equal(
    prepared('<p style="color:red">Hi <img src="cid:cup@shop" alt="cup"></p>'),
    '<p data-style="color:red">Hi <img data-cid="cup@shop" alt="cup"></p>',
  );
});

test('words that look like markup stay words', () => {
  const words = '<p title="a style=&quot;b&quot;">write style="color:red" and src="cid:x"</p>';
  assert.equal(prepared(words), words);
});

test('a greater-than sign in an attribute does not end the tag', () => {
  assert.equal(prepared('<img alt="1 > 0" style="width:3px" src="cid:x">'), '<img alt="1 > 0" data-style="width:3px" data-cid="x">');
});

test('blocked pictures and pictures in the markup stay as they are', () => {
  const html = '<img data-remote-src="https://t.example/1.gif"><img src="data:image/png;base64,AA==">';
  assert.equal(prepared(html), html);
});

test('paragraphs alone are no format, a list or a link is', () => {
  assert.equal(isFormatted('<div>Hello<br>there</div>'), false);
  assert.equal(isFormatted('<p>See <a href="https://x.example">this</a></p>'), true);
  assert.equal(isFormatted(null), false);
});

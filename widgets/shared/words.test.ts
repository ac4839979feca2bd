/* Filling, plurals, times, sizes and problems in words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, asProblem } from './api.ts';
import { _, ngettext, useCatalogue } from './i18n.ts';
import { size } from './parts.tsx';
import { ago, daysBetween, span, wait } from './time.ts';

test('names in braces are filled, unknown ones stay', () => {
  assert.equal(_('{a} and {b}', { a: 1 }), '1 and {b}');
  assert.equal(_('{a}', { a: '{b}', b: 'no' }), '{b}', 'what was filled in is not filled again');
});

test('the catalogue answers; what it lacks stays English', () => {
  useCatalogue({ Hello: '你好', '{n} file': ['{n} 个文件'] });
  assert.deepEqual([_('Hello'), _('Bye'), ngettext('{n} file', '{n} files', 3), ngettext('{n} day', '{n} days', 1)], ['你好', 'Bye', '3 个文件', '1 day']);
  useCatalogue({});
});

test('a wait is never promised below a minute', () => {
  assert.deepEqual([wait([0, 20]), wait([170, 300]), wait([240, 240])], ['about a minute', 'about 3–5 min', 'about 4 min']);
});

test('spans and sizes', () => {
  assert.deepEqual([span(7), span(750), span(3723)], ['0:07', '12:30', '1:02:03']);
  assert.deepEqual([size(512), size(14_200), size(3_240_000)], ['512 B', '14 KB', '3.2 MB']);
});

test('days are those of the calendar', () => {
  assert.equal(daysBetween(new Date(2026, 10, 20, 23, 59), new Date(2026, 10, 21, 0, 1)), 1);
  assert.equal(daysBetween(new Date(2026, 10, 21, 0, 1), new Date(2026, 10, 21, 23, 59)), 0);
  assert.equal(ago('2026-11-21T12:00:00Z', Date.parse('2026-11-21T12:00:30Z')), 'just now');
});

test('a problem tells people what happened, and forms which field', () => {
  const error = new ApiError({ code: 'invalid', status: 422, title: 'Invalid', detail: 'Look below.', errors: [{ field: 'name', message: 'Too long.' }] });
  assert.deepEqual([error.message, error.fields, error.isTransient], ['Look below.', { name: 'Too long.' }, false]);
  assert.equal(new ApiError(asProblem('<html>502</html>', 502)).isTransient, true);
});

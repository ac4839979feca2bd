// Stories of a transcript: when a day begins, and when a name is shown again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initials } from '../../shared/components/avatar.tsx';
import { startsDay, startsRun } from './runs.ts';

const said = (id: string, at: string, kind = 'message') => ({ at, kind, author: { id } });

test('one minute later the same person goes on speaking', () => {
  assert.equal(startsRun(said('ann', '2026-11-21T10:01:00'), said('ann', '2026-11-21T10:00:00')), false);
});

test('somebody else, a note, or a long silence shows the name again', () => {
  const before = said('ann', '2026-11-21T10:00:00');
  assert.equal(startsRun(said('bob', '2026-11-21T10:01:00'), before), true);
  assert.equal(startsRun(said('ann', '2026-11-21T10:01:00', 'note'), before), true);
  assert.equal(startsRun(said('ann', '2026-11-21T10:06:00'), before), true);
});

test('two minutes over midnight are two days', () => {
  assert.equal(startsDay(said('ann', '2026-11-22T00:01:00'), said('ann', '2026-11-21T23:59:00')), true);
});

test('a Chinese name is called by its last character, also beside a Latin one', () => {
  assert.equal(initials('王小明'), '明');
  assert.equal(initials('林晓 Lin Xiao'), '晓');
  assert.equal(initials('Ann Maria Porter'), 'AP');
  assert.equal(initials(''), '?');
});

// Stories of addresses: which page they name, and what they carry.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { match } from './router.ts';

test('a pattern names the parts of an address', () => {
  assert.deepEqual(match('/inbox/:box/:id?', '/inbox/mine/01J'), { box: 'mine', id: '01J' });
});

test('a part with a question mark may be missing, any other may not', () => {
  assert.deepEqual(match('/inbox/:box/:id?', '/inbox/mine'), { box: 'mine' });
  assert.equal(match('/ticket/:id', '/ticket'), null);
});

test('a longer address is another page', () => {
  assert.equal(match('/customers', '/customers/01J'), null);
});

test('names in addresses are read as they were written', () => {
  assert.deepEqual(match('/tickets/:view', '/tickets/%E6%88%91%E7%9A%84'), { view: '我的' });
});

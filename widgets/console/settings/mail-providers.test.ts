import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portFor, providerAt, providerOf, serversOf, usualServers } from './mail-providers.ts';

test('the domain of an address tells its provider', () => {
  assert.deepEqual(['lin@QQ.com', 'a@foxmail.com', 'a@163.com', 'a@contoso.onmicrosoft.com', 'a@gmail.com', 'a@shop.example', 'nobody'].map(providerOf), ['qq', 'qq', 'netease', 'microsoft', 'google', null, null]);
});

test('Microsoft takes tokens and STARTTLS, the others passwords and TLS', () => {
  const { sign_in, smtp_port, smtp_security, token_url } = serversOf('microsoft');
  assert.deepEqual([sign_in, smtp_port, smtp_security, token_url !== ''], ['xoauth2', 587, 'starttls', true]);
  const qq = serversOf('qq');
  assert.deepEqual([qq.sign_in, qq.imap_host, qq.imap_port, qq.smtp_port, qq.smtp_security], ['password', 'imap.qq.com', 993, 465, 'tls']);
});

test('a domain of one’s own is guessed, and a provider is known again by its server', () => {
  assert.equal(usualServers('help@shop.example')?.imap_host, 'imap.shop.example');
  assert.equal(usualServers('help'), null);
  assert.equal(providerAt('imap.exmail.qq.com'), 'exmail');
});

test('the port follows the encryption, but a chosen one stays', () => {
  assert.equal(portFor('smtp', 'starttls', 465), 587);
  assert.equal(portFor('imap', 'tls', 143), 993);
  assert.equal(portFor('smtp', 'tls', 2525), 2525);
});

import { describe, expect, it } from 'vitest';
import type { CertificateLink } from '../../src/hosts/host-links.ts';
import { examineMicroMdm } from '../../src/hosts/micromdm/examine.ts';
import { examineNanoMdm } from '../../src/hosts/nanomdm/examine.ts';
import { type FakeAnswer, fakeFetch, fetchFailure } from './fake-fetch.ts';

/** What is made of answers that no server in the tests gives. */

const NOW = Date.UTC(2026, 10, 20, 12);
const NANO = { enqueueUrl: 'http://mdm/v1/enqueue/', pushUrl: 'http://mdm/v1/push/', key: 'k', now: () => NOW };
const MICRO = { commandsUrl: 'http://mdm/v1/commands/', pushUrl: 'http://mdm/v1/push/', key: 'k', now: () => NOW };
const TOPIC = 'com.apple.mgmt.External.lab';

/** Self-signed, subject "UID=com.apple.mgmt.External.lab", over at 2036-11-19 13:08:48Z. */
const CERTIFICATE =
  'MIIBrzCCAVWgAwIBAgIUfYV1CGaB2bllFqZbPAF83qRmP84wCgYIKoZIzj0EAwIwLTErMCkGCgmSJomT8ixkAQEMG2NvbS5hcHBsZS5tZ210LkV4dGVybmFsLmxhYjAeFw0yNjExMjIxMzA4NDhaFw0zNjExMTkxMzA4NDhaMC0xKzApBgoJkiaJk/IsZAEBDBtjb20uYXBwbGUubWdtdC5FeHRlcm5hbC5sYWIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASpHTKk9mxhueY5LOZ0BeaIZvFxd1infHS+YuodNEr77p8tkwj2blMVlQyR6FgBPXMWpuffUpf73WWdJKbWcHBPo1MwUTAdBgNVHQ4EFgQU8N1tJ3m+Ui4H8+TvDPOatiuIsWswHwYDVR0jBBgwFoAU8N1tJ3m+Ui4H8+TvDPOatiuIsWswDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAibzdqdGqauhtrkUliU6Ff1QrDReImelueY3fJRTLIq4CIHAkmh2fQSNJ96s6gUSIubPWFq7RgAW8F+44G9xwYhG+';

describe('NanoMDM’s push certificate', () => {
  it.each<[string, string | undefined, FakeAnswer, CertificateLink]>([
    [
      'told',
      TOPIC,
      { status: 200, body: { not_after: '2026-12-12T12:46:13Z', topic: TOPIC } },
      { kind: 'told', topic: TOPIC, notAfter: Date.UTC(2026, 11, 12, 12, 46, 13) },
    ],
    [
      'asked for without a topic',
      undefined,
      { status: 400, body: { error: 'missing' } },
      { kind: 'untold', because: 'topic', message: expect.any(String) },
    ],
    ['unknown', TOPIC, { status: 500, body: { error: 'key not found' } }, { kind: 'none', message: 'key not found' }],
    [
      'no question that 0.9 knows',
      TOPIC,
      { status: 405, body: 'Method Not Allowed\n' },
      { kind: 'untold', because: 'server', message: 'HTTP 405: Method Not Allowed' },
    ],
    [
      'a date that is none',
      TOPIC,
      { status: 200, body: { not_after: 'soon' } },
      { kind: 'untold', because: 'server', message: expect.any(String) },
    ],
    [
      'no answer',
      TOPIC,
      { fails: fetchFailure('ECONNRESET') },
      { kind: 'untold', because: 'server', message: expect.stringContaining('ECONNRESET') },
    ],
  ])('%s', async (_name, topic, answer, expected) => {
    const { fetch } = fakeFetch((url) => (url.includes('/pushcert') ? answer : { status: 404, body: '' }));
    expect((await examineNanoMdm({ ...NANO, fetch, topic })).certificate).toEqual(expected);
  });
});

describe('MicroMDM’s push certificate', () => {
  it.each<[string, FakeAnswer, CertificateLink]>([
    ['told', { status: 200, body: { cert: CERTIFICATE } }, { kind: 'told', notAfter: Date.UTC(2036, 10, 19, 13, 8, 48) }],
    ['none', { status: 500, body: { error: 'no config found' } }, { kind: 'none', message: 'no config found' }],
    ['rubbish', { status: 200, body: { cert: 'AAAA' } }, { kind: 'untold', because: 'server', message: 'its answer holds no certificate' }],
    ['a page of a proxy', { status: 200, body: '<html>' }, { kind: 'untold', because: 'server', message: 'HTTP 200: <html>' }],
  ])('%s', async (_name, answer, expected) => {
    const { fetch } = fakeFetch((url) => (url.includes('/config/certificate') ? answer : { status: 404, body: '' }));
    expect((await examineMicroMdm({ ...MICRO, fetch })).certificate).toEqual(expected);
  });
});

describe('examining', () => {
  it('asks nothing that queues or pushes anything', async () => {
    const nano = fakeFetch({ status: 404, body: '' });
    await examineNanoMdm({ ...NANO, fetch: nano.fetch });
    expect(nano.seen.map(({ url, init }) => [init.method, url, init.body])).toEqual([
      ['GET', 'http://mdm/version', undefined],
      ['PUT', 'http://mdm/v1/enqueue/__probe__?nopush=1', undefined],
      ['PUT', 'http://mdm/v1/push/__probe__', undefined],
      ['GET', 'http://mdm/v1/pushcert?topic=', undefined],
    ]);
    const micro = fakeFetch({ status: 404, body: '' });
    await examineMicroMdm({ ...MICRO, fetch: micro.fetch });
    expect(micro.seen.map(({ url, init }) => [init.method, url])).toEqual([
      ['GET', 'http://mdm/version'],
      ['GET', 'http://mdm/v1/commands/__probe__'],
      ['POST', 'http://mdm/v1/push/__probe__'],
      ['GET', 'http://mdm/v1/config/certificate'],
    ]);
  });

  it('tells what the server’s clock shows', async () => {
    const { fetch } = fakeFetch({ status: 404, body: '' });
    const dated: typeof fetch = async (url, init) => ({
      ...(await fetch(url, init)),
      headers: { get: (name) => (name === 'date' ? 'Fri, 20 Nov 2026 11:00:00 GMT' : null) },
    });
    expect((await examineNanoMdm({ ...NANO, fetch: dated })).clocks).toEqual({ theirs: NOW - 3_600_000, ours: NOW });
    expect((await examineNanoMdm({ ...NANO, fetch })).clocks).toBeUndefined();
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import type { SystemAnswer } from '../../src/engine/system-answers.ts';
import { sign } from '../../src/hosts/body-signature.ts';
import { SELF_TEST_BODY as BODY, SELF_TEST_ENROLLMENT, SELF_TEST_HEADER } from '../../src/web/self-test.ts';
import { basic, checkIn, createWebBench, DM_ANSWER_KEY, NOW, type WebBench, type WebOptions } from './bench.ts';

/** What ratchet doctor sends to the listeners, and what these remember of calls that they refused. */

let bench: WebBench;
afterEach(() => bench.close());

const SELF_TEST = { [SELF_TEST_HEADER]: '1' };
const TOKENS = '/ddm/tokens';
const NOBODY = { 'X-Enrollment-ID': SELF_TEST_ENROLLMENT };
const D1 = { 'X-Enrollment-ID': 'D1', 'X-Enrollment-Type': 'Device' };

async function linkOf(name: string) {
  const { links } = (await (await bench.api('/system')).json()) as SystemAnswer;
  return links.find((link) => link.name === name);
}

async function open(options?: WebOptions): Promise<void> {
  bench = await createWebBench(options);
}

describe('a self-test', () => {
  it('of the webhook is judged like any call, and nobody learns of it', async () => {
    await open();
    const before = await linkOf('webhook');
    expect((await bench.webhook(BODY, SELF_TEST)).status).toBe(200);
    const unsigned = await bench.webhook(BODY, { ...SELF_TEST, 'X-Hmac-Signature': undefined });
    expect([unsigned.status, await unsigned.text()]).toEqual([401, expect.stringContaining('ratchet doctor tries')]);
    expect((await bench.webhook(BODY, { ...SELF_TEST, 'X-Hmac-Signature': sign(Buffer.from(BODY), 'other') })).status).toBe(403);
    await bench.settle();
    expect(await linkOf('webhook')).toEqual(before);
    expect(((await (await bench.api('/plan')).json()) as { devices: unknown[] }).devices).toEqual([]);
  });

  it('of declarations is judged like any request, answered signed, and no contact of the server', async () => {
    await open();
    const before = await linkOf('declarations');
    const answer = await bench.dm(TOKENS, { ...NOBODY, ...SELF_TEST });
    const text = await answer.text();
    expect([answer.status, text]).toEqual([200, '{}']);
    expect(answer.headers.get('x-hmac-signature')).toBe(sign(Buffer.from(text), DM_ANSWER_KEY));
    expect((await bench.dm(TOKENS, { ...NOBODY, ...SELF_TEST, 'X-Hmac-Signature': undefined })).status).toBe(401);
    expect((await bench.dm('/tokens', { ...NOBODY, ...SELF_TEST })).status).toBe(404);
    expect(await linkOf('declarations')).toEqual(before);
    expect(((await (await bench.api('/system')).json()) as SystemAnswer).dmReached).toBe(false);
  });

  it('is none with what a device said in it: a proxy that sets the header everywhere loses no event', async () => {
    await open();
    expect((await bench.webhook(checkIn('Authenticate', { UDID: 'D1' }), SELF_TEST)).status).toBe(200);
    await bench.settle();
    expect(((await (await bench.api('/plan')).json()) as { devices: unknown[] }).devices).toHaveLength(1);
    const report = { method: 'PUT', body: '{"StatusItems":{"device":{"operating-system":{"version":"26.1"}}}}' };
    await bench.dm('/ddm/status', { ...D1, ...SELF_TEST }, report);
    expect(((await (await bench.api('/system')).json()) as SystemAnswer).dmReached).toBe(true);
  });
});

describe('what was refused', () => {
  const webhook = (headers: Record<string, string | undefined>) => bench.webhook(BODY, headers);
  const refusedOf = async (name: string) => (await linkOf(name))?.refused;
  const BASIC: WebOptions = {
    webhook: { hmacKeys: [], basic: { user: 'mdm', password: 'right' } },
    ddm: { requestKeys: [], basic: { user: 'mdm', password: 'right' } },
  };

  it.each<[string, () => Promise<Response>, string, object, WebOptions?]>([
    ['without signature', () => webhook({ 'X-Hmac-Signature': undefined }), 'webhook', { because: 'unsigned', path: '/webhook' }],
    ['of another key', () => webhook({ 'X-Hmac-Signature': 'AAAA' }), 'webhook', { because: 'wrong-signature', path: '/webhook' }],
    ['without credentials', () => webhook({}), 'webhook', { because: 'no-credentials', path: '/webhook' }, BASIC],
    [
      'with wrong credentials',
      () => webhook({ Authorization: basic('mdm', 'wrong') }),
      'webhook',
      { because: 'wrong-credentials', path: '/webhook' },
      BASIC,
    ],
    [
      'at another path',
      () => bench.ask('/hook', { method: 'POST', body: BODY, headers: { 'Content-Type': 'application/json' } }),
      'webhook',
      { because: 'wrong-path', path: '/hook' },
    ],
    ['at the other listener', () => bench.dm('/webhook', {}, { method: 'POST', body: BODY }), 'webhook', { because: 'other-listener' }],
    ['without signature', () => bench.dm(TOKENS, { ...D1, 'X-Hmac-Signature': undefined }), 'declarations', { because: 'unsigned' }],
    ['of another key', () => bench.dm(TOKENS, { ...D1, 'X-Hmac-Signature': 'AAAA' }), 'declarations', { because: 'wrong-signature' }],
    ['without credentials', () => bench.dm(TOKENS, D1), 'declarations', { because: 'no-credentials' }, BASIC],
    [
      'with wrong credentials',
      () => bench.dm(TOKENS, { ...D1, Authorization: basic('mdm', 'wrong') }),
      'declarations',
      { because: 'wrong-credentials' },
      BASIC,
    ],
    ['at another path', () => bench.dm('/tokens', D1), 'declarations', { because: 'wrong-path', path: '/tokens' }],
    ['at the other listener', () => bench.ask('/ddm/tokens', { headers: D1 }), 'declarations', { because: 'other-listener' }],
  ])('%s is remembered with its path', async (_name, call, link, expected, options) => {
    await open(options);
    expect((await call()).status).toBeGreaterThan(400);
    await call();
    expect(await refusedOf(link)).toEqual([expect.objectContaining({ ...expected, count: 2, at: NOW })]);
    expect(await refusedOf(link === 'webhook' ? 'declarations' : 'webhook')).toBeUndefined();
  });

  it.each<[string, () => Promise<Response>]>([
    ['that was looked for at the listener of declarations by nobody’s server', () => bench.dm('/.env')],
    ['that a browser asked for', () => bench.ask('/nowhere')],
  ])('%s is not', async (_name, call) => {
    await open();
    expect((await call()).status).toBe(404);
    expect([await refusedOf('webhook'), await refusedOf('declarations')]).toEqual([undefined, undefined]);
  });
});

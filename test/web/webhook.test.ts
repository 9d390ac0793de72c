import { afterEach, describe, expect, it } from 'vitest';
import type { InboxAnswer, PlanAnswer } from '../../src/engine/answers.ts';
import { sign } from '../../src/hosts/body-signature.ts';
import { InboxFullError, StoreError } from '../../src/store/store.ts';
import { WEBHOOK_BYTES_MAX } from '../../src/web/webhook-route.ts';
import { API_PASSWORD, basic, checkIn, createWebBench, envelope, WEBHOOK_KEY, type WebBench, type WebOptions } from './bench.ts';

let bench: WebBench;
afterEach(() => bench.close());
const open = async (options?: WebOptions) => {
  bench = await createWebBench(options);
};

const NANO = { user: 'nano', password: 'secret:with colon' };
const AUTHENTICATE = checkIn('Authenticate', { UDID: 'D1', ProductName: 'iPhone15,2', OSVersion: '26.5' });
const devices = async () => ((await (await bench.api('/plan')).json()) as PlanAnswer).devices.map(({ id }) => id);
const parked = async () => ((await (await bench.api('/inbox')).json()) as InboxAnswer).items;

async function expectNothingStored(): Promise<void> {
  await bench.settle();
  expect(await devices()).toEqual([]);
  expect(await parked()).toEqual([]);
}

async function expectRefused(answer: Response, status: number, about: RegExp): Promise<void> {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(((await answer.json()) as { error: string }).error).toMatch(about);
  await expectNothingStored();
}

describe('a webhook that is not answered 200', () => {
  it.each<[string, number, RegExp, Record<string, string | undefined>]>([
    ['has no signature', 401, /x-hmac-signature header is missing/i, { 'X-Hmac-Signature': undefined }],
    ['has a signature of another key', 403, /signature is wrong/, { 'X-Hmac-Signature': sign(Buffer.from(AUTHENTICATE), 'another key') }],
    ['has a signature of another body', 403, /signature is wrong/, { 'X-Hmac-Signature': sign(Buffer.from('{}'), WEBHOOK_KEY) }],
    ['has a signature of nothing', 403, /signature is wrong/, { 'X-Hmac-Signature': sign(Buffer.from(''), WEBHOOK_KEY) }],
    ['has an empty signature', 403, /signature is wrong/, { 'X-Hmac-Signature': '' }],
    ['has a signature that is none', 403, /signature is wrong/, { 'X-Hmac-Signature': 'sha256=abc' }],
    ['says that it is too long', 413, /over 20971520 bytes/, { 'Content-Length': String(WEBHOOK_BYTES_MAX + 1) }],
  ])('%s: %i, nothing stored', async (_name, status, about, headers) => {
    await open();
    await expectRefused(await bench.webhook(AUTHENTICATE, headers), status, about);
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['has no content type', { 'Content-Type': undefined }],
    ['has another content type', { 'Content-Type': 'text/plain' }],
    ['has a content type that only begins like JSON’s', { 'Content-Type': 'application/jsonp' }],
    ['has the content type of a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
  ])('%s, and no signature says that the server sent it: 415, nothing stored', async (_name, headers) => {
    await open({ webhook: { hmacKeys: [], basic: NANO } });
    const login = { 'X-Hmac-Signature': undefined, Authorization: basic(NANO.user, NANO.password) };
    await expectRefused(await bench.webhook(AUTHENTICATE, { ...login, ...headers }), 415, /application\/json/);
  });

  it.each([
    ['is not JSON', 'hello', /not JSON/],
    ['is empty', '', /not JSON/],
    ['is JSON, but no object', '"mdm.Connect"', /no event envelope/],
    ['has no topic', '{"event_id":"x"}', /no event envelope/],
    ['has a topic that is no text', '{"topic":5}', /no event envelope/],
    ['has a topic of a message and no message', '{"topic":"mdm.Authenticate"}', /no event envelope/],
  ])('%s: 400, nothing stored', async (_name, body, about) => {
    await open();
    await expectRefused(await bench.webhook(body), 400, about);
  });

  it('grows too long without saying so: 413, and no more of it is read', async () => {
    await open();
    let sent = 0;
    const chunk = new Uint8Array(1024 * 1024).fill(0x20);
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += chunk.length;
        controller.enqueue(chunk);
      },
    });
    const headers = { 'Content-Type': 'application/json', 'X-Hmac-Signature': 'any' };
    const answer = await bench.ratchet.fetch(
      new Request('http://ratchet/webhook', { method: 'POST', headers, body: endless, duplex: 'half' } as RequestInit),
    );
    await expectRefused(answer, 413, /over 20971520 bytes/);
    expect(sent).toBeLessThan(WEBHOOK_BYTES_MAX + 4 * chunk.length);
  });

  it('is no POST: 405', async () => {
    await open();
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await bench.ratchet.fetch(new Request('http://ratchet/webhook', { method }));
      expect([method, answer.status]).toEqual([method, 405]);
    }
  });

  it.each([
    ['the store fails', new StoreError('disk full'), /not writable/],
    ['the inbox is full', new InboxFullError('full'), /inbox is full/],
    ['anything else goes wrong in the store', new TypeError('oops'), /not writable/],
  ])('comes while %s: 503', async (_name, error, about) => {
    await open({
      breakStore(store) {
        store.append = () => Promise.reject(error);
      },
    });
    await expectRefused(await bench.webhook(AUTHENTICATE), 503, about);
  });

  it('can’t be put aside: 503', async () => {
    await open({
      breakStore(store) {
        store.park = () => Promise.reject(new StoreError('disk full'));
      },
    });
    await expectRefused(await bench.webhook(envelope('mdm.Authenticate', { raw_payload: '!' })), 503, /not writable/);
  });
});

describe('a webhook that is answered 200', () => {
  const expectTaken = async (answer: Response) => {
    // Exactly 200 and nothing more: the server counts 201 and 204 as failures.
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    await bench.settle();
  };

  it('is stored and folded', async () => {
    await open();
    await expectTaken(await bench.webhook(AUTHENTICATE));
    expect(await devices()).toEqual(['D1']);
  });

  it('is in the store by then, folded or not', async () => {
    await open();
    const answer = await bench.webhook(AUTHENTICATE);
    expect(answer.status).toBe(200);
    expect((await bench.store.countInbox()) + (await devices()).length).toBe(1);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', 'application/json;charset=UTF-8'])(
    'has the content type %s',
    async (contentType) => {
      await open();
      await expectTaken(await bench.webhook(AUTHENTICATE, { 'Content-Type': contentType }));
    },
  );

  it('has a topic of the future: ignored', async () => {
    await open();
    await expectTaken(await bench.webhook('{"topic":"mdm.SomethingNew","some_event":{}}'));
    await expectNothingStored();
  });

  it.each([
    ['is not base64', { ids: { id: 'D1', type: 'Device' }, raw_payload: '§' }, 'payload-not-base64'],
    [
      'is no property list',
      { ids: { id: 'D1', type: 'Device' }, raw_payload: Buffer.from('hello').toString('base64') },
      'payload-not-plist',
    ],
    ['is missing', { ids: { id: 'D1', type: 'Device' } }, 'payload-not-base64'],
    [
      'is a property list, but no message',
      { ids: { id: 'D1', type: 'Device' }, raw_payload: Buffer.from('<plist version="1.0"><array/></plist>').toString('base64') },
      'payload-not-a-dictionary',
    ],
  ])('has a payload that %s: put aside, and shown without its content', async (_name, event, reason) => {
    await open();
    const body = envelope('mdm.Authenticate', event);
    await expectTaken(await bench.webhook(body));
    expect(await devices()).toEqual([]);
    expect(await parked()).toEqual([
      {
        at: expect.any(Number),
        topic: 'mdm.Authenticate',
        reason,
        detail: expect.any(String),
        size: Buffer.byteLength(body),
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it('is as long as it may be, to the byte; one more is too long', async () => {
    await open();
    const longest = new Uint8Array(WEBHOOK_BYTES_MAX).fill(0x20);
    longest.set(Buffer.from('{"topic":"mdm.SomethingNew"}'));
    await expectTaken(await bench.webhook(longest));
    await expectTaken(await bench.webhook(longest, { 'Content-Length': String(WEBHOOK_BYTES_MAX) }));
    const tooLong = new Uint8Array(WEBHOOK_BYTES_MAX + 1).fill(0x20);
    tooLong.set(Buffer.from('{"topic":"mdm.SomethingNew"}'));
    expect((await bench.webhook(tooLong)).status).toBe(413);
  });
});

describe('credentials of the webhook', () => {
  const signed = (key: string) => ({ 'X-Hmac-Signature': sign(Buffer.from(AUTHENTICATE), key) });
  const unsigned = { 'X-Hmac-Signature': undefined };

  it.each([
    ['the new key', signed('new key'), 200],
    ['the old key', signed('old key'), 200],
    ['a third key', signed('third key'), 403],
    ['no key', unsigned, 401],
  ])('while the key is changed: %s is answered %i', async (_name, headers, status) => {
    await open({ webhook: { hmacKeys: ['new key', 'old key'], basic: undefined } });
    expect((await bench.webhook(AUTHENTICATE, headers as Record<string, string | undefined>)).status).toBe(status);
  });

  it.each([
    ['right', { ...unsigned, Authorization: basic(NANO.user, NANO.password) }, 200],
    ['right, the scheme written otherwise', { ...unsigned, Authorization: basic(NANO.user, NANO.password).replace('Basic', 'basic') }, 200],
    ['missing', unsigned, 401],
    ['of another scheme', { ...unsigned, Authorization: 'Bearer abc' }, 401],
    ['without a colon', { ...unsigned, Authorization: `Basic ${Buffer.from('nano').toString('base64')}` }, 401],
    ['of another user', { ...unsigned, Authorization: basic('root', NANO.password) }, 403],
    ['with another password', { ...unsigned, Authorization: basic(NANO.user, 'secret') }, 403],
    ['with no password', { ...unsigned, Authorization: basic(NANO.user, '') }, 403],
    ['those of the API', { ...unsigned, Authorization: basic('ratchet', API_PASSWORD) }, 403],
  ])('Basic, %s: %i', async (_name, headers, status) => {
    await open({ webhook: { hmacKeys: [], basic: NANO } });
    const answer = await bench.webhook(AUTHENTICATE, headers as Record<string, string | undefined>);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Basic realm="ratchet"' : null);
    if (status !== 200) await expectNothingStored();
  });

  it.each([
    ['both right', { Authorization: basic(NANO.user, NANO.password) }, 200],
    ['Basic wrong', { Authorization: basic(NANO.user, 'x') }, 403],
    ['Basic missing', {}, 401],
    ['signature missing', { ...unsigned, Authorization: basic(NANO.user, NANO.password) }, 401],
    ['signature wrong', { ...signed('x'), Authorization: basic(NANO.user, NANO.password) }, 403],
  ])('both configured, %s: %i', async (_name, headers, status) => {
    await open({ webhook: { hmacKeys: [WEBHOOK_KEY], basic: NANO } });
    expect((await bench.webhook(AUTHENTICATE, headers as Record<string, string | undefined>)).status).toBe(status);
  });

  it('none configured (--insecure-webhook): anybody is heard', async () => {
    await open({ webhook: { hmacKeys: [], basic: undefined } });
    expect((await bench.webhook(AUTHENTICATE, unsigned)).status).toBe(200);
  });
});

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InboxAnswer, WhyAnswer } from '../../src/engine/answers.ts';
import { sign } from '../../src/hosts/body-signature.ts';
import { createHttpUpstream } from '../../src/hosts/ddm-upstream/http-upstream.ts';
import { listen } from '../../src/runtime/listen.ts';
import { STATUS_BYTES_MAX } from '../../src/web/ddm-app.ts';
import {
  API_PASSWORD,
  basic,
  checkIn,
  createWebBench,
  DM_ANSWER_KEY,
  DM_KEY,
  WEBHOOK_KEY,
  type WebBench,
  type WebOptions,
} from './bench.ts';

let bench: WebBench;
afterEach(() => bench.close());
const open = async (options?: WebOptions) => {
  bench = await createWebBench(options);
};

const DEVICE = { 'X-Enrollment-ID': 'D1', 'X-Enrollment-Type': 'Device' };
const USER = { 'X-Enrollment-ID': 'D1:U1', 'X-Enrollment-Type': 'User', 'X-Enrollment-ParentID': 'D1' };
const SETS = [
  ['Activations', 'activation'],
  ['Assets', 'asset'],
  ['Configurations', 'configuration'],
  ['Management', 'management'],
] as const;

interface Items {
  Declarations: Record<(typeof SETS)[number][0], { Identifier: string; ServerToken: string }[]>;
  DeclarationsToken: string;
}

async function jsonOf<T>(answer: Response): Promise<T> {
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/json');
  expectSigned(answer, text);
  return JSON.parse(text) as T;
}

function expectSigned(answer: Response, text: string): void {
  expect(answer.headers.get('x-hmac-signature')).toBe(sign(Buffer.from(text), DM_ANSWER_KEY));
}

async function expectRefused(answer: Response): Promise<void> {
  // NanoMDM answers its device 500 for anything but 200; a body would be handed through to it.
  expect([answer.status, await answer.text()]).toEqual([500, '']);
}

const reasonOf = async (id: string) => ((await (await bench.api(`/why/${id}`)).json()) as WhyAnswer).reason;

describe('a request that we sent ourselves, as in front of another server', () => {
  it('is refused at once, and said, though it is signed and well', async () => {
    await open();
    let count = 0;
    const upstream = createHttpUpstream({
      url: 'http://ratchet:9007/ddm/',
      sendKey: DM_KEY,
      receiveKey: DM_ANSWER_KEY,
      async fetch(url, { method = 'GET', headers = {} } = {}) {
        count += 1;
        return bench.ratchet.fetchDdm(new Request(url, { method, headers }));
      },
    });
    await bench.enroll('D1');
    const request = { endpoint: { kind: 'tokens' }, enrollmentId: 'D1', type: 'Device', body: new Uint8Array() } as const;
    expect(await upstream.ask(request)).toMatchObject({
      kind: 'refused',
      status: 508,
      message: expect.stringContaining('--dm-upstream-url'),
    });
    expect([count, bench.warnings]).toEqual([1, ['declarative management request not taken /ddm/tokens']]);
    // The device itself is answered.
    expect((await bench.dm('/ddm/tokens', DEVICE)).status).toBe(200);
  });
});

describe('a device of ours', () => {
  beforeEach(async () => {
    await open();
    await bench.enroll('D1');
    expect(bench.enqueued).toContain('D1 DeclarativeManagement');
  });

  it('is answered tokens, items and declarations that agree, each signed', async () => {
    const { SyncTokens } = await jsonOf<{ SyncTokens: { DeclarationsToken: string; Timestamp: string } }>(
      await bench.dm('/ddm/tokens', DEVICE),
    );
    expect(SyncTokens.Timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const items = await jsonOf<Items>(await bench.dm('/ddm/declaration-items', DEVICE));
    expect(items.DeclarationsToken).toBe(SyncTokens.DeclarationsToken);
    expect(Object.keys(items.Declarations)).toEqual(SETS.map(([set]) => set));

    const listed = SETS.flatMap(([set, kind]) => items.Declarations[set].map((item) => ({ ...item, kind })));
    expect(listed.length).toBeGreaterThan(2);
    for (const { kind, Identifier, ServerToken } of listed) {
      const declaration = await jsonOf<Record<string, unknown>>(await bench.dm(`/ddm/declaration/${kind}/${Identifier}`, DEVICE));
      expect(declaration).toMatchObject({
        Identifier,
        ServerToken,
        Type: expect.stringContaining('com.apple.'),
        Payload: expect.any(Object),
      });
    }
    // Fetching changed nothing.
    expect((await jsonOf<Items>(await bench.dm('/ddm/declaration-items', DEVICE))).DeclarationsToken).toBe(items.DeclarationsToken);
    await bench.settle();
    expect(await reasonOf('D1')).toBe('waiting-for-date');
  });

  it('is refused a declaration under another kind, another device’s, and one that never was', async () => {
    const items = await jsonOf<Items>(await bench.dm('/ddm/declaration-items', DEVICE));
    const identifier = items.Declarations.Configurations[0]?.Identifier;
    await expectRefused(await bench.dm(`/ddm/declaration/activation/${identifier}`, DEVICE));
    await expectRefused(await bench.dm('/ddm/declaration/configuration/never.was', DEVICE));
    await expectRefused(await bench.dm(`/ddm/declaration/configuration/${identifier}`, { ...DEVICE, 'X-Enrollment-ID': 'D2' }));
  });

  it('is answered the same without a type (NanoMDM below 0.9): a webhook has named it', async () => {
    const untyped = { 'X-Enrollment-ID': 'D1' };
    expect(await jsonOf(await bench.dm('/ddm/tokens', untyped))).toEqual(await jsonOf(await bench.dm('/ddm/tokens', DEVICE)));
  });

  it('is answered 200 with nothing for a status report, signed, and what it said is known', async () => {
    const body = JSON.stringify({ StatusItems: { softwareupdate: { 'install-state': 'downloading' } }, Errors: [] });
    await bench.dm('/ddm/declaration-items', DEVICE);
    const answer = await bench.dm('/ddm/status', DEVICE, { method: 'PUT', body });
    const text = await answer.text();
    expect([answer.status, text]).toEqual([200, '']);
    expectSigned(answer, text);
    await bench.settle();
    const why = (await (await bench.api('/why/D1')).json()) as WhyAnswer;
    expect(why.timeline.map((entry) => entry.text)).toContain('Install state: downloading (status-report).');
  });

  it.each([
    ['is not JSON', 'hello'],
    ['is empty', ''],
    ['is JSON, but no object', '[1]'],
  ])('is answered 200 for a status report that %s, which is put aside', async (_name, body) => {
    expect((await bench.dm('/ddm/status', DEVICE, { method: 'PUT', body })).status).toBe(200);
    await bench.settle();
    const { items } = (await (await bench.api('/inbox')).json()) as InboxAnswer;
    expect(items).toMatchObject([{ topic: 'ddm status', reason: 'status-report-not-json', size: body.length }]);
  });

  it('is answered 413 for a status report over the limit, told or not', async () => {
    const body = new Uint8Array(STATUS_BYTES_MAX + 1).fill(0x20);
    expect((await bench.dm('/ddm/status', DEVICE, { method: 'PUT', body })).status).toBe(413);
    expect(
      (await bench.dm('/ddm/status', { ...DEVICE, 'Content-Length': String(body.length) }, { method: 'PUT', body: '{}' })).status,
    ).toBe(413);
  });

  it('has user channels with a valid manifest of nothing, whose token and items agree', async () => {
    const { SyncTokens } = await jsonOf<{ SyncTokens: { DeclarationsToken: string } }>(await bench.dm('/ddm/tokens', USER));
    expect(await jsonOf(await bench.dm('/ddm/declaration-items', USER))).toEqual({
      Declarations: { Activations: [], Assets: [], Configurations: [], Management: [] },
      DeclarationsToken: SyncTokens.DeclarationsToken,
    });
    expect((await bench.dm('/ddm/status', USER, { method: 'PUT', body: '{}' })).status).toBe(200);
    const { Declarations } = await jsonOf<Items>(await bench.dm('/ddm/declaration-items', DEVICE));
    await expectRefused(await bench.dm(`/ddm/declaration/configuration/${Declarations.Configurations[0]?.Identifier}`, USER));
  });

  it('of which the manifest can’t be read, or the contact not be written, is refused, never answered with less', async () => {
    const { findManifest, findManifestHead, findDeclaration, append } = bench.store;
    const items = await jsonOf<Items>(await bench.dm('/ddm/declaration-items', DEVICE));
    const declaration = `/ddm/declaration/configuration/${items.Declarations.Configurations[0]?.Identifier}`;
    const fail = () => Promise.reject(new Error('disk'));
    Object.assign(bench.store, { findManifest: fail, findManifestHead: fail });
    for (const path of ['/ddm/tokens', '/ddm/declaration-items', declaration]) await expectRefused(await bench.dm(path, DEVICE));
    Object.assign(bench.store, { findManifest, findManifestHead });
    bench.store.findDeclaration = async () => undefined;
    await expectRefused(await bench.dm(declaration, DEVICE));
    bench.store.findDeclaration = findDeclaration;
    bench.store.append = () => Promise.reject(new Error('disk'));
    await expectRefused(await bench.dm('/ddm/declaration-items', DEVICE));
    await expectRefused(await bench.dm('/ddm/status', DEVICE, { method: 'PUT', body: '{}' }));
    bench.store.append = append;
    expect((await bench.dm(declaration, DEVICE)).status).toBe(200);
  });

  it('is refused a date that has lost its notice, and then answered with another', async () => {
    const dated = async () => {
      const items = await jsonOf<Items>(await bench.dm('/ddm/declaration-items', DEVICE));
      const item = items.Declarations.Configurations.find(({ Identifier }) => Identifier.startsWith('ratchet.enforcement.'));
      return { path: `/ddm/declaration/configuration/${item?.Identifier}`, token: items.DeclarationsToken };
    };
    const first = await dated();
    // Listed and never fetched, until less than 24 h are left of its seven days.
    bench.setNow(Date.UTC(2026, 10, 27, 12));
    await expectRefused(await bench.dm(first.path, DEVICE));
    const second = await dated();
    expect(second.path).not.toBe(first.path);
    expect(second.token).not.toBe(first.token);
    const { Payload } = await jsonOf<{ Payload: { TargetLocalDateTime: string } }>(await bench.dm(second.path, DEVICE));
    expect(Payload.TargetLocalDateTime > '2026-11-28T13:00:00').toBe(true);
  });
});

describe('who is not ours', () => {
  it.each(['tokens', 'declaration-items', 'declaration/configuration/x'])(
    'a device that asks for %s before it was sent a command: refused, and known as foreign',
    async (endpoint) => {
      await open({ policies: { mode: 'observe' } });
      await bench.webhook(checkIn('TokenUpdate', { UDID: 'D1' }));
      await bench.settle();
      await expectRefused(await bench.dm(`/ddm/${endpoint}`, DEVICE));
      await bench.settle();
      expect((await bench.dm('/ddm/status', DEVICE, { method: 'PUT', body: '{"StatusItems":{}}' })).status).toBe(200);
      await expectRefused(await bench.dm(`/ddm/${endpoint}`, DEVICE));
    },
  );

  it('a device that nothing has named: refused, and its status reports are heard', async () => {
    await open();
    await expectRefused(await bench.dm('/ddm/tokens', DEVICE));
    expect((await bench.dm('/ddm/status', DEVICE, { method: 'PUT', body: '{"StatusItems":{}}' })).status).toBe(200);
  });

  it.each(['tokens', 'declaration-items'])('an id without a type that nothing has named asks for %s: refused', async (endpoint) => {
    await open();
    await expectRefused(await bench.dm(`/ddm/${endpoint}`, { 'X-Enrollment-ID': 'D9' }));
    await expectRefused(await bench.dm(`/ddm/${endpoint}`, { 'X-Enrollment-ID': 'SD9' }));
  });

  it('a serial number in place of an id: refused', async () => {
    await open();
    await bench.enroll('D1');
    expect((await bench.api('/why/SD1')).status).toBe(200);
    await expectRefused(await bench.dm('/ddm/tokens', { 'X-Enrollment-ID': 'SD1' }));
  });

  it.each<[string, Record<string, string>]>([
    ['of a device that nothing has named', USER],
    ['without its device', { 'X-Enrollment-ID': 'D1:U1', 'X-Enrollment-Type': 'User' }],
    ['of a Shared iPad that is not ours', { ...USER, 'X-Enrollment-Type': 'Shared iPad' }],
  ])('a user channel %s: refused', async (_name, headers) => {
    await open();
    await expectRefused(await bench.dm('/ddm/tokens', headers));
    await expectRefused(await bench.dm('/ddm/declaration-items', headers));
  });

  it('a user channel of a device in someone else’s declarative management: refused', async () => {
    await open({ policies: { mode: 'observe' } });
    await bench.webhook(checkIn('TokenUpdate', { UDID: 'D1' }));
    await bench.settle();
    await expectRefused(await bench.dm('/ddm/tokens', DEVICE));
    await expectRefused(await bench.dm('/ddm/tokens', USER));
    await expectRefused(await bench.dm('/ddm/declaration-items', USER));
  });
});

describe('the credential of the -dm listener', () => {
  it.each<[string, Record<string, string | undefined>, number]>([
    ['missing', { 'X-Hmac-Signature': undefined }, 401],
    ['empty', { 'X-Hmac-Signature': '' }, 403],
    ['of the webhook', { 'X-Hmac-Signature': sign(Buffer.from(''), WEBHOOK_KEY) }, 403],
    ['of our own answers', { 'X-Hmac-Signature': sign(Buffer.from(''), DM_ANSWER_KEY) }, 403],
    ['the API’s', { 'X-Hmac-Signature': undefined, Authorization: basic('ratchet', API_PASSWORD) }, 401],
    ['right', {}, 500],
  ])('%s', async (_name, headers, status) => {
    await open();
    // 500: it got as far as being asked who it is, and nobody knows D1.
    expect((await bench.dm('/ddm/tokens', { ...DEVICE, ...headers })).status).toBe(status);
  });

  it('is checked against the body of a status report', async () => {
    await open();
    await bench.enroll('D1');
    const body = '{"StatusItems":{}}';
    const wrong = { ...DEVICE, 'X-Hmac-Signature': sign(Buffer.from('{}'), DM_KEY) };
    expect((await bench.dm('/ddm/status', wrong, { method: 'PUT', body })).status).toBe(403);
    expect((await bench.dm('/ddm/status', DEVICE, { method: 'PUT', body })).status).toBe(200);
  });

  it('may be one of two while it is changed', async () => {
    await open({ ddm: { requestKeys: ['new', DM_KEY] } });
    expect((await bench.dm('/ddm/tokens', DEVICE)).status).toBe(500);
    expect((await bench.dm('/ddm/tokens', { ...DEVICE, 'X-Hmac-Signature': sign(Buffer.from(''), 'new') })).status).toBe(500);
    expect((await bench.dm('/ddm/tokens', { ...DEVICE, 'X-Hmac-Signature': sign(Buffer.from(''), 'other') })).status).toBe(403);
  });

  it.each<[string, Record<string, string | undefined>, number]>([
    ['missing', {}, 401],
    ['a signature in its place', { 'X-Hmac-Signature': sign(Buffer.from(''), DM_KEY) }, 401],
    ['another password', { Authorization: basic('mm', 'other') }, 403],
    ['another user', { Authorization: basic('mn', 'dm password') }, 403],
    ['the API’s', { Authorization: basic('ratchet', API_PASSWORD) }, 403],
    ['right', { Authorization: basic('mm', 'dm password') }, 500],
  ])('may be Basic, for servers that sign nothing: %s', async (_name, headers, status) => {
    await open({ ddm: { requestKeys: [], basic: { user: 'mm', password: 'dm password' }, responseKey: undefined } });
    expect((await bench.dm('/ddm/tokens', { 'X-Enrollment-ID': 'D1', 'X-Hmac-Signature': undefined, ...headers })).status).toBe(status);
  });

  it('is not asked for when none is configured, and answers are unsigned when no key is there for them', async () => {
    await open({ ddm: { requestKeys: [], responseKey: undefined } });
    await bench.enroll('D1');
    const answer = await bench.dm('/ddm/tokens', { ...DEVICE, 'X-Hmac-Signature': undefined });
    expect([answer.status, answer.headers.get('x-hmac-signature')]).toEqual([200, null]);
  });

  it.each([
    ['missing', { 'X-Enrollment-Type': 'Device' }],
    ['empty', { 'X-Enrollment-ID': '', 'X-Enrollment-Type': 'Device' }],
    ['far too long', { 'X-Enrollment-ID': 'x'.repeat(256), 'X-Enrollment-Type': 'Device' }],
  ])('the enrollment id is %s: 400', async (_name, headers) => {
    await open();
    expect((await bench.dm('/ddm/tokens', headers as Record<string, string>)).status).toBe(400);
  });

  it.each([
    ['tokens', ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'], 'GET'],
    ['declaration-items', ['POST', 'PUT', 'DELETE'], 'GET'],
    ['declaration/configuration/x', ['POST', 'PUT', 'DELETE'], 'GET'],
    ['status', ['GET', 'POST', 'DELETE'], 'PUT'],
  ])('%s by another method: 405', async (endpoint, methods) => {
    await open();
    for (const method of methods) expect([method, (await bench.dm(`/ddm/${endpoint}`, DEVICE, { method })).status]).toEqual([method, 405]);
  });
});

/** The device chooses this path, and the server forwards it byte for byte: so these go over a socket, untouched by URL parsers. */
describe('the paths of the -dm listener', () => {
  let server: Server;
  beforeEach(async () => {
    await open();
    await bench.enroll('D1');
    server = await listen({ host: '127.0.0.1', port: 0 }, (request) => bench.ratchet.fetchDdm(request));
  });
  afterEach(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  function ask(target: string): Promise<{ status: number; text: string }> {
    const { port } = server.address() as AddressInfo;
    const signature = sign(Buffer.from(''), DM_KEY);
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1').on('data', (data) => {
        text += data;
      });
      socket.on('error', reject).on('close', () => resolve({ status: Number(text.slice(9, 12)), text }));
      socket.write(
        `GET ${target} HTTP/1.1\r\nHost: ratchet:9007\r\nX-Enrollment-ID: D1\r\nX-Enrollment-Type: Device\r\nX-Hmac-Signature: ${signature}\r\nConnection: close\r\n\r\n`,
      );
    });
  }

  it('are four', async () => {
    expect((await ask('/ddm/tokens')).status).toBe(200);
    expect((await ask('/ddm/declaration-items')).status).toBe(200);
    // 500: understood, and refused.
    expect((await ask('/ddm/declaration/configuration/x.y')).status).toBe(500);
  });

  it.each([
    '/',
    '/ddm',
    '/ddm/',
    '/tokens',
    '/DDM/tokens',
    '/ddm/tokens/',
    '/ddm/tokens?',
    '/ddm/tokens?x=y',
    '/ddm/tokens%20',
    '/ddm/tokens;x',
    '/ddm/tokens.json',
    '/ddm/%74okens',
    '/ddm/Tokens',
    '/ddm/declaration-items?x',
    '/ddm/declaration',
    '/ddm/declaration/',
    '/ddm/declaration/configuration',
    '/ddm/declaration/configuration/',
    '/ddm/declaration/configuration/a/b',
    '/ddm/declaration/configuration/a%2Fb',
    '/ddm/declaration/configuration/..',
    '/ddm/declaration/configuration/%2e%2e',
    '/ddm/declaration/profile/a',
    '/ddm/../webhook',
    '/ddm/../api/v1/plan',
    '/ddm/..%2fapi%2fv1%2fplan',
    '/ddm/../healthz',
    '/webhook',
    '/api/v1/plan',
    '/healthz',
    '/version',
    '//ratchet:9006/api/v1/plan',
    'http://ratchet:9006/api/v1/plan',
    'http://elsewhere/webhook',
    '/ddm/tokens%00',
    '/ddm/\\tokens',
  ])('%s is none of them', async (target) => {
    const { status, text } = await ask(target);
    expect([400, 404], text).toContain(status);
    expect(text).not.toContain('DeclarationsToken');
    expect(text).not.toContain('ratchet.plan');
  });
});

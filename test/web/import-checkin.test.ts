import { build, type PlistValue } from 'plist';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenCreateAnswer } from '../../src/engine/token-answers.ts';
import { InboxFullError } from '../../src/store/store.ts';
import { CHECKIN_BYTES_MAX } from '../../src/web/import-route.ts';
import { API_PASSWORD, basic, createWebBench, NOW, type WebBench } from './bench.ts';

/** What nano2nano does: PUTs of raw check-ins, one after the other, user nanomdm and its key. */

let bench: WebBench;
let key: string;
let isFull = false;

beforeEach(async () => {
  isFull = false;
  bench = await createWebBench({
    breakStore(store) {
      const append = store.append.bind(store);
      store.append = (items) => (isFull ? Promise.reject(new InboxFullError('full')) : append(items));
    },
  });
  key = await newToken('operate');
});
afterEach(() => bench.close());

async function newToken(role: string): Promise<string> {
  const init = { method: 'POST', body: JSON.stringify({ name: `nano2nano ${role}`, role }) };
  return TokenCreateAnswer.parse(await (await bench.api('/tokens', init, { 'Content-Type': 'application/json' })).json()).token;
}

const put = (body: string | Uint8Array, authorization = basic('nanomdm', key)) =>
  bench.ask('/import/checkin', { method: 'PUT', body: body as never, headers: { Authorization: authorization } });
const checkIn = (MessageType: string, keys: Record<string, PlistValue>) => put(build({ MessageType, ...keys }));
const why = async (id: string) => (await bench.api(`/why/${encodeURIComponent(id)}`)).json() as Promise<Record<string, never>>;

const SECRETS = { PushMagic: 'push-magic-secret', Token: Buffer.from('push-token-secret'), UnlockToken: Buffer.from('unlock-secret') };
const HARDWARE = {
  ...{ ProductName: 'Mac15,12', OSVersion: '14.2', BuildVersion: '23C64', SerialNumber: 'C02LAB0001', DeviceName: 'Lab 7' },
  ...{ Challenge: Buffer.from('challenge-secret'), Topic: 'com.apple.mgmt.topic' },
};

async function migrate(UDID: string): Promise<number[]> {
  const answers = [
    await checkIn('Authenticate', { UDID, ...HARDWARE }),
    await checkIn('TokenUpdate', { UDID, Topic: 'com.apple.mgmt.topic', ...SECRETS }),
    await checkIn('SetBootstrapToken', { UDID, BootstrapToken: Buffer.from('bootstrap-secret') }),
    await checkIn('TokenUpdate', { UDID, UserID: 'U1', UserShortName: 'jane.doe', Topic: 'com.apple.mgmt.topic', ...SECRETS }),
  ];
  for (const answer of answers) expect(await answer.text()).toBe('');
  return answers.map(({ status }) => status);
}

describe('what nano2nano sends', () => {
  it('makes a device known that nobody heard of: it is asked, and nothing is handed out on what it ran when it enrolled', async () => {
    expect(await migrate('D1')).toEqual([200, 200, 200, 200]);
    await bench.settle();
    const told = await why('C02LAB0001');
    expect(told).toMatchObject({ device: { id: 'D1', name: 'Lab 7', lastSeenAt: 0 }, reason: 'inventory-missing' });
    expect(told.runs).toEqual({});
    expect(bench.enqueued.filter((command) => command.includes('DeclarativeManagement'))).toEqual([]);
    const texts = (told.timeline as unknown as { text: string }[]).map(({ text }) => text);
    expect(texts).toContain('From the MDM server’s records: enrolled with 14.2 (23C64).');
    expect(texts).toContain('Bootstrap token: escrowed (device-list).');
    const { state } = (await bench.store.loadForReconcile(['D1']))[0] ?? {};
    expect(state).toMatchObject({ generation: 0, enrolledAt: 0, lastSeenAt: 0, facts: { bootstrapToken: { value: 'escrowed' } } });
  });

  it('twice is the same: no event, no enrollment more', async () => {
    await migrate('D1');
    await bench.settle();
    const before = await why('D1');
    const enqueued = bench.enqueued.length;
    expect(await migrate('D1')).toEqual([200, 200, 200, 200]);
    expect(await bench.store.countInbox()).toBe(0);
    await bench.settle();
    expect([await why('D1'), bench.enqueued.length]).toEqual([before, enqueued]);
    expect(await bench.store.listEnrollments('', 10)).toHaveLength(1);
  });

  it('changes nothing of a device that was heard: it enrolls nobody anew, and its old version counts for nothing', async () => {
    await bench.enroll('D1');
    const before = (await bench.store.loadForReconcile(['D1']))[0]?.state;
    expect(await checkIn('Authenticate', { UDID: 'D1', ...HARDWARE })).toMatchObject({ status: 200 });
    await bench.settle();
    expect((await bench.store.loadForReconcile(['D1']))[0]?.state).toEqual(before);
  });

  it('fills in the bootstrap token of a device that was heard', async () => {
    await bench.enroll('D1');
    await checkIn('SetBootstrapToken', { UDID: 'D1', BootstrapToken: Buffer.from('bootstrap-secret') });
    await bench.settle();
    const { facts, generation } = (await bench.store.loadForReconcile(['D1']))[0]?.state ?? {};
    expect([facts?.bootstrapToken?.value, facts?.osVersion?.value, generation]).toEqual(['escrowed', '26.5', NOW]);
  });

  it('leaves no secret in the store', async () => {
    await migrate('D1');
    const rows = JSON.stringify([
      await bench.store.loadForReconcile(['D1', 'D1:U1']),
      await bench.store.listAudit(10),
      await bench.store.listParked(10),
    ]);
    await bench.settle();
    const later = JSON.stringify([await bench.store.loadForReconcile(['D1']), await why('D1')]);
    for (const secret of ['push-magic-secret', 'push-token-secret', 'unlock-secret', 'bootstrap-secret', 'challenge-secret', 'jane.doe'])
      for (const form of [secret, Buffer.from(secret).toString('base64')]) expect(`${rows}${later}`).not.toContain(form);
    expect(rows).toContain('C02LAB0001');
  });

  it('is one line of the audit log when it begins', async () => {
    await migrate('D1');
    await migrate('D2');
    const lines = (await bench.store.listAudit(20)).filter(({ act }) => act === 'import');
    expect(lines).toEqual([{ at: NOW, by: 'token:nano2nano operate', act: 'import', detail: { from: 'nano2nano', begun: true } }]);
  });
});

describe('what is no part of a migration', () => {
  it.each<[string, () => Promise<Response>, RegExp]>([
    ['no property list', () => put('{"UDID":"D1"}'), /Expected a property list/],
    ['an empty body', () => put(''), /Expected a property list/],
    ['a list in place of a message', () => put(build(['x'])), /no check-in of a device: the property list is an array/],
    ['a command’s answer', () => put(build({ Status: 'Idle', UDID: 'D1' })), /no check-in of a device: no MessageType/],
    ['an unknown message', () => checkIn('Greet', { UDID: 'D1' }), /MessageType Greet/],
    [
      'another check-in',
      () => checkIn('CheckOut', { UDID: 'D1' }),
      /Expected Authenticate, TokenUpdate or SetBootstrapToken, found CheckOut/,
    ],
    ['nobody', () => checkIn('TokenUpdate', { PushMagic: 'push-magic-secret' }), /names no device/],
    ['an id with a comma', () => checkIn('TokenUpdate', { UDID: 'D1,D2' }), /The id in it is none: 5 characters/],
  ])('%s: 400 with the reason, nothing stored and nothing quoted', async (_name, send, message) => {
    const answer = await send();
    const { detail } = (await answer.json()) as { detail: string };
    expect([answer.status, detail]).toEqual([400, expect.stringMatching(message)]);
    expect(detail).not.toContain('push-magic-secret');
    expect([await bench.store.countInbox(), await bench.store.listParked(5)]).toEqual([0, []]);
  });

  it('5 MB: 413', async () => {
    const answer = await put(new Uint8Array(5 * 1024 * 1024));
    expect(answer.status).toBe(413);
    expect((await put(new Uint8Array(CHECKIN_BYTES_MAX))).status).toBe(400);
  });

  it('a User Enrollment is known as what it is', async () => {
    await checkIn('Authenticate', { EnrollmentID: 'E1', ProductName: 'iPhone15,2', OSVersion: '26.1' });
    await bench.settle();
    expect(await why('E1')).toMatchObject({ reason: 'user-enrollment' });
  });

  it('a full inbox: 503, and it is to be run again', async () => {
    isFull = true;
    const answer = await checkIn('TokenUpdate', { UDID: 'D9' });
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('run nano2nano again later')]);
  });
});

describe('who may send it', () => {
  it.each<[string, () => Promise<string | undefined>, number]>([
    ['nobody', async () => undefined, 401],
    ['a key that is no token', async () => basic('nanomdm', 'secret'), 401],
    ['the password of the API', async () => basic('ratchet', API_PASSWORD), 401],
    ['a token that only reads', async () => basic('nanomdm', await newToken('read')), 403],
    ['a token of role operate, whoever the user', async () => basic('anybody', key), 200],
  ])('%s', async (_name, authorization, status) => {
    const given = await authorization();
    const headers = given === undefined ? {} : { Authorization: given };
    const body = build({ MessageType: 'TokenUpdate', UDID: 'D1' });
    const answer = await bench.ask('/import/checkin', { method: 'PUT', body, headers: headers as Record<string, string> });
    expect(answer.status).toBe(status);
    if (status !== 200) expect(await answer.text()).toContain('ratchet token create --name nano2nano --role operate');
  });

  it('anything but PUT: 405', async () => {
    const answer = await bench.ask('/import/checkin', { method: 'POST', body: 'x' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'PUT']);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { GateAnswer } from '../../src/engine/gate-answers.ts';
import { createTags } from '../../src/engine/standing.ts';
import { createVerifyCms } from '../../src/gate/cms/verify-cms.ts';
import type { EnrollAnswer, EnrollRequest } from '../../src/gate/enroll-server.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { type Store, StoreError } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { policy } from '../decide/builders.ts';
import { API_PASSWORD, basic, createWebBench, NOW, type WebBench, type WebOptions } from '../web/bench.ts';
import { machineInfoPlist } from './builders.ts';
import { readPlist } from './read-plist.ts';
import { createTestDevices } from './signed-by.ts';

/** The gate on the public listener, over the whole app: what a device asks, what it is answered, and what the server behind was asked. */

const devices = createTestDevices();
const URL_BEHIND = 'http://mdm.internal:8080/mdm/enroll';
const PROFILE: EnrollAnswer = {
  kind: 'answer',
  status: 200,
  headers: [
    ['Content-Type', 'application/x-apple-aspen-config'],
    ['X-Theirs', 'yes'],
  ],
  body: Buffer.from([0x3c, 0x00, 0xff]),
};
const PHONE = {
  ...{ SERIAL: 'C02LAB0001', UDID: 'U1', PRODUCT: 'iPhone15,2', OS_VERSION: '26.5', VERSION: '23F79', LANGUAGE: 'de' },
  MDM_CAN_REQUEST_SOFTWARE_UPDATE: true,
};
const UPDATED = { ...PHONE, OS_VERSION: '26.6.1', VERSION: '23G80' };
const signed = (info: Parameters<typeof machineInfoPlist>[0] = PHONE) => devices.sign(machineInfoPlist(info));

let bench: WebBench;
let asked: EnrollRequest[];
afterEach(() => bench.close());

async function open(options: WebOptions & { behind?: (request: EnrollRequest) => Promise<EnrollAnswer> } = {}): Promise<void> {
  const { behind = async () => PROFILE, ...rest } = options;
  asked = [];
  const pass = async (request: EnrollRequest) => {
    asked.push(request);
    return behind(request);
  };
  bench = await createWebBench({
    policies: { policies: [policy({ enrollmentMinimum: '26.6' })] },
    gate: { verify: createVerifyCms([{ root: devices.root }]), server: { url: URL_BEHIND, pass } },
    ...rest,
  });
}

const ask = (init: RequestInit = {}, path = '/mdm/enroll') =>
  Promise.resolve(bench.ratchet.fetchPublic(new Request(`http://enroll.example.org${path}`, init)));
const post = (body: Uint8Array, headers: Record<string, string> = {}) =>
  ask({ method: 'POST', body: Buffer.from(body), headers: { 'Content-Type': 'application/pkcs7-signature', ...headers } });
const contacts = () => bench.store.listGateContacts({ since: 0 }, 100);

describe('a device that has to update before it enrolls', () => {
  it('is answered 403 with the version, and the server behind is not asked', async () => {
    await open();
    const answer = await post(signed());
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toMatchObject({ code: 'com.apple.softwareupdate.required', details: { OSVersion: '26.6.1' } });
    expect(asked).toEqual([]);
    expect(await contacts()).toEqual([
      {
        ...{ at: NOW, outcome: 'sent-away', isVerified: true, serialNumber: 'C02LAB0001', udid: 'U1', productName: 'iPhone15,2' },
        ...{ osVersion: '26.5', buildVersion: '23F79', policy: 'everyone', requires: '26.6.1' },
      },
    ]);
  });

  it('is answered so in XML when it asks for that, and to the first GET of a web view', async () => {
    await open();
    const header = { 'x-apple-aspen-deviceinfo': signed().toString('base64') };
    const answer = await ask({ headers: { ...header, Accept: 'application/xml' } });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).toBe('application/xml');
    expect(readPlist(await answer.text())).toMatchObject({ details: { OSVersion: '26.6.1' } });
  });

  it('comes back updated, and is passed on', async () => {
    await open();
    await post(signed());
    expect((await post(signed(UPDATED))).status).toBe(200);
    expect((await contacts()).map(({ outcome }) => outcome)).toEqual(['reached', 'sent-away']);
  });

  it('is let in when it was sent away three times, also over a restart, and counts anew a week later', async () => {
    const kept = openSqliteStore({ file: ':memory:', clock: { turn: async () => undefined } });
    const { close } = kept;
    const openStore = () => Object.assign(kept, { close: async () => undefined }) as Store;
    await open({ openStore });
    for (let time = 0; time < 2; time += 1) expect((await post(signed())).status).toBe(403);
    await bench.close();
    await open({ openStore });
    expect((await post(signed())).status).toBe(403);
    expect((await post(signed())).status).toBe(200);
    expect((await post(signed({ ...PHONE, SERIAL: 'C02LAB0002' }))).status).toBe(403);
    expect((await contacts()).map(({ outcome }) => outcome).slice(0, 2)).toEqual(['sent-away', 'sent-away-enough']);
    bench.setNow(NOW + DAY_MS + HOUR_MS);
    expect((await post(signed())).status).toBe(200);
    bench.setNow(NOW + 7 * DAY_MS);
    expect((await post(signed())).status).toBe(403);
    await close();
  });

  it('is let in when that it was sent away can not be kept', async () => {
    await open({
      breakStore(store) {
        store.addGateContact = () => Promise.reject(new StoreError('the disk is full'));
      },
    });
    const answer = await post(signed());
    expect(answer.status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  it('is let in when the store can not be read', async () => {
    await open({
      breakStore(store) {
        store.listSentAway = () => Promise.reject(new StoreError('gone'));
      },
    });
    expect((await post(signed())).status).toBe(200);
    expect(await contacts()).toMatchObject([{ outcome: 'trouble' }]);
  });

  it('may have a policy that hangs on tags: decided by those known, never guessed', async () => {
    const pilots = policy({ name: 'pilots', match: { tags: ['pilot'] } });
    await open({ policies: { policies: [pilots, policy({ enrollmentMinimum: '26.6' })] } });
    expect((await post(signed())).status).toBe(200);
    bench.ratchet.standing.tags = createTags([{ subject: 'C02LAB0001', tags: ['pilot'] }], 1);
    expect((await post(signed())).status).toBe(200);
    expect((await contacts()).map(({ outcome }) => outcome)).toEqual(['no-minimum', 'policy-undecided']);
  });

  it('is let in when a person exempted it while it was enrolled before', async () => {
    await open();
    await bench.enroll('U1');
    const by = { by: 'jane', at: NOW };
    const audit = { ...by, act: 'device-exempt', detail: {} };
    await bench.store.saveOverrides('U1', { exempt: { ...by, until: '2026-12-01' } }, audit, {
      at: NOW,
      kind: 'operator',
      text: 'Exempt.',
    });
    expect((await post(signed())).status).toBe(200);
    expect(await contacts()).toMatchObject([{ outcome: 'exempt' }]);
  });

  it('is told of by the API, with its counts, and by one device alone', async () => {
    await open();
    await post(signed());
    await post(signed({ ...UPDATED, SERIAL: 'C02LAB0002', UDID: 'U2' }));
    const answer = GateAnswer.parse(await (await bench.api('/gate?since=7d')).json());
    expect(answer).toMatchObject({
      counts: [
        { outcome: 'reached', contacts: 1 },
        { outcome: 'sent-away', contacts: 1 },
      ],
      contacts: [
        { serial: 'C02LAB0002', outcome: 'reached', answered: 200 },
        { serial: 'C02LAB0001', requires: '26.6.1' },
      ],
      isComplete: true,
    });
    const one = GateAnswer.parse(await (await bench.api('/gate?device=U2')).json());
    expect(one).toMatchObject({ counts: [{ outcome: 'reached', contacts: 1 }], contacts: [{ udid: 'U2' }] });
    expect((await bench.api('/gate?since=soon')).status).toBe(400);
    const metrics = await (await bench.ask('/metrics', { headers: { authorization: basic('ratchet', API_PASSWORD) } })).text();
    expect(metrics).toContain('ratchet_gate_contacts_total{outcome="sent-away"} 1');
  });
});

describe('whoever else asks', () => {
  it('is passed on as it came, and answered what the server behind answers', async () => {
    await open();
    const body = signed(UPDATED);
    const answer = await ask(
      { method: 'POST', body: Buffer.from(body), headers: { 'X-Own': '1', Connection: 'X-Hop', 'X-Hop': '1' } },
      '/mdm/enroll?site=b%2Fc&x',
    );
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toEqual({ 'content-type': 'application/x-apple-aspen-config', 'x-theirs': 'yes' });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(PROFILE.body);
    const [request] = asked;
    expect(request).toMatchObject({ method: 'POST', search: '?site=b%2Fc&x' });
    expect(Buffer.from(request?.body ?? [])).toEqual(body);
    const headers = Object.fromEntries(request?.headers ?? []);
    expect(headers).toMatchObject({ 'x-own': '1', Via: '1.1 ratchet-gate' });
    expect(headers).not.toHaveProperty('x-hop');
  });

  it.each([204, 302, 304, 401, 500])('is given its %i untouched', async (status) => {
    await open({ behind: async () => ({ kind: 'answer', status, headers: [['Location', '/there']], body: new Uint8Array() }) });
    const answer = await ask({ redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([status, '/there']);
    expect(await contacts()).toMatchObject([{ outcome: 'no-machine-info', answered: status, isVerified: false }]);
  });

  it.each<[string, EnrollAnswer]>([
    ['can not be reached', { kind: 'down', message: 'ECONNREFUSED' }],
    ['answers with a status that is none', { kind: 'answer', status: 99, headers: [], body: new Uint8Array() }],
  ])('is answered 502 when the server behind %s', async (_what, behind) => {
    await open({ behind: async () => behind });
    const answer = await post(signed(UPDATED));
    expect(answer.status).toBe(502);
    expect(await answer.text()).toMatch(/^The enrollment server /);
  });

  it('reaches that one path, and nothing beside it', async () => {
    await open();
    for (const path of [
      '/',
      '/mdm',
      '/mdm/enroll/',
      '/mdm/enroll/..%2f..%2fv1/devices',
      '/mdm/enroll/../checkin',
      '/MDM/enroll',
      '/v1/commands/',
    ])
      expect((await ask({}, path)).status, path).toBe(404);
    expect(asked).toEqual([]);
  });

  it('finds no gate where none is set', async () => {
    bench = await createWebBench();
    expect((await ask()).status).toBe(404);
  });

  it.each<[string, RequestInit]>([
    ['in a header', { headers: { 'x-apple-aspen-deviceinfo': 'MIIB' } }],
    ['in a body', { method: 'POST', body: 'MIIB', headers: { 'Content-Type': 'application/pkcs7-signature' } }],
  ])('raises an alert as a device that says what it is %s at another path, until one comes at the right one', async (_, init) => {
    await open();
    const raised = async () => (await bench.ratchet.show.status()).alerts.map(({ sentence }) => sentence);
    for (let times = 0; times < 3; times += 1) expect((await ask(init, '/mdm/enrol')).status).toBe(404);
    const sentence = 'A device asked --listen-public for its enrollment profile at /mdm/enrol, and the path of --gate-url is /mdm/enroll.';
    expect(await raised()).toEqual([sentence]);
    expect(bench.warnings).toEqual([
      'a device asked for its enrollment profile at a path that is not that of --gate-url; answered 404 /mdm/enrol',
    ]);
    expect((await ask()).status).toBe(200);
    expect(await raised()).toEqual([]);
  });

  it('raises none as somebody who says nothing, or asks for a page of an owner', async () => {
    await open();
    await ask({}, '/other');
    await ask({ method: 'POST', body: 'a=b', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }, '/other');
    await ask({ headers: { 'x-apple-aspen-deviceinfo': 'MIIB' } }, '/u/a/b');
    expect([bench.warnings, (await bench.ratchet.show.status()).alerts]).toEqual([[], []]);
  });

  it('tells of another path without end neither in the log nor in the store, and answers when that can not be kept', async () => {
    await open({
      breakStore(store) {
        store.raiseAlert = () => Promise.reject(new StoreError('the disk is full'));
      },
    });
    const device = { headers: { 'x-apple-aspen-deviceinfo': 'MIIB' } };
    for (let times = 0; times < 5; times += 1) expect((await ask(device, `/${'x'.repeat(500)}${times}`)).status).toBe(404);
    expect(bench.warnings.map((line) => line.length < 250)).toEqual([true, true]);
  });

  it('does not go in circles when the address behind leads back here', async () => {
    await open({
      behind: async ({ headers }) => {
        const again = await ask({ headers: headers.map(([name, value]) => [name, value] as [string, string]) });
        return { kind: 'answer', status: again.status, headers: [], body: new Uint8Array() };
      },
    });
    expect((await ask()).status).toBe(502);
    expect(asked).toHaveLength(1);
  });

  it('waits for no more than fifty others', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await open({ behind: () => held.then(() => PROFILE) });
    const waiting = Array.from({ length: 50 }, () => ask());
    while (asked.length < 50) await new Promise((resolve) => setImmediate(resolve));
    const more = await ask();
    expect([more.status, more.headers.get('retry-after')]).toEqual([503, '5']);
    release();
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([200]));
    expect((await ask()).status).toBe(200);
  });
});

describe('what is not signed by a device of Apple', () => {
  const forged = createTestDevices().sign(machineInfoPlist(PHONE));
  const altered = (() => {
    const bytes = signed();
    bytes.write('26.4', bytes.indexOf('26.5'));
    return bytes;
  })();

  it.each<[string, Uint8Array]>([
    ['under another root', forged],
    ['altered', altered],
    ['cut off', signed().subarray(0, 900)],
    ['plain', Buffer.from(machineInfoPlist(PHONE))],
    ['too long', Buffer.alloc(100_000, 0x30)],
  ])('is not believed, and passed on: %s', async (_what, body) => {
    await open();
    expect((await post(body)).status).toBe(200);
    const [contact] = await contacts();
    expect(contact).toEqual({ at: NOW, outcome: 'unverified', isVerified: false, problem: expect.any(String), answered: 200 });
  });

  it.each<[string, () => Promise<Response>]>([
    ['forged', () => post(forged)],
    ['saying nothing', () => ask()],
    ['saying nonsense in the header', () => ask({ headers: { 'x-apple-aspen-deviceinfo': 'nonsense' } })],
  ])('is refused where the gate is strict: %s', async (_what, request) => {
    await open({ gateSettings: { isStrict: true, timesMax: 3, periodMs: DAY_MS } });
    const answer = await request();
    expect(answer.status).toBe(403);
    expect(await answer.text()).toBe('Only devices of Apple that say who they are may enroll here.\n');
    expect(asked).toEqual([]);
    expect(await contacts()).toMatchObject([{ outcome: 'refused', isVerified: false }]);
  });

  it('is let in, strict or not, when it is signed and says nothing that is understood', async () => {
    await open({ gateSettings: { isStrict: true, timesMax: 3, periodMs: DAY_MS } });
    expect((await post(devices.sign('no property list'))).status).toBe(200);
    expect((await post(devices.sign(machineInfoPlist({ PRODUCT: 'iPhone15,2' })))).status).toBe(200);
    expect(await contacts()).toMatchObject([{ outcome: 'unreadable', isVerified: true }, { outcome: 'unreadable' }]);
  });

  it('is answered 413 with 5 MB of rubbish, before it is held in memory', async () => {
    await open();
    expect((await post(Buffer.alloc(5 * 1024 * 1024, 0x30))).status).toBe(413);
    let read = 0;
    const endless = new ReadableStream({
      pull(controller) {
        read += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    expect((await ask({ method: 'POST', body: endless, duplex: 'half' } as RequestInit)).status).toBe(413);
    expect(read).toBeLessThan(2 * 1024 * 1024);
    expect(asked).toEqual([]);
  });

  it('can not fill the store: ten a minute are noted, and devices beside them', async () => {
    await open();
    for (let time = 0; time < 30; time += 1) await post(forged);
    await post(signed(UPDATED));
    expect(await bench.store.countGateContacts(0)).toEqual({ unverified: 10, reached: 1 });
    bench.setNow(NOW + MINUTE_MS);
    await post(forged);
    expect(await bench.store.countGateContacts(0)).toEqual({ unverified: 11, reached: 1 });
  });

  it('whatever it is, is never an error of ours', async () => {
    await open();
    const prng = createPrng('what comes to the gate');
    const genuine = signed(UPDATED);
    for (let time = 0; time < 300; time += 1) {
      const kind = prng.int(0, 3);
      const bytes = Buffer.from(genuine.subarray(0, kind === 0 ? prng.int(1, genuine.length - 1) : genuine.length));
      if (kind === 1) for (let change = 0; change < 4; change += 1) bytes[prng.int(0, bytes.length - 1)] = prng.int(0, 255);
      const rubbish = Buffer.from(prng.hex(2 * prng.int(1, 300)), 'hex');
      const body = kind === 2 ? rubbish : bytes;
      const answer =
        kind === 3
          ? await ask({ headers: { 'x-apple-aspen-deviceinfo': body.toString('base64').slice(prng.int(0, 50)) } })
          : await post(body);
      expect(answer.status, `${time}`).toBe(200);
    }
    expect(bench.errors).toEqual([]);
    expect((await contacts()).every(({ outcome }) => outcome !== 'trouble')).toBe(true);
  });
});

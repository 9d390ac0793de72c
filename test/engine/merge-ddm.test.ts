import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../src/ddm/endpoint.ts';
import { createMergeDdm, LAST_WHOLE_MS } from '../../src/engine/serve-ddm/merge-ddm.ts';
import type { DdmRequest } from '../../src/engine/serve-ddm/serve-ddm.ts';
import { createStatusRelay } from '../../src/engine/serve-ddm/status-relay.ts';
import type { EventBody } from '../../src/enrollment/event.ts';
import type { UpstreamAnswer, UpstreamRequest } from '../../src/hosts/ddm-upstream.ts';
import { silentLogger } from '../../src/logger.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { DEVICE, NOW, policySet, withPolicy } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** Rule 31: in front of another server, as the device and that server see it. */

interface Items {
  Declarations: Record<string, { Identifier: string; ServerToken: string }[]>;
  DeclarationsToken: string;
}

const WIFI = { Identifier: 'com.example.wifi', ServerToken: 'w1' };
const MAIL = { Identifier: 'com.example.mail', ServerToken: 'm1' };
const BODIES: Record<string, object> = {
  'com.example.wifi': { Identifier: 'com.example.wifi', ServerToken: 'w1', Type: 'com.apple.configuration.legacy', Payload: {} },
  'com.example.mail': { Identifier: 'com.example.mail', ServerToken: 'm1', Type: 'com.apple.configuration.legacy', Payload: {} },
};

function createBench() {
  const house = createHouse();
  house.standing.site = { ...house.standing.site, mergesDdm: true };
  const state = {
    lists: new Map<string, Items['Declarations']>(),
    isDown: false,
    /** What declaration-items is answered, whoever asks. */
    items: undefined as UpstreamAnswer | undefined,
    hasLostStore: false,
    /** It answers its declaration-items, and nobody else's, with something that is none. */
    refusesFor: undefined as string | undefined,
    asked: [] as string[],
    raised: new Set<string>(),
    calls: 0,
  };
  const upstream = {
    name: 'http://kmfddm:9002/',
    async ask({ endpoint, enrollmentId, body }: UpstreamRequest): Promise<UpstreamAnswer> {
      state.asked.push(`${endpoint.kind} ${enrollmentId}`);
      if (state.isDown) return { kind: 'down', message: 'ECONNREFUSED' };
      if (endpoint.kind === 'status') {
        state.asked[state.asked.length - 1] += ` ${Buffer.from(body).toString()}`;
        return { kind: 'answer', body: '' };
      }
      if (endpoint.kind === 'declaration') {
        const found = state.hasLostStore ? undefined : BODIES[endpoint.identifier];
        return found ? { kind: 'answer', body: JSON.stringify(found) } : { kind: 'refused', status: 404, message: 'not found' };
      }
      if (endpoint.kind === 'declaration-items' && state.items) return state.items;
      if (endpoint.kind === 'declaration-items' && state.refusesFor === enrollmentId) return { kind: 'answer', body: '{}' };
      state.calls += 1;
      // As KMFDDM does: another token each time, another order.
      const given = state.lists.get(enrollmentId) ?? {};
      const Declarations = { Activations: [], Assets: [], Configurations: [], Management: [], ...given };
      if (state.calls % 2 === 0) Declarations.Configurations = [...Declarations.Configurations].reverse();
      const answer: Items = { Declarations, DeclarationsToken: `changes ${state.calls}` };
      return endpoint.kind === 'tokens'
        ? { kind: 'answer', body: JSON.stringify({ SyncTokens: { DeclarationsToken: answer.DeclarationsToken } }) }
        : { kind: 'answer', body: JSON.stringify(answer) };
    },
  };
  const relay = createStatusRelay({ upstream, clock: house.clock, log: silentLogger });
  const alerts = {
    raise: async (key: string) => void state.raised.add(key),
    refresh: async (key: string) => void state.raised.add(key),
    clear: async (key: string) => void state.raised.delete(key),
  };
  const merge = createMergeDdm({ ...house, upstream, relay, alerts, log: silentLogger });
  async function ask(path: string, more: Partial<DdmRequest> = {}) {
    const endpoint = parseEndpoint(path);
    if (endpoint === undefined) throw new Error(path);
    const answer = await merge({ endpoint, enrollmentId: DEVICE, type: 'Device', body: new Uint8Array(), ...more });
    return { ...answer, json: answer.body === '' ? undefined : JSON.parse(answer.body) };
  }
  const items = async (more?: Partial<DdmRequest>) => (await ask('declaration-items', more)).json as Items;
  const token = async () => (await ask('tokens')).json.SyncTokens.DeclarationsToken as string;
  return { house, state, ask, items, token, relay };
}

const identifiers = ({ Declarations }: Items) =>
  Object.values(Declarations)
    .flat()
    .map(({ Identifier }) => Identifier.replace(/\.[0-9a-f]{12}$/, ''))
    .sort();

const LEFT = { state: 'left' as const, pausedPolicies: [], held: undefined };
const OURS = ['ratchet.activation.enforcement', 'ratchet.activation.subscriptions', 'ratchet.enforcement', 'ratchet.subscriptions'];

describe('the union', () => {
  it('has what the other server lists and what we do, under one token that stays', async () => {
    const { house, state, items, token, ask } = createBench();
    state.lists.set(DEVICE, { Configurations: [WIFI, MAIL] });
    await house.enroll();
    const first = await items();
    expect(identifiers(first)).toEqual(['com.example.mail', 'com.example.wifi', ...OURS]);
    expect(new Set([first.DeclarationsToken, await token(), (await items()).DeclarationsToken, await token()]).size).toBe(1);
    const since = (await ask('tokens')).json.SyncTokens.Timestamp;
    house.setNow(NOW + 5 * MINUTE_MS);
    expect((await ask('tokens')).json.SyncTokens.Timestamp).toBe(since);
    state.lists.set(DEVICE, { Configurations: [WIFI] });
    expect(await token()).not.toBe(first.DeclarationsToken);
    expect((await ask('tokens')).json.SyncTokens.Timestamp).not.toBe(since);
  });

  it('tells of a change no earlier time than of the one before, though our clock was set back to 1970', async () => {
    const { house, state, ask } = createBench();
    const told = async () => Date.parse((await ask('tokens')).json.SyncTokens.Timestamp);
    state.lists.set(DEVICE, { Configurations: [WIFI] });
    await house.enroll();
    const before = await told();
    house.setNow(7 * HOUR_MS);
    state.lists.set(DEVICE, { Configurations: [WIFI, MAIL] });
    expect(await told()).toBe(before + 1_000);
  });

  it('leaves out what the other server lists under a name of ours', async () => {
    const { house, state, items } = createBench();
    state.lists.set(DEVICE, { Configurations: [{ Identifier: 'ratchet.enforcement.000000000000', ServerToken: 'x' }, WIFI] });
    await house.enroll();
    expect(identifiers(await items())).toEqual(['com.example.wifi', ...OURS]);
  });

  it('gives each declaration from whom it is', async () => {
    const { house, state, items, ask } = createBench();
    state.lists.set(DEVICE, { Configurations: [WIFI] });
    await house.enroll();
    const { Declarations } = await items();
    const [ours] = Declarations.Configurations?.filter(({ Identifier }) => Identifier.startsWith('ratchet.enforcement')) ?? [];
    expect((await ask(`declaration/configuration/${ours?.Identifier}`)).json.Payload.TargetLocalDateTime).toBe('2040-09-17T18:00:00');
    expect((await ask('declaration/configuration/com.example.wifi')).json).toEqual(BODIES['com.example.wifi']);
    expect((await ask('declaration/configuration/com.example.gone')).status).toBe(404);
    expect(state.asked.filter((asked) => asked.startsWith('declaration ')).length).toBe(2);
  });

  it('passes user channels and whoever nothing has named on, unchanged', async () => {
    const { state, ask } = createBench();
    const user = { enrollmentId: `${DEVICE}:USER`, type: 'User', parentId: DEVICE };
    state.lists.set(user.enrollmentId, { Configurations: [WIFI] });
    const answer = (await ask('declaration-items', user)).json as Items;
    expect([identifiers(answer), answer.DeclarationsToken]).toEqual([['com.example.wifi'], 'changes 1']);
    const unnamed = { enrollmentId: 'NOBODY' } as Partial<DdmRequest>;
    delete unnamed.type;
    expect((await ask('declaration/configuration/com.example.none', user)).status).toBe(404);
  });
});

describe('where no type is told', () => {
  /** Its first webhook is stored, and not read yet. */
  async function heard(bench: ReturnType<typeof createBench>) {
    const { house, state } = bench;
    state.lists.set(DEVICE, { Configurations: [WIFI] });
    await house.policies(withPolicy({ mode: 'observe' }));
    const event = {
      ...{ observedAt: NOW, receivedAt: NOW },
      body: { kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } } as EventBody,
    };
    await house.store.append([{ subject: { id: DEVICE, type: 'Device' }, event }]);
    house.reconciler.wakeSoon([DEVICE], 'sign-of-life');
    return () => bench.ask('declaration-items', { type: undefined as never });
  }

  it('a device is named by its first webhook, though nobody has read that yet', async () => {
    const bench = createBench();
    const ask = await heard(bench);
    const [first, again] = [await ask(), await ask()];
    expect(identifiers(first.json)).toEqual(['com.example.wifi']);
    // Of the other server it changes with each call.
    expect(first.json.DeclarationsToken).toBe(again.json.DeclarationsToken);
  });

  it('a device whose first webhook can’t be read gets an error, not what the other server says', async () => {
    const bench = createBench();
    const ask = await heard(bench);
    bench.house.store.loadForReconcile = async () => Promise.reject(new Error('disk I/O error'));
    expect((await ask()).status).toBe(500);
  });
});

describe('a device that nothing of ours is for', () => {
  const theirsAlone = async ({ items, token }: ReturnType<typeof createBench>, more: Partial<DdmRequest> = {}) => {
    const answer = await items(more);
    expect(answer.DeclarationsToken).toBe(more.enrollmentId === undefined ? await token() : answer.DeclarationsToken);
    return identifiers(answer);
  };

  it.each([
    ['in observe mode', async ({ house }: ReturnType<typeof createBench>) => house.policies(withPolicy({ mode: 'observe' }))],
    ['without a policy', async ({ house }: ReturnType<typeof createBench>) => house.policies(policySet({ policies: [] }))],
    ['once Ratchet has left', async ({ house }: ReturnType<typeof createBench>) => Object.assign(house.standing, { control: LEFT })],
  ])('gets what the other server has for it: %s', async (_name, begin) => {
    const bench = createBench();
    bench.state.lists.set(DEVICE, { Configurations: [WIFI] });
    await begin(bench);
    await bench.house.enroll();
    expect(await theirsAlone(bench)).toEqual(['com.example.wifi']);
    bench.state.lists.set(DEVICE, { Configurations: [WIFI, MAIL] });
    expect(await theirsAlone(bench)).toEqual(['com.example.mail', 'com.example.wifi']);
  });

  it('so does one that no webhook has named yet, and a user enrollment', async () => {
    const bench = createBench();
    bench.state.lists.set('D9', { Configurations: [WIFI] });
    expect(await theirsAlone(bench, { enrollmentId: 'D9' })).toEqual(['com.example.wifi']);
    expect(await theirsAlone(bench, { enrollmentId: 'D9', type: 'User Enrollment (Device)' })).toEqual(['com.example.wifi']);
  });

  it('gets an error while Ratchet is held, or where it tells of declarations of ours that this store never listed', async () => {
    const { house, state, ask } = createBench();
    state.lists.set(DEVICE, { Configurations: [WIFI] });
    await house.policies(withPolicy({ mode: 'observe' }));
    await house.enroll();
    house.standing.control = { ...house.standing.control, held: 'a person has to look' };
    expect((await ask('declaration-items')).status).toBe(500);
    house.standing.control = { ...house.standing.control, held: undefined };
    const ours = { identifier: 'ratchet.enforcement.000000000000', active: true, valid: 'valid', 'server-token': 'x' };
    const report = {
      StatusItems: { management: { declarations: { configurations: [ours], activations: [], assets: [], management: [] } } },
    };
    await ask('status', { body: Buffer.from(JSON.stringify(report)) });
    expect((await ask('declaration-items')).status).toBe(500);
    house.standing.control = { ...house.standing.control, knowsForeignStore: true };
    expect((await ask('declaration-items')).status).toBe(200);
  });

  it('gets an error after a restore until it has told what it holds', async () => {
    const { house, state, ask } = createBench();
    state.lists.set(DEVICE, { Configurations: [WIFI] });
    await house.policies(withPolicy({ mode: 'observe' }));
    await house.enroll();
    house.standing.control = { ...house.standing.control, restored: { backupAt: NOW - HOUR_MS, at: NOW + MINUTE_MS } };
    house.setNow(NOW + HOUR_MS);
    expect((await ask('declaration-items')).status).toBe(500);
    const declarations = { configurations: [], activations: [], assets: [], management: [] };
    await ask('status', { body: Buffer.from(JSON.stringify({ StatusItems: { management: { declarations } }, FullReport: true })) });
    expect((await ask('declaration-items')).status).toBe(200);
  });
});

describe('status', () => {
  it('goes to both, as it came, and waits while the other server is down', async () => {
    const { house, state, ask, relay } = createBench();
    await house.enroll();
    const report = (version: string) => Buffer.from(JSON.stringify({ StatusItems: { device: { 'operating-system': { version } } } }));
    state.isDown = true;
    expect((await ask('status', { body: report('40.5.1') })).status).toBe(200);
    expect((await ask('status', { body: report('40.6') })).status).toBe(200);
    await relay.idle();
    expect(relay.counts()).toEqual({ waiting: 2, lost: 0 });
    expect((await house.gathered()).state?.facts.osVersion?.value).toBe('40.6');
    state.isDown = false;
    state.asked.length = 0;
    await ask('status', { body: report('40.6') });
    await relay.idle();
    expect(state.asked).toEqual(['40.5.1', '40.6', '40.6'].map((version) => `status ${DEVICE} ${report(version).toString()}`));
    expect(relay.counts()).toEqual({ waiting: 0, lost: 0 });
  });
});

describe('while the other server is down', () => {
  it('the last whole union is answered for three days, with what is new of ours, then an error, never less', async () => {
    const { house, state, items, ask } = createBench();
    state.lists.set(DEVICE, { Configurations: [WIFI] });
    await house.enroll();
    await items();
    state.isDown = true;
    house.setNow(NOW + HOUR_MS);
    await house.policies(withPolicy({ paused: true }));
    expect(identifiers(await items())).toContain('com.example.wifi');
    house.setNow(NOW + LAST_WHOLE_MS);
    expect(identifiers(await items())).toContain('com.example.wifi');
    house.setNow(NOW + LAST_WHOLE_MS + 1);
    expect([(await ask('declaration-items')).status, (await ask('tokens')).status]).toEqual([500, 500]);
    expect(state.raised).toEqual(new Set(['upstream-down']));
    state.isDown = false;
    house.setNow(NOW + LAST_WHOLE_MS + MINUTE_MS);
    expect(identifiers(await items())).toContain('com.example.wifi');
    expect(state.raised).toEqual(new Set());
  });

  it.each([
    ['refuses them', { kind: 'refused', status: 401, message: 'HTTP 401: Unauthorized' } as const],
    ['answers a page', { kind: 'answer', body: '<html>' } as const],
  ])('so it is where it does not say what it lists: it %s', async (_name, answered) => {
    const { house, state, items, ask } = createBench();
    state.lists.set(DEVICE, { Configurations: [WIFI] });
    await house.enroll();
    await items();
    state.items = answered;
    expect(identifiers(await items())).toContain('com.example.wifi');
    house.setNow(NOW + MINUTE_MS);
    expect((await ask('declaration/configuration/com.example.wifi')).status).toBe(200);
    house.setNow(NOW + 3 * MINUTE_MS);
    expect(identifiers(await items())).toContain('com.example.wifi');
    expect(state.raised).toEqual(new Set(['upstream-down']));
    state.items = undefined;
    await items();
    expect(state.raised).toEqual(new Set());
  });

  it('an alert of a former process ends with the first list', async () => {
    const { house, state, items } = createBench();
    state.raised.add('upstream-down');
    await house.enroll();
    await items();
    expect(state.raised).toEqual(new Set());
  });

  it('a device that it was never heard for gets an error, not ours alone', async () => {
    const { house, state, ask } = createBench();
    state.isDown = true;
    await house.enroll();
    expect((await ask('declaration-items')).status).toBe(500);
  });

  it('nobody waits for it again for a while', async () => {
    const { house, state, items } = createBench();
    await house.enroll();
    await items();
    state.isDown = true;
    state.asked.length = 0;
    await items();
    await items();
    expect(state.asked).toHaveLength(1);
    house.setNow(NOW + MINUTE_MS);
    await items();
    expect(state.asked).toHaveLength(2);
  });
});

describe('a list that is suddenly empty', () => {
  it('of one device is what it seems, where others still have something', async () => {
    const { house, state, items } = createBench();
    for (const id of [DEVICE, 'D2']) {
      state.lists.set(id, { Configurations: [WIFI] });
      await house.enroll({}, id);
      await items({ enrollmentId: id });
    }
    state.lists.delete(DEVICE);
    expect(identifiers(await items())).toEqual(OURS);
    expect(state.raised.size).toBe(0);
  });

  it('of the only one that had something counts as down, but where there is no other device', async () => {
    for (const hasOthers of [true, false]) {
      const { house, state, ask, items } = createBench();
      for (const id of hasOthers ? [DEVICE, 'D2'] : [DEVICE]) await house.enroll({}, id);
      state.lists.set(DEVICE, { Configurations: [WIFI] });
      await items();
      state.lists.clear();
      expect((await items()).Declarations.Configurations?.some(({ Identifier }) => Identifier === WIFI.Identifier)).toBe(hasOthers);
      // Of the other it was never told whether there is anything for it.
      if (hasOthers) expect((await ask('declaration-items', { enrollmentId: 'D2' })).status).toBe(500);
    }
  });

  it('of everybody is not passed on either, to a user channel or to whoever nothing has named yet', async () => {
    const { house, state, ask, items } = createBench();
    const user = { enrollmentId: `${DEVICE}:USER`, type: 'User', parentId: DEVICE };
    const unnamed = { enrollmentId: 'D9', type: undefined as never };
    for (const id of [DEVICE, 'D2', user.enrollmentId, 'D9']) state.lists.set(id, { Configurations: [WIFI] });
    for (const id of [DEVICE, 'D2']) await house.enroll({}, id);
    for (const id of [DEVICE, 'D2']) await items({ enrollmentId: id });
    const before = new Map(state.lists);
    state.lists.clear();
    for (const who of [user, unnamed])
      for (const path of ['tokens', 'declaration-items']) expect((await ask(path, who)).status, path).toBe(500);
    expect(state.raised).toEqual(new Set(['upstream-emptied']));
    // Five seconds later it is asked again.
    house.setNow(NOW + MINUTE_MS);
    // A device that still has something says that it is well: then a user may have nothing any more.
    state.lists.set('D2', before.get('D2') ?? {});
    expect((await items(user)).Declarations.Configurations).toEqual([]);
    expect((await ask('tokens', user)).status).toBe(200);
  });

  it('of which nobody can tell whether it is meant is an error, and after two minutes an alert', async () => {
    const { house, state, ask, items } = createBench();
    state.lists.set(DEVICE, { Configurations: [WIFI] });
    await house.enroll();
    await items();
    const user = { enrollmentId: `${DEVICE}:USER`, type: 'User', parentId: DEVICE };
    state.refusesFor = DEVICE;
    expect((await ask('declaration-items', user)).status).toBe(500);
    expect(state.raised.size).toBe(0);
    // It lasts: somebody has to look.
    house.setNow(NOW + 2 * MINUTE_MS);
    expect((await ask('declaration-items', user)).status).toBe(500);
    expect(state.raised).toContain('upstream-emptied');
  });

  it('of a user tells nothing of how the server is', async () => {
    const { house, state, ask, items } = createBench();
    state.lists.set(DEVICE, { Configurations: [WIFI] });
    state.lists.set(`${DEVICE}:USER`, { Configurations: [MAIL] });
    await house.enroll();
    await items();
    state.refusesFor = DEVICE;
    for (let minute = 1; minute <= 4; minute += 1) {
      house.setNow(NOW + minute * MINUTE_MS);
      await items();
      expect((await ask('tokens', { enrollmentId: `${DEVICE}:USER`, type: 'User', parentId: DEVICE })).status).toBe(200);
    }
    expect(state.raised).toEqual(new Set(['upstream-down']));
  });

  it('of everybody counts as down', async () => {
    const { house, state, items } = createBench();
    for (const id of [DEVICE, 'D2', 'D3']) {
      state.lists.set(id, { Configurations: [WIFI] });
      await house.enroll({}, id);
      await items({ enrollmentId: id });
    }
    state.lists.clear();
    expect(identifiers(await items())).toEqual(['com.example.wifi', ...OURS]);
    expect(state.raised).toEqual(new Set(['upstream-emptied']));
    state.lists.set('D2', { Configurations: [WIFI] });
    // The others are asked again after five seconds.
    house.setNow(NOW + MINUTE_MS);
    expect(identifiers(await items())).toEqual(OURS);
    expect(state.raised.size).toBe(0);
  });
});

describe('bodies', () => {
  it('stay fetchable while another store is in its place that has none of them', async () => {
    const { house, state, items, ask } = createBench();
    const wifi = (enrollmentId: string) => ask('declaration/configuration/com.example.wifi', { enrollmentId });
    for (const id of [DEVICE, 'D2', 'D3']) {
      state.lists.set(id, { Configurations: [WIFI] });
      await house.enroll({}, id);
      await items({ enrollmentId: id });
      await wifi(id);
    }
    state.lists.clear();
    state.hasLostStore = true;
    expect(identifiers(await items())).toContain('com.example.wifi');
    expect((await wifi(DEVICE)).json).toEqual(BODIES['com.example.wifi']);
    state.lists.set('D2', { Configurations: [WIFI] });
    state.lists.set(DEVICE, { Configurations: [MAIL] });
    expect((await wifi(DEVICE)).status).toBe(404);
  });

  it('are given while it is down once two devices got the same', async () => {
    const { house, state, items, ask } = createBench();
    for (const id of [DEVICE, 'D2', 'D3']) {
      state.lists.set(id, { Configurations: [WIFI] });
      await house.enroll({}, id);
      await items({ enrollmentId: id });
    }
    const wifi = (enrollmentId: string) => ask('declaration/configuration/com.example.wifi', { enrollmentId });
    await wifi(DEVICE);
    state.isDown = true;
    expect((await wifi('D3')).status).toBe(500);
    state.isDown = false;
    house.setNow(NOW + MINUTE_MS);
    await wifi('D2');
    state.isDown = true;
    expect((await wifi('D3')).json).toEqual(BODIES['com.example.wifi']);
  });
});

import { describe, expect, it } from 'vitest';
import { hasToldOf } from '../../src/decide/placed-date.ts';
import type { Placement } from '../../src/decide/placement.ts';
import type { Alerts } from '../../src/engine/alerts.ts';
import { createOperate } from '../../src/engine/operate/operate.ts';
import { createPlaceDdm } from '../../src/engine/place/place-ddm.ts';
import type { EventBody } from '../../src/enrollment/event.ts';
import { createKmfddmChannel } from '../../src/hosts/kmfddm-api/client.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Clock, Fetch } from '../../src/runtime.ts';
import { connectionTo, createSimKmfddm } from '../../src/sim/kmfddm.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { DEVICE, NOW, withPolicy } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** Rule 32: what is committed is kept in KMFDDM, and what a device got of it is known by the webhook. */

const URL = 'http://kmfddm:9002/v1/';
const THEIRS = 'com.example.wifi';

function createBench(webhookCarriesDdm = true) {
  const house = createHouse();
  const kmfddm = createSimKmfddm({ shuffle: (items) => items, now: house.clock.now, apiKey: 'key' });
  const state = { isDown: false, raised: new Map<string, string>(), calls: [] as string[], refuses: (_call: string) => false };
  const timers = new Map<string, { at: number; run: () => void }>();
  const clock: Clock = {
    ...house.clock,
    at: (at, key, run) => void timers.set(key, { at, run }),
    cancel: (key) => void timers.delete(key),
  };
  const connect = connectionTo(kmfddm, () => state.isDown);
  const fetch: Fetch = async (url, { method = 'GET', headers = {}, body } = {}) => {
    const call = `${method} ${url.slice(URL.length)}`;
    state.calls.push(call);
    if (state.refuses(call)) return new Response('{"error":"no"}', { status: 500 });
    return connect(url, { method, headers, ...(body === undefined ? {} : { body: Buffer.from(body) }) });
  };
  const alerts = {
    raise: async (key: string, sentence: string) => void state.raised.set(key, sentence),
    refresh: async (key: string, sentence: string) => void state.raised.set(key, sentence),
    clear: async (key: string) => void state.raised.delete(key),
  };
  /** A process of its own. */
  const another = () =>
    createPlaceDdm({
      ...{ ...house, clock, alerts, webhookCarriesDdm, log: silentLogger },
      channel: createKmfddmChannel({ fetch, url: URL, user: 'kmfddm', key: 'key' }),
    });
  const place = another();
  house.onManifests = place.changed;

  const bench = {
    ...{ house, kmfddm, state, place, another },
    /** All that is under way comes to its end. */
    async settle() {
      for (let turns = 0; turns < 5; turns += 1) {
        await place.idle();
        await house.reconciler.idle();
      }
    },
    /** Time passes, and what is due by it runs. */
    async pass(ms: number) {
      house.setNow(house.clock.now() + ms);
      for (const [key, { at, run }] of [...timers]) {
        if (at > house.clock.now()) continue;
        timers.delete(key);
        run();
      }
      await bench.settle();
    },
    there: () => kmfddm.store.itemsFor(DEVICE).map(({ Identifier }) => Identifier.replace(/\.[0-9a-f]{12}$/, '')),
    reason: async () => (await house.store.loadForReconcile([DEVICE]))[0]?.decision,
    asked: (endpoint: string, data: Partial<EventBody> = {}) =>
      house.hear({ kind: 'message', message: { kind: 'DeclarativeManagement', endpoint }, ...data } as EventBody),
  };
  kmfddm.store.put({ Identifier: THEIRS, Type: 'com.apple.configuration.legacy', Payload: {} });
  kmfddm.store.changeSet('theirs', THEIRS, true);
  kmfddm.store.changeEnrollment(DEVICE, 'theirs', true);
  return bench;
}

async function enrolled(webhookCarriesDdm = true) {
  const bench = createBench(webhookCarriesDdm);
  await bench.house.enroll();
  await bench.settle();
  return bench;
}

const OURS = ['ratchet.enforcement', 'ratchet.activation.enforcement', 'ratchet.subscriptions', 'ratchet.activation.subscriptions'];

/** A report of what changed. */
const reported = (...identifiers: string[]): EventBody => ({
  kind: 'status-report',
  report: {
    fullReport: false,
    refusedStatusItems: [],
    declarations: identifiers.map((identifier) => ({ identifier, serverToken: 'x', active: true, valid: 'valid', reasons: [] })),
  },
});

describe('placing', () => {
  it('comes before the device is told, beside what is there of others', async () => {
    const { house, there, reason, state } = await enrolled();
    expect(there().sort()).toEqual([THEIRS, ...OURS].sort());
    expect(state.calls.filter((call) => !call.startsWith('GET')).every((call) => call.includes('nonotify=1'))).toBe(true);
    expect((await reason())?.reason).toBe('awaiting-sync');
    expect(await house.dispatch()).toContain('DeclarativeManagement');
  });

  it('that does not succeed tells the device nothing, says why, and is tried again', async () => {
    const bench = createBench();
    const { house, state, reason } = bench;
    state.isDown = true;
    await house.enroll();
    await bench.settle();
    expect(await house.dispatch()).not.toContain('DeclarativeManagement');
    house.reconciler.wake([DEVICE]);
    await bench.settle();
    expect(await reason()).toMatchObject({
      reason: 'declarations-not-placed',
      evidence: { problem: expect.stringContaining('ECONNREFUSED') },
    });
    expect(state.raised.size).toBe(0);
    expect(bench.place.waiting()).toBe(1);
    for (let tries = 0; tries < 4; tries += 1) await bench.pass(MINUTE_MS);
    expect([...state.raised.keys()]).toEqual(['declarations-not-placed']);
    state.isDown = false;
    await bench.pass(10 * MINUTE_MS);
    expect(bench.place.waiting()).toBe(0);
    expect(state.raised.size).toBe(0);
    expect(await house.dispatch()).toContain('DeclarativeManagement');
  });

  it('that is refused is the device’s own affair', async () => {
    const bench = createBench();
    bench.state.refuses = (call) => call.startsWith('PUT enrollment-sets');
    await bench.house.enroll();
    await bench.settle();
    bench.house.reconciler.wake([DEVICE]);
    await bench.settle();
    expect((await bench.reason())?.evidence).toMatchObject({ problem: 'HTTP 500: no' });
    expect(bench.state.raised.size).toBe(0);
    bench.state.refuses = () => false;
    await bench.pass(MINUTE_MS);
    expect((await bench.reason())?.reason).toBe('awaiting-sync');
  });

  it('of a withdrawal that can’t be made is an alert, and goes before everything else', async () => {
    const bench = await enrolled();
    const { house, state, there } = bench;
    state.isDown = true;
    house.standing.control = { ...house.standing.control, state: 'stopped' };
    house.reconciler.wake([DEVICE]);
    await bench.settle();
    for (let tries = 0; tries < 4; tries += 1) await bench.pass(MINUTE_MS);
    expect(state.raised.get('withdrawals-not-placed')).toContain('1 device');
    expect(there()).toContain('ratchet.enforcement');
    state.isDown = false;
    await bench.pass(10 * MINUTE_MS);
    expect(there()).not.toContain('ratchet.enforcement');
    expect(there()).toContain(THEIRS);
    expect(state.raised.size).toBe(0);
  });

  it('of another date first takes the one before away', async () => {
    const bench = await enrolled();
    bench.state.calls = [];
    // Nobody fetched it, and in half an hour, at 18:00 the day before, it loses its notice.
    bench.house.setNow(NOW + (6 * 24 + 8) * HOUR_MS - 29 * MINUTE_MS);
    await bench.house.hear({ kind: 'user-channel' });
    await bench.settle();
    const changes = bench.state.calls.filter((call) => /^(PUT|DELETE) enrollment-sets/.test(call)).map((call) => call.split(' ')[0]);
    expect(changes).toEqual(['DELETE', 'PUT']);
  });

  it('takes a date away though what takes its place is refused', async () => {
    const bench = await enrolled();
    const { house, state, there } = bench;
    state.refuses = (call) => call.startsWith('PUT declarations');
    house.setNow(NOW + (6 * 24 + 8) * HOUR_MS - 29 * MINUTE_MS);
    await house.hear({ kind: 'user-channel' });
    await bench.settle();
    expect(there()).not.toContain('ratchet.enforcement');
    state.refuses = () => false;
    await bench.pass(MINUTE_MS);
    expect(there()).toContain('ratchet.enforcement');
  });

  it('goes on where a process ended in between', async () => {
    const bench = createBench();
    let calls = 0;
    // Its third change never comes back, nor does anything after it.
    bench.state.refuses = () => {
      calls += 1;
      if (calls > 8) throw new Error('killed');
      return false;
    };
    await bench.house.enroll();
    await bench.settle();
    expect((await bench.house.store.findPlacement(DEVICE))?.token).toBeUndefined();
    bench.state.refuses = () => false;
    const next = createPlaceDdm({
      webhookCarriesDdm: true,
      ...{ ...bench.house, alerts: { raise: async () => undefined, refresh: async () => undefined, clear: async () => undefined } },
      channel: createKmfddmChannel({
        fetch: async (url, { method = 'GET', headers = {}, body } = {}) =>
          connectionTo(bench.kmfddm)(url, { method, headers, ...(body === undefined ? {} : { body: Buffer.from(body) }) }),
        ...{ url: URL, user: 'kmfddm', key: 'key' },
      }),
      log: silentLogger,
    });
    await next.start();
    await next.idle();
    expect(bench.there().sort()).toEqual([THEIRS, ...OURS].sort());
  });
});

describe('what a device got', () => {
  it('is what is in place when it asks for the list', async () => {
    const bench = await enrolled();
    await bench.house.dispatch();
    bench.house.setNow(NOW + MINUTE_MS);
    await bench.asked('declaration-items');
    const identifier = (await bench.reason())?.enforcement?.identifier;
    await bench.asked(`declaration/configuration/${identifier}`);
    expect((await bench.reason())?.reason).toBe('waiting-for-date');
    const [gathered] = await bench.house.store.loadForReconcile([DEVICE]);
    expect(gathered?.state?.facts.itemsAnswered?.value).toBe(gathered?.manifest?.token);
  });

  it('is nothing when it asked while that server was not reached', async () => {
    const bench = await enrolled();
    bench.state.isDown = true;
    // The webhook tells of it; a moment later that server is asked whether it is there, and then it counts or not.
    bench.place.heard();
    await bench.pass(1_000);
    await bench.asked('declaration-items');
    const [gathered] = await bench.house.store.loadForReconcile([DEVICE]);
    expect(gathered?.state?.facts.itemsAnswered).toBeUndefined();
  });
});

describe('a date', () => {
  async function fetchedOnce() {
    const bench = await enrolled();
    const { house } = bench;
    await house.dispatch();
    house.setNow(NOW + MINUTE_MS);
    await bench.asked('declaration-items');
    const identifier = (await bench.reason())?.enforcement?.identifier ?? '';
    await bench.asked(`declaration/configuration/${identifier}`);
    return { ...bench, identifier };
  }

  /** Stopped for six hours, and then no more; the ledger's date is the same. */
  async function relisted() {
    const bench = await fetchedOnce();
    const { house } = bench;
    for (const state of ['stopped', 'running'] as const) {
      house.standing.control = { ...house.standing.control, state };
      house.reconciler.wake([DEVICE]);
      await bench.settle();
      if (state === 'stopped') await bench.pass(6 * HOUR_MS);
    }
    expect((await bench.reason())?.enforcement?.identifier).toBe(bench.identifier);
    return bench;
  }

  it('that could not be taken away, as far as is known, and stays is fetched by who tells of it since', async () => {
    const bench = await fetchedOnce();
    const { house, state, identifier } = bench;
    state.refuses = (call) => call.startsWith('DELETE enrollment-sets');
    house.standing.control = { ...house.standing.control, state: 'stopped' };
    house.reconciler.wake([DEVICE]);
    await bench.settle();
    state.refuses = () => false;
    house.setNow(NOW + 10 * MINUTE_MS);
    house.standing.control = { ...house.standing.control, state: 'running' };
    house.reconciler.wake([DEVICE]);
    await bench.settle();
    await bench.pass(MINUTE_MS);
    const placed = await house.store.findPlacement(DEVICE);
    expect(placed).toMatchObject({ enforcement: identifier, tookAway: [identifier] });
    expect(placed?.enforcementSince).toBeGreaterThanOrEqual(NOW + 10 * MINUTE_MS);
    expect(placed).not.toHaveProperty('mayHaveGone');
  });

  it('that somebody took away, and whose mending failed half way, is fetched by who tells of it since', async () => {
    const bench = await fetchedOnce();
    const { house, kmfddm, state, identifier } = bench;
    for (const set of kmfddm.store.setsOfEnrollment(DEVICE)) if (set !== 'theirs') kmfddm.store.changeEnrollment(DEVICE, set, false);
    state.refuses = (call) => call.startsWith('PUT enrollment-sets') && call.includes('subscriptions');
    await bench.place.start();
    await bench.pass(MINUTE_MS);
    expect(bench.there()).toContain('ratchet.enforcement');
    state.refuses = () => false;
    await bench.pass(2 * MINUTE_MS);
    expect(bench.there().sort()).toEqual([THEIRS, ...OURS].sort());
    const placed = await house.store.findPlacement(DEVICE);
    expect(placed).toMatchObject({ enforcement: identifier, tookAway: [identifier] });
    expect(placed?.enforcementSince).toBeGreaterThan(NOW + MINUTE_MS);
  });

  const toldOf = async ({ house, identifier }: Awaited<ReturnType<typeof fetchedOnce>>) => {
    const [gathered] = await house.store.loadForReconcile([DEVICE]);
    const { placement, state: enrollment } = gathered ?? {};
    return placement !== undefined && enrollment !== undefined && hasToldOf({ placement, enrollment }, identifier);
  };

  it('whose withdrawal failed may have gone, unless nothing of it was tried', async () => {
    const bench = await fetchedOnce();
    const { house, state } = bench;
    state.isDown = true;
    house.standing.control = { ...house.standing.control, state: 'stopped' };
    house.reconciler.wake([DEVICE]);
    await bench.settle();
    expect(await house.store.findPlacement(DEVICE)).not.toHaveProperty('mayHaveGone');
    expect(await toldOf(bench)).toBe(true);
    state.isDown = false;
    state.refuses = (call) => call.startsWith('DELETE enrollment-sets');
    await bench.pass(5 * MINUTE_MS);
    expect(await house.store.findPlacement(DEVICE)).toMatchObject({ mayHaveGone: true });
    expect(await toldOf(bench)).toBe(false);
  });

  it('of whose group somebody took something away is fetched by who tells of it since', async () => {
    const bench = await fetchedOnce();
    const { kmfddm, identifier } = bench;
    for (const name of kmfddm.store.inSet(identifier)) kmfddm.store.changeSet(identifier, name, false);
    expect(await toldOf(bench)).toBe(true);
    await bench.place.start();
    await bench.pass(MINUTE_MS);
    expect(bench.there()).toContain('ratchet.enforcement');
    expect(await toldOf(bench)).toBe(false);
    await bench.pass(MINUTE_MS);
    await bench.asked(`declaration/configuration/${identifier}`);
    expect(await toldOf(bench)).toBe(true);
  });

  it('that could not be placed may have been there all the same', async () => {
    const bench = await fetchedOnce();
    const { house, state, identifier } = bench;
    const due = async (at: string) => {
      house.standing.policies = withPolicy({ due: { kind: 'days', days: 7, at } });
      house.reconciler.wake([DEVICE]);
      await bench.settle();
      return (await bench.reason())?.enforcement?.identifier;
    };
    state.refuses = (call) => call.startsWith('PUT enrollment-sets');
    const other = await due('17:00');
    state.refuses = () => false;
    expect(await due('18:00')).toBe(identifier);
    await bench.pass(2 * MINUTE_MS);
    const placed = await house.store.findPlacement(DEVICE);
    expect(placed).toMatchObject({ enforcement: identifier, tookAway: [other, identifier] });
    expect(placed).not.toHaveProperty('tried');
  });

  it('that was taken away and is back is fetched by who fetches it since', async () => {
    const bench = await relisted();
    expect((await bench.reason())?.reason).toBe('awaiting-sync');
    // Deciding again makes nothing of it.
    await bench.pass(HOUR_MS);
    bench.house.reconciler.wake([DEVICE]);
    await bench.settle();
    expect((await bench.reason())?.reason).toBe('awaiting-sync');
    await bench.asked('declaration-items');
    await bench.asked(`declaration/configuration/${bench.identifier}`);
    expect((await bench.reason())?.reason).toBe('waiting-for-date');
  });

  it('that is back is in no report that was sent again, but in a later one', async () => {
    const bench = await relisted();
    bench.house.setNow(bench.house.clock.now() + 30 * MINUTE_MS);
    await bench.house.hear(reported(bench.identifier));
    expect((await bench.reason())?.reason).toBe('awaiting-sync');
    bench.house.setNow(bench.house.clock.now() + 10 * MINUTE_MS);
    await bench.house.hear(reported(bench.identifier));
    expect((await bench.reason())?.reason).not.toBe('awaiting-sync');
  });

  it('that is back and that nobody fetched is replaced before it loses its notice', async () => {
    const bench = await relisted();
    const [gathered] = await bench.house.store.loadForReconcile([DEVICE]);
    const { earliestAt = 0 } = gathered?.manifest?.enforcement ?? {};
    // It talks, and does not sync.
    for (let at = bench.house.clock.now(); at < earliestAt - 24 * HOUR_MS; at += 12 * HOUR_MS) {
      await bench.house.hear({ kind: 'user-channel' });
      await bench.pass(12 * HOUR_MS);
    }
    await bench.house.hear({ kind: 'user-channel' });
    await bench.settle();
    expect((await bench.reason())?.enforcement?.identifier).not.toBe(bench.identifier);
  });

  it('is looked at again at the first moment at which it has lost its notice', async () => {
    const { house, settle } = await enrolled();
    const [gathered] = await house.store.loadForReconcile([DEVICE]);
    const lostAt = (gathered?.manifest?.enforcement?.earliestAt ?? 0) - 24.5 * HOUR_MS;
    house.setNow(lostAt);
    await house.hear({ kind: 'user-channel' });
    await settle();
    const [kept] = await house.store.loadForReconcile([DEVICE]);
    expect(kept?.manifest?.enforcement?.identifier).toBe(gathered?.manifest?.enforcement?.identifier);
    expect(await house.store.nextDueAt()).toBeLessThanOrEqual(lostAt + 5_000);
  });

  it.each([
    [true, 'stands'],
    [false, 'gives way to another, before the device is told to synchronize'],
  ])('that is past a day ago, the device being there (it said something of it: %s), %s', async (hasReported) => {
    const bench = await fetchedOnce();
    const { house, settle } = bench;
    // None is outstanding, which alone would keep another from being sent.
    for (const { commandUuid, requestType } of (await house.gathered()).commands)
      if (requestType === 'DeclarativeManagement')
        await house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid } });
    const latestAt = (await bench.reason())?.enforcement?.latestAt ?? 0;
    // It is never away for long: that would put the date off.
    for (let at = house.clock.now(); at < latestAt; at += 6 * HOUR_MS) {
      house.setNow(at);
      await house.hear({ kind: 'user-channel' });
      await house.dispatch();
    }
    house.setNow(latestAt + HOUR_MS / 2);
    if (hasReported) await house.hear(reported(bench.identifier));
    await house.hear({ kind: 'user-channel' });
    await settle();
    await house.dispatch();
    expect((await bench.reason())?.enforcement?.identifier).toBe(bench.identifier);
    house.setNow(latestAt + 24 * HOUR_MS);
    await house.hear({ kind: 'user-channel' });
    await settle();
    // It might fetch the past date.
    expect(await house.dispatch()).not.toContain('DeclarativeManagement');
    house.setNow(latestAt + 25 * HOUR_MS);
    await house.hear({ kind: 'user-channel' });
    await settle();
    const { enforcement } = (await bench.reason()) ?? {};
    if (hasReported) {
      expect(enforcement?.identifier).toBe(bench.identifier);
      return;
    }
    expect(enforcement?.earliestAt).toBeGreaterThanOrEqual(house.clock.now() + 24 * HOUR_MS);
    expect((await bench.reason())?.reason).toBe('awaiting-sync');
    const placed = bench.kmfddm.store.itemsFor(DEVICE).map(({ Identifier }) => Identifier);
    expect(placed).toContain(enforcement?.identifier);
    expect(placed).not.toContain(bench.identifier);
    expect(await house.dispatch()).toContain('DeclarativeManagement');
  });

  it('that somebody took from a device and we gave back is fetched anew', async () => {
    const bench = await fetchedOnce();
    for (const set of bench.kmfddm.store.setsOfEnrollment(DEVICE))
      if (set.startsWith('ratchet.enforcement')) bench.kmfddm.store.changeEnrollment(DEVICE, set, false);
    await bench.place.start();
    for (let looks = 0; looks < 2; looks += 1) await bench.pass(6 * MINUTE_MS);
    expect((await bench.reason())?.reason).toBe('awaiting-sync');
  });
});

describe('a clock that was ahead', () => {
  it('keeps nobody from having got what was placed then', async () => {
    const bench = await enrolled();
    const { house } = bench;
    const ahead = NOW + 1_000 * 24 * HOUR_MS;
    const placed = await house.store.findPlacement(DEVICE);
    await house.store.savePlacement(DEVICE, { identifiers: [], added: [], ...placed, at: ahead, enforcementSince: ahead }, []);
    house.standing.placing = { upSince: ahead };
    await bench.place.start();
    await bench.pass(MINUTE_MS);
    await bench.asked('declaration-items');
    await bench.asked(`declaration/configuration/${placed?.enforcement}`);
    expect((await bench.reason())?.reason).toBe('waiting-for-date');
  });
});

describe('a clock that is minutes ahead of the server’s, and not doubted', () => {
  const fetches = async (bench: ReturnType<typeof createBench>) => {
    const { enforcement } = (await bench.house.store.findPlacement(DEVICE)) ?? {};
    await bench.asked('declaration-items');
    await bench.asked(`declaration/configuration/${enforcement}`);
    return enforcement;
  };

  /** Its date before and after there is less than the notice and what fetching may take: one that nobody fetched is put off. */
  async function lateDates(bench: ReturnType<typeof createBench>) {
    const local = async () => (await bench.reason())?.enforcement?.local ?? '';
    const before = await local();
    bench.house.setNow(Date.parse(`${before}+02:00`) - 24.5 * HOUR_MS);
    bench.house.reconciler.wake([DEVICE]);
    await bench.settle();
    return { before, after: await local() };
  }

  async function due(bench: ReturnType<typeof createBench>, at: string): Promise<void> {
    bench.house.standing.policies = withPolicy({ due: { kind: 'days', days: 7, at } });
    bench.house.reconciler.wake([DEVICE]);
    await bench.settle();
  }

  it('takes a fetch for that of the date that was placed, and lets that stand', async () => {
    const bench = await enrolled();
    bench.house.setNow(NOW + 9 * MINUTE_MS);
    await due(bench, '17:00');
    expect((await bench.house.store.findPlacement(DEVICE))?.enforcementSince).toBe(NOW + 9 * MINUTE_MS);
    // By the server's stamps.
    bench.house.setNow(NOW + MINUTE_MS);
    await fetches(bench);
    bench.house.setNow(NOW + 11 * MINUTE_MS);
    const { before, after } = await lateDates(bench);
    expect(after).toBe(before);
  });

  it.each([
    ['one of before another took its place for some minutes', NOW + MINUTE_MS],
    ['one of meanwhile, which may be of before', NOW + 3 * MINUTE_MS],
  ])('but not %s', async (_, toldAt) => {
    const bench = await enrolled();
    const { house } = bench;
    house.setNow(NOW + MINUTE_MS);
    const { enforcement: first } = (await house.store.findPlacement(DEVICE)) ?? {};
    if (toldAt === house.clock.now()) await fetches(bench);
    house.setNow(NOW + 2 * MINUTE_MS);
    await due(bench, '17:00');
    expect((await house.store.findPlacement(DEVICE))?.enforcement).not.toBe(first);
    house.setNow(NOW + 3 * MINUTE_MS);
    if (toldAt === house.clock.now()) await house.hear(reported(first ?? ''));
    house.setNow(NOW + 4 * MINUTE_MS);
    await due(bench, '18:00');
    expect((await house.store.findPlacement(DEVICE))?.enforcement).toBe(first);
    const { before, after } = await lateDates(bench);
    expect(after > before).toBe(true);
  });
});

describe('what was taken back while that server was away', () => {
  async function away() {
    const bench = await enrolled();
    const { house, state } = bench;
    const operate = createOperate({
      ...house,
      clockJudge: { accept: async () => undefined },
      alerts: { raise: async () => undefined, refresh: async () => undefined, clear: async () => undefined } as unknown as Alerts,
      onChanged: async () => house.reconciler.wake([DEVICE]),
    });
    state.isDown = true;
    return { ...bench, operate };
  }
  const by = { by: 'jane' };

  it('is confirmed by a device that got the list without it, and may be held by every other', async () => {
    const bench = await away();
    const { house, state, operate } = bench;
    expect(await operate.stop(by)).toMatchObject({ result: { withdrawn: 1, confirmed: 0, stillHolding: 1 } });
    expect(await operate.resume(by)).toMatchObject({ result: { withdrawn: 0, stillHolding: 1 } });
    expect(await operate.stop(by)).toMatchObject({ result: { withdrawn: 1, confirmed: 0, stillHolding: 1 } });
    state.isDown = false;
    await bench.pass(10 * MINUTE_MS);
    expect(bench.there()).not.toContain('ratchet.enforcement');
    expect(await operate.stop(by)).toMatchObject({ result: { confirmed: 0, stillHolding: 1 } });
    house.setNow(house.clock.now() + MINUTE_MS);
    await bench.asked('declaration-items');
    expect(await operate.stop(by)).toMatchObject({ result: { stillHolding: 0 } });
  });

  it('keeps us from having left', async () => {
    const bench = await away();
    const { house, state } = bench;
    house.standing.control = { ...house.standing.control, state: 'left' };
    house.reconciler.wake([DEVICE]);
    await bench.settle();
    expect((await bench.reason())?.reason).toBe('leaving');
    state.isDown = false;
    await bench.pass(10 * MINUTE_MS);
    expect(bench.there()).toEqual([THEIRS]);
    expect((await bench.reason())?.reason).toBe('leaving');
    house.setNow(house.clock.now() + MINUTE_MS);
    await bench.asked('declaration-items');
    expect((await bench.reason())?.reason).toBe('left');
  });
});

describe('comparing', () => {
  async function later(bench: Awaited<ReturnType<typeof enrolled>>): Promise<void> {
    await bench.place.start();
    for (let looks = 0; looks < 4; looks += 1) await bench.pass(6 * MINUTE_MS);
  }

  it('gives back what somebody took from a device, and has it synchronize', async () => {
    const bench = await enrolled();
    await bench.house.dispatch();
    bench.house.setNow(NOW + MINUTE_MS);
    await bench.asked('declaration-items');
    const before = bench.there();
    for (const set of bench.kmfddm.store.setsOfEnrollment(DEVICE))
      if (set !== 'theirs') bench.kmfddm.store.changeEnrollment(DEVICE, set, false);
    await later(bench);
    expect(bench.there().sort()).toEqual(before.sort());
    const [gathered] = await bench.house.store.loadForReconcile([DEVICE]);
    expect(gathered?.placement?.at).toBeGreaterThan(gathered?.state?.facts.itemsAnswered?.observedAt ?? 0);
  });

  it('takes one up again that the server refused to compare', async () => {
    const bench = await enrolled();
    for (const set of bench.kmfddm.store.setsOfEnrollment(DEVICE))
      if (set !== 'theirs') bench.kmfddm.store.changeEnrollment(DEVICE, set, false);
    bench.state.refuses = (call) => call.startsWith('PUT enrollment-sets');
    await bench.place.start();
    await bench.pass(MINUTE_MS);
    expect((await bench.house.store.findPlacement(DEVICE))?.token).toBeUndefined();
    bench.state.refuses = () => false;
    await bench.pass(2 * MINUTE_MS);
    expect(bench.there().sort()).toEqual([THEIRS, ...OURS].sort());
  });

  it('has no device synchronize because a question failed, and asks again with the next look', async () => {
    const bench = await enrolled();
    const before = await bench.house.store.findPlacement(DEVICE);
    bench.state.refuses = (call) => call === `GET enrollment-sets/${DEVICE}`;
    await bench.place.start();
    await bench.pass(MINUTE_MS);
    expect(await bench.house.store.findPlacement(DEVICE)).toEqual(before);
    bench.state.refuses = () => false;
    await bench.pass(6 * MINUTE_MS);
    expect(await bench.house.store.findPlacement(DEVICE)).toEqual(before);
    const asked = bench.state.calls.filter((call) => call === `GET enrollment-sets/${DEVICE}`).length;
    await bench.pass(6 * MINUTE_MS);
    await bench.pass(6 * MINUTE_MS);
    expect(bench.state.calls.filter((call) => call === `GET enrollment-sets/${DEVICE}`).length).toBeGreaterThan(asked);
  });

  it('compares one it got no answer for with the next look, not with the next round', async () => {
    const bench = await enrolled();
    // Behind it in the round: as many as two looks compare.
    for (let index = 0; index < 45; index += 1) await bench.house.enroll({}, `${DEVICE}-${String(index).padStart(2, '0')}`);
    await bench.settle();
    for (const set of bench.kmfddm.store.setsOfEnrollment(DEVICE))
      if (set !== 'theirs') bench.kmfddm.store.changeEnrollment(DEVICE, set, false);
    bench.state.refuses = (call) => call === `GET enrollment-sets/${DEVICE}`;
    await bench.place.start();
    await bench.pass(MINUTE_MS);
    expect(bench.there()).toEqual([THEIRS]);
    bench.state.refuses = () => false;
    await bench.pass(6 * MINUTE_MS);
    expect(bench.there().sort()).toEqual([THEIRS, ...OURS].sort());
  });

  it('asks once in a look for a group that is refused, and has everybody synchronize when it is mended', async () => {
    const bench = await enrolled();
    const { house, kmfddm, state } = bench;
    await house.enroll({}, 'other');
    await bench.settle();
    const placedAt = async (id: string) => (await house.store.findPlacement(id))?.at ?? 0;
    const group = kmfddm.store.setsOfEnrollment(DEVICE).find((set) => set.startsWith('ratchet.subscriptions.')) ?? '';
    expect(kmfddm.store.setsOfEnrollment('other')).toContain(group);
    for (const name of kmfddm.store.inSet(group)) kmfddm.store.changeSet(group, name, false);
    state.refuses = (call) => call.startsWith('PUT set-declarations');
    const ids = [DEVICE, 'other'];
    const before = await Promise.all(ids.map(placedAt));
    const calls = (start: string) => state.calls.filter((call) => call.startsWith(start)).length;
    await bench.place.start();
    await bench.pass(MINUTE_MS);
    expect(await Promise.all(ids.map(placedAt))).toEqual(before);
    state.calls = [];
    await bench.pass(6 * MINUTE_MS);
    // Neither is its own comparison made again, which was answered.
    expect([calls('PUT set-declarations'), calls('GET enrollment-sets')]).toEqual([1, 2]);
    state.refuses = () => false;
    await bench.pass(6 * MINUTE_MS);
    expect(kmfddm.store.inSet(group)).toHaveLength(2);
    const noted = await Promise.all(ids.map(placedAt));
    expect(noted.every((at, index) => at > (before[index] ?? 0))).toBe(true);
    await bench.pass(6 * MINUTE_MS);
    expect(await Promise.all(ids.map(placedAt))).toEqual(noted);
  });

  it('has everybody synchronize who has a group that was mended while it was placed for another, also after a restart', async () => {
    const bench = await enrolled();
    const { house, kmfddm } = bench;
    const placement = async () => (await house.store.findPlacement(DEVICE)) as Placement;
    const before = await placement();
    const date = before.enforcement ?? '';
    kmfddm.store.changeSet(date, date, false);
    house.setNow(NOW + MINUTE_MS);
    // Another process, which looks at each group that it places; it stops before it has compared anything.
    const again = bench.another();
    house.onManifests = again.changed;
    await house.enroll({}, 'other');
    await again.idle();
    expect(kmfddm.store.inSet(date)).toContain(date);
    expect((await placement()).at).toBe(before.at);
    await again.stop();
    await later(bench);
    const after = await placement();
    expect(after.at).toBeGreaterThan(NOW + MINUTE_MS);
    // Who synchronized in between has given it up.
    expect(after.enforcementSince).toBe(after.at);
    expect(after.tookAway).toEqual([date]);
    await later(bench);
    expect(await placement()).toEqual(after);
  });

  it.each([
    ['ahead', 30 * MINUTE_MS],
    ['behind', -HOUR_MS],
  ])('goes by no clock: one that was %s tells nobody for nothing, nor keeps anybody from being told', async (_name, stepMs) => {
    const bench = createBench();
    const { house, kmfddm } = bench;
    house.setNow(NOW + stepMs);
    await house.enroll({}, 'other');
    await bench.settle();
    house.setNow(NOW);
    await house.enroll();
    await bench.settle();
    const placement = async () => (await house.store.findPlacement(DEVICE)) as Placement;
    const before = await placement();
    await later(bench);
    await later(bench);
    expect(await placement()).toEqual(before);
    const date = before.enforcement ?? '';
    house.setNow(NOW - 2 * HOUR_MS);
    kmfddm.store.changeSet(date, date, false);
    // The timers of before wait for the time they were set for.
    for (let hours = 0; hours < 4; hours += 1) await bench.pass(HOUR_MS);
    expect(kmfddm.store.inSet(date)).toContain(date);
    expect((await placement()).tookAway).toEqual([date]);
  });

  it('counts a date that was broken as gone, though its device is placed anew for something else first', async () => {
    const bench = await enrolled();
    const { house, kmfddm } = bench;
    const before = (await house.store.findPlacement(DEVICE)) as Placement;
    const date = before.enforcement ?? '';
    house.setNow(NOW + MINUTE_MS);
    kmfddm.store.changeSet(date, date, false);
    const [other] = kmfddm.store.setsOfEnrollment(DEVICE).filter((set) => set.startsWith('ratchet.subscriptions.'));
    kmfddm.store.changeEnrollment(DEVICE, other ?? '', false);
    await bench.place.start();
    await bench.pass(MINUTE_MS);
    expect(kmfddm.store.inSet(date)).toContain(date);
    expect(kmfddm.store.setsOfEnrollment(DEVICE)).toContain(other);
    const after = (await house.store.findPlacement(DEVICE)) as Placement;
    expect(after.enforcementSince).toBeGreaterThan(before.enforcementSince ?? 0);
    expect(after.tookAway).toEqual([date]);
  });

  it('writes no group that it can’t note first, and tells nobody of it before it is written', async () => {
    const bench = await enrolled();
    const { house, kmfddm } = bench;
    const placement = async () => (await house.store.findPlacement(DEVICE)) as Placement;
    const before = await placement();
    const date = before.enforcement ?? '';
    house.setNow(NOW + MINUTE_MS);
    kmfddm.store.changeSet(date, date, false);
    const { noteGroupWrite } = house.store;
    house.store.noteGroupWrite = async () => Promise.reject(new Error('disk full'));
    await later(bench);
    expect([kmfddm.store.inSet(date).includes(date), await placement()]).toEqual([false, before]);
    house.store.noteGroupWrite = noteGroupWrite;
    await later(bench);
    expect(kmfddm.store.inSet(date)).toContain(date);
    expect((await placement()).at).toBeGreaterThan(before.at);
  });

  it('goes on with the others where it fails for one, and comes back to that', async () => {
    const bench = await enrolled();
    const { house, kmfddm } = bench;
    await house.enroll({}, 'other');
    await bench.settle();
    const sets = (id: string) => kmfddm.store.setsOfEnrollment(id).filter((set) => set !== 'theirs');
    for (const id of [DEVICE, 'other']) for (const set of sets(id)) kmfddm.store.changeEnrollment(id, set, false);
    const { findManifest } = house.store;
    const first = [DEVICE, 'other'].sort()[0];
    house.store.findManifest = async (id) => (id === first ? Promise.reject(new Error('disk I/O error')) : findManifest(id));
    await bench.place.start();
    await bench.pass(MINUTE_MS);
    expect([DEVICE, 'other'].filter((id) => sets(id).length > 0)).toEqual([DEVICE, 'other'].filter((id) => id !== first));
    house.store.findManifest = findManifest;
    await bench.pass(6 * MINUTE_MS);
    expect([DEVICE, 'other'].every((id) => sets(id).length > 0)).toBe(true);
  });

  it('looks at the other groups of a device though one is refused', async () => {
    const bench = await enrolled();
    const { kmfddm, state } = bench;
    const groups = kmfddm.store.setsOfEnrollment(DEVICE).filter((set) => set !== 'theirs');
    for (const group of groups) for (const name of kmfddm.store.inSet(group)) kmfddm.store.changeSet(group, name, false);
    state.refuses = (call) => call.startsWith(`PUT set-declarations/${groups.sort()[0]}`);
    await bench.place.start();
    await bench.pass(MINUTE_MS);
    expect(groups.map((group) => kmfddm.store.inSet(group).length)).toEqual([0, ...groups.slice(1).map(() => 2)]);
  });

  it('writes all anew where everything was lost', async () => {
    const bench = await enrolled();
    const before = bench.there();
    await later(bench);
    bench.kmfddm.store.clear();
    await later(bench);
    expect(bench.there().sort()).toEqual(before.filter((name) => name !== THEIRS).sort());
  });

  it('takes at once from everybody what a store that is put back has again', async () => {
    const bench = await enrolled();
    const { house, kmfddm } = bench;
    const others = Array.from({ length: 45 }, (_, index) => `other-${index}`);
    for (const id of others) await house.enroll({}, id);
    await bench.settle();
    await later(bench);
    const ids = [DEVICE, ...others];
    const hasDate = (id: string) => kmfddm.store.setsOfEnrollment(id).find((set) => set.startsWith('ratchet.enforcement.'));
    const date = hasDate(DEVICE) ?? '';
    const bodies = kmfddm.store.inSet(date).flatMap((name) => kmfddm.store.declarations.get(name)?.raw ?? []);
    expect(ids.every((id) => hasDate(id) === date)).toBe(true);
    kmfddm.store.clear();
    house.standing.control = { ...house.standing.control, state: 'stopped' };
    house.reconciler.wake(ids);
    await bench.settle();
    await bench.pass(6 * MINUTE_MS);
    expect(ids.some(hasDate)).toBe(false);
    for (const body of bodies.map((raw) => JSON.parse(raw) as { Identifier: string })) {
      kmfddm.store.put(body);
      kmfddm.store.changeSet(date, body.Identifier, true);
    }
    for (const id of ids) kmfddm.store.changeEnrollment(id, date, true);
    await bench.pass(6 * MINUTE_MS);
    expect(ids.filter(hasDate)).toEqual([]);
  });

  it('takes away groups that nobody uses any more, and nothing of others', async () => {
    const bench = await enrolled();
    const { house, kmfddm } = bench;
    house.standing.control = { ...house.standing.control, state: 'stopped' };
    house.reconciler.wake([DEVICE]);
    await bench.settle();
    await later(bench);
    // Its body is kept for as long as a sync under way may ask for it.
    expect([...kmfddm.store.declarations.keys()].some((name) => name.startsWith('ratchet.enforcement.'))).toBe(true);
    house.setNow(house.clock.now() + 72 * HOUR_MS);
    house.reconciler.wake([DEVICE]);
    await bench.settle();
    await house.store.pruneDeclarations();
    await later(bench);
    const left = [...kmfddm.store.declarations.keys()];
    expect(left.some((name) => name.startsWith('ratchet.enforcement.'))).toBe(false);
    expect(left).toContain(THEIRS);
  });
});

describe('status reports, where the webhook tells of none', () => {
  const report = (version: string) => `{"StatusItems":{"device":{"operating-system":{"version":"${version}"}}},"Errors":[]}`;

  it('are read in that server, each once, in their order', async () => {
    const bench = await enrolled(false);
    const { house, kmfddm, state } = bench;
    await bench.place.start();
    house.setNow(NOW + MINUTE_MS);
    for (const version of ['40.5.1', '40.6']) kmfddm.ofDevice(DEVICE, 'PUT', 'status', Buffer.from(report(version)));
    await bench.pass(6 * MINUTE_MS);
    expect((await bench.reason())?.reason).toBe('verified');
    const reads = () => state.calls.filter((call) => call.includes('status-report')).length;
    const before = reads();
    await bench.pass(6 * MINUTE_MS);
    expect(reads()).toBe(before + 1);
    expect((await house.store.listParked(10)).length).toBe(0);
  });

  it('tell that it has what is placed, by what they list', async () => {
    const bench = await enrolled(false);
    await bench.place.start();
    await bench.house.dispatch();
    bench.house.setNow(NOW + MINUTE_MS);
    const listed = bench.kmfddm.store.itemsFor(DEVICE).map(({ Identifier, Type }) => ({
      kind: Type.includes('activation') ? 'activations' : 'configurations',
      entry: { identifier: Identifier, 'server-token': 'x', active: true, valid: 'valid' },
    }));
    const declarations = Object.fromEntries(
      ['activations', 'configurations'].map((kind) => [kind, listed.filter((each) => each.kind === kind).map(({ entry }) => entry)]),
    );
    const body = JSON.stringify({ StatusItems: { management: { declarations } }, Errors: [], FullReport: true });
    bench.kmfddm.ofDevice(DEVICE, 'PUT', 'status', Buffer.from(body));
    await bench.pass(6 * MINUTE_MS);
    const [gathered] = await bench.house.store.loadForReconcile([DEVICE]);
    expect(gathered?.state?.facts.itemsAnswered?.value).toBe(gathered?.manifest?.token);
    expect((await bench.reason())?.reason).toBe('waiting-for-date');
  });
});

it('whoever asks us is refused: an answer of ours alone would take from it what that server has', async () => {
  const { place } = await enrolled();
  const request = { enrollmentId: DEVICE, type: 'Device', body: new Uint8Array() };
  expect(await place.answer({ ...request, endpoint: { kind: 'declaration-items' } })).toEqual({ status: 500, body: '' });
});

import { describe, expect, it } from 'vitest';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { canEnforceByDeclaration, compareVersionTexts } from '../../src/sim/table.ts';
import { answerOf, bytesOf, NOTHING } from '../../src/sim/wire.ts';
import { createWorld } from '../../src/sim/world.ts';
import type { WorldEvent, WorldFaults, WorldOptions } from '../../src/sim/world.types.ts';
import { traceLine } from '../../src/sim/world-trace.ts';
import { createTinyServer } from './tiny-server.ts';

const START = Date.parse('2026-10-05T06:00:00Z');
const DAY = 86_400_000;
const POLICY = { days: 3, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };
const FAULTS: Partial<WorldFaults> = {
  notNowPerMille: 50,
  webhookLostPerMille: 30,
  webhookDoubledPerMille: 20,
  webhookDelayedPerMille: 50,
  apiErrorPerMille: 30,
  apiTimeoutPerMille: 20,
  pushUnavailablePerMille: 30,
  pushLostPerMille: 30,
};

function setUp(seed: string | number, devices: number, options: Partial<WorldOptions> = {}) {
  const scheduler = createScheduler(START);
  const server = createTinyServer(scheduler, POLICY);
  const world = createWorld({ seed, devices, scheduler, policy: POLICY, outgoing: server.outgoing, ...options });
  return { scheduler, server, world };
}

async function live(seed: string | number, devices: number, days: number, options: Partial<WorldOptions> = {}) {
  const { scheduler, server, world } = setUp(seed, devices, { faults: FAULTS, ...options });
  world.start();
  server.start(world);
  await scheduler.runUntil(START + days * DAY);
  return { scheduler, world };
}

describe('fleet', () => {
  it('expects at least six of ten to get there, for every seed and size', () => {
    for (let seed = 1; seed <= 50; seed++) {
      for (const size of [10, 11, 37, 60]) {
        const { world } = setUp(seed, size, { newReleaseDays: seed % 11 });
        const verified = world.devices.filter((device) => device.expected === 'verified').length;
        expect(verified / size).toBeGreaterThanOrEqual(0.6);
        expect(new Set(world.devices.map((device) => device.id)).size).toBe(size);
      }
    }
  });

  it('shows most kinds among sixty', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const kinds = new Set(setUp(seed, 60).world.devices.map((device) => device.expected));
      expect(kinds.size).toBeGreaterThanOrEqual(12);
    }
  });

  it('is what its expectations say, before anything runs', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { world, scheduler } = setUp(seed, 60);
      expect([scheduler.pending, world.events.length]).toEqual([0, 0]);
      for (const { spec, expected } of world.devices) {
        const newest = world.catalogue.newestFor(spec.model, Number.POSITIVE_INFINITY);
        const isCurrent = newest !== undefined && compareVersionTexts(spec.osVersion, newest.version) >= 0;
        const canTake = canEnforceByDeclaration(spec.model.family, spec.osVersion) && (spec.model.family !== 'Mac' || spec.isSupervised);
        switch (expected) {
          case 'verified':
            expect(isCurrent || canTake).toBe(true);
            break;
          case 'declarations-unsupported':
            expect([isCurrent, canEnforceByDeclaration(spec.model.family, spec.osVersion)]).toEqual([false, false]);
            break;
          case 'not-supervised':
            expect([isCurrent, canTake, spec.model.family]).toEqual([false, false, 'Mac']);
            break;
          case 'model-not-in-feed':
            expect(newest).toBeUndefined();
            break;
          case 'beta-os':
            expect(spec.build).toMatch(/[a-z]$/);
            break;
          case 'user-enrollment':
            expect(spec.isUserEnrollment).toBe(true);
            break;
          default:
            expect([isCurrent, canTake, spec.trouble]).toEqual([false, true, expected]);
        }
      }
    }
  });
});

describe('world', () => {
  it('is the same for the same seed and another for another', async () => {
    const one = await live('same', 20, 6);
    const two = await live('same', 20, 6);
    const other = await live('other', 20, 6);
    expect(two.world.traceSha256()).toBe(one.world.traceSha256());
    expect(other.world.traceSha256()).not.toBe(one.world.traceSha256());
    expect(two.world.events.length).toBeGreaterThan(500);
  });

  it.each([1, 2, 3, 4])('brings everything to its expected end under a server that does its work: seed %i', async (seed) => {
    const { scheduler, world } = await live(seed, 30, 12);
    world.heal();
    await scheduler.runUntil(world.restsAt);
    for (const device of world.devices) {
      const newest = world.catalogue.newestFor(device.spec.model, scheduler.now());
      const isCurrent = newest !== undefined && device.osVersion === newest.version;
      const where = `${device.spec.name} ${device.id}: ${device.expected}`;
      if (device.expected !== 'unenrolled') expect(isCurrent, where).toBe(device.expected === 'verified');
    }
    expect(world.events.filter((event) => event.kind === 'installed').length).toBeGreaterThan(8);
  });

  it('lets foreign devices ask for tokens before any command was sent', async () => {
    const { world } = await live(5, 60, 3);
    const foreign = world.devices.filter((device) => device.expected === 'foreign-declarations');
    expect(foreign.length).toBeGreaterThan(0);
    for (const { id } of foreign) {
      const [first] = world.events.filter((event) => event.device === id);
      expect(first).toMatchObject({ kind: 'dm', endpoint: 'tokens' });
    }
  });

  it('tells what a server must be judged by', async () => {
    const { world } = await live(1, 40, 9);
    const of = <K extends WorldEvent['kind']>(kind: K) =>
      world.events.filter((event): event is Extract<WorldEvent, { kind: K }> => event.kind === kind);
    const served = of('dm').filter((event) => event.enforcement);
    expect(served.length).toBeGreaterThan(5);
    for (const event of served) expect(event.enforcement?.targetLocalDateTime).toMatch(/T18:00:00$/);
    for (const event of of('command')) expect(event.local).toMatch(/^2026-10-\d\dT/);
    expect(of('webhook').some((event) => event.status === 0)).toBe(true);
    expect(
      of('webhook')
        .filter((event) => event.topic === 'mdm.CheckOut')
        .every((event) => event.status === 200),
    ).toBe(true);
    expect(of('enqueue').some((event) => event.result === 'exists')).toBe(true);
    expect(of('installed').length).toBeGreaterThan(3);
    expect(traceLine(served[0] as WorldEvent)).toMatch(
      /^2026-10-\S+Z \S+ dm channel=device method=GET endpoint=declaration\/configuration\/tiny.enf status=200 /,
    );
  });

  it('lets nobody watch too late', async () => {
    const { scheduler, server, world } = setUp(1, 10);
    const seen: WorldEvent[] = [];
    const stop = world.onEvent((event) => seen.push(event));
    world.start();
    server.start(world);
    await scheduler.runUntil(START + DAY);
    expect(seen).toEqual(world.events);
    stop();
    await scheduler.runUntil(START + 2 * DAY);
    expect(seen.length).toBeLessThan(world.events.length);
  });

  it('goes on when the application is not there', async () => {
    const { world, scheduler } = await live(2, 10, 3, { outgoing: () => Promise.reject(new Error('ECONNREFUSED')) });
    expect(world.events.filter((event) => event.kind === 'webhook').every((event) => event.status === 0)).toBe(true);
    expect(scheduler.pending).toBeGreaterThan(0);
  });

  it('goes on when the application never answers', async () => {
    const { world } = await live(2, 10, 2, { outgoing: () => new Promise(() => {}) });
    expect(world.events.filter((event) => event.kind === 'webhook').length).toBeGreaterThan(10);
  });
});

describe('fetch port', () => {
  const call = async (
    url: string,
    faults: Partial<WorldFaults> = {},
    init: Parameters<ReturnType<typeof createWorld>['fetch']>[1] = {},
  ) => {
    const { world, scheduler } = setUp('f', 10, { faults, outgoing: async () => answerOf(200, {}, NOTHING) });
    const result = world.fetch(url, init).then(
      async (answer) => ({ status: answer.status, text: await answer.text(), etag: answer.headers.get('ETag') }),
      (error: Error) => ({ error: error.name, message: error.message }),
    );
    await scheduler.runUntil(START + 120_000);
    return { result: await result, world };
  };

  it('routes by host name', async () => {
    expect((await call('http://nanomdm.sim/version')).result).toMatchObject({ status: 200, text: '{"version":"v0.9.0"}' });
    expect((await call('http://gdmf.sim/v2/pmv')).result).toMatchObject({ status: 200, etag: expect.stringMatching(/^"/) });
    expect((await call('http://elsewhere.sim/')).result).toMatchObject({ message: expect.stringContaining('ENOTFOUND') });
  });

  it('can time out after the command was taken', async () => {
    const body = bytesOf(
      '<plist version="1.0"><dict><key>CommandUUID</key><string>u</string><key>Command</key><dict><key>RequestType</key><string>A</string></dict></dict></plist>',
    );
    const headers = { Authorization: `Basic ${btoa('nanomdm:apikey')}` };
    const taken: boolean[] = [];
    for (let attempt = 0; attempt < 12 && new Set(taken).size < 2; attempt++) {
      const { world, scheduler } = setUp(`t${attempt}`, 10, { faults: { apiTimeoutPerMille: 1000 } });
      const failed = world
        .fetch('http://nanomdm.sim/v1/enqueue/X?nopush=1', { method: 'PUT', headers, body, timeoutMs: 5000 })
        .catch((error: Error) => error.name);
      await scheduler.runUntil(START + 10_000);
      expect(await failed).toBe('TimeoutError');
      taken.push(world.host.queued('X').length === 1);
    }
    expect(new Set(taken)).toEqual(new Set([true, false]));
  });

  it('stops failing when healed', async () => {
    const { world, scheduler } = setUp('h', 10, { faults: { apiErrorPerMille: 1000 } });
    const status = async () => {
      const answer = world.fetch('http://nanomdm.sim/version');
      await scheduler.runUntil(scheduler.now() + 1000);
      return (await answer).status;
    };
    expect(await status()).toBeGreaterThanOrEqual(500);
    world.heal();
    expect(await status()).toBe(200);
  });
});

import { describe, expect, it } from 'vitest';
import { systemTold } from '../../src/sim/ailments.ts';
import { createSimCatalogue } from '../../src/sim/catalogue.ts';
import type { DeviceSpec } from '../../src/sim/device.types.ts';
import { endOfMishaps } from '../../src/sim/mishaps.ts';
import { signedBefore } from '../../src/sim/older-systems.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { canEnforceByDeclaration, compareVersionTexts, MODELS, type Model } from '../../src/sim/table.ts';
import { createWorld } from '../../src/sim/world.ts';
import type { WorldEvent, WorldFaults, WorldOptions } from '../../src/sim/world.types.ts';
import { createTinyServer } from './tiny-server.ts';

const START = Date.parse('2026-10-05T06:00:00Z');
const DAY = 86_400_000;
const POLICY = { days: 3, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };

function setUp(faults: Partial<WorldFaults>, options: Partial<WorldOptions> = {}) {
  const scheduler = createScheduler(START);
  const server = createTinyServer(scheduler, POLICY);
  const world = createWorld({ seed: 'mishaps', devices: 20, scheduler, policy: POLICY, outgoing: server.outgoing, faults, ...options });
  return { scheduler, server, world };
}

const lived = new Map<string, ReturnType<typeof run>>();

/** A world of one fault, run once for all tests that look at it. */
function live(faults: Partial<WorldFaults>): ReturnType<typeof run> {
  const key = JSON.stringify(faults);
  const whole = lived.get(key) ?? run(faults);
  lived.set(key, whole);
  return whole;
}

async function run(faults: Partial<WorldFaults>, devices = 20) {
  const { scheduler, server, world } = setUp(faults, { asleepDaysMax: 20, devices });
  world.start();
  server.start(world);
  await scheduler.runUntil(world.arrivedAt + DAY / 2);
  world.heal();
  await scheduler.runUntil(world.restsAt);
  const of = <K extends WorldEvent['kind']>(kind: K, device?: string) =>
    world.events.filter(
      (event): event is Extract<WorldEvent, { kind: K }> => event.kind === kind && (device === undefined || event.device === device),
    );
  return { scheduler, world, of };
}

const RATES = [
  'restoredOlderPerMille',
  'reEnrolledPerMille',
  'asleepPerMille',
  'shortagePerMille',
  'stubbornPerMille',
  'wrongVersionPerMille',
  'deviceClockPerMille',
] as const;

describe('mishaps', () => {
  it.each(RATES)('%s: befalls only devices that get there, and they get there after it', async (rate) => {
    const { world } = await live({ [rate]: 1000 });
    const plain = setUp({}).world;
    expect(world.devices.map(({ expected }) => expected)).toEqual(plain.devices.map(({ expected }) => expected));
    let befallen = 0;
    for (const [index, device] of world.devices.entries()) {
      const { spec } = device;
      const isBefallen = JSON.stringify(spec) !== JSON.stringify(plain.devices[index]?.spec);
      if (!isBefallen) continue;
      befallen++;
      expect(device.expected).toBe('verified');
      expect(endOfMishaps(spec)).toBeLessThanOrEqual(world.arrivedAt);
      expect(device.osVersion, spec.name).toBe(world.catalogue.newestFor(spec.model, Number.POSITIVE_INFINITY)?.version);
    }
    expect(befallen).toBeGreaterThan(7);
  });

  it('changes nobody else’s fate with one more fault', () => {
    const alone = setUp({ reEnrolledPerMille: 300 }).world.devices.map(({ spec }) => spec.mishaps?.reEnrolled);
    const both = setUp({ reEnrolledPerMille: 300, deviceClockPerMille: 500 }).world.devices.map(({ spec }) => spec.mishaps?.reEnrolled);
    expect(both).toEqual(alone);
    expect(alone.some((mishap) => mishap !== undefined)).toBe(true);
  });
});

describe('restored to an older version', () => {
  it('goes back to what is still signed, erased or not, and up again', async () => {
    const { world, of } = await live({ restoredOlderPerMille: 1000 });
    const restored = of('restored');
    expect(new Set(restored.map(({ isWiped }) => isWiped))).toEqual(new Set([true, false]));
    for (const { device, from, to, at, isWiped } of restored) {
      expect(compareVersionTexts(to, from)).toBeLessThan(0);
      expect(of('enrollment', device).some((event) => event.what === 're-enroll' && event.at === at)).toBe(isWiped);
      expect(of('installed', device).some((event) => event.at > at)).toBe(true);
      expect(world.device(device)?.osVersion).toBe(of('installed', device).at(-1)?.to);
    }
  });

  it('knows what is signed', () => {
    const catalogue = createSimCatalogue(createPrng('c'), START, 0);
    const model = MODELS.find(({ productName }) => productName === 'iPhone15,4') as Model;
    const older = signedBefore(catalogue, model, '27.0.1', START);
    expect(older?.version).toBe('27.0');
    expect(signedBefore(catalogue, model, '27.0', START)?.branch).toBe('ios26');
    // All of 17 and 18 has gone for it by then.
    expect(signedBefore(catalogue, model, '26.0.1', START + 400 * DAY)?.version).toBe('18.7.8');
    expect(canEnforceByDeclaration(model.family, older?.version ?? '0')).toBe(true);
  });
});

it('re-enrolls with a certificate and without the declarations, after a CheckOut or not', async () => {
  const { of } = await live({ reEnrolledPerMille: 1000 });
  const told = of('enrollment').filter(({ what }) => what === 're-enroll');
  expect(told.length).toBeGreaterThan(7);
  const left = new Set(of('enrollment').flatMap(({ what, device }) => (what === 'check-out' ? [device] : [])));
  expect(told.some(({ device }) => left.has(device)) && told.some(({ device }) => !left.has(device))).toBe(true);
  for (const { device, at } of told) {
    expect(of('webhook', device).some((event) => event.topic === 'mdm.Authenticate' && event.at >= at)).toBe(true);
    const next = of('dm', device).find((event) => event.at > at && event.endpoint === 'declaration-items');
    expect(next?.status).toBe(200);
  }
});

it('sleeps no longer than it may, and the world waits', async () => {
  const { world } = setUp({ asleepPerMille: 1000 }, { asleepDaysMax: 40 });
  const sleeps = world.devices.flatMap(({ spec }) => spec.owner.holidays.map(({ from, until }) => (until - from) / DAY));
  expect(Math.max(...sleeps)).toBeGreaterThan(25);
  expect(Math.max(...sleeps)).toBeLessThanOrEqual(40);
  expect(world.arrivedAt).toBeGreaterThanOrEqual(Math.max(...world.devices.map(({ presence }) => presence.lastReturn)));
});

it('befalls the same devices sooner, and passes sooner, in a world whose first weeks are short', () => {
  const all = Object.fromEntries(RATES.map((rate) => [rate, 500]));
  const long = setUp(all, { asleepDaysMax: 14, newReleaseDays: 2 }).world;
  const short = setUp(all, { asleepDaysMax: 14, newReleaseDays: 2, pace: 0.4 }).world;
  /** Of everything that befalls devices: when, and to whom. */
  const fortunesOf = ({ devices }: typeof long) =>
    devices.flatMap(({ spec: { enrollsAt, wipedAt, checksOutAt, firstContactAt, owner, mishaps = {} } }) => {
      const once = [enrollsAt, wipedAt, checksOutAt, firstContactAt, owner.updatesAloneAt];
      const spans = [mishaps.restored, mishaps.reEnrolled, mishaps.shortage, mishaps.lie, mishaps.clock, ...owner.holidays];
      return [...once, ...spans.flatMap((one) => (one === undefined ? [undefined] : 'at' in one ? [one.at] : [one.from, one.until]))];
    });
  const instants = fortunesOf(long);
  expect(fortunesOf(short)).toEqual(instants.map((at) => (at === undefined ? undefined : START + Math.round((at - START) * 0.4))));
  expect(instants.filter((at) => at !== undefined).length).toBeGreaterThan(60);
  expect(short.arrivedAt).toBeLessThan(START + (long.arrivedAt - START) * 0.5);
  expect(short.devices.map(({ expected }) => expected)).toEqual(long.devices.map(({ expected }) => expected));
});

it('fails for want of space or power until it has some', async () => {
  const { of, world } = await live({ shortagePerMille: 1000 });
  const failures = of('state').filter(({ installState }) => installState === 'failed');
  const short = failures.filter(({ failure }) => /Insufficient disk space|BatteryTooLow/.test(failure ?? ''));
  const ofShort = short.filter(({ device }) => world.device(device)?.spec.mishaps?.shortage);
  expect(ofShort.length).toBeGreaterThan(3);
  for (const { device, at } of ofShort) {
    const { from, until } = world.device(device)?.spec.mishaps?.shortage ?? { from: 0, until: 0 };
    expect(at >= from && at < until).toBe(true);
  }
});

it('fails three times and more before it gets there', async () => {
  const { of, world } = await live({ stubbornPerMille: 1000 });
  const most = Math.max(
    ...world.devices.map(({ id }) => of('state', id).filter(({ installState, failure }) => installState === 'failed' && failure).length),
  );
  expect(most).toBeGreaterThanOrEqual(3);
});

describe('a wrong version', () => {
  const spec = (tells: 'old' | 'none' | 'garbage', channel: 'information' | 'status') =>
    ({ mishaps: { lie: { channel, tells, text: '18,5', from: 10, until: 20 } } }) as unknown as DeviceSpec;
  const system = { osVersion: '26.6', build: '23G71', isRestarting: false, before: { osVersion: '26.5', build: '23F77' } };
  it.each([
    ['old', { osVersion: '26.5', build: '23F77' }],
    ['none', { osVersion: undefined, build: undefined }],
    ['garbage', { osVersion: '18,5', build: '23G71' }],
  ] as const)('%s: on one channel, for a time', (tells, told) => {
    const truth = { osVersion: '26.6', build: '23G71' };
    expect(systemTold(spec(tells, 'status'), system, 'status', 15)).toEqual(told);
    expect(systemTold(spec(tells, 'status'), system, 'information', 15)).toEqual(truth);
    expect(systemTold(spec(tells, 'information'), system, 'status', 15)).toEqual(truth);
    for (const at of [9, 20]) expect(systemTold(spec(tells, 'status'), system, 'status', at)).toEqual(truth);
  });
});

it('hears some status reports twice, and older ones after newer ones', async () => {
  const { of } = await live({ statusDoubledPerMille: 1000 });
  const healedAt = of('healed')[0]?.at ?? 0;
  const reports = of('dm').filter(({ endpoint, at }) => endpoint === 'status' && at < healedAt);
  const told = of('report').filter(({ status, at }) => status === 200 && at < healedAt);
  expect(reports.length).toBeGreaterThan(told.length * 1.7);
  // The install state goes back to what it was before.
  const isStale = (index: number) => {
    const { device, installState } = reports[index] ?? {};
    const before = reports.slice(0, index).filter((event) => event.device === device && event.installState !== undefined);
    return installState === 'waiting' && before.at(-1)?.installState === 'downloading';
  };
  expect(reports.some((_, index) => isStale(index))).toBe(true);
});

it('acts at the wrong time with a wrong clock', async () => {
  const { of, world } = await run({ deviceClockPerMille: 1000 }, 40);
  const early = of('installing').filter(({ device, cause, local, targetLocal }) => {
    const ahead = world.device(device)?.spec.mishaps?.clock?.aheadMs ?? 0;
    return cause === 'enforced' && ahead > 0 && local < targetLocal;
  });
  expect(early.length).toBeGreaterThan(0);
});

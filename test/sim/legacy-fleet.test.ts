import { describe, expect, it } from 'vitest';
import { hasUpdateCommands } from '../../src/sim/capabilities.ts';
import { NO_QUIRKS } from '../../src/sim/legacy.types.ts';
import { productKeyOf } from '../../src/sim/legacy-list.ts';
import { COMMAND_SYSTEMS, UNREACHABLE_SYSTEMS } from '../../src/sim/legacy-table.ts';
import { writePlist } from '../../src/sim/plist.ts';
import { createScheduler, type Scheduler } from '../../src/sim/scheduler.ts';
import { canEnforceByDeclaration, compareVersionTexts, majorOf } from '../../src/sim/table.ts';
import { createWorld } from '../../src/sim/world.ts';
import type { World, WorldDevice, WorldOptions } from '../../src/sim/world.types.ts';
import { localTime } from '../../src/sim/zone.ts';
import { createTinyServer } from './tiny-server.ts';

const START = Date.parse('2026-10-05T06:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const POLICY = { days: 3, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };
const KEY = `Basic ${Buffer.from('nanomdm:apikey').toString('base64')}`;

function setUp(seed: string | number, devices: number, options: Partial<WorldOptions> = {}) {
  const scheduler = createScheduler(START);
  const server = createTinyServer(scheduler, POLICY);
  const world = createWorld({ seed, devices, scheduler, policy: POLICY, outgoing: server.outgoing, legacy: true, ...options });
  return { scheduler, server, world };
}

function isOnCommands({ spec }: WorldDevice): boolean {
  return hasUpdateCommands(spec.model.family, spec.osVersion) && !canEnforceByDeclaration(spec.model.family, spec.osVersion);
}

describe('table', () => {
  it('reaches from iOS 9, macOS 10.11 and tvOS 12 on', () => {
    const { world } = setUp(1, 10);
    const majors = (family: string) =>
      new Set(COMMAND_SYSTEMS.filter((system) => system.model.family === family).map((system) => majorOf(system.version)));
    expect([...majors('iPhone')].sort((a, b) => a - b)).toEqual([9, 10, 11, 12, 13, 14, 15, 16]);
    expect([...majors('Apple TV')].sort((a, b) => a - b)).toEqual([12, 13, 14, 15, 16, 17, 18]);
    expect([...majors('Mac')].sort((a, b) => a - b)).toEqual([10, 11, 12, 13]);
    expect(new Set(world.catalogue.models.map((model) => model.deviceId)).size).toBe(world.catalogue.models.length);
  });

  it.each(COMMAND_SYSTEMS.map((system) => [`${system.model.deviceId} ${system.version}`, system] as const))(
    'has something newer for %s, and no declarations',
    (_, { model, version }) => {
      const { catalogue } = setUp(1, 10).world;
      expect(compareVersionTexts(catalogue.newestFor(model, START)?.version ?? '0', version)).toBeGreaterThan(0);
      expect([canEnforceByDeclaration(model.family, version), hasUpdateCommands(model.family, version)]).toEqual([false, true]);
    },
  );

  it('has systems without any mechanism', () => {
    for (const { model, version } of UNREACHABLE_SYSTEMS) expect(hasUpdateCommands(model.family, version)).toBe(false);
  });

  it('is in the feed of such a world only', () => {
    const listed = (legacy: boolean) =>
      Object.values(setUp(1, 10, { legacy }).world.feed.build(START).PublicAssetSets).flatMap((assets) =>
        assets.flatMap((asset) => asset.SupportedDevices.map((id) => `${id} ${asset.ProductVersion}`)),
      );
    expect(listed(true)).toEqual(
      expect.arrayContaining(['iPad3,3 9.3.6', 'iPhone6,1 12.5.8', 'Mac-94245B3640C91C81 10.13.6', 'Mac-937CB26E2E02BB01 12.7.6']),
    );
    expect(listed(false).filter((entry) => /^(iPad3,3|iPhone6,1|Mac-)/.test(entry))).toEqual([]);
  });
});

describe('fleet', () => {
  it('has a fifth on commands that get there, and six of ten that get there at all, for every seed and size', () => {
    for (let seed = 1; seed <= 40; seed++) {
      for (const size of [10, 11, 37, 60]) {
        const { devices } = setUp(seed, size, { newReleaseDays: seed % 11 }).world;
        const verified = devices.filter((device) => device.expected === 'verified');
        expect(verified.length / size).toBeGreaterThanOrEqual(0.6);
        expect(verified.filter(isOnCommands).length / size).toBeGreaterThanOrEqual(0.2);
        expect(new Set(devices.map((device) => device.id)).size).toBe(size);
      }
    }
  });

  it('draws every misbehaviour and every trouble in some seed', () => {
    const drawn = new Set<string>();
    const expected = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      for (const device of setUp(seed, 200).world.devices) {
        if (isOnCommands(device)) expected.add(device.expected);
        for (const [name, value] of Object.entries(device.spec.legacy?.quirks ?? {}))
          if (value !== NO_QUIRKS[name as keyof typeof NO_QUIRKS]) drawn.add(name);
      }
    }
    expect([...drawn].sort()).toEqual(Object.keys(NO_QUIRKS).sort());
    expect([...expected].sort()).toEqual([
      'access-rights-missing',
      'awaiting-configuration',
      'bootstrap-token-suspected',
      'install-failed',
      'insufficient-network',
      'insufficient-power',
      'insufficient-space',
      'known-bug',
      'lost-mode',
      'needs-computer',
      'not-dep-enrolled',
      'not-seen',
      'not-supervised',
      'passcode-set',
      'shared-ipad-user',
      'unenrolled',
      'update-not-listed',
      'verified',
      'waiting-for-passcode',
    ]);
  });

  it('calls hopeless for want of a mechanism only what has none', () => {
    for (let seed = 1; seed <= 20; seed++) {
      for (const { expected, spec } of setUp(seed, 60).world.devices) {
        const hasNone =
          !hasUpdateCommands(spec.model.family, spec.osVersion) && !canEnforceByDeclaration(spec.model.family, spec.osVersion);
        if (expected === 'declarations-unsupported') expect(hasNone, `${spec.name} ${spec.osVersion}`).toBe(true);
      }
    }
  });
});

/**
 * Every hour of the night sends each device on commands the next step. It cheats: what a device does is read from the
 * world.
 */
function commandByNight(world: World, scheduler: Scheduler): void {
  let uuid = 0;
  async function send(id: string, requestType: string, more: object): Promise<void> {
    const body = writePlist({ CommandUUID: `night-${++uuid}`, Command: { RequestType: requestType, ...more } });
    await world
      .fetch(`http://nanomdm.sim/v1/enqueue/${id}`, { method: 'PUT', headers: { Authorization: KEY }, body })
      .catch(() => undefined);
  }
  const tick = () => {
    scheduler.at(scheduler.now() + HOUR, 'night/tick', tick);
    for (const device of world.devices) {
      const { spec, id } = device;
      const hour = Number(localTime(scheduler.now(), spec.timeZone).slice(11, 13));
      const newest = world.catalogue.newestFor(spec.model, scheduler.now());
      const system = { osVersion: device.osVersion, build: device.build, isRestarting: false };
      const isDone = newest === undefined || compareVersionTexts(newest.version, device.osVersion) <= 0;
      const isCommanded =
        hasUpdateCommands(spec.model.family, device.osVersion) && !canEnforceByDeclaration(spec.model.family, device.osVersion);
      if (isDone || !isCommanded || hour < 1 || hour > 3 || !device.presence.isReachable(scheduler.now())) continue;
      if (device.legacyPhase !== 'none' && device.legacyPhase !== 'downloaded') continue;
      const InstallAction = spec.model.family === 'Mac' ? 'InstallASAP' : 'Default';
      void send(id, 'ScheduleOSUpdate', { Updates: [{ ProductKey: productKeyOf(spec, system, newest), InstallAction }] });
    }
  };
  scheduler.at(scheduler.now() + HOUR, 'night/tick', tick);
}

describe('world', () => {
  it('is the same for the same seed', async () => {
    const digests: string[] = [];
    const asked: (string | undefined)[] = [];
    for (let round = 0; round < 2; round++) {
      const { scheduler, server, world } = setUp('same', 20);
      world.start();
      server.start(world);
      commandByNight(world, scheduler);
      await scheduler.runUntil(START + 5 * DAY);
      digests.push(world.traceSha256());
      asked.push(...world.events.flatMap((event) => (event.kind === 'enqueue' ? [event.action] : [])));
    }
    expect(digests[1]).toBe(digests[0]);
    expect(asked).toContain('Default');
    expect(asked).toContain('InstallASAP');
  });

  it.each([3, 9])('brings everything to its expected end under a server that sends commands by night: seed %i', async (seed) => {
    const { scheduler, server, world } = setUp(seed, 60);
    world.start();
    server.start(world);
    commandByNight(world, scheduler);
    await scheduler.runUntil(world.restsAt);
    for (const device of world.devices) {
      if (device.expected === 'unenrolled') continue;
      const newest = world.catalogue.newestFor(device.spec.model, scheduler.now());
      const isCurrent = newest !== undefined && device.osVersion === newest.version;
      const { name, osVersion, model, legacy } = device.spec;
      const where = `${name} ${model.deviceId} ${osVersion} → ${device.osVersion}: ${device.expected}, ${JSON.stringify(legacy)}`;
      expect(isCurrent, where).toBe(device.expected === 'verified');
    }
    const causesOf = ({ id }: WorldDevice) =>
      world.events.flatMap((event) => (event.kind === 'installed' && event.device === id ? [event.cause] : []));
    const commanded = world.devices.filter(isOnCommands).map(causesOf);
    expect(commanded.filter((causes) => causes.includes('command')).length).toBeGreaterThan(5);
    expect(commanded.filter((causes) => causes.includes('owner')).length).toBeGreaterThan(0);
    // Brought by a command to an OS that takes declarations, and on by one of those.
    expect(commanded.filter((causes) => /command,(.*,)?enforced$/.test(causes.join())).length).toBeGreaterThan(0);
  });
});

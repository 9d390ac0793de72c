import { describe, expect, it } from 'vitest';
import { clientCapabilities, supportedStatusItems } from '../../src/sim/capabilities.ts';
import { createSimCatalogue } from '../../src/sim/catalogue.ts';
import type { Switches } from '../../src/sim/device.types.ts';
import { answerCommand } from '../../src/sim/device-answers.ts';
import { drawFleet } from '../../src/sim/fleet.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { drawSwitches, USUAL_SWITCHES } from '../../src/sim/switches.ts';
import { createWorld } from '../../src/sim/world.ts';
import type { WorldEvent } from '../../src/sim/world.types.ts';
import { createTinyServer } from './tiny-server.ts';

const START = Date.parse('2026-10-05T06:00:00Z');
const DAY = 86_400_000;
const POLICY = { days: 3, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };

async function live(switches: Partial<Switches>, days = 12) {
  const scheduler = createScheduler(START);
  const server = createTinyServer(scheduler, POLICY);
  const world = createWorld({ seed: 'switches', devices: 16, scheduler, policy: POLICY, outgoing: server.outgoing, switches });
  world.start();
  server.start(world);
  await scheduler.runUntil(START + days * DAY);
  return world;
}

describe('switches', () => {
  it('are all drawn on request, and usual otherwise', () => {
    const drawn = Array.from({ length: 200 }, (_, seed) => drawSwitches(createPrng(seed), true));
    for (const name of Object.keys(drawn[0] as object) as (keyof Switches)[])
      expect(new Set(drawn.map((switches) => switches[name])).size, name).toBeGreaterThan(1);
    for (let seed = 0; seed < 20; seed++) {
      const { failedFetch, pastDate } = drawSwitches(createPrng(seed), true);
      expect(drawSwitches(createPrng(seed), false)).toMatchObject({ ...USUAL_SWITCHES, failedFetch, pastDate });
    }
  });

  it('visionDeviceId, mdmItemsIn27: what a system has, and says it has', () => {
    const items = (osVersion: string, switches: Pick<Switches, 'visionDeviceId' | 'mdmItemsIn27'>) =>
      supportedStatusItems('Vision Pro', osVersion, true, switches);
    const late = { visionDeviceId: '26.4', mdmItemsIn27: false } as const;
    expect(items('26.2', USUAL_SWITCHES)).toContain('softwareupdate.device-id');
    expect(items('26.2', late)).not.toContain('softwareupdate.device-id');
    expect(items('26.4', late)).toContain('softwareupdate.device-id');
    expect(items('27.0', USUAL_SWITCHES)).toContain('mdm.is-awaiting-configuration');
    expect(items('27.0', late)).not.toContain('mdm.is-awaiting-configuration');
    expect(JSON.stringify(clientCapabilities('Vision Pro', '26.2', true, late))).not.toContain('softwareupdate.device-id');
  });

  it('removedQuery, supplemental: what DeviceInformation answers', () => {
    const prng = createPrng('answers');
    const [spec] = drawFleet({ prng, devices: 1, start: START, catalogue: createSimCatalogue(prng, START, 0) });
    const answer = (osVersion: string, removedQuery: Switches['removedQuery'], supplemental?: { extra: string; build: string }) => {
      const system = { osVersion, build: '24A341', isRestarting: false, ...(supplemental ? { supplemental } : {}) };
      const command = {
        RequestType: 'DeviceInformation',
        Queries: ['SoftwareUpdateDeviceID', 'SupplementalOSVersionExtra', 'SupplementalBuildVersion'],
      };
      if (!spec) throw new Error('no device');
      const whole = { ...spec, isUserEnrollment: false, model: { ...spec.model, family: 'iPhone' as const } };
      return answerCommand(whole, system, command, false, { at: START, removedQuery }).QueryResponses;
    };
    expect(answer('27.0', 'omitted')).not.toHaveProperty('SoftwareUpdateDeviceID');
    expect(answer('27.0', 'empty')).toMatchObject({ SoftwareUpdateDeviceID: '' });
    expect(answer('26.0', 'empty')).toMatchObject({ SoftwareUpdateDeviceID: spec?.model.deviceId });
    expect(answer('26.3.1', 'omitted', { extra: ' (a)', build: '23D771330a' })).toMatchObject({
      SupplementalOSVersionExtra: ' (a)',
      SupplementalBuildVersion: '23D771330a',
    });
  });

  it('afterUpdate: a device is heard soon after its update, or hours later', async () => {
    const soonShare = async (afterUpdate: Switches['afterUpdate']) => {
      const { events } = await live({ afterUpdate });
      const gaps = events.flatMap((event) => {
        if (event.kind !== 'installed') return [];
        const next = events.find((other) => other.device === event.device && other.at > event.at && isWord(other));
        return next ? [next.at - event.at] : [];
      });
      expect(gaps.length).toBeGreaterThan(5);
      return gaps.filter((gap) => gap < 11 * 60_000).length / gaps.length;
    };
    const isWord = (event: WorldEvent) => event.kind === 'dm' || event.kind === 'command';
    expect(await soonShare('soon')).toBeGreaterThan(0.7);
    expect(await soonShare('hours')).toBeLessThan(0.5);
  });

  it.each(['reportsReplaced', 'unsupportedItem', 'syncRetry', 'expirationDay', 'supplemental'] as const)(
    '%s: everybody gets there all the same',
    async (name) => {
      const other = {
        reportsReplaced: true,
        unsupportedItem: 'Error.Unknown',
        syncRetry: 'hours',
        expirationDay: 'exclusive',
        supplemental: '(a)',
      } as const;
      const world = await live({ [name]: other[name] }, 25);
      for (const device of world.devices)
        if (device.expected === 'verified')
          expect(device.osVersion, device.spec.name).toBe(world.catalogue.newestFor(device.spec.model, Number.POSITIVE_INFINITY)?.version);
    },
  );
});

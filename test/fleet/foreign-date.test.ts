import { expect, it } from 'vitest';
import { createSimKmfddm, type SimDeclaration } from '../../src/sim/kmfddm.ts';
import { NO_FAULTS } from '../../src/sim/no-faults.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { alterEvents } from './controls/facts.ts';
import { createFleet } from './harness.ts';
import { runFleet } from './run.ts';

/** A server that we stand in front of enforces an update on some of the devices. */

const UPDATE = 'com.example.update';

function declarationsFor(id: string): SimDeclaration[] {
  if (id.charCodeAt(id.length - 1) % 2 === 1) return [];
  return [
    {
      Type: 'com.apple.configuration.softwareupdate.enforcement.specific',
      Identifier: UPDATE,
      ServerToken: 'u-1',
      // Nobody can install it: it stays in force.
      Payload: { TargetOSVersion: '99.0', TargetLocalDateTime: '2026-11-30T18:00:00' },
    },
    {
      Type: 'com.apple.activation.simple',
      Identifier: `${UPDATE}.activation`,
      ServerToken: 'a-1',
      Payload: { StandardConfigurations: [UPDATE] },
    },
  ];
}

async function runBeside({ isDeaf = false } = {}) {
  const fleet = await createFleet({
    ...{ seed: 'their date', devices: 12, legacy: false, faults: NO_FAULTS, storeErrorPerMille: 0, newReleaseDays: 0 },
    upstream: () => createSimKmfddm({ prng: createPrng('kmfddm'), declarationsFor, isDown: () => false }),
    breakRule(parts) {
      // The control: what it is answered of theirs is not heard.
      if (isDeaf) alterEvents(parts, (body) => (body.kind === 'foreign-update' ? { kind: 'ddm-contact' } : body));
    },
  });
  const fetched = new Set<string>();
  fleet.world.onEvent((event) => {
    if (event.kind === 'dm' && event.status === 200 && event.endpoint === `declaration/configuration/${UPDATE}`) fetched.add(event.device);
  });
  await runFleet(fleet, { until: fleet.startedAt + 3 * DAY_MS });
  const rows = await fleet.store.listEnrollments('', 100);
  const named = rows.filter(({ decision }) => decision.conflicts?.some(({ kind }) => kind === 'enforcement'));
  const alerts = (await fleet.store.listAlerts()).filter(({ key }) => key === 'foreign-updates').map(({ sentence }) => sentence);
  await fleet.close();
  return { fetched: [...fetched].sort(), named: named.map(({ id }) => id).sort(), conflicts: named[0]?.decision.conflicts, alerts };
}

it('is named on each device that fetched it, and on no other, and one alert counts them', { timeout: 60_000 }, async () => {
  const { fetched, named, conflicts, alerts } = await runBeside();
  expect(fetched.length).toBeGreaterThan(2);
  expect(named).toEqual(fetched);
  expect(conflicts).toMatchObject([{ whose: 'http://kmfddm.sim/', identifier: UPDATE, version: '99.0', local: '2026-11-30T18:00:00' }]);
  expect(alerts).toEqual([`${fetched.length} devices hold software-update declarations of http://kmfddm.sim/.`]);
  const control = await runBeside({ isDeaf: true });
  expect(control.fetched).toEqual(fetched);
  // But for who says itself which declaration it acts on.
  expect(control.named.length).toBeLessThan(fetched.length);
  expect(control.alerts).not.toEqual(alerts);
});

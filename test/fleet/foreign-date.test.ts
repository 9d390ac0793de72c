import { expect, it } from 'vitest';
import { NO_FAULTS } from '../../src/sim/no-faults.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { alterEvents } from './controls/facts.ts';
import { createFleet, type Fleet } from './harness.ts';
import { runFleet } from './run.ts';

/** A server that we stand in front of enforces an update on some of the devices. */

const UPDATE = 'com.example.update';

/** For every other device. Nobody can install it: it stays in force. */
function declareUpdate({ world, neighbour }: Fleet): void {
  const store = neighbour?.kmfddm.store;
  store?.put({
    Type: 'com.apple.configuration.softwareupdate.enforcement.specific',
    Identifier: UPDATE,
    Payload: { TargetOSVersion: '99.0', TargetLocalDateTime: '2026-11-30T18:00:00' },
  });
  store?.put({ Type: 'com.apple.activation.simple', Identifier: `${UPDATE}.activation`, Payload: { StandardConfigurations: [UPDATE] } });
  for (const each of [UPDATE, `${UPDATE}.activation`]) store?.changeSet('updates', each, true);
  for (const [index, { id }] of world.devices.entries()) if (index % 2 === 0) store?.changeEnrollment(id, 'updates', true);
}

async function runBeside({ isDeaf = false } = {}) {
  const fleet = await createFleet({
    ...{ seed: 'their date', devices: 12, legacy: false, faults: NO_FAULTS, storeErrorPerMille: 0, newReleaseDays: 0 },
    neighbour: { downs: [], losses: [], changes: [] },
    breakRule(parts) {
      // The control: what it is answered of theirs is not heard.
      if (isDeaf) alterEvents(parts, (body) => (body.kind === 'foreign-update' ? { kind: 'ddm-contact' } : body));
    },
  });
  declareUpdate(fleet);
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
  expect(conflicts).toMatchObject([
    { whose: 'http://kmfddm.sim:9002/', identifier: UPDATE, version: '99.0', local: '2026-11-30T18:00:00' },
  ]);
  expect(alerts).toEqual([`${fetched.length} devices hold software-update declarations of http://kmfddm.sim:9002/.`]);
  const control = await runBeside({ isDeaf: true });
  expect(control.fetched).toEqual(fetched);
  // But for who says itself which declaration it acts on.
  expect(control.named.length).toBeLessThan(fetched.length);
  expect(control.alerts).not.toEqual(alerts);
});

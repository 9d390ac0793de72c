import { expect, it } from 'vitest';
import { scheduleOsUpdateCommand } from '../../src/mdm/commands.ts';
import { NO_FAULTS } from '../../src/sim/no-faults.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { alterEvents } from './controls/facts.ts';
import { createFleet } from './harness.ts';
import { runFleet } from './run.ts';
import { wiringOf } from './wiring.ts';

/** Another tool sends update commands to the same devices. */

const THEIRS = 'other-tool-';

async function runBeside({ isDeaf = false } = {}) {
  const fleet = await createFleet({
    ...{ seed: 'other tool', devices: 16, faults: NO_FAULTS, storeErrorPerMille: 0, newReleaseDays: 0 },
    policy: { days: 1, at: '18:00', fallbackTimeZone: 'Europe/Berlin', channel: 'commands' },
    breakRule(parts) {
      if (!isDeaf) return;
      // The control: answers to commands that were not ours are not heard.
      alterEvents(parts, (body) => {
        if (body.kind !== 'message' || body.message.kind !== 'CommandReport' || !body.message.commandUuid?.startsWith(THEIRS)) return body;
        return { kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged' } };
      });
    },
  });
  const { world, scheduler } = fleet;
  const { host } = wiringOf('nanomdm', world.fetch);
  const wanted = new Map<string, string>();
  /** Devices whose answer to theirs, with what they do, reached us. */
  const answered = new Set<string>();

  world.onEvent((event) => {
    if (event.kind === 'enqueue' && event.target !== undefined && !event.commandUuid.startsWith(THEIRS))
      wanted.set(event.device, event.target);
    if (event.kind === 'webhook' && event.status === 200 && event.commandUuid?.startsWith(THEIRS) && event.progress !== undefined)
      answered.add(event.device);
  });

  function send(round: number): void {
    for (const [id, version] of wanted) {
      const commandUuid = `${THEIRS}${round}-${id}`;
      const plist = scheduleOsUpdateCommand(commandUuid, [{ ProductVersion: version, InstallAction: 'InstallASAP' }]);
      void host.enqueue(id, commandUuid, plist).then(() => host.push([id]));
    }
    scheduler.at(scheduler.now() + 7 * HOUR_MS, 'other tool', () => send(round + 1));
  }
  scheduler.at(fleet.startedAt + 12 * HOUR_MS, 'other tool', () => send(1));
  await runFleet(fleet, { until: fleet.startedAt + 2 * DAY_MS });
  const named: string[] = [];
  for (const { id, decision } of await fleet.store.listEnrollments('', 100))
    if (decision.conflicts?.some(({ kind, identifier }) => kind === 'update-command' && identifier?.startsWith(THEIRS))) named.push(id);
  await fleet.close();
  return { answered: [...answered].sort(), named: named.sort() };
}

it('is named on each device that answered it, and on no other', { timeout: 60_000 }, async () => {
  const { answered, named } = await runBeside();
  expect(answered.length).toBeGreaterThan(1);
  expect(named).toEqual(answered);
  const control = await runBeside({ isDeaf: true });
  expect(control.answered.length).toBeGreaterThan(1);
  expect(control.named).toEqual([]);
});

import { setTimeout as pause } from 'node:timers/promises';
import type { Doors } from './demo-doors.ts';
import type { Fleet } from './harness.ts';
import type { Standings } from './run.ts';

/** Virtual time goes on at a minute a second, so that what a person orders can be seen to arrive. */
const PACE = 60;
const TICK_MS = 50;

/** Goes on serving until told to stop. */
export async function keepServing(fleet: Fleet, standings: Standings, doors: Doors): Promise<void> {
  process.stderr.write(helpText(fleet, standings, doors));
  let isOver = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      isOver = true;
    });
  // Also what a request waits for inside is settled by this.
  const began = { real: Date.now(), virtual: fleet.scheduler.now() };
  while (!isOver) {
    await fleet.scheduler.runUntil(began.virtual + (Date.now() - began.real) * PACE);
    await pause(TICK_MS);
  }
}

/** Somebody whose story is worth reading: not where expected, else one that a person has to help, else any. */
function interesting({ world }: Fleet, { wrong }: Standings): string | undefined {
  const needy = world.devices.find((device) => device.expected.startsWith('insufficient') || device.expected === 'overdue');
  return wrong[0]?.id ?? needy?.id ?? world.devices.find((device) => device.expected !== 'verified')?.id ?? world.devices[0]?.id;
}

function helpText(fleet: Fleet, standings: Standings, { url, ddmUrl }: Doors): string {
  const id = interesting(fleet, standings);
  const updated = fleet.world.devices.find((device) => device.expected === 'verified' && device.osVersion !== device.spec.osVersion)?.id;
  return `
The dashboard: ${url}/

It goes on until Ctrl-C, a minute each second; no sign-in, this machine only; declarative management is at ${ddmUrl}. Try:

  npm run -s ratchet -- plan --server ${url} --api demo
  npm run -s ratchet -- why ${id} --server ${url} --api demo
  npm run -s ratchet -- why ${updated} --server ${url} --api demo
  npm run -s ratchet -- stop --server ${url} --api demo
  curl -s ${url}/api/v1/status
`;
}

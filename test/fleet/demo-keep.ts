import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { listen } from '../../src/runtime/listen.ts';
import type { Fleet } from './harness.ts';
import type { Standings } from './run.ts';

export interface Address {
  host: string;
  port: number;
}

/** Virtual time goes on at a minute a second, so that what a person orders can be seen to arrive. */
const PACE = 60;
const TICK_MS = 50;

/** Serves the two listeners on loopback until told to stop. Resolves to false when the address can't be had. */
export async function keepServing(fleet: Fleet, standings: Standings, address: Address): Promise<boolean> {
  const servers: Server[] = [];
  const dm = { host: address.host, port: address.port === 0 ? 0 : address.port + 1 };
  try {
    servers.push(await listen(address, (request) => fleet.ratchet.fetch(request)));
    servers.push(await listen(dm, (request) => fleet.ratchet.fetchDdm(request)));
  } catch (error) {
    process.stderr.write(`can't listen: ${error instanceof Error ? error.message : String(error)}; --listen says where\n`);
    for (const server of servers) server.close();
    return false;
  }
  const [at = '', dmAt = ''] = servers.map(urlOf);
  process.stderr.write(helpText(fleet, standings, at, dmAt));

  let isOver = false;
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  }).then(() => {
    isOver = true;
  });
  // Also what a request waits for inside is settled by this.
  const began = { real: Date.now(), virtual: fleet.scheduler.now() };
  while (!isOver) {
    await fleet.scheduler.runUntil(began.virtual + (Date.now() - began.real) * PACE);
    await pause(TICK_MS);
  }
  await told;
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  return true;
}

function urlOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return '';
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

/** Somebody whose story is worth reading: not where expected, else one that a person has to help, else any. */
function interesting({ world }: Fleet, { wrong }: Standings): string | undefined {
  const needy = world.devices.find((device) => device.expected.startsWith('insufficient') || device.expected === 'overdue');
  return wrong[0]?.id ?? needy?.id ?? world.devices.find((device) => device.expected !== 'verified')?.id ?? world.devices[0]?.id;
}

function helpText(fleet: Fleet, standings: Standings, at: string, dmAt: string): string {
  const id = interesting(fleet, standings);
  const updated = fleet.world.devices.find((device) => device.expected === 'verified' && device.osVersion !== device.spec.osVersion)?.id;
  return `
Serving on ${at} (API, webhook) and ${dmAt} (declarative management), without
sign-in, until Ctrl-C. A minute passes each second. Try:

  npm run -s ratchet -- plan --server ${at} --api demo
  npm run -s ratchet -- why ${id} --server ${at} --api demo
  npm run -s ratchet -- why ${updated} --server ${at} --api demo
  npm run -s ratchet -- stop --server ${at} --api demo
  curl -s ${at}/api/v1/status
  curl -s ${at}/api/v1/plan
  curl -s ${at}/api/v1/why/${id}
`;
}

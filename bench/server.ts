import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { createSystemClock } from '../src/runtime/clock.ts';
import { listen } from '../src/runtime/listen.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { serveTasks } from './child.ts';
import { createQueueHost, openRatchet } from './seed.ts';

/** The process under load: Ratchet over a database file, listening as src/main.ts does, or bare Hono. */
export type ServerTask = { kind: 'ratchet'; file: string; releases: string } | { kind: 'bare' } | { kind: 'look' };

export interface Ports {
  main: number;
  ddm: number;
}

export interface Look {
  /** Events answered 200 and not folded yet. */
  inbox: number;
  rssMb: number;
  /** Processor time the process has used so far. */
  cpuMs: number;
}

let look: (() => Promise<number>) | undefined;
let close: (() => Promise<void>) | undefined;

async function serveRatchet(file: string, releases: string): Promise<Ports> {
  const clock = createSystemClock();
  const store = openSqliteStore({ file, clock });
  const host = createQueueHost();
  const ratchet = await openRatchet(store, host, releases, 50);
  const main = await listen({ host: '127.0.0.1', port: 0 }, (request) => ratchet.fetch(request));
  const ddm = await listen({ host: '127.0.0.1', port: 0 }, (request) => ratchet.fetchDdm(request));
  await ratchet.start();
  await ratchet.idle();
  look = () => store.countInbox();
  close = async () => {
    for (const server of [main, ddm]) server.closeAllConnections();
    await ratchet.stop();
    await store.close();
  };
  return { main: portOf(main), ddm: portOf(ddm) };
}

/** The same server without Ratchet: what one request of that size costs at least. */
async function serveBare(): Promise<Ports> {
  const app = new Hono();
  const answer = { SyncTokens: { DeclarationsToken: 'a'.repeat(64), Timestamp: '2026-11-20T10:00:00Z' } };
  app.get('/get', (c) => c.json(answer));
  app.on(['POST', 'PUT'], '/put', async (c) => {
    await c.req.arrayBuffer();
    return c.body(null, 200);
  });
  const server = await listen({ host: '127.0.0.1', port: 0 }, (request) => app.fetch(request));
  look = async () => 0;
  close = async () => server.closeAllConnections();
  return { main: portOf(server), ddm: portOf(server) };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

serveTasks<ServerTask>(
  async (task) => {
    if (task.kind === 'ratchet') return serveRatchet(task.file, task.releases);
    if (task.kind === 'bare') return serveBare();
    const { user, system } = process.cpuUsage();
    return { inbox: (await look?.()) ?? 0, rssMb: Math.round(process.memoryUsage.rss() / 1_048_576), cpuMs: (user + system) / 1_000 };
  },
  async () => close?.(),
);

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { createSystemClock } from '../src/runtime/clock.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import type { HeldItem } from './bodies.ts';
import { type Child, startChild } from './child.ts';
import { drawDevices, ORIGINALS_MAX } from './devices.ts';
import type { LoadResult } from './http-load.ts';
import type { InsideResult } from './inside.ts';
import type { LoadTask, Prepared, RequestSet } from './load.ts';
import { type BenchReport, type Compared, type Offered, printTable } from './report.ts';
import { seedDatabase } from './seed.ts';
import type { Look, Ports, ServerTask } from './server.ts';

/**
 * `npm run bench`: how fast the hot paths are, beside bare Hono and bare SQLite in the same run. Absolute numbers are
 * the machine's; the ratios are Ratchet's. Offline, on 127.0.0.1 only. The load comes from a process of its own.
 */
const { quick, json, profile } = new Command('bench')
  .option('--quick', 'a short run: fewer devices, one round')
  .option('--json', 'one JSON object instead of the table')
  .option('--profile <folder>', 'write a CPU profile of each process there')
  .parse()
  .opts<{ quick?: boolean; json?: boolean; profile?: string }>();

const CONNECTIONS = 64;
const OFFERED_PER_SECOND = 5_000;
const originals = quick ? 250 : ORIGINALS_MAX;
const devices = 10_000;
const rounds = quick ? 1 : 3;
const seconds = quick ? 2 : 4;
const bodies = quick ? 20_000 : 40_000;

const start = Date.now();
// Beside the project, not in the system's folder for temporary files: that is often memory, where an fsync is free.
mkdirSync('.tmp', { recursive: true });
const folder = mkdtempSync(join('.tmp', 'bench-'));
const file = join(folder, 'ratchet.db');
try {
  say(`enrolling ${originals} devices, ${devices - originals} more as copies`);
  const fleet = drawDevices(originals, start);
  await seedDatabase(file, fleet, devices);
  const report = await measureAll(fleet.releases);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : printTable(report));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measureAll(releases: string): Promise<BenchReport> {
  const held = await listHeld();
  const load = startChild('./load.js', profile);
  const bare = startChild('./server.js', profile);
  const ratchet = startChild('./server.js', profile);
  say('preparing the load');
  const prepared = await load.ask<Prepared>({ kind: 'prepare', start, originals, devices, bodies, held } satisfies LoadTask);
  const barePorts = await bare.ask<Ports>({ kind: 'bare' } satisfies ServerTask);
  const ports = await ratchet.ask<Ports>({ kind: 'ratchet', file, releases } satisfies ServerTask);

  function run(requests: RequestSet, port: number, rate?: number): Promise<LoadResult> {
    return load.ask({ kind: 'run', requests, port, connections: CONNECTIONS, seconds, ...(rate ? { rate } : {}) } satisfies LoadTask);
  }

  /** One load and the processor time each request cost the server. */
  async function runWithCpu(server: Child, ...task: Parameters<typeof run>): Promise<LoadResult & { cpuMicros: number }> {
    const before = await lookAt(server);
    const result = await run(...task);
    const after = await lookAt(server);
    const answers = Object.values(result.statuses).reduce((sum, count) => sum + count, 0);
    return { ...result, cpuMicros: ((after.cpuMs - before.cpuMs) * 1_000) / answers };
  }

  async function compare(name: string, requests: RequestSet, port: number, bareRequests: RequestSet): Promise<Compared> {
    const pairs: { own: LoadResult & { cpuMicros: number }; bare: LoadResult & { cpuMicros: number } }[] = [];
    // Code that was never run is slow for a second or two.
    await run(bareRequests, barePorts.main);
    await run(requests, port);
    await untilFolded(ratchet);
    for (let round = 0; round < rounds; round += 1) {
      say(`${name}, round ${round + 1}`);
      const bareResult = await runWithCpu(bare, bareRequests, barePorts.main);
      pairs.push({ bare: bareResult, own: await runWithCpu(ratchet, requests, port) });
      await untilFolded(ratchet);
    }
    for (const { own } of pairs) expectAll200(name, own);
    const of = (value: (pair: (typeof pairs)[number]) => number) => median(pairs.map(value));
    return {
      perSecond: of(({ own }) => own.perSecond),
      p50Ms: of(({ own }) => own.p50Ms),
      p99Ms: of(({ own }) => own.p99Ms),
      barePerSecond: of((pair) => pair.bare.perSecond),
      ratio: of((pair) => pair.own.perSecond / pair.bare.perSecond),
      cpuMicros: of(({ own }) => own.cpuMicros),
      bareCpuMicros: of((pair) => pair.bare.cpuMicros),
    };
  }

  /** Open loop: latency counts from the moment a call was meant to be sent, while the reconciler folds what comes in. */
  async function measureOffered(): Promise<Offered> {
    const results: Omit<Offered, 'rate'>[] = [];
    for (let round = 0; round < rounds; round += 1) {
      say(`webhooks at ${OFFERED_PER_SECOND}/s, round ${round + 1}`);
      const bareResult = await run('bare-post', barePorts.main, OFFERED_PER_SECOND);
      // Begun before it is measured: signs of life are folded with what follows them, some two seconds later.
      await run('webhook', ports.main, OFFERED_PER_SECOND);
      const before = await lookAt(ratchet);
      const own = await runWithCpu(ratchet, 'webhook', ports.main, OFFERED_PER_SECOND);
      expectAll200('webhooks at a rate', own);
      const after = await lookAt(ratchet);
      await untilFolded(ratchet);
      const answered = OFFERED_PER_SECOND * seconds;
      results.push({
        perSecond: own.perSecond,
        foldedPerSecond: (own.perSecond * (answered - after.inbox + before.inbox)) / answered,
        cpuMicros: own.cpuMicros,
        p50Ms: own.p50Ms,
        p99Ms: own.p99Ms,
        maxMs: own.maxMs,
        bareP99Ms: bareResult.p99Ms,
      });
    }
    const of = (key: keyof Omit<Offered, 'rate'>) => median(results.map((result) => result[key]));
    return {
      rate: OFFERED_PER_SECOND,
      perSecond: of('perSecond'),
      foldedPerSecond: of('foldedPerSecond'),
      cpuMicros: of('cpuMicros'),
      p50Ms: of('p50Ms'),
      p99Ms: of('p99Ms'),
      maxMs: of('maxMs'),
      bareP99Ms: of('bareP99Ms'),
    };
  }

  const tokens = await compare('tokens', 'tokens', ports.ddm, 'bare-get');
  const items = await compare('declaration-items', 'declaration-items', ports.ddm, 'bare-get');
  const status = await compare('status', 'status', ports.ddm, 'bare-put');
  const webhooks = await compare('webhooks', 'webhook', ports.main, 'bare-post');
  const offered = await measureOffered();
  const { rssMb } = await lookAt(ratchet);
  for (const child of [load, bare, ratchet]) await child.close();

  say('decide, reconcile, plan, SQLite');
  const insideChild = startChild('./inside.js', profile);
  const inside = await insideChild.ask<InsideResult>({ file, scratch: join(folder, 'bare.db'), seconds });
  await insideChild.close();
  return {
    schema: 'ratchet.bench/1',
    machine: { node: process.version, cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), loadAverage: loadavg()[0] ?? 0 },
    run: { devices, connections: CONNECTIONS, rounds, seconds, quick: quick ?? false, ...prepared },
    webhooks,
    offered,
    tokens,
    items,
    status,
    inside,
    rssMb,
  };
}

/** What the devices hold that have synced their declarations: those answered from a committed manifest. */
async function listHeld(): Promise<Map<string, HeldItem[]>> {
  const store = openSqliteStore({ file, clock: createSystemClock() });
  const held = new Map<string, HeldItem[]>();
  for (const { id } of await store.listEnrollments('', devices)) {
    const manifest = await store.findManifest(id);
    if (manifest?.isInvited && manifest.items.length > 0) held.set(id, manifest.items);
  }
  await store.close();
  return held;
}

function lookAt(server: Child): Promise<Look> {
  return server.ask<Look>({ kind: 'look' } satisfies ServerTask);
}

async function untilFolded(server: Child): Promise<void> {
  const until = performance.now() + 60_000;
  while ((await lookAt(server)).inbox > 0) {
    if (performance.now() > until) throw new Error('events were not folded within a minute');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function expectAll200(name: string, { statuses }: LoadResult): void {
  const others = Object.keys(statuses).filter((status) => status !== '200');
  if (others.length > 0) throw new Error(`${name}: answers other than 200: ${JSON.stringify(statuses)}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

function say(what: string): void {
  process.stderr.write(`${what}\n`);
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { createMetrics } from '../src/engine/metrics/metrics.ts';
import { catalogueDigest } from '../src/engine/schedule/catalogue-keeper.ts';
import { createShow } from '../src/engine/show/show.ts';
import { loadStanding } from '../src/engine/standing.ts';
import { REASON_NAMES, type ReasonName } from '../src/reasons/reasons.ts';
import { createSystemClock } from '../src/runtime/clock.ts';
import { createPrng, type Prng } from '../src/sim/prng.ts';
import { openDatabase } from '../src/store/sqlite/database.ts';
import { storeOver } from '../src/store/sqlite/store.ts';
import {
  DEVICE_SORTS,
  type DeviceFilter,
  type DeviceQuery,
  type EnrollmentSummary,
  type Gathered,
  type Store,
} from '../src/store/store.ts';
import { DAY_MS } from '../src/time/local.ts';
import { utcDateOf } from '../src/time/utc-date.ts';
import { drawDevices } from './devices.ts';
import { createQueueHost, seedDatabase } from './seed.ts';
import { benchSettings } from './settings.ts';

/**
 * `npm run bench:lists`: how long pages of devices and the fleet in numbers take at 100,000 devices, and so how long each of
 * them holds the loop. Rows are those of simulated devices, under other ids and with other summaries.
 */
const { devices, repeats, json } = new Command('bench:lists')
  .option('--devices <n>', 'how many devices', Number, 100_000)
  .option('--repeats <n>', 'how often each query is asked', Number, 10)
  .option('--json', 'one JSON object instead of the table')
  .parse()
  .opts<{ devices: number; repeats: number; json?: boolean }>();

const ORIGINALS = 250;
const PAGE = 100;
const DEEP_PAGES = 10;
const AT_ONCE = 1_000;
const clock = createSystemClock();
const now = clock.now();

const FILTERS: Record<string, DeviceFilter> = {
  nothing: {},
  'a part of a name': { q: 'lab ipad 12' },
  'a part of a serial number': { q: 'c02a1' },
  'what nobody has': { q: 'no such device' },
  'a reason': { reasons: ['not-seen'] },
  'half of the reasons': { reasons: REASON_NAMES.slice(0, REASON_NAMES.length / 2) },
  'a platform': { platform: 'iPadOS' },
  'a version': { version: '27.1' },
  'a policy': { policy: 'staff' },
  'a ring': { ring: 'canary' },
  'a tag': { tag: 'building 7' },
  'a week of dates': { from: utcDateOf(now), until: utcDateOf(now + 7 * DAY_MS) },
  'a date in force': { isHandedOut: true },
  'a missed fix': { isExposed: true },
  'models, older than a release': { lookupKeys: Array.from({ length: 120 }, (_, index) => `iPad${index},1`), below: '27.0' },
};

interface Timed {
  name: string;
  /** Processor time of one, on the average: hardly hangs on what else runs here. */
  cpuMs: number;
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
}

mkdirSync('.tmp', { recursive: true });
const folder = mkdtempSync(join('.tmp', 'lists-'));
try {
  const store = await openFleet(join(folder, 'ratchet.db'));
  const rows = [...(await timeSorts(store)), ...(await timeFilters(store)), await timeFleet(store), await timeScrape(store)];
  await store.close();
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: availableParallelism(), loadAverage: loadavg()[0] ?? 0 };
  process.stdout.write(json ? `${JSON.stringify({ schema: 'ratchet.bench-lists/1', machine, devices, repeats, rows })}\n` : table(rows));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function openFleet(file: string): Promise<Store> {
  say(`enrolling ${ORIGINALS} devices, ${devices - ORIGINALS} more as copies`);
  const fleet = drawDevices(ORIGINALS, now);
  await seedDatabase(file, fleet, ORIGINALS);
  const db = openDatabase(file);
  db.pragma('synchronous = OFF');
  const store = storeOver(db, clock);
  const originals = await store.loadForReconcile(fleet.specs.map(({ id }) => id));
  const prng = createPrng('lists');
  for (let first = 0; first < devices - ORIGINALS; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, devices - ORIGINALS - first);
    await store.commitReconciled(
      Array.from({ length: count }, (_, index) => copyOf(originals[(first + index) % ORIGINALS] as Gathered, first + index, prng)),
    );
  }
  db.pragma('synchronous = FULL');
  db.pragma('wal_checkpoint(TRUNCATE)');
  return store;
}

function copyOf({ state, memory, decision, summary }: Gathered, n: number, prng: Prng): Parameters<Store['commitReconciled']>[0][number] {
  if (state === undefined || memory === undefined || decision === undefined || summary === undefined) throw new Error('not enrolled');
  const id = prng.uuid().toUpperCase();
  const reason = prng.weighted<ReasonName>([
    [70, 'verified'],
    [15, 'waiting-for-date'],
    [5, 'not-seen'],
    [3, 'overdue'],
    [7, prng.pick(REASON_NAMES)],
  ]);
  return {
    enrollmentId: id,
    basedOn: 0,
    state: { ...state, id },
    memory,
    decision: { ...decision, reason },
    summary: { ...summary, ...drawSummary(n, reason, prng) },
    recheckAt: now + DAY_MS,
    consumedSeq: 0,
    timeline: [],
    ledgerLines: [],
    rolloutDevices: [],
    declarations: [],
    outbox: { add: [], change: [] },
    attempts: [],
  };
}

function drawSummary(n: number, reason: ReasonName, prng: Prng): Partial<EnrollmentSummary> {
  const isDated = reason === 'waiting-for-date' || reason === 'overdue';
  return {
    serialNumber: `C02${n.toString(16).toUpperCase().padStart(7, 'A')}`,
    deviceName: prng.pick([`Lab iPad ${n}`, `Jane’s iPhone ${n}`, `MacBook of Jörg ${n}`]),
    platform: prng.pick(['iOS', 'iPadOS', 'macOS']),
    runs: `${prng.pick(['26', '27'])}.${prng.int(0, 7)}`,
    policy: prng.pick(['staff', 'school', 'everyone']),
    ring: prng.pick([undefined, 'canary', 'early', 'everyone']),
    date: isDated ? utcDateOf(now + prng.int(-3, 30) * DAY_MS) : undefined,
    isHandedOut: isDated,
    isHolding: isDated && prng.chance(0.9),
    isExposed: prng.chance(0.2),
    tags: prng.chance(0.5) ? [`building ${prng.int(1, 40)}`] : [],
    lastSeenAt: now - prng.int(0, DAY_MS),
  };
}

/** Each in both directions: the first page, and one some thousand devices further on. */
async function timeSorts(store: Store): Promise<Timed[]> {
  const rows: Timed[] = [];
  for (const sort of DEVICE_SORTS) {
    const first: DeviceQuery[] = [false, true].map((isDescending) => ({ sort, isDescending, limit: PAGE }));
    const deep: DeviceQuery[] = [];
    for (const query of first) deep.push({ ...query, ...(await deepIn(store, query)) });
    rows.push(await time(`by ${sort}, first page`, first, store), await time(`by ${sort}, deep page`, deep, store));
  }
  return rows;
}

async function deepIn(store: Store, query: DeviceQuery): Promise<{ cursor?: string }> {
  let cursor: string | undefined;
  for (let page = 0; page < DEEP_PAGES; page += 1)
    cursor = (await store.listDevices({ ...query, limit: AT_ONCE, ...(cursor === undefined ? {} : { cursor }) })).next;
  return cursor === undefined ? {} : { cursor };
}

async function timeFilters(store: Store): Promise<Timed[]> {
  const rows: Timed[] = [];
  for (const [name, filter] of Object.entries(FILTERS)) {
    const queries = (['name', 'version', 'lastSeenAt'] as const).map((sort) => ({ ...filter, sort, isDescending: true, limit: PAGE }));
    rows.push(await time(`by ${name}`, queries, store));
  }
  return rows;
}

async function timeFleet(store: Store): Promise<Timed> {
  const standing = await loadStanding(store, benchSettings(50).policies, 'bench', catalogueDigest);
  const show = createShow(store, standing, clock);
  return timed(
    'the fleet in numbers',
    Array.from({ length: repeats }, () => () => show.fleet()),
  );
}

async function timeScrape(store: Store): Promise<Timed> {
  const standing = await loadStanding(store, benchSettings(50).policies, 'bench', catalogueDigest);
  const metrics = createMetrics({ store, host: createQueueHost(), feed: undefined, clock }, 'bench');
  const sources = {
    store,
    standing,
    clock,
    show: createShow(store, standing, clock),
    ddm: { waiting: () => undefined },
    forwarding: { states: () => [] },
  };
  return timed(
    'a scrape of /metrics',
    Array.from({ length: repeats }, () => () => metrics.scrape(sources)),
  );
}

function time(name: string, queries: readonly DeviceQuery[], store: Store): Promise<Timed> {
  return timed(name, Array.from({ length: repeats }, () => queries.map((query) => () => store.listDevices(query))).flat());
}

async function timed(name: string, runs: readonly (() => Promise<unknown>)[]): Promise<Timed> {
  await runs[0]?.();
  const took: number[] = [];
  const cpu = process.cpuUsage();
  for (const run of runs) {
    const startedAt = performance.now();
    await run();
    took.push(performance.now() - startedAt);
  }
  const { user, system } = process.cpuUsage(cpu);
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;
  return { name, cpuMs: (user + system) / 1_000 / runs.length, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

function table(rows: readonly Timed[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const cell = (ms: number) => `${ms.toFixed(1)} ms`.padStart(9);
  return [
    `${devices} devices, pages of ${PAGE}; load ${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} × ${cpus()[0]?.model ?? ''}`,
    `${''.padEnd(width)}  ${'processor'.padStart(9)} ${'p50'.padStart(9)} ${'p95'.padStart(9)} ${'max'.padStart(9)}`,
    ...rows.map(
      ({ name, cpuMs, p50Ms, p95Ms, maxMs }) => `${name.padEnd(width)}  ${cell(cpuMs)} ${cell(p50Ms)} ${cell(p95Ms)} ${cell(maxMs)}`,
    ),
    '',
  ].join('\n');
}

function say(what: string): void {
  process.stderr.write(`${what}\n`);
}

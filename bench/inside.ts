import Database from 'better-sqlite3';
import { decide } from '../src/decide/decide.ts';
import { type DecideInput, newMemory } from '../src/decide/input.ts';
import { createReconciler } from '../src/engine/reconcile/reconciler.ts';
import { catalogueDigest } from '../src/engine/schedule/catalogue-keeper.ts';
import { createShow } from '../src/engine/show/show.ts';
import { loadStanding, type Standing } from '../src/engine/standing.ts';
import type { EventBody } from '../src/enrollment/event.ts';
import { silentLogger } from '../src/logger.ts';
import { createSystemClock } from '../src/runtime/clock.ts';
import { createSystemIds } from '../src/runtime/ids.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/store.ts';
import { serveTasks } from './child.ts';
import { benchSettings } from './settings.ts';

/** What is measured without HTTP, in a process of its own. */
export interface InsideTask {
  file: string;
  /** Scratch file of bare SQLite. */
  scratch: string;
  seconds: number;
}

export interface InsideResult {
  decidePerSecond: number;
  reconcilePerSecond: number;
  /** Processor time of one. */
  reconcileCpuMicros: number;
  decideCpuMicros: number;
  planSeconds: number;
  planDevices: number;
  sqlitePerSecond: number;
  rssMb: number;
}

const clock = createSystemClock();
const DEVICES_LOADED = 1_000;
/** Rounds of 2,000 devices that are not counted: code that was never run is slow. */
const WARM_UP = 5;
/** Rows of one transaction of bare SQLite: what a turn of the loop gathers at 64 connections. */
const BATCH = 64;

async function measure({ file, scratch, seconds }: InsideTask): Promise<InsideResult> {
  const store = openSqliteStore({ file, clock });
  const standing = await loadStanding(store, benchSettings(50).policies, 'bench', catalogueDigest);
  const ids = (await store.listEnrollments('', 10_000)).map((row) => row.id);
  const [decidePerSecond, decideCpuMicros] = await measureDecide(store, standing, ids.slice(0, DEVICES_LOADED), seconds);
  const [sqlitePerSecond] = measureSqlite(scratch, seconds);
  const [reconcilePerSecond, reconcileCpuMicros] = await measureReconcile(store, standing, ids, seconds);
  const { planSeconds, planDevices } = await measurePlan(store, standing);
  await store.close();
  return {
    decidePerSecond,
    decideCpuMicros,
    reconcilePerSecond,
    reconcileCpuMicros,
    planSeconds,
    planDevices,
    sqlitePerSecond,
    rssMb: Math.round(process.memoryUsage.rss() / 1_048_576),
  };
}

async function measureDecide(store: Store, standing: Standing, ids: readonly string[], seconds: number): Promise<Rate> {
  const inputs = (await store.loadForReconcile(ids)).flatMap((gathered): DecideInput[] =>
    gathered.state === undefined
      ? []
      : [
          {
            now: clock.now(),
            enrollment: gathered.state,
            memory: gathered.memory ?? newMemory(),
            policies: standing.policies,
            severities: undefined,
            tags: [],
            rollouts: standing.rollouts,
            control: standing.control,
            catalogue: standing.catalogue,
            lines: gathered.lines,
            manifest: gathered.manifest,
            commands: gathered.commands,
            push: gathered.push,
            site: standing.site,
            basis: standing.basis(),
            clockSuspect: undefined,
          },
        ],
  );
  for (const input of inputs) decide(input);
  return perSecond(seconds, () => {
    for (const input of inputs) decide(input);
    return inputs.length;
  });
}

/** Load, fold, decide, commit: each device has one event waiting, a third of them a status report that changes something. */
async function measureReconcile(store: Store, standing: Standing, ids: readonly string[], seconds: number): Promise<Rate> {
  const reconciler = createReconciler({
    store,
    standing,
    clock,
    ids: createSystemIds(),
    log: silentLogger,
    onCommitted: () => undefined,
    onUnknownOurs: () => undefined,
  });
  let reconciled = 0;
  let spent = 0;
  let used = 0;
  for (let round = 0; spent < seconds * 1_000 || round < WARM_UP; round += 1) {
    if (round === WARM_UP) spent = used = reconciled = 0;
    const now = clock.now();
    const some = ids.filter((_, index) => index % 5 === round % 5);
    await Promise.all(
      some.map((id, index) =>
        store.append([{ subject: { id, type: 'Device' }, event: { observedAt: now, receivedAt: now, body: bodyOf(index, round) } }]),
      ),
    );
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    reconciler.wake(some);
    await reconciler.idle();
    used += cpuMicros(cpu);
    spent += performance.now() - startedAt;
    reconciled += some.length;
  }
  await reconciler.stop();
  return [(reconciled / spent) * 1_000, used / reconciled];
}

function bodyOf(index: number, round: number): EventBody {
  if (index % 3 > 0) return { kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } };
  return {
    kind: 'status-report',
    report: { fullReport: false, installState: ['none', 'downloading', 'prepared'][round % 3] as string, refusedStatusItems: [] },
  };
}

async function measurePlan(store: Store, standing: Standing): Promise<{ planSeconds: number; planDevices: number }> {
  const show = createShow(store, standing, clock);
  const startedAt = performance.now();
  const { devices } = await show.plan();
  return { planSeconds: (performance.now() - startedAt) / 1_000, planDevices: devices.length };
}

/** The insert of the inbox into an empty file, one transaction a batch, each on disk before the next. */
function measureSqlite(file: string, seconds: number): Rate {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(
    'CREATE TABLE inbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, enrollment_id TEXT NOT NULL, type TEXT NOT NULL, event TEXT NOT NULL); CREATE INDEX inbox_by_enrollment ON inbox (enrollment_id, seq)',
  );
  const insert = db.prepare('INSERT INTO inbox (enrollment_id, type, event) VALUES (?, ?, ?)');
  const event = JSON.stringify({
    observedAt: 1,
    receivedAt: 2,
    eventId: 'e',
    body: { kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } },
  });
  let n = 0;
  const batch = db.transaction(() => {
    for (let i = 0; i < BATCH; i += 1) {
      n += 1;
      insert.run(`device-${(n * 7_919) % 10_000}`, 'Device', event);
    }
  });
  const rate = perSecond(seconds, () => {
    batch.immediate();
    return BATCH;
  });
  db.close();
  return rate;
}

/** Per second, and the processor time of one in microseconds: the one hangs on what else runs here, the other hardly. */
type Rate = [perSecond: number, cpuMicros: number];

function cpuMicros(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

function perSecond(seconds: number, run: () => number): Rate {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  let done = 0;
  let elapsed = 0;
  while (elapsed < seconds * 1_000) {
    done += run();
    elapsed = performance.now() - startedAt;
  }
  return [(done / elapsed) * 1_000, cpuMicros(cpu) / done];
}

serveTasks<InsideTask>(measure);

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiFailure, ReadSource } from './cli/read-source.types.ts';
import type { KnownFleet, OpenedLedger } from './cli/world.ts';
import { formatProblem } from './config/problem.ts';
import { readPolicyText } from './config/read-policy-file.ts';
import { subjectOf } from './decide/situation.ts';
import { createPlanner } from './engine/plan/plan.ts';
import { planTimeProblem } from './engine/plan/plan-time.ts';
import { shortHash } from './engine/reconcile/reconcile-one.ts';
import { catalogueDigest } from './engine/schedule/catalogue-keeper.ts';
import { severitiesDigest } from './engine/schedule/severity-keeper.ts';
import { createShow } from './engine/show/show.ts';
import { createTags, loadStanding } from './engine/standing.ts';
import { parseDuration } from './policy/duration.ts';
import type { LedgerLine } from './policy/ledger.ts';
import type { MatchSubject } from './policy/match.ts';
import { createSystemClock } from './runtime/clock.ts';
import { openDatabaseReadOnly } from './store/sqlite/database.ts';
import { storeOver } from './store/sqlite/store.ts';
import { StoreError } from './store/store.ts';

/** The data folder of a server that isn't running, for verbs that only look. Undefined when there is no database in it. */
export async function openReadOnly(dataFolder: string): Promise<ReadSource | undefined> {
  const file = join(dataFolder, 'ratchet.db');
  if (!existsSync(file)) return undefined;
  const clock = createSystemClock();
  const store = storeOver(openDatabaseReadOnly(file), clock);
  const { policies, feed } = await store.loadSite();
  if (policies === undefined) return undefined;
  const standing = await loadStanding(store, policies.set, policies.hash, catalogueDigest, severitiesDigest);
  const show = createShow(store, standing, clock, feed?.source);
  const planner = createPlanner(store, standing, clock);
  return {
    async why(idOrSerial) {
      const value = await show.why(idOrSerial);
      return value ? { ok: true, value } : unknownDevice(idOrSerial);
    },
    async attempts({ device, since }) {
      const value = await show.attempts({ sinceMs: parseDuration(since) ?? 0, ...(device === undefined ? {} : { device }) });
      return value ? { ok: true, value } : unknownDevice(device ?? '');
    },
    async plan({ file, name = 'ratchet.yaml', at } = {}) {
      const problem = at === undefined ? undefined : planTimeProblem(at, clock.now());
      if (problem !== undefined) return { ok: false, exitCode: 2, isUnreached: false, message: problem };
      if (file === undefined) return { ok: true, value: at === undefined ? await show.plan() : await planner.forecast(at) };
      const { policySet, problems } = readPolicyText(file, name, clock.now());
      if (policySet === undefined) return { ok: false, exitCode: 2, isUnreached: false, message: problems.map(formatProblem).join('\n') };
      return { ok: true, value: await planner.compare({ policies: policySet, hash: shortHash(policySet), file: name }, at) };
    },
    inbox: async () => ({ ok: true, value: await show.inbox() }),
    tags: async () => ({ ok: true, value: await show.tags() }),
    async gate({ device, since }) {
      const value = await show.gate({ sinceMs: parseDuration(since) ?? 0, ...(device === undefined ? {} : { device }) });
      return { ok: true, value };
    },
    blackouts: async () => ({ ok: true, value: await show.blackouts() }),
    rollouts: async () => ({ ok: true, value: await show.rollouts() }),
    releases: async () => ({ ok: true, value: show.releases() }),
    async releasesBundle() {
      const value = show.releasesBundle();
      if (value) return { ok: true, value };
      return { ok: false, exitCode: 2, isUnreached: false, message: 'There is nothing to export: no list of releases was read yet.' };
    },
  };
}

const PAGE = 1_000;

/** What `ratchet check --data` judges by, read while a server may be running. Undefined when there is no database in the folder. */
export async function readFleet(dataFolder: string): Promise<KnownFleet | undefined> {
  const file = join(dataFolder, 'ratchet.db');
  if (!existsSync(file)) return undefined;
  const clock = createSystemClock();
  const store = storeOver(openDatabaseReadOnly(file), clock);
  const tags = createTags(await store.listTags(), 0);
  const catalogue = await store.loadCatalogue();
  const subjects: MatchSubject[] = [];
  for (let after = ''; ; ) {
    const ids = (await store.listEnrollments(after, PAGE)).map(({ id }) => id);
    const last = ids.at(-1);
    if (last === undefined) break;
    after = last;
    for (const { state } of await store.loadForReconcile(ids)) if (state) subjects.push(subjectOf(state, tags.of(state), clock.now()));
  }
  return { ...(catalogue === undefined ? {} : { catalogue }), subjects };
}

const LEDGER = `SELECT policy, enrollment_id AS enrollmentId, release, version, due_local AS dueLocal, zone, zone_assumed AS zoneAssumed,
  due_at AS dueAt, clock_start_at AS clockStartAt, written_at AS writtenAt, due_spec AS dueSpec
  FROM ledger ORDER BY enrollment_id, policy, release`;

/** The ledger of another server, for `ratchet import --ledger`: its data folder, its database or a backup of it. */
export function openLedger(path: string): { ok: true; value: OpenedLedger } | { ok: false; message: string } {
  if (!existsSync(path)) return { ok: false, message: `There is no file ${path}.` };
  const file = statSync(path).isDirectory() ? join(path, 'ratchet.db') : path;
  if (!existsSync(file)) return { ok: false, message: `There is no database of Ratchet in ${path}.` };
  try {
    const db = openDatabaseReadOnly(file, { mayBeOlder: true });
    const count = db.prepare('SELECT count(*) FROM ledger').pluck().get() as number;
    const rows = db.prepare(LEDGER);
    return {
      ok: true,
      value: {
        count,
        *lines() {
          for (const row of rows.iterate() as Iterable<Omit<LedgerLine, 'zoneAssumed'> & { zoneAssumed: number }>)
            yield { ...row, zoneAssumed: row.zoneAssumed === 1 };
        },
        close: () => void db.close(),
      },
    };
  } catch (error) {
    if (error instanceof StoreError) return { ok: false, message: `${error.message}.` };
    throw error;
  }
}

function unknownDevice(idOrSerial: string): ApiFailure {
  return { ok: false, exitCode: 2, isUnreached: false, message: `No device has the id or serial number "${idOrSerial}".` };
}

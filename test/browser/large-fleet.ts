import Database from 'better-sqlite3';
import { createOwnersPages, type OwnersPages } from '../../src/engine/owners-pages.ts';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import { ringIndexOf } from '../../src/policy/rings.ts';
import type { ReasonGroup } from '../../src/reasons/reason.types.ts';
import { REASONS } from '../../src/reasons/reasons.ts';
import { createPrng, type Prng } from '../../src/sim/prng.ts';
import { openDatabase } from '../../src/store/sqlite/database.ts';
import { storeOver } from '../../src/store/sqlite/store.ts';
import type { Exchange, Gathered, ReconcileCommit, RolloutDeviceRow, Store, TimelineEntry } from '../../src/store/store.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { createFleet, type FleetPolicy, policySetOf } from '../fleet/harness.ts';
import { runFleet } from '../fleet/run.ts';

/**
 * A database with a large fleet in the middle of its rollouts. A small fleet lives through a week of the simulation: every
 * state, date, reason and line of its history was decided and written by the real app. The others are copies of these devices
 * under ids, serial numbers and names of their own, each in the ring its original is in, fewer of those in trouble; the counts
 * of earlier days are multiplied accordingly. What only many different devices would show (times, names, models) is not in it.
 */
export interface LargeFleet {
  policies: PolicySet;
  /** Where the simulated time ended, epoch ms: what is written is true at that time. */
  endedAt: number;
  /** Where its devices are told that their owners' pages are. */
  ownersUrl: string;
}

const SIMULATED = 60;
const DAYS = 7;
const POLICY: FleetPolicy = {
  ...{ days: 5, at: '18:00', fallbackTimeZone: 'Europe/Berlin', isByPlatform: true, severity: { exploited: 2 } },
  rings: [
    { name: 'canary', percent: 10, afterHours: 1, soakHours: 12, successPercent: 80, atLatestHours: 48 },
    { name: 'early', percent: 30, afterHours: 12, soakHours: 24, successPercent: 80, atLatestHours: 72 },
    { name: 'everyone', afterHours: 12, soakHours: 1, successPercent: 80, atLatestHours: 72 },
  ],
};
const SOFA_FAULTS = { emptyPerMille: 0, shrunkenPerMille: 0, olderPerMille: 0, surgePerMille: 0, outagePerMille: 0 };
const TAGS = ['berlin', 'library', 'loan', 'pilot', 'staff'];
const EARLIEST = '2000-01-01';
const AT_ONCE = 500;
/** Of the history of a copy, the newest; what went over the wire only of the last few. */
const LINES_COPIED = 50;
const EXCHANGES_COPIED = 12;
/** As the simulation's app has it. */
const OWNERS_URL = 'https://updates.example.com/';

/** Writes it into `file`, which must not be there yet. */
export async function writeLargeFleet(file: string, devices: number): Promise<LargeFleet> {
  const sofa = { layout: 'v2' as const, faults: SOFA_FAULTS };
  const fleet = await createFleet({ seed: 'browser', devices: SIMULATED, policy: POLICY, sofa, ownersPages: 'stay', isOnDisk: true });
  await runFleet(fleet, { until: fleet.startedAt + DAYS * DAY_MS });
  const endedAt = fleet.scheduler.now();
  const source = new Database(fleet.file, { readonly: true });
  source.prepare('VACUUM INTO ?').run(file);
  source.close();
  await fleet.close();

  const policies = policySetOf(POLICY);
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const db = openDatabase(file);
  db.pragma('synchronous = OFF');
  const store = storeOver(db, { turn });
  await multiply(store, policies, devices);
  await store.close();
  return { policies, endedAt, ownersUrl: OWNERS_URL };
}

async function multiply(store: Store, policies: PolicySet, devices: number): Promise<void> {
  const rows = await store.listEnrollments('', devices);
  const ids = rows.filter(({ summary }) => summary.type === 'Device').map(({ id }) => id);
  const gathered = await store.loadForReconcile(ids);
  const originals = await Promise.all(gathered.map(async (each) => ({ ...each, timeline: await newestOf(store, each.id) })));
  const { ownersSecret = '' } = await store.loadSite();
  const pages = createOwnersPages(OWNERS_URL, ownersSecret);
  const standings = await rolloutStandings(store);
  const prng = createPrng('copies');
  const weighted = originals.map(
    (each) => [each.decision === undefined ? 0 : weightOf(REASONS[each.decision.reason].group), each] as const,
  );
  const commits: ReconcileCommit[] = [];
  const tags: { subject: string; tags: string[] }[] = [];
  for (let n = rows.length; n < devices; n += 1) {
    const original = prng.weighted(weighted);
    const copy = copyOf({ policies, pages }, original, standings.get(original.id) ?? [], n, prng);
    tags.push({ subject: copy.enrollmentId, tags: [...copy.summary.tags] });
    commits.push(copy);
    if (commits.length >= AT_ONCE) await store.commitReconciled(commits.splice(0));
  }
  await store.commitReconciled(commits);
  await store.replaceTags('inventory', tags);
  const standing = originals.reduce(
    (sum, { decision }) => sum + (decision === undefined ? 0 : weightOf(REASONS[decision.reason].group)),
    0,
  );
  for (const day of await store.listFleetDays(EARLIEST, '2100-01-01')) {
    const times = (count: number, weight: number) => Math.round((count * weight * devices) / standing);
    const perDevice = standing / originals.length;
    await store.saveFleetDay(
      {
        ...day,
        groups: Object.fromEntries(
          Object.entries(day.groups).map(([group, count]) => [group, times(count, weightOf(group as ReasonGroup))]),
        ),
        versions: day.versions.map((each) => ({ ...each, devices: times(each.devices, perDevice) })),
        ...(day.exposed === undefined ? {} : { exposed: times(day.exposed, perDevice) }),
      },
      EARLIEST,
    );
  }
}

/** Every kind of trouble is in the small fleet once or twice: in a large one it is rarer than what goes well. */
function weightOf(group: ReasonGroup): number {
  return group === 'needs-person' || group === 'left-alone' ? 1 : 4;
}

type Original = Gathered & Pick<ReconcileCommit, 'timeline'>;
type InRollout = ReconcileCommit['rolloutDevices'][number];

/** Entries of one exchange have the same value of it. */
async function newestOf(store: Store, id: string): Promise<TimelineEntry[]> {
  const exchanges = new Map<number, Exchange | undefined>();
  const entries = await store.listHistory(id, undefined, LINES_COPIED);
  for (const { exchange } of entries.slice(0, EXCHANGES_COPIED))
    if (exchange !== undefined && !exchanges.has(exchange)) exchanges.set(exchange, await store.findExchange(id, exchange));
  return entries.reverse().map(({ at, kind, text, exchange: number }) => {
    const exchange = number === undefined ? undefined : exchanges.get(number);
    return { at, kind, text, ...(exchange === undefined ? {} : { exchange }) };
  });
}

async function rolloutStandings(store: Store): Promise<Map<string, InRollout[]>> {
  const byDevice = new Map<string, InRollout[]>();
  const states = ['waiting', 'delivered', 'stuck', 'verified', 'failed', 'excused'] as const;
  for (const { policy, release, version } of await store.listRollouts()) {
    for (const state of states) {
      const rows: RolloutDeviceRow[] = await store.listRolloutDevices({ policy, release }, state, SIMULATED);
      for (const { enrollmentId, ...row } of rows)
        byDevice.set(enrollmentId, [...(byDevice.get(enrollmentId) ?? []), { policy, release, version, ...row }]);
    }
  }
  return byDevice;
}

/** The n-th device of the fleet: everything as of the original, but named otherwise. */
function copyOf(
  { policies, pages }: { policies: PolicySet; pages: OwnersPages },
  original: Original,
  rolloutDevices: readonly InRollout[],
  n: number,
  prng: Prng,
): ReconcileCommit {
  const { id, state, memory, decision, summary, lines, manifest, commands, attempts, timeline } = original;
  if (state === undefined || memory === undefined || decision === undefined || summary === undefined) throw new Error(`${id} is undecided`);
  const names = new Map([[id, idInRingOf(policies, summary.policy, id, prng)]]);
  const { serialNumber, deviceName } = summary;
  if (serialNumber) names.set(serialNumber, `${serialNumber.slice(0, -4)}${n.toString(36).toUpperCase().padStart(4, '0')}`);
  if (deviceName) names.set(deviceName, deviceName.replace(/\d+$/, String(n).padStart(4, '0')));
  for (const { commandUuid } of [...commands, ...attempts]) names.set(commandUuid, prng.uuid());
  const renamed = <T>(value: T): T => {
    let text = JSON.stringify(value);
    for (const [name, other] of names) text = text.replaceAll(name, other);
    return JSON.parse(text);
  };
  const page = pages.nameOf({ ...state, id: names.get(id) as string });
  const pageBefore = pages.nameOf(state);
  if (page !== undefined && pageBefore !== undefined) names.set(pageBefore, page);
  const tags = prng.shuffle(TAGS).slice(0, prng.int(0, 2)).sort();
  return {
    enrollmentId: names.get(id) as string,
    basedOn: 0,
    state: renamed(state),
    memory: renamed(memory),
    decision: renamed(decision),
    summary: { ...renamed(summary), tags } as typeof summary,
    recheckAt: decision.recheckAt,
    consumedSeq: 0,
    timeline: renamedEntries(timeline, renamed),
    ...(page === undefined ? {} : { ownersPage: page }),
    ledgerLines: renamed(lines),
    ...(manifest === undefined ? {} : { manifest: renamed(manifest) }),
    declarations: [],
    outbox: { add: renamed(commands), change: [] },
    attempts: renamed(attempts),
    rolloutDevices,
  };
}

/** What was one exchange stays one. */
function renamedEntries(timeline: readonly TimelineEntry[], renamed: <T>(value: T) => T): TimelineEntry[] {
  const exchanges = new Map(timeline.flatMap(({ exchange }) => (exchange === undefined ? [] : [[exchange, renamed(exchange)] as const])));
  return timeline.map(({ exchange, ...entry }) => ({
    ...renamed(entry),
    ...(exchange === undefined ? {} : { exchange: exchanges.get(exchange) as Exchange }),
  }));
}

/** An id that falls into the ring of the original: rings by percent are a hash of it. */
function idInRingOf(policies: PolicySet, name: string | undefined, id: string, prng: Prng): string {
  const rings = policies.policies.find((policy) => policy.name === name)?.rings;
  for (;;) {
    const other = prng.uuid().toUpperCase();
    if (name === undefined || rings === undefined) return other;
    const ringOf = (of: string) => ringIndexOf(rings, name, { id: of } as Parameters<typeof ringIndexOf>[2], new Set());
    if (ringOf(other) === ringOf(id)) return other;
  }
}

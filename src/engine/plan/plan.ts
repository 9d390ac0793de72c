import type { Decision } from '../../decide/decide.ts';
import { changeOf, orderedBy } from '../../decide/plan-change.ts';
import type { PolicySet } from '../../policy/policy.types.ts';
import type { Clock } from '../../runtime.ts';
import type { EnrollmentSummary, Gathered, Store } from '../../store/store.ts';
import type { Decided } from '../load.ts';
import type { PlanAnswer, PlanDevice, PlanDifference } from '../plan-answers.ts';
import { reconcileOne, toStored } from '../reconcile/reconcile-one.ts';
import { planRow, planState } from '../show/plan-row.ts';
import type { Standing } from '../standing.ts';
import { countReason, createTally } from './tally.ts';
import { catalogueThen, gatheredThen } from './then.ts';

/** Policies that were read and found valid. */
export interface GivenPolicies {
  policies: PolicySet;
  /** shortHash of them. */
  hash: string;
  /** How their file is called in messages. */
  file: string;
  /** Of its bytes, hex: what sha256sum prints. Absent when they came from no file. */
  sha256?: string;
}

/** Decides the whole fleet without writing anything. */
export interface Planner {
  /** Under the policies in force, at another time (epoch ms). */
  forecast(at: number): Promise<PlanAnswer>;
  /** Under other policies, beside those in force; at another time than now with `at`. */
  compare(given: GivenPolicies, at?: number): Promise<PlanAnswer & { difference: PlanDifference }>;
  /** With something else than the policies changed, beside how it is: an act of a person, or news. */
  differenceOf(change: GivenChange): Promise<PlanDifference>;
}

/** A change of what holds for every device, to be judged by the change guard before it does. */
export interface GivenChange {
  /** How it is called in messages. */
  name: string;
  /** shortHash of what it says. */
  hash: string;
  change: Partial<Pick<Standing, 'rollouts' | 'tags' | 'severities'>>;
}

const PAGE = 1_000;
const READ_MAX = 8;
/** Webhooks and devices are answered in between. */
const YIELD_AFTER_MS = 5;
const YIELD_AFTER_ROWS = 100;

type Fleet = AsyncGenerator<{ id: string; summary: EnrollmentSummary; decisions: Decision[] }>;

export function createPlanner(store: Store, standing: Standing, clock: Pick<Clock, 'now' | 'turn'>): Planner {
  /** Every device, decided under each of `standings`. */
  async function* fleet(standings: readonly Standing[], now: number, at: number): Fleet {
    let since = clock.now();
    let rows = 0;
    for (let after = ''; ; ) {
      const ids = (await store.listEnrollments(after, PAGE)).map(({ id }) => id);
      const last = ids.at(-1);
      if (last === undefined) return;
      after = last;
      for (let start = 0; start < ids.length; start += READ_MAX) {
        for (const gathered of await store.loadForReconcile(ids.slice(start, start + READ_MAX))) {
          const outcomes = standings.map((each) => decided(gathered, each, now, at));
          for (const [index, { decision }] of outcomes.entries()) standings[index]?.load?.note(gathered.id, plannedOf(decision));
          const [first] = outcomes;
          if (first) yield { id: gathered.id, summary: first.commit.summary, decisions: outcomes.map(({ decision }) => decision) };
          rows += 1;
          if (rows < YIELD_AFTER_ROWS && clock.now() - since < YIELD_AFTER_MS) continue;
          await clock.turn();
          rows = 0;
          since = clock.now();
        }
      }
    }
  }

  return {
    async forecast(at) {
      const devices: PlanDevice[] = [];
      const counts: Record<string, number> = {};
      const now = clock.now();
      for await (const { id, summary, decisions } of fleet([asRunning(standing, at > now)], now, at)) {
        for (const decision of decisions) devices.push(planRow({ id, summary, decision: toStored(decision) }));
        for (const { reason } of decisions) countReason(counts, reason);
      }
      return { schema: 'ratchet.plan/1', at, devices, counts };
    },
    async differenceOf({ name: file, hash, change }) {
      const now = clock.now();
      const inForce = asRunning(standing, false);
      const tally = createTally();
      for await (const { id, decisions } of fleet([inForce, { ...asRunning(standing, false), ...change }], now, now))
        tally.add(id, ...(decisions as [Decision, Decision]));
      const notes = notesOf(standing, tally.counts, undefined);
      return tally.difference({ file, hash, inForce: inForce.policiesHash, notes }, true);
    },
    async compare({ policies, hash, file }, at) {
      const now = clock.now();
      const inForce = asRunning(standing, at !== undefined);
      const other: Standing = { ...asRunning(standing, at !== undefined), policies, policiesHash: hash };
      const devices: PlanDevice[] = [];
      const tally = createTally();
      for await (const { id, summary, decisions } of fleet([inForce, other], now, at ?? now)) {
        const [before, after] = decisions as [Decision, Decision];
        const change = changeOf(before, after);
        tally.add(id, before, after);
        const row = planRow({ id, summary, decision: toStored(after) });
        devices.push(change === undefined ? row : { ...row, change, before: planState(toStored(before)) });
      }
      const notes = notesOf(standing, tally.counts, at);
      const difference = tally.difference({ file, hash, inForce: inForce.policiesHash, notes }, at === undefined);
      return { schema: 'ratchet.plan/1', ...(at === undefined ? {} : { at }), devices, counts: tally.counts, difference };
    },
  };
}

function decided(gathered: Gathered, standing: Standing, now: number, at: number): ReturnType<typeof reconcileOne> {
  // Nothing of it is sent, so nothing needs a name of its own.
  const uuid = () => 'plan';
  const present = reconcileOne(gathered, standing, now, uuid);
  return at === now ? present : reconcileOne(gatheredThen(gathered, present.commit, now, at), standing, at, uuid);
}

/** What is to be handed out on a later day takes its place too. */
function plannedOf(decision: Decision): Decided {
  const date = orderedBy(decision)?.local.slice(0, 10);
  const counted = { ...decision.counted, ...(date ? { date } : {}) };
  return { reason: decision.reason, counted };
}

/**
 * As if nothing were in the way that ends by itself or by a person's word: an edit made in a pause is an edit of what comes
 * after it.
 */
function asRunning(standing: Standing, isThen: boolean): Standing {
  return {
    ...standing,
    control: { ...standing.control, state: 'running', pausedPolicies: [], held: undefined },
    clockSuspect: undefined,
    ...(standing.load ? { load: standing.load.copy() } : {}),
    ...(isThen ? { catalogue: catalogueThen(standing.catalogue) } : {}),
  };
}

function notesOf(
  { control, clockSuspect, catalogue }: Standing,
  counts: Readonly<Record<string, number>>,
  at: number | undefined,
): string[] {
  const notes: string[] = [];
  const unread = counts['inventory-missing'] ?? 0;
  if (control.held !== undefined) notes.push('Ratchet is held: this is how it will be after ratchet resume.');
  else if (control.state !== 'running') notes.push(`Ratchet is ${control.state}: this is how it will be after ratchet resume.`);
  else if (control.pausedPolicies.length > 0)
    notes.push(`Paused by a person: ${control.pausedPolicies.join(', ')}. This is how it will be after ratchet resume.`);
  if (clockSuspect !== undefined) notes.push('The clock is in doubt: nothing is handed out until that has ended.');
  if (catalogue === undefined) notes.push('No list of releases is known yet: which release a device gets can’t be said.');
  const later = counts['daily-limit'] ?? 0;
  if (later > 0) notes.push(`${later} of them are handed it on later days: limits.newPerDay (docs/policies.md#limits).`);
  if (unread > 0)
    notes.push(`${unread} ${unread === 1 ? 'device has' : 'devices have'} not told enough to be decided: they are not counted.`);
  if (at !== undefined) notes.push('As if nothing else changed until then: no device installs anything, no release appears or goes.');
  return notes;
}

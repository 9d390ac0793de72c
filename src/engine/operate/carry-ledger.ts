import { carryLine } from '../../policy/carry-line.ts';
import type { LedgerLine } from '../../policy/ledger.ts';
import { tenthOf } from '../../policy/limits.ts';
import { noticeOf } from '../../policy/notice.ts';
import type { Policy } from '../../policy/policy.types.ts';
import type { Clock } from '../../runtime.ts';
import type { CarriedLine, Gathered, Store } from '../../store/store.ts';
import { instantOf } from '../../time/local.ts';
import type { LedgerImportAnswer } from '../ledger-answers.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Standing } from '../standing.ts';

/** Enrollments looked up before webhooks and devices are answered in between. */
const LOOK_UP_MAX = 8;
/** Ids that an answer names. */
const NAMED_MAX = 20;

export interface CarryLedgerOptions {
  store: Store;
  reconciler: Pick<Reconciler, 'settle'>;
  standing: Pick<Standing, 'policies'>;
  clock: Pick<Clock, 'now' | 'turn'>;
  /** Rechecks are due now. */
  onChanged(): Promise<void>;
}

export interface CarryAct {
  by: string;
  note?: string;
  /** Only counts. */
  isDryRun?: boolean;
  /** Also where many devices get a sooner date (rule 22). */
  acceptSooner?: boolean;
}

export type CarryOutcome = { ok: true; counts: Omit<LedgerImportAnswer, 'schema'> } | { ok: false; message: string };

/** Carries lines of another server's ledger to the devices that are enrolled here (rule 36). */
export type CarryLedger = (lines: readonly LedgerLine[], act: CarryAct) => Promise<CarryOutcome>;

export function createCarryLedger({ store, reconciler, standing, clock, onChanged }: CarryLedgerOptions): CarryLedger {
  /** One that was named or heard of a moment ago is on disk as an event alone. */
  async function takenIn(ids: readonly string[]): Promise<Gathered[]> {
    const gathered = await store.loadForReconcile(ids);
    const fresh = gathered.filter(({ revision, events }) => revision === 0 && events.length > 0);
    if (fresh.length === 0) return gathered;
    for (const { id } of fresh) await reconciler.settle(id);
    return store.loadForReconcile(ids);
  }

  /** What is enrolled here under those UDIDs; hexadecimal digits are written either way. */
  async function enrolled(udids: readonly string[]): Promise<Map<string, Gathered>> {
    const found = new Map<string, Gathered>();
    for (let start = 0; start < udids.length; start += LOOK_UP_MAX) {
      for (const udid of udids.slice(start, start + LOOK_UP_MAX)) {
        const spellings = [...new Set([udid, udid.toUpperCase(), udid.toLowerCase()])];
        const known = (await takenIn(spellings)).find(({ revision }) => revision > 0);
        if (known) found.set(udid, known);
      }
      await clock.turn();
    }
    return found;
  }

  return async function carryLedger(lines, { by, note, isDryRun = false, acceptSooner = false }) {
    const here = await enrolled([...new Set(lines.map(({ enrollmentId }) => enrollmentId))]);
    const policies = new Map<string, Policy>(standing.policies.policies.map((policy) => [policy.name, policy]));
    const now = clock.now();
    const counts = { written: 0, sooner: 0, same: 0, kept: 0 };
    const carried: CarriedLine[] = [];
    const notEnrolled = new Set<string>();
    const unknownPolicies = new Map<string, number>();
    const broughtForward = new Set<string>();
    for (const line of lines) {
      const gathered = here.get(line.enrollmentId);
      const policy = policies.get(line.policy);
      if (gathered === undefined) notEnrolled.add(line.enrollmentId);
      else if (policy === undefined) unknownPolicies.set(line.policy, (unknownPolicies.get(line.policy) ?? 0) + 1);
      else {
        const own = gathered.lines.find((each) => each.policy === line.policy && each.release === line.release);

        const noticeMs = noticeOf(standing.policies, {});
        const outcome = carryLine({
          line: { ...line, enrollmentId: gathered.id, dueAt: instantOf(line.dueLocal, line.zone) },
          policy,
          here: own,
          noticeMs,
          now,
        });
        counts[outcome.outcome] += 1;
        if (outcome.outcome === 'sooner') broughtForward.add(gathered.id);
        if (outcome.outcome === 'written' || outcome.outcome === 'sooner')
          carried.push({ line: outcome.line, entry: entryOf(outcome.line, own, now) });
      }
    }
    const fleet = Object.values(await store.countByReason()).reduce((sum, count) => sum + count, 0);
    const limit = tenthOf(fleet);
    const answer = {
      ...counts,
      broughtForward: broughtForward.size,
      limit,
      notEnrolled: { devices: notEnrolled.size, ids: [...notEnrolled].slice(0, NAMED_MAX) },
      unknownPolicies: [...unknownPolicies].map(([policy, count]) => ({ policy, lines: count })),
      ...(isDryRun ? { dryRun: true } : {}),
    };
    if (isDryRun) return { ok: true, counts: answer };
    if (broughtForward.size > limit && !acceptSooner)
      return {
        ok: false,
        message: `${broughtForward.size} devices would get a sooner deadline, more than ${limit}: look at it with dryRun, then send it with acceptSooner. Nothing was written.`,
      };
    if (carried.length === 0) return { ok: true, counts: answer };
    const { notEnrolled: away, unknownPolicies: _policies, ...told } = answer;
    const detail = { ...told, notEnrolled: away.devices, ...(note ? { note } : {}) };
    await store.carryLines(carried, { at: now, by, act: 'import-ledger', detail });
    await onChanged();
    return { ok: true, counts: answer };
  };
}

function entryOf(line: LedgerLine, own: LedgerLine | undefined, at: number): CarriedLine['entry'] {
  const instead = own === undefined ? '' : `, sooner than ${own.dueLocal} here`;
  const text = `Policy "${line.policy}" wants ${line.release} by ${line.dueLocal} (${line.zone}): carried over from another server${instead}.`;
  return { at, kind: 'ledger', text };
}

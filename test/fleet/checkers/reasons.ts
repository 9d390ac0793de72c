import { isDeepStrictEqual } from 'node:util';
import { reconcileOne } from '../../../src/engine/reconcile/reconcile-one.ts';
import { REASONS } from '../../../src/reasons/reasons.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';

/** A decision whose recheck is due is made within this; store faults put it off by seconds. */
const LATE_MS = 60_000;

/** One of so many is decided twice in one sweep: it costs what a day of the fleet does. */
const SHARE = 4;

/**
 * Promise 9: every enrollment that was heard of has one decision, with a reason of the documented set, its evidence and
 * when it is looked at again, and the same input gives the same decision.
 */
export const reasons: CheckerKind = { promise: 9, title: 'always a reason', file: 'reasons.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { store, world } = fleet;
  /** When what the app took first of each came to it. */
  const heardAt = new Map<string, number>();
  let sweeps = 0;

  async function checkDecisions(): Promise<Set<string>> {
    const decided = new Set<string>();
    // Who was not there could not look.
    const now = fleet.ratchet.now();
    const couldLookSince = fleet.upSince === undefined ? Number.POSITIVE_INFINITY : fleet.upSince + now - fleet.scheduler.now();
    let after = '';
    for (;;) {
      const rows = await store.listEnrollments(after, 500);
      for (const { id, decision } of rows) {
        decided.add(id);
        const { reason, evidence, decidedAt, recheckAt } = decision;
        if (!Object.hasOwn(REASONS, reason)) violate(id, `has the reason ${reason}, which is none`);
        if (typeof evidence !== 'object' || evidence === null) violate(id, `${reason} comes without evidence`);
        if (!(recheckAt > decidedAt)) violate(id, `${reason} is not looked at again: decided ${decidedAt}, again ${recheckAt}`);
        if (now > Math.max(recheckAt, couldLookSince) + LATE_MS)
          violate(id, `${reason} was to be looked at again ${new Date(recheckAt).toISOString()} and was not`);
      }
      const last = rows.at(-1);
      if (last === undefined) return decided;
      after = last.id;
    }
  }

  /** Some of them each time, on what is in the store now, with UUIDs that count up. */
  async function decideTwice(): Promise<void> {
    sweeps += 1;
    const some = world.devices.filter((_, index) => (index + sweeps) % SHARE === 0);
    const gathered = await store.loadForReconcile(some.map((device) => device.id));
    for (const each of gathered.filter((candidate) => candidate.revision > 0)) {
      const once = () => {
        let uuid = 0;
        return reconcileOne(structuredClone(each), fleet.ratchet.standing, fleet.ratchet.now(), () => String(uuid++)).commit;
      };
      if (!isDeepStrictEqual(once(), once())) violate(each.id, 'is decided otherwise on the same input');
    }
  }

  return {
    onEvent(event) {
      if (event.kind !== 'webhook' || event.status !== 200 || event.device === '') return;
      if (!heardAt.has(event.device)) heardAt.set(event.device, event.at);
    },
    async sweep() {
      const decided = await checkDecisions();
      const couldLookUntil = fleet.upSince === undefined ? 0 : fleet.scheduler.now() - LATE_MS;
      for (const [id, at] of heardAt)
        if (!decided.has(id) && Math.max(at, fleet.upSince ?? 0) <= couldLookUntil) violate(id, 'was heard of and has no decision');
      await decideTwice();
    },
  };
}

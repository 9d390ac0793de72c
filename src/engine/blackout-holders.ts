import type { ReasonName } from '../reasons/reasons.ts';
import type { Clock } from '../runtime.ts';
import type { Store, StoredDecision } from '../store/store.ts';
import type { Instant, LocalDateTime } from '../time/local.ts';

/** A device that may install in a blackout: it did not learn yet that its date was taken back (rule 16). */
export interface BlackoutHolder {
  id: string;
  serial?: string;
  policy: string;
  /** Device wall time. */
  holds: LocalDateTime;
  into: NonNullable<StoredDecision['holdsInto']>;
  lastSeenAt: Instant;
  reason: ReasonName;
}

const PAGE = 100;

/** As of each device's last decision, in order of ids: it is decided anew when a lead, a blackout and its end come. */
export async function listBlackoutHolders(store: Store, clock: Pick<Clock, 'now' | 'turn'>): Promise<BlackoutHolder[]> {
  const found: BlackoutHolder[] = [];
  for (let after = ''; ; ) {
    const rows = await store.listEnrollments(after, PAGE);
    for (const { id, summary, decision } of rows) {
      const { holds, holdsInto: into, policy = '', reason } = decision;
      if (holds === undefined || into === undefined || into.endsAt <= clock.now()) continue;
      const { serialNumber: serial, lastSeenAt } = summary;
      found.push({ id, ...(serial ? { serial } : {}), policy, holds, into, lastSeenAt, reason });
    }
    const last = rows.at(-1);
    if (last === undefined) return found;
    after = last.id;
    await clock.turn();
  }
}

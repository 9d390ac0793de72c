import type { Instant } from '../time/local.ts';
import { dueSpec, isExpeditedSpec, isSooner, type LedgerLine, writeLine } from './ledger.ts';
import type { Policy } from './policy.types.ts';
import { severityIn } from './severity.ts';

/** A line that another server wrote for a device, and what is written here. */
export interface CarryInput {
  /** As that server has it, under the id that the device has here. */
  line: LedgerLine;
  /** The policy of that name, as it is in force here. */
  policy: Pick<Policy, 'name' | 'due'>;
  /** The line that stands here for the same release; undefined: none. */
  here: LedgerLine | undefined;
  noticeMs: number;
  now: Instant;
}

/** `written`: there was none here. `sooner`: it stands in place of a later one. `same`, `kept`: nothing is written, the one here is the same or sooner. */
export type CarryOutcome = 'written' | 'sooner' | 'same' | 'kept';

/**
 * Moving to another server makes no deadline later (promise 6): of a line there and one here the sooner one stands. Where
 * there is none here and the due is another one here, that has its say as well, counted from the clock start of there. The line takes the words of
 * the policy in force: another due is an edit that comes after the move and moves lines by itself, not by the move.
 */
export function carryLine({ line, policy, here, noticeMs, now }: CarryInput): { outcome: CarryOutcome; line: LedgerLine } {
  if (here !== undefined && !isSooner(line, here)) return { outcome: isSooner(here, line) ? 'kept' : 'same', line: here };
  const { enrollmentId, release, version, zone, zoneAssumed, clockStartAt } = line;
  // An expedite is an act on one server, and so is the naming of a version; what they led to stays.
  const was = isExpeditedSpec(line.dueSpec) ? 'standard' : severityIn(line.dueSpec);
  const severity = was === 'named' ? 'standard' : was;
  const carried: LedgerLine = {
    ...line,
    clockStartAt: Math.min(clockStartAt, here?.clockStartAt ?? clockStartAt),
    writtenAt: now,
    dueSpec: dueSpec(policy.due, severity),
  };
  if (here !== undefined) return { outcome: 'sooner', line: carried };
  // In the same words a date that is later than its days has its reason: a ring, a notice, news that came late.
  if (carried.dueSpec === line.dueSpec) return { outcome: 'written', line: carried };
  const since = { firstSeenAt: clockStartAt, requiredSince: clockStartAt };
  const own = writeLine({
    ...{ policy: policy.name, enrollmentId, release, version, due: policy.due, ...since, zone, zoneAssumed },
    ...{ noticeMs, now, severity },
  });
  return { outcome: 'written', line: isSooner(own, carried) ? own : carried };
}

import { buildDeclarations } from '../ddm/declarations.ts';
import { isOutstanding } from '../delivery/outbox-entry.ts';
import { known, observedWhen } from '../enrollment/state.ts';
import type { Objection } from './check.types.ts';
import { reportsOurs } from './ours.ts';
import { hasGot } from './placing-checks.ts';
import { isUnread, restoredFor } from './read-back.ts';
import type { Situation } from './situation.types.ts';

/** Of a set without declarations: who fetched it holds nothing of ours, however the rest of its manifest came about. */
const EMPTY_TOKEN = buildDeclarations({ subscriptions: undefined }).token;

/** A person leaves: everything of ours is taken back, in every mode and on every channel (rule 21). */
export function isLeaving({ input }: Pick<Situation, 'input'>): boolean {
  return input.control.state === 'left';
}

/**
 * It may still have declarations of ours: what it was last answered was not the empty list, or it tells of some that another
 * data folder gave it. Judged by what it fetched, never by what we wrote down (rule 13); what a backup remembers of that may
 * be long overtaken (rule 35).
 */
export function mayHoldOurs(situation: Situation): boolean {
  const { enrollment, input } = situation;
  if (input.site.dmReached && isUnread(situation)) return true;
  const { placing, placement, manifest } = input;
  // There it can still fetch some, or could, and not every fetch is told.
  if (placing && placement) return manifest === undefined || manifest.items.length > 0 || !hasGot(situation, manifest);
  const answered = known(enrollment, 'itemsAnswered');
  const restored = restoredFor(input);
  const isOfBackup = restored !== undefined && observedWhen(enrollment, 'itemsAnswered') < restored.at;
  if ((answered === undefined || isOfBackup) && reportsOurs(enrollment)) return true;
  return answered === undefined ? Object.keys(enrollment.fetched).length > 0 : answered !== EMPTY_TOKEN;
}

/** The gate: whatever else is the matter with a device, it is to hold nothing of ours. */
export function hasNotLeft(situation: Situation): Objection | undefined {
  if (!isLeaving(situation)) return undefined;
  const { enrollment, input } = situation;
  if (mayHoldOurs(situation)) return { reason: 'leaving', effect: 'withdraw', evidence: { lastSeenAt: enrollment.lastSeenAt } };
  const command = input.commands.find(
    (entry) => entry.requestType === 'ScheduleOSUpdate' && entry.state !== 'pending' && isOutstanding(entry),
  );
  if (command === undefined) return { reason: 'left', effect: 'withdraw', evidence: {} };
  const evidence = { lastSeenAt: enrollment.lastSeenAt, commandUuid: command.commandUuid, state: command.state };
  return { reason: 'leaving', effect: 'withdraw', evidence };
}

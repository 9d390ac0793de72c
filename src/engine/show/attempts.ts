import type { Attempt } from '../../decide/attempt.types.ts';
import { proposalText, proposeKnownBugs } from '../../decide/known-bug-proposals.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { AttemptsAnswer } from '../answers.ts';

/** Of one answer: some 12 MB of JSON. */
const ATTEMPTS_MAX = 20_000;
const PAGE = 1_000;

/** How far back without a word about it. */
export const ATTEMPTS_SINCE = '30d';

export function sinceProblem(text: string): string {
  return `since is "${text}"; expected a duration such as 30d, 12h or 1d12h.`;
}

export interface AttemptsWanted {
  /** Enrollment id or serial number; absent: every device. */
  device?: string;
  /** How far back, milliseconds. */
  sinceMs: number;
}

/** The record of update commands and what it proposes. Undefined when nothing has that id or serial number. */
export async function showAttempts(
  store: Store,
  clock: Pick<Clock, 'now' | 'turn'>,
  { device, sinceMs }: AttemptsWanted,
): Promise<AttemptsAnswer | undefined> {
  const enrollmentId = device === undefined ? undefined : await store.findEnrollment(device);
  if (device !== undefined && enrollmentId === undefined) return undefined;
  const since = Math.max(0, clock.now() - sinceMs);
  const found: Attempt[] = [];
  let isComplete = false;
  while (!isComplete && found.length < ATTEMPTS_MAX) {
    const rows = await store.listAttempts({ enrollmentId, since, after: found.at(-1) }, PAGE);
    found.push(...rows);
    isComplete = rows.length < PAGE;
    await clock.turn();
  }
  const attempts = found.reverse();
  return {
    schema: 'ratchet.attempts/1',
    since,
    ...(enrollmentId === undefined ? {} : { device: enrollmentId }),
    attempts: attempts.map((attempt) => ({ ...attempt })),
    isComplete,
    proposals: proposeKnownBugs(attempts).map((proposal) => ({ ...proposal, text: proposalText(proposal) })),
  };
}

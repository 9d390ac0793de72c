import { nextBlackoutChange } from '../decide/blackouts.ts';
import type { Decision } from '../decide/decide.ts';
import { NOT_SEEN_MS } from '../decide/progress.ts';
import { NO_SWAP_MS } from '../decide/target.ts';
import { comesOfAgeAt } from '../policy/match.ts';
import { offersFor } from '../releases/offers.ts';
import { DAY_MS, HOUR_MS, type Instant, instantOf, MINUTE_MS } from '../time/local.ts';
import type { Cohort } from './cohort.ts';
import { ENROLLED_FOR_MS, type ReplayStanding } from './gather.ts';

const STUCK_MS = 2 * DAY_MS;
const QUESTION_AFTER_MS = 10 * MINUTE_MS;

/**
 * The instants at which time alone may change the decision about a cohort. A decision asks to be made again within a day
 * at the latest (`recheckAt`), so that nothing is forgotten; a replay forgets nothing, and so it skips the days on which
 * none of these comes. `looksDaily` looks all the same, and a test says that nothing else comes out.
 */
export function nextLook(
  cohort: Cohort,
  decision: Decision,
  { policies, catalogue, start }: Omit<ReplayStanding, 'rollouts'>,
  now: Instant,
): (Instant | undefined)[] {
  const { enforcement, isHandedOut, recheckAt } = decision;
  const { zone, memory, lastSeenAt, fetched } = cohort;
  const policy = policies.policies.find(({ name }) => name === decision.policy);
  const clock = enforcement ? { zone: enforcement.zone, zoneAssumed: enforcement.zoneAssumed } : { zone, zoneAssumed: true };
  const looks: (Instant | undefined)[] = [
    // Sooner than in a day: something comes. For who holds its date it is often only a question for its version.
    recheckAt < now + DAY_MS && !isQuestion(decision, fetched, policies.noticeMs) ? recheckAt : undefined,
    nextBlackoutChange({ now, policy, ...clock, input: { policies } }),
    comesOfAgeAt(policies, { enrolledAt: start - ENROLLED_FOR_MS, now }),
    memory.returned?.hardStopAt,
    lastSeenAt < now ? lastSeenAt + NOT_SEEN_MS : undefined,
    ...expiries(decision, catalogue, cohort, now),
  ];
  if (enforcement === undefined || !isHandedOut) return looks;
  const { earliestAt, latestAt, identifier } = enforcement;
  const fetchedAt = fetched[identifier];
  looks.push(latestAt + NO_SWAP_MS, latestAt + HOUR_MS, latestAt + 2 * HOUR_MS);
  looks.push(fetchedAt === undefined ? earliestAt - policies.noticeMs : undefined);
  if (policy?.rings) looks.push(latestAt + STUCK_MS, fetchedAt === undefined ? undefined : fetchedAt + STUCK_MS);
  return looks;
}

/** Ten minutes after its date a device is asked what it runs; with the notice gone, a date that was fetched stays. */
function isQuestion({ enforcement, recheckAt }: Decision, fetched: Cohort['fetched'], noticeMs: number): boolean {
  if (enforcement === undefined || fetched[enforcement.identifier] === undefined) return false;
  return recheckAt === enforcement.latestAt + QUESTION_AFTER_MS || recheckAt === enforcement.earliestAt - noticeMs;
}

/** An expiry that does not roll ends a release at the end of its day, UTC. */
function expiries(decision: Decision, catalogue: ReplayStanding['catalogue'], { keys }: Cohort, now: Instant): Instant[] {
  const [key = ''] = keys;
  if (decision.reason === 'verified') return [];
  return offersFor(catalogue, key).flatMap(({ expirationDate, expirationRolls, isListed }) => {
    if (expirationDate === undefined || expirationRolls || !isListed) return [];
    const at = instantOf(`${expirationDate}T00:00:00`, 'UTC') + DAY_MS;
    return at > now ? [at] : [];
  });
}

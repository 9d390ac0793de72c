import type { Attempt } from '../../decide/attempt.types.ts';
import { nextOpening, openingNow } from '../../decide/blackouts.ts';
import type { Decision } from '../../decide/decide.ts';
import { type EnrollmentState, known, knownExtra } from '../../enrollment/state.ts';
import { knownBugsOf } from '../../os/known-bugs.ts';
import { platformOf } from '../../os/platform.ts';
import { parseVersion } from '../../os/version.ts';
import type { PolicySet } from '../../policy/policy.types.ts';
import { openingFrom, windowsOf } from '../../policy/windows.ts';
import { isTimeZone } from '../../time/local.ts';
import type { WhyAnswer } from '../answers.ts';

/** What `why` tells of a device that is updated by commands. `attempts` oldest first. */
export function commandsOf(
  enrollment: EnrollmentState,
  { enforcement, memory, policy: name }: Decision,
  policies: PolicySet,
  attempts: readonly Attempt[],
  now: number,
): NonNullable<WhyAnswer['commands']> {
  const policy = policies.policies.find((candidate) => candidate.name === name);
  const told = known(enrollment, 'timeZone');
  const zone = told !== undefined && isTimeZone(told) ? told : policies.timeZone;
  const clock = { input: { policies }, policy, now, zone, zoneAssumed: zone !== told };
  const nextOpensAt = nextOpening(clock);
  const opening =
    openingNow(clock) ?? (policy && nextOpensAt !== undefined ? openingFrom(windowsOf(policy), nextOpensAt, zone) : undefined);
  const platform = platformOf(known(enrollment, 'productName') ?? known(enrollment, 'model'));
  const version = parseVersion(known(enrollment, 'osVersion'), knownExtra(enrollment));
  return {
    ...(enforcement ? { sentFrom: enforcement.local, isForecast: memory.order === undefined } : {}),
    ...(opening ? { window: { isOpen: opening.opensAt <= now, ...opening, nextOpensAt } } : {}),
    last: attempts.map((attempt) => ({ ...attempt })),
    knownBugs: knownBugsOf(platform, version).map(({ id, effect, whatWeDo, source }) => ({ id, effect, whatWeDo, source })),
  };
}

import { compareVersions, formatVersion, type OsVersion, parseVersion } from '../os/version.ts';
import type { Policy } from '../policy/policy.types.ts';
import { capText, targetText } from '../policy/target-keys.ts';
import { absenceOf, returnBefore } from './absence.ts';
import { surelyInvitedAt } from './checks.ts';
import { foreignCommandOf } from './foreign-command.ts';
import type { Memory } from './input.ts';
import { hasGot, isFetchable } from './placing-checks.ts';
import { seenSince } from './read-back.ts';
import { quietSince } from './silent-date.ts';
import { fetchedAtOf } from './situation.ts';
import type { Situation } from './situation.types.ts';
import { listedNothingAt } from './target.ts';
import { isAtLeast } from './versions.ts';

/** What this decision passes on to the next one. */
export function remember(situation: Situation): Memory {
  const { enrollment, now, policy, mode, target } = situation;
  const before = situation.input.memory;
  const next: Memory = { lastSeenAt: Math.max(before.lastSeenAt, enrollment.lastSeenAt) };
  const invited = surelyInvitedAt(situation);
  if (invited !== undefined) next.invitedAt = invited;

  const foreign = foreignCommandOf(situation.input);
  if (foreign !== undefined) next.foreignCommand = foreign;

  rememberRestore(situation, next);
  rememberHolding(situation, before, next);
  const { held, input } = situation;
  const quiet = input.placing && held && situation.channel !== 'commands' ? quietSince(held, enrollment, before.quiet, now) : undefined;
  if (quiet) next.quiet = quiet;
  const nothingAt = listedNothingAt(situation);
  if (nothingAt !== undefined) {
    const told = before.listedNothing;
    next.listedNothing =
      told === undefined || told.since < enrollment.generation
        ? { since: nothingAt, lastAt: nothingAt, times: 1 }
        : { since: told.since, lastAt: nothingAt, times: told.times + (nothingAt > told.lastAt ? 1 : 0) };
  }

  if (policy && mode === 'enforce') {
    const wants = wantsInWords(policy, situation.version) ?? before.requiredBy?.wants ?? '';
    const isSame = before.requiredBy?.policy === policy.name && before.requiredBy.wants === wants;
    next.requiredBy = isSame && before.requiredBy ? before.requiredBy : { policy: policy.name, wants, since: now };
  }

  if (target.kind === 'reached' && situation.version) {
    next.verified = { version: formatVersion(situation.version), at: now };
    return next;
  }
  const verified = parseVersion(before.verified?.version);
  const fellBack = verified !== undefined && situation.version !== undefined && compareVersions(situation.version, verified) < 0;
  if (before.verified && !fellBack) next.verified = before.verified;
  if (fellBack) next.fellBackAt = now;
  else if (before.fellBackAt !== undefined) next.fellBackAt = before.fellBackAt;

  rememberAbsence(situation, next);
  return next;
}

function rememberRestore({ input }: Situation, next: Memory): void {
  const { restored } = input.control;
  if (restored === undefined) return;
  const seenAt = seenSince(input, restored);
  next.restored = { at: restored.at, ...(seenAt === undefined ? {} : { seenAt }) };
}

/**
 * The date the device fetched and has not given back, whatever its manifest says by now: what a withdrawal still has to
 * reach (rule 18). It is over when the device synced a manifest without it, enrolled anew, or runs what it asked for. Where
 * another server answers in our place, whoever could fetch it there may have: not every fetch is told.
 */
function rememberHolding(situation: Situation, before: Memory, next: Memory): void {
  const { held, enrollment, input } = situation;
  if (held && situation.channel !== 'commands' && (situation.isHeldFetched || isFetchable(input, held))) {
    next.holds = {
      identifier: held.identifier,
      version: held.version,
      local: held.local,
      since: fetchedAtOf(enrollment, held.identifier) ?? input.placement?.at ?? 0,
    };
    return;
  }
  const { holds } = before;
  if (situation.readBack === 'nothing') return;
  if (holds === undefined || holds.since < enrollment.generation || isAtLeast(situation, holds.version)) return;
  const { manifest } = input;
  const isSynced = manifest !== undefined && hasGot(situation, manifest);
  if (isSynced && !manifest.items.some((item) => item.identifier === holds.identifier)) return;
  next.holds = holds;
}

/**
 * What a policy requires of this device, so that a raised cap and an upgrade to another major version are told from
 * time passing: they begin to require releases that may have been seen long ago (rule 10). Undefined: can't be told now.
 */
function wantsInWords({ target, floor, cap, improvements }: Policy, version: OsVersion | undefined): string | undefined {
  if (target.kind === 'latest-minor' && version === undefined) return undefined;
  const words = [target.kind === 'exact' ? `exact ${target.version}` : targetText(target)];
  if (target.kind === 'latest-minor') words.push(String(version?.major));
  if (cap !== undefined) words.push(`cap ${capText(cap)}`);
  if (floor !== undefined) words.push(`floor ${floor}`);
  if (typeof improvements === 'object') words.push(`improvement ${improvements.only}`);
  else if (improvements === 'follow') words.push('improvements');
  return words.join(' ');
}

/** Rule 15: silence until it is seen, and a return with its graces. */
function rememberAbsence(situation: Situation, next: Memory): void {
  const before = returnBefore(situation);
  if (before) next.returned = before;
  const absence = absenceOf(situation);
  if (absence === undefined) return;
  const { isBack, since, local, missed } = absence;
  if (!isBack) {
    next.silent = { since, local, missed };
    return;
  }
  const at = situation.enrollment.lastSeenAt;
  next.returned = { at, hardStopAt: before?.hardStopAt ?? at + situation.input.policies.hardStopMs, missed };
}

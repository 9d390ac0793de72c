import { known } from '../enrollment/state.ts';
import { compareVersions, formatVersion, type OsVersion, parseVersion, type VersionText } from '../os/version.ts';
import type { PolicyTarget } from '../policy/policy.types.ts';
import { HOUR_MS } from '../time/local.ts';
import { invitedAt } from './checks.ts';
import type { Memory } from './input.ts';
import { isAtLeast, versionOf } from './situation.ts';
import type { Situation } from './situation.types.ts';

/** A device not heard from for this long after its date was silent past it; it would be installing within the hour. */
const SILENT_AFTER_DATE_MS = HOUR_MS;

/** What this decision passes on to the next one. */
export function remember(situation: Situation): Memory {
  const { enrollment, now, policy, mode, target } = situation;
  const before = situation.input.memory;
  const next: Memory = { lastSeenAt: Math.max(before.lastSeenAt, enrollment.lastSeenAt) };
  const invited = invitedAt(situation);
  if (invited !== undefined) next.invitedAt = invited;

  rememberHolding(situation, before, next);

  if (policy && mode === 'enforce') {
    const wants = wantsInWords(policy.target, situation.version) ?? before.requiredBy?.wants ?? '';
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

  const { returned } = before;
  if (returned && returned.at >= enrollment.generation && !isAtLeast(situation, returned.missed)) next.returned = returned;

  rememberSilence(situation, before, next);
  return next;
}

/**
 * The date the device fetched and has not given back, whatever its manifest says by now: what a withdrawal still has to
 * reach (rule 18). It is over when the device synced a manifest without it, enrolled anew, or runs what it asked for.
 */
function rememberHolding(situation: Situation, before: Memory, next: Memory): void {
  const { held, enrollment, input } = situation;
  if (held && situation.isHeldFetched) {
    next.holds = { identifier: held.identifier, version: held.version, local: held.local, since: enrollment.fetched[held.identifier] ?? 0 };
    return;
  }
  const { holds } = before;
  if (holds === undefined || holds.since < enrollment.generation || isAtLeast(situation, holds.version)) return;
  const { manifest } = input;
  const isSynced = manifest !== undefined && known(enrollment, 'itemsAnswered') === manifest.token;
  if (isSynced && !manifest.items.some((item) => item.identifier === holds.identifier)) return;
  next.holds = holds;
}

/**
 * What a policy requires of this device, so that a raised cap and an upgrade to another major version are told from
 * time passing: they begin to require releases that may have been seen long ago (rule 10). Undefined: can't be told now.
 */
function wantsInWords(target: PolicyTarget, version: OsVersion | undefined): string | undefined {
  if (target.kind === 'exact') return `exact ${target.version}`;
  if (target.kind === 'latest') return 'latest';
  return version && `latest-minor ${version.major}`;
}

/**
 * Rule 15. A device that holds a date and was not heard from around it would restart within the hour when it
 * is switched on: so its enforcement is withdrawn until it is seen, and the contact starts a grace.
 */
function rememberSilence(situation: Situation, before: Memory, next: Memory): void {
  const { enrollment, now, held, hasStarted } = situation;
  if (before.silent && before.silent.since >= enrollment.generation) {
    if (enrollment.lastSeenAt > before.silent.since) rememberReturn(situation, before.silent.missed, next);
    else next.silent = before.silent;
    return;
  }
  // A date it never fetched can't start anything on its return.
  if (held === undefined || !situation.isHeldFetched || hasStarted) return;
  // After the hard stop the date stands, passed or not: it can't be put off for ever by being away.
  if (next.returned !== undefined && now >= next.returned.hardStopAt) return;
  const silentFrom = held.latestAt + SILENT_AFTER_DATE_MS;
  if (before.lastSeenAt >= held.latestAt || now < silentFrom) return;
  const missed = versionOf(held);
  if (enrollment.lastSeenAt < held.latestAt) next.silent = { since: held.latestAt, local: held.local, missed };
  // It came back between two looks: the same as silence noticed in time.
  else if (enrollment.lastSeenAt >= silentFrom) rememberReturn(situation, missed, next);
}

function rememberReturn({ enrollment, input }: Situation, missed: VersionText, next: Memory): void {
  const at = enrollment.lastSeenAt;
  next.returned = { at, hardStopAt: next.returned?.hardStopAt ?? at + input.policies.hardStopMs, missed };
}

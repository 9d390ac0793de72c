import type { OutboxEntry } from '../../delivery/outbox-entry.ts';
import { type EnrollmentState, known } from '../../enrollment/state.ts';
import { compareVersions, parseVersion } from '../../os/version.ts';
import type { StoredDecision } from '../../store/store.ts';
import { DAY_MS } from '../../time/local.ts';

/** Reasons of `softwareupdate.install-reason`, by who is behind them. */
const BY_OWNER: ReadonlySet<string> = new Set(['system-settings', 'install-tonight', 'notification', 'setup-assistant', 'command-line']);
/** An install command sent longer ago is not what the device installed by. */
const COMMAND_MAX_MS = 7 * DAY_MS;

export interface Updated {
  before: EnrollmentState | undefined;
  after: EnrollmentState;
  commands: readonly OutboxEntry[];
  previous: StoredDecision | undefined;
  now: number;
}

/** "Updated to 26.6.1, by its owner (system-settings)": who triggered it, as far as what is known tells. Undefined: it was not updated. */
export function updatedText({ before, after, commands, previous, now }: Updated): string | undefined {
  const was = before && parseVersion(known(before, 'osVersion'));
  const is = parseVersion(known(after, 'osVersion'));
  // Enrolled anew it may have been restored: nobody knows what it ran in between.
  if (was === undefined || is === undefined || compareVersions(is, was) <= 0 || after.generation !== before?.generation) return undefined;
  const text = `Updated to ${known(after, 'osVersion')}`;
  const told = known(before, 'installReason');
  const [reason] = told?.reason ?? [];
  if (reason === 'declaration')
    return `${text}, by ${told?.declarationId?.startsWith('ratchet.') === false ? 'a declaration of somebody else' : 'Ratchet’s declaration'}.`;
  if (reason === 'auto-update') return `${text}, by automatic updates of the device.`;
  if (reason !== undefined && BY_OWNER.has(reason)) return `${text}, by its owner (${reason}).`;
  const sent = commands.findLast(
    ({ update, leasedAt }) =>
      update?.isInstall && leasedAt !== undefined && now - leasedAt < COMMAND_MAX_MS && isAtMost(update.version, is),
  );
  if (sent?.update || reason === 'mdm')
    return `${text}, ${sent?.update ? `after Ratchet’s ${sent.update.action}` : 'by a command of the MDM server'}.`;
  if (previous?.isHandedOut === false && previous.holds === undefined && previous.channel !== 'commands')
    return `${text}, not by Ratchet, which had handed out nothing: by its owner or automatic updates.`;
  return `${text}. The device did not tell what triggered it.`;
}

function isAtMost(version: string, is: NonNullable<ReturnType<typeof parseVersion>>): boolean {
  const parsed = parseVersion(version);
  return parsed !== undefined && compareVersions(parsed, is) <= 0;
}

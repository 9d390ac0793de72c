import type { VersionText } from '../os/version.ts';
import { DAY_MS, HOUR_MS, type Instant, type LocalDateTime } from '../time/local.ts';
import type { DecideInput, Return } from './input.ts';
import { restoredFor, seenSince } from './read-back.ts';
import type { Situation } from './situation.types.ts';
import { isAtLeast, versionOf } from './versions.ts';

/** A device not heard from for this long after its date was silent past it; it would be installing within the hour. */
const SILENT_AFTER_DATE_MS = HOUR_MS;
/** By commands nothing happens on its return but in a window: it is away when a day has passed without it. */
const SILENT_BY_COMMANDS_MS = DAY_MS;

/** A device was not heard from around the date it holds, and is still away or has come back. */
export interface Absence {
  isBack: boolean;
  /** The date it was silent past. */
  since: Instant;
  local: LocalDateTime;
  missed: VersionText;
}

type Before = Omit<Situation, 'target'>;

/**
 * Rule 15. A device that holds a date and was not heard from around it would restart within the hour when it is switched
 * on: its enforcement is withdrawn until it is seen, and the contact starts a grace.
 */
export function absenceOf(situation: Before): Absence | undefined {
  const { enrollment, now, held, input } = situation;
  const { silent, lastSeenAt: seenBefore } = input.memory;
  if (silent && silent.since >= enrollment.generation) return { ...silent, isBack: enrollment.lastSeenAt > silent.since };
  // A date it never fetched can't start anything on its return.
  if (held === undefined || !situation.isHeldFetched || situation.hasStarted) return undefined;
  if (fellIntoGap(held, input)) return undefined;
  // After the hard stop the date stands, passed or not: it can't be put off for ever by being away.
  const { hardStopAt } = returnBefore(situation) ?? {};
  if (hardStopAt !== undefined && now >= hardStopAt) return undefined;
  const silentFrom = held.latestAt + (situation.channel === 'commands' ? SILENT_BY_COMMANDS_MS : SILENT_AFTER_DATE_MS);
  if (seenBefore >= held.latestAt || now < silentFrom) return undefined;
  const absence = { since: held.latestAt, local: held.local, missed: versionOf(held) };
  if (enrollment.lastSeenAt < held.latestAt) return { ...absence, isBack: false };
  // It came back between two looks: the same as silence noticed in time.
  return enrollment.lastSeenAt >= silentFrom ? { ...absence, isBack: true } : undefined;
}

/** A device seen within this of a restore was there before it. */
const THERE_MS = 2 * DAY_MS;

/** Its date passed between a backup and its restore: who was silent then was this store, unless the device still is. */
function fellIntoGap({ latestAt }: { latestAt: Instant }, input: DecideInput): boolean {
  const restored = restoredFor(input);
  if (restored === undefined || latestAt < restored.backupAt || latestAt >= restored.at) return false;
  return (seenSince(input, restored) ?? input.now) < restored.at + THERE_MS;
}

/** An earlier return in this enrollment, while the device still misses what it missed then. */
export function returnBefore(situation: Before): Return | undefined {
  const { returned } = situation.input.memory;
  if (returned === undefined || returned.at < situation.enrollment.generation) return undefined;
  return isAtLeast(situation, returned.missed) ? undefined : returned;
}

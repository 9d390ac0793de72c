import type { OwnersUpdate } from '../../engine/show/owners-update.ts';
import type { Platform } from '../../os/platform.ts';
import { daysBetween, type LocalDateTime, weekdayOf } from '../../time/local.ts';
import {
  dayText,
  distanceText,
  SITUATION_OF,
  SITUATIONS,
  type Situation,
  type SituationName,
  STEPS,
  type Tone,
  timeText,
  WORDS,
} from './owner-texts.ts';

/** What stands on an owner's page: chosen here, worded in owner-texts.ts, set by owner.tsx. */
export interface OwnersView {
  tone: Tone;
  headline: string;
  about?: string;
  /** The date in force, in words. */
  date?: { label: string; day: string; time: string; distance?: string };
  why: string[];
  happens: string[];
  steps: string[];
}

type Kind = 'phone' | 'mac' | 'tv' | 'watch' | 'other';

const KINDS: Readonly<Record<Platform, Kind>> = {
  iOS: 'phone',
  iPadOS: 'phone',
  visionOS: 'phone',
  macOS: 'mac',
  tvOS: 'tv',
  watchOS: 'watch',
  HomePod: 'other',
  unknown: 'other',
};

/** Situations in which nobody asks for an update: then there is nothing to give a reason for. */
const WITHOUT_WHY: ReadonlySet<string> = new Set(['current', 'calm', 'takenBack', 'lost', 'setUp']);
/** Here a date is no appointment any more, and the text speaks of it. */
const WITHOUT_DATE: ReadonlySet<string> = new Set(['takenBack', 'calm', 'notYet']);
/** What is told of the date is told by the situation itself. */
const OWN_HAPPENS: ReadonlySet<string> = new Set(['installing', 'underWay', 'window']);

export function ownersView(update: OwnersUpdate): OwnersView {
  const { platform, version, date, isPast, isByCommand, fixesExploited } = update;
  const name = situationOf(update);
  const situation: Situation = SITUATIONS[name];
  const when = date === undefined ? undefined : whenOf(date, update);
  const fill = filler({
    device: deviceName(update),
    update: version === undefined || KINDS[platform] === 'other' ? WORDS.someUpdate : `${platform} ${version}`,
    date: when === undefined ? '' : `${when.day}, ${when.time}`,
    span: platform === 'macOS' ? WORDS.spanLong : WORDS.spanShort,
  });
  const isLate = isPast && situation.tone === 'planned' && name !== 'installing' && name !== 'underWay';
  const isAsked = !WITHOUT_WHY.has(name);
  const about = situation.about;
  return {
    tone: isLate ? 'late' : situation.tone,
    headline: fill(situation.headline),
    ...(about === undefined ? {} : { about: fill(about) }),
    ...(when === undefined || WITHOUT_DATE.has(name) ? {} : { date: when }),
    why: isAsked ? [WORDS.wanted, fixesExploited ? WORDS.exploited : WORDS.safe].map(fill) : [],
    happens: happensIn(),
    steps: situation.steps.map((step) => fill(stepText(step, KINDS[platform]))).filter((text) => text !== ''),
  };

  function happensIn(): string[] {
    if (OWN_HAPPENS.has(name)) return [situation.dated ?? '', WORDS.stays].map(fill);
    if (date === undefined) return [fill(situation.undated ?? WORDS.noDateYet)];
    if (situation.dated !== undefined) return [fill((isPast ? situation.passed : undefined) ?? situation.dated)];
    const byDate = isByCommand ? (isPast ? WORDS.byCommandPast : WORDS.byCommand) : isPast ? WORDS.byDevicePast : WORDS.byDevice;
    return [byDate, WORDS.stays].map(fill);
  }
}

/** Whatever holds back something new: what a device has been given takes its course. */
function situationOf({ reason, isInForce }: OwnersUpdate): SituationName {
  const name = SITUATION_OF[reason] ?? 'calm';
  return isInForce && (name === 'notYet' || name === 'calm') ? 'planned' : name;
}

/** "{device}" by its word; a text that begins with one begins with a capital, but for names such as iPhone. */
function filler(words: Readonly<Record<string, string>>): (text: string) => string {
  return (text) => {
    const filled = text.replace(/\{(\w+)\}/g, (_, word: string) => words[word] ?? '');
    return /^(the|your) /.test(filled) ? filled.charAt(0).toUpperCase() + filled.slice(1) : filled;
  };
}

function deviceName({ productName = '', platform }: OwnersUpdate): string {
  const family = /^(iPhone|iPad|iPod)\d/.exec(productName)?.[1];
  if (family !== undefined) return family;
  switch (platform) {
    case 'macOS':
      return 'Mac';
    case 'tvOS':
      return 'Apple TV';
    case 'visionOS':
      return 'Apple Vision Pro';
    case 'watchOS':
      return 'Apple Watch';
    default:
      return WORDS.device;
  }
}

function stepText(step: Situation['steps'][number], kind: Kind): string {
  const text = STEPS[step];
  return typeof text === 'string' ? text : text[kind];
}

function whenOf(date: LocalDateTime, { localNow, isPast }: OwnersUpdate): NonNullable<OwnersView['date']> {
  const [year = 0, month = 0, day = 0] = date.slice(0, 10).split('-').map(Number);
  const [hour = 0, minute = 0] = date.slice(11, 16).split(':').map(Number);
  const isOtherYear = !localNow.startsWith(date.slice(0, 4));
  const distance = isPast ? undefined : distanceText(daysBetween(localNow, date));
  return {
    label: isPast ? WORDS.passed : WORDS.byWhen,
    day: dayText({ weekday: weekdayOf(date), day, month, ...(isOtherYear ? { year } : {}) }),
    time: timeText(hour, minute),
    ...(distance === undefined ? {} : { distance }),
  };
}

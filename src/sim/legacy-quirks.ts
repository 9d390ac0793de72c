import type { DeviceSpec } from './device.types.ts';
import { type LegacyQuirks, type LegacyTraits, NO_QUIRKS, type PasscodeHabit } from './legacy.types.ts';
import type { Prng } from './prng.ts';
import { compareVersionTexts } from './table.ts';

const HOUR = 3_600_000;

/** An owner who enters the passcode within hours or days, or puts it off up to three times before. */
export function drawPasscode(prng: Prng): PasscodeHabit {
  return {
    deferrals: prng.pick([0, 0, 0, 1, 2, 3]),
    answersAfterMs: prng.pick([1, 4, 12, 30]) * HOUR + prng.int(0, 2 * HOUR),
    when: prng.pick(['now', 'tonight']),
  };
}

type Draw = (quirks: LegacyQuirks, prng: Prng, start: number) => void;

/** Row of Apple's known misbehaviour, and on which systems it is seen. */
const FADING: readonly { fits(of: Kind): boolean; draw: Draw }[] = [
  { fits: (of) => of.isIos && of.version === '11.3.1', draw: (q, prng) => set(q, { nothingFollows: prng.int(1, 2) }) },
  { fits: (of) => of.isIos && of.version.startsWith('11.4'), draw: (q) => set(q, { errorThoughItDownloads: 1 }) },
  { fits: (of) => of.hasPasscode, draw: (q, prng) => set(q, { neverPrompts: prng.int(1, 2) }) },
  { fits: (of) => of.isIos || of.isMac, draw: (q) => set(q, { choosesOtherAction: 1 }) },
  { fits: (of) => of.isPhone, draw: (q) => set(q, { phoneCalls: 1 }) },
  { fits: () => true, draw: (q, prng) => set(q, { notNows: prng.int(1, 2) }) },
  { fits: (of) => of.isIos, draw: (q) => set(q, { lowPower: 1 }) },
  { fits: () => true, draw: (q) => set(q, { repeatsResults: 1 }) },
  { fits: (of) => of.isMac, draw: (q, prng) => set(q, { scansHang: prng.int(1, 2) }) },
  { fits: (of) => of.isMac, draw: (q, prng) => set(q, { scansFindNothing: prng.int(1, 2) }) },
  { fits: (of) => of.isMac, draw: (q, prng, start) => set(q, { wedgedUntil: start + prng.int(2 * 24, 5 * 24) * HOUR }) },
  { fits: (of) => of.isMac, draw: (q, prng) => set(q, { noise: prng.pick([7301, 7507, 7509]) }) },
];

interface Kind {
  version: string;
  isIos: boolean;
  isPhone: boolean;
  isMac: boolean;
  hasPasscode: boolean;
}

function set(quirks: LegacyQuirks, change: Partial<LegacyQuirks>): void {
  Object.assign(quirks, change);
}

/**
 * What a device that is updated by commands does otherwise than documented: ways of speaking as they come, and at most two
 * of the things that cost nights. A device with a trouble has none of the latter: its trouble is to show.
 */
export function drawQuirks(prng: Prng, spec: DeviceSpec, traits: LegacyTraits, start: number): LegacyQuirks {
  const { family } = spec.model;
  const kind: Kind = {
    version: spec.osVersion,
    isIos: family === 'iPhone' || family === 'iPad',
    isPhone: family === 'iPhone',
    isMac: family === 'Mac',
    hasPasscode: traits.passcode !== undefined,
  };
  const isModern = kind.isIos && compareVersionTexts(spec.osVersion, '11.3') >= 0;
  const quirks: LegacyQuirks = {
    ...NO_QUIRKS,
    isDownloadedAsInteger: kind.isIos && spec.osVersion.startsWith('11.3'),
    secondCommandInstalls: kind.isIos && prng.chance(0.5),
    afterRestart: prng.pick(['no-results', 'idle', 'error']),
    saysUpdateAvailable: prng.chance(0.1),
    emptyListIsError: isModern && prng.chance(0.7),
    asapBeforeDownload: prng.pick(['refuses', 'downloads']),
    failuresIn: prng.pick(['status', 'results']),
    listsMore: kind.isMac && prng.chance(0.5),
    saysDeferred: kind.isMac && prng.chance(0.2),
    hidesTimeZone: prng.chance(0.15),
    oddNumbers: prng.chance(0.2) && spec.trouble === undefined,
    removedCommand: prng.pick(['Error', 'CommandFormatError']),
    inSetupAssistant: prng.pick(['NotNow', 'Error']),
  };
  if (spec.trouble !== undefined) return quirks;
  const rows = prng.shuffle(FADING.filter((row) => row.fits(kind)));
  for (const { draw } of rows.slice(0, prng.pick([0, 0, 1, 1, 2]))) draw(quirks, prng, start);
  // Bugs of one version are there whenever it runs.
  for (const { fits, draw } of FADING.slice(0, 2)) if (fits(kind) && prng.chance(0.7)) draw(quirks, prng, start);
  return quirks;
}

import type { PmvAsset, PmvSet } from './pmv.types.ts';
import type { Prng } from './prng.ts';

/** An answer as it goes out: sets may be there or not, entries may hold anything. */
export type LooseAnswer = Record<string, Record<string, unknown[]>>;

/** What is unusual about an answer that offers what it should; each is drawn per answer, in thousandths. */
export interface FeedOddities {
  /** A third of the entries: PostingDate years behind or ahead, no date or none there; ExpirationDate past or not there. */
  wrongDatesPerMille: number;
  /** Sets, platforms and entries in another order than usual. */
  reorderedPerMille: number;
  /** A set, a platform and keys nobody knows, and entries that are no releases. */
  unknownKeysPerMille: number;
  /** The third set by its name of 2024, beside its new one or instead of it; visionOS by its key of 2024. */
  oldNamesPerMille: number;
  /** An entry twice, with all its devices or half of them in each. */
  buildTwicePerMille: number;
}

const ODDITIES: readonly [keyof FeedOddities, string, (answer: LooseAnswer, prng: Prng) => LooseAnswer][] = [
  ['buildTwicePerMille', 'build twice', repeatBuilds],
  ['wrongDatesPerMille', 'wrong dates', spoilDates],
  ['oldNamesPerMille', 'old names', nameAsOnce],
  ['unknownKeysPerMille', 'unknown keys', addUnknown],
  ['reorderedPerMille', 'reordered', reorder],
];

/** The answer with the oddities drawn, and their names. Draws nothing where all rates are 0. */
export function makeOdd(answer: LooseAnswer, faults: FeedOddities, prng: Prng): { answer: LooseAnswer; odd: string[] } {
  let made = answer;
  const odd: string[] = [];
  for (const [rate, name, make] of ODDITIES) {
    if (faults[rate] <= 0 || prng.int(0, 999) >= faults[rate]) continue;
    made = make(made, prng);
    odd.push(name);
  }
  return { answer: made, odd };
}

function eachEntry(answer: LooseAnswer, change: (entries: unknown[]) => unknown[]): LooseAnswer {
  const made: LooseAnswer = {};
  for (const [set, platforms] of Object.entries(answer)) {
    made[set] = Object.fromEntries(Object.entries(platforms).map(([platform, entries]) => [platform, change(entries)]));
  }
  return made;
}

function repeatBuilds(answer: LooseAnswer, prng: Prng): LooseAnswer {
  return eachEntry(answer, (entries) =>
    (entries as PmvAsset[]).flatMap((asset) => {
      const lot = prng.int(0, 7);
      if (lot > 1) return [asset];
      if (lot === 0) return [asset, { ...asset }];
      const half = Math.ceil(asset.SupportedDevices.length / 2);
      return [
        { ...asset, SupportedDevices: asset.SupportedDevices.slice(0, half) },
        { ...asset, SupportedDevices: asset.SupportedDevices.slice(half) },
      ];
    }),
  );
}

function spoilDates(answer: LooseAnswer, prng: Prng): LooseAnswer {
  return eachEntry(answer, (entries) =>
    (entries as PmvAsset[]).map((asset) => {
      const lot = prng.int(0, 17);
      const { PostingDate: _, ...undated } = asset;
      const { ExpirationDate: __, ...endless } = asset;
      switch (lot) {
        case 0:
          return { ...asset, PostingDate: yearsFrom(asset.PostingDate, -prng.int(1, 56)) };
        case 1:
          return { ...asset, PostingDate: yearsFrom(asset.PostingDate, prng.int(1, 14)) };
        case 2:
          return undated;
        case 3:
          return { ...asset, PostingDate: prng.pick(['', 'soon', '09/14/2026', '2026-13-45']) };
        case 4:
          return { ...asset, ExpirationDate: yearsFrom(asset.PostingDate, -1) };
        case 5:
          return endless;
        default:
          return asset;
      }
    }),
  );
}

function yearsFrom(date: string, years: number): string {
  return `${Number(date.slice(0, 4)) + years}${date.slice(4)}`;
}

function nameAsOnce(answer: LooseAnswer, prng: Prng): LooseAnswer {
  const { PublicBackgroundSecurityImprovements: improvements, ...others } = answer;
  const made: LooseAnswer = { ...others, PublicRapidSecurityResponses: improvements ?? {} };
  if (improvements !== undefined && prng.chance(0.5)) made.PublicBackgroundSecurityImprovements = improvements;
  if (prng.chance(0.3)) return made;
  return Object.fromEntries(
    Object.entries(made).map(([set, platforms]) => [
      set,
      Object.fromEntries(Object.entries(platforms).map(([platform, entries]) => [platform === 'visionOS' ? 'xrOS' : platform, entries])),
    ]),
  );
}

function addUnknown(answer: LooseAnswer, prng: Prng): LooseAnswer {
  const made = eachEntry(answer, (entries) => entries.map((entry) => ({ ...(entry as PmvAsset), Rollout: { Percent: 50 }, Notes: null })));
  const sets: [string, PmvSet | Record<string, unknown[]>][] = Object.entries(made);
  for (const [, platforms] of sets) {
    (platforms as Record<string, unknown[]>).carOS = [
      { ProductVersion: '1.0', Build: '1A1', PostingDate: '2026-09-01', SupportedDevices: ['Car1,1'] },
    ];
    platforms.iOS?.push(
      ...(prng.shuffle([null, 'soon', 7, {}, { ProductVersion: 27, Build: [], SupportedDevices: 'all' }]) as unknown as PmvAsset[]),
    );
  }
  return {
    ...made,
    PublicFirmwareSets: { iOS: [{ ProductVersion: '99.0', Build: '99A1', PostingDate: '2026-09-01', SupportedDevices: [] }] },
  };
}

function reorder(answer: LooseAnswer, prng: Prng): LooseAnswer {
  const shuffled = eachEntry(answer, (entries) => prng.shuffle(entries));
  return Object.fromEntries(
    prng.shuffle(Object.entries(shuffled)).map(([set, platforms]) => [set, Object.fromEntries(prng.shuffle(Object.entries(platforms)))]),
  );
}

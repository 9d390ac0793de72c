import { describe, expect, it } from 'vitest';
import { createSimCatalogue } from '../../src/sim/catalogue.ts';
import { createSimFeed, type FeedFaults, type PmvAnswer } from '../../src/sim/feed.ts';
import type { PmvAsset } from '../../src/sim/pmv.types.ts';
import { createPrng } from '../../src/sim/prng.ts';

const NOW = Date.parse('2026-10-05T06:00:00Z');

function answers(
  faults: Partial<FeedFaults>,
  count = 30,
): { body: string; loose: Record<string, Record<string, unknown[]>>; odd?: readonly string[] }[] {
  const prng = createPrng('oddities');
  const feed = createSimFeed({ catalogue: createSimCatalogue(prng.fork('releases'), NOW, 0), prng, now: () => NOW, faults });
  return Array.from({ length: count }, () => {
    const { body } = feed.handle({ headers: {} });
    const { odd } = feed.log.at(-1) ?? {};
    return { body, loose: JSON.parse(body), ...(odd ? { odd } : {}) };
  });
}

const whole = answers({}, 1)[0]?.loose as unknown as PmvAnswer;
const entriesOf = (loose: Record<string, Record<string, unknown[]>>) =>
  Object.values(loose).flatMap((set) => Object.values(set).flat()) as (Partial<PmvAsset> | null)[];
/** What is offered to whom, whatever it looks like. */
const offers = (loose: Record<string, Record<string, unknown[]>>, sets = ['PublicAssetSets', 'AssetSets']) =>
  new Set(
    sets.flatMap((set) =>
      Object.values(loose[set] ?? {})
        .flat()
        .flatMap((entry) => {
          const { ProductVersion, Build, SupportedDevices } = (entry ?? {}) as Partial<PmvAsset>;
          return Array.isArray(SupportedDevices) ? SupportedDevices.map((id) => `${set} ${ProductVersion} ${Build} ${id}`) : [];
        }),
    ),
  );

describe('an odd answer of the lookup service', () => {
  it.each([
    ['wrongDatesPerMille', 'wrong dates'],
    ['reorderedPerMille', 'reordered'],
    ['unknownKeysPerMille', 'unknown keys'],
    ['oldNamesPerMille', 'old names'],
    ['buildTwicePerMille', 'build twice'],
  ] as const)('%s: is told, differs, and offers what it should', (rate, name) => {
    const wanted = offers(whole as never);
    expect(wanted.size).toBeGreaterThan(100);
    for (const { loose, odd, body } of answers({ [rate]: 1000 })) {
      expect(odd).toEqual([name]);
      expect(body).not.toBe(JSON.stringify(whole));
      const offered = offers(loose);
      expect([...wanted].filter((offer) => !offered.has(offer))).toEqual([]);
    }
  });

  it('has dates of all wrong kinds', () => {
    const entries = answers({ wrongDatesPerMille: 1000 }).flatMap(({ loose }) => entriesOf(loose));
    const posted = entries.map((entry) => entry?.PostingDate);
    const expires = entries.map((entry) => entry?.ExpirationDate);
    expect(posted).toContain(undefined);
    expect(posted).toContain('soon');
    expect(posted.some((date) => date !== undefined && date > '2030')).toBe(true);
    expect(posted.some((date) => date !== undefined && date < '2000' && date > '1')).toBe(true);
    expect(expires).toContain(undefined);
    expect(expires.some((date) => date !== undefined && date < '2026-10-05')).toBe(true);
  });

  it('names the third set and visionOS as in 2024, beside or instead', () => {
    const all = answers({ oldNamesPerMille: 1000 });
    expect(all.every(({ loose }) => loose.PublicRapidSecurityResponses !== undefined)).toBe(true);
    expect(new Set(all.map(({ loose }) => loose.PublicBackgroundSecurityImprovements !== undefined))).toEqual(new Set([true, false]));
    expect(new Set(all.map(({ loose }) => loose.AssetSets?.xrOS !== undefined))).toEqual(new Set([true, false]));
  });

  it('lists a build twice, whole or in halves', () => {
    const { loose } = answers({ buildTwicePerMille: 1000 }, 1)[0] as { loose: Record<string, Record<string, unknown[]>> };
    const builds = ((loose.AssetSets?.iOS ?? []) as PmvAsset[]).map(({ Build }) => Build);
    expect(new Set(builds).size).toBeLessThan(builds.length);
  });

  it('holds entries that are no releases', () => {
    const { loose } = answers({ unknownKeysPerMille: 1000 }, 1)[0] as { loose: Record<string, Record<string, unknown[]>> };
    expect(loose.AssetSets?.iOS).toContain(null);
    expect(loose.PublicFirmwareSets).toBeDefined();
  });

  it('is never there when nobody asks for it', () => {
    for (const { odd } of answers({ emptyPerMille: 500 })) expect(odd).toBeUndefined();
  });
});

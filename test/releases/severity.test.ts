import { describe, expect, it } from 'vitest';
import { parseVersion } from '../../src/os/version.ts';
import { emptySeverities, foldSofa, foldSofaUnchanged, severityDigest, severityOf, toldOf } from '../../src/releases/severity.ts';
import type { Severities, SeverityChange } from '../../src/releases/severity.types.ts';
import { readSofa } from '../../src/releases/sofa.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';

/** What is held of SOFA's feeds (rules 3 and 7): more at once, less after three days, nothing on a doubtful answer. */

const START = Date.parse('2040-09-10T08:00:00Z');
const VERSIONS = Array.from({ length: 20 }, (_, index) => `40.${20 - index}`);

/** A feed of these releases; those named `exploited` fix an exploited CVE. */
function feed(versions: readonly string[], exploited: readonly string[] = [], more: object = {}) {
  const releases = versions.map((version) => ({
    ProductVersion: version,
    CVEs: { 'CVE-2040-0001': exploited.includes(version), 'CVE-2040-0002': false },
    ...more,
  }));
  return readSofa({ OSVersions: [{ SecurityReleases: releases }] }, 'iOS');
}

function createFold() {
  let held: Severities = emptySeverities();
  let now = START;
  const fold = (result: { severities: Severities; changes: SeverityChange[] }): string[] => {
    held = result.severities;
    return result.changes.map((change) => (change.kind === 'severity' ? `${change.version}: ${change.from} → ${change.to}` : change.kind));
  };
  return {
    get held() {
      return held;
    },
    pass: (ms: number) => {
      now += ms;
    },
    says: (...said: Parameters<typeof feed>) => fold(foldSofa(held, feed(...said), now)),
    same: () => fold(foldSofaUnchanged(held, 'iOS', now)),
    of: (version: string) => {
      const parsed = parseVersion(version);
      const told = parsed && toldOf(held, 'iPadOS', parsed);
      return told && severityOf(told);
    },
    doubt: () => held.platforms[0]?.doubt?.kind,
  };
}

describe('more', () => {
  it('is believed at once, and known since then', () => {
    const sofa = createFold();
    expect(sofa.says(VERSIONS)).toEqual([]);
    sofa.pass(HOUR_MS);
    expect(sofa.says(VERSIONS, ['40.3'])).toEqual(['40.3: standard → exploited']);
    expect(toldOf(sofa.held, 'iOS', { major: 40, minor: 3, patch: 0, extra: '' })).toMatchObject({
      firstToldAt: START,
      severeSince: START + HOUR_MS,
    });
  });

  it('is a new release', () => {
    const sofa = createFold();
    sofa.says(VERSIONS);
    expect(sofa.says(['40.21', ...VERSIONS], ['40.21'])).toEqual(['told']);
    expect(sofa.of('40.21')).toBe('exploited');
  });

  it('is doubted when much turns severe at once, and believed after three days of it', () => {
    const sofa = createFold();
    sofa.says(VERSIONS);
    expect(sofa.says(VERSIONS, VERSIONS.slice(0, 6))).toEqual(['doubtful']);
    expect([sofa.doubt(), sofa.of('40.20')]).toEqual(['surge', 'standard']);
    sofa.pass(3 * DAY_MS - 1);
    expect(sofa.same()).toEqual([]);
    sofa.pass(1);
    expect(sofa.same()).toHaveLength(7);
    expect(sofa.of('40.20')).toBe('exploited');
  });

  it('is not believed of a release dated in the future', () => {
    const sofa = createFold();
    sofa.says(VERSIONS);
    sofa.says(['41.0', ...VERSIONS], ['41.0'], { ReleaseDate: '2040-09-13' });
    expect(sofa.of('41.0')).toBeUndefined();
  });
});

describe('less', () => {
  it('is believed when the feed has gone on with it for three days', () => {
    const sofa = createFold();
    sofa.says(VERSIONS, ['40.3']);
    expect(sofa.says(VERSIONS)).toEqual([]);
    sofa.pass(3 * DAY_MS - 1);
    expect(sofa.same()).toEqual([]);
    expect(sofa.of('40.3')).toBe('exploited');
    sofa.pass(1);
    expect(sofa.same()).toEqual(['40.3: exploited → standard']);
  });

  it('that was a slip changes nothing, and begins anew the next time', () => {
    const sofa = createFold();
    sofa.says(VERSIONS, ['40.3']);
    sofa.says(VERSIONS);
    sofa.pass(2 * DAY_MS);
    expect(sofa.says(VERSIONS, ['40.3'])).toEqual([]);
    sofa.pass(2 * DAY_MS);
    expect(sofa.says(VERSIONS)).toEqual([]);
    expect(sofa.of('40.3')).toBe('exploited');
  });

  it('is not that a release is left out: feeds leave out old ones', () => {
    const sofa = createFold();
    sofa.says(VERSIONS, ['40.1']);
    sofa.says(VERSIONS.slice(0, -1));
    sofa.pass(30 * DAY_MS);
    expect(sofa.says(VERSIONS.slice(0, -1))).toEqual([]);
    expect(sofa.of('40.1')).toBe('exploited');
  });
});

describe('a doubtful answer', () => {
  it.each<[string, string[], string]>([
    ['without releases', [], 'empty'],
    ['that lacks the newest', VERSIONS.slice(1), 'older'],
    ['that lacks a third', [...VERSIONS.slice(0, 13)], 'shrunk'],
  ])('%s changes nothing', (_, versions, kind) => {
    const sofa = createFold();
    sofa.says(VERSIONS, ['40.3']);
    const before = severityDigest(sofa.held);
    expect(sofa.says(versions, ['40.19'])).toEqual(['doubtful']);
    expect([sofa.doubt(), severityDigest(sofa.held)]).toEqual([kind, before]);
    // Its good days are not counted on by what is doubtful.
    expect(sofa.held.platforms[0]?.goodAt).toBe(START);
    expect(sofa.says(VERSIONS, ['40.3'])).toEqual(['doubt-ended']);
    expect(sofa.doubt()).toBeUndefined();
  });

  it.each([
    ['older', VERSIONS.slice(1), ['doubt-ended']],
    ['empty', [], []],
  ])('%s that repeats itself for three days is believed, unless it is empty', (_, versions, changes) => {
    const sofa = createFold();
    sofa.says(VERSIONS);
    sofa.says(versions);
    sofa.pass(3 * DAY_MS);
    expect(sofa.says(versions)).toEqual(changes);
  });

  it('that comes first is not held', () => {
    const sofa = createFold();
    expect(sofa.says([])).toEqual(['doubtful']);
    expect(sofa.says(VERSIONS)).toEqual(['doubt-ended']);
  });
});

it('the same answer again changes nothing but when it was last good', () => {
  const sofa = createFold();
  sofa.says(VERSIONS, ['40.3']);
  const before = sofa.held;
  sofa.pass(DAY_MS);
  expect([sofa.says(VERSIONS, ['40.3']), sofa.same()]).toEqual([[], []]);
  expect(sofa.held.platforms).toEqual(before.platforms.map((platform) => ({ ...platform, goodAt: START + DAY_MS })));
});

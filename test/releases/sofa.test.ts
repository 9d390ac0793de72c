import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSofa, readSofa } from '../../src/releases/sofa.ts';

/** SOFA's feeds in their layouts; the samples are invented, in the shape of recorded ones. */

const feed = (release: object, more: object = {}) => ({ OSVersions: [{ OSVersion: '40', SecurityReleases: [release] }], ...more });

describe('one release', () => {
  it.each<[string, object]>([
    [
      'v1',
      {
        UpdateName: 'iOS 40.1 and iPadOS 40.1',
        ProductName: 'iOS',
        ProductVersion: '40.1',
        ReleaseDate: '2040-09-17T00:00:00Z',
        ReleaseType: 'OS',
        Build: '40B1',
        CVEs: { 'CVE-2040-0001': true, 'CVE-2040-0002': false, 'CVE-2040-0003': false },
        ActivelyExploitedCVEs: ['CVE-2040-0001'],
        UniqueCVEsCount: 3,
      },
    ],
    [
      'v2 before 2026-04-11',
      {
        ProductName: 'iOS and iPadOS',
        ProductVersion: '40.1',
        ReleaseDate: '2040-09-17',
        AllBuilds: ['40B1'],
        SupportedDevices: [{ BoardID: 'X' }],
        CVEs: {
          'CVE-2040-0001': { nist_url: 'https://example.org', actively_exploited: true, in_kev: true, severity: 'Critical' },
          'CVE-2040-0002': {},
          'CVE-2040-0003': {},
        },
        ActivelyExploitedCVEs: [],
      },
    ],
    [
      'v2 since 2026-04-11',
      {
        ProductName: 'iOS and iPadOS',
        ProductVersion: '40.1.0',
        ReleaseDate: '2040-09-17T00:00:00Z',
        Build: '40B1',
        AllBuilds: ['40B1'],
        SupportedDevices: ['iPhone90,1'],
        CVEs: { 'CVE-2040-0001': { InKEV: true, Severity: 'Critical' }, 'CVE-2040-0002': {}, 'CVE-2040-0003': {} },
        UpdateSummary: { Priority: 'critical' },
      },
    ],
  ])('of %s', (layout, release) => {
    expect(readSofa(feed(release), 'iOS').releases).toEqual([
      { version: '40.1', builds: ['40B1'], releaseDate: '2040-09-17', cves: 3, exploited: 1, critical: layout === 'v1' ? 0 : 1 },
    ]);
  });

  it.each<[string, object, object]>([
    [
      'a CVE that stands in the list of exploited ones alone counts',
      { ActivelyExploitedCVEs: ['CVE-2040-0009'] },
      { cves: 1, exploited: 1 },
    ],
    [
      'what is no CVE does not',
      { CVEs: { constructor: true, 'CVE-1': true }, ActivelyExploitedCVEs: ['all of them', 7] },
      { cves: 0, exploited: 0 },
    ],
    [
      'neither does a rating that is none',
      { CVEs: { 'CVE-2040-0001': { actively_exploited: 'yes', severity: 9 } } },
      { cves: 1, exploited: 0, critical: 0 },
    ],
    ['a placeholder is no build', { Build: '40A000', AllBuilds: ['40B1', {}, 'latest'] }, { builds: ['40B1'] }],
    ['a date that is none is left out', { ReleaseDate: 'soon' }, { version: '40.1' }],
  ])('%s', (_, changes, expected) => {
    const { releases } = readSofa(feed({ ProductVersion: '40.1', ...changes }), 'iOS');
    expect(releases).toMatchObject([expected]);
    if ('ReleaseDate' in changes) expect(releases[0]).not.toHaveProperty('releaseDate');
  });

  it.each<[string, object]>([
    ['without a version', { ProductName: 'iOS' }],
    ['with a word for one', { ProductVersion: 'Unknown' }],
    ['of another platform', { ProductName: 'macOS', ProductVersion: '40.1' }],
  ])('%s is dropped and counted', (_, release) => {
    expect(readSofa(feed(release), 'iOS')).toMatchObject({ releases: [], droppedEntries: 1 });
  });
});

describe('a feed', () => {
  it('tells of a release once, with all that its entries say; Latest and LatestOS included', () => {
    const latest = { ProductVersion: '40.2', CVEs: { 'CVE-2040-0002': true } };
    const systems = [
      { Latest: latest, SecurityReleases: [{ ProductVersion: '40.2', CVEs: { 'CVE-2040-0001': false } }, { ProductVersion: '40.10' }] },
      { LatestOS: { ProductVersion: '39.9' } },
      { Latest: '' },
    ];
    const { releases } = readSofa({ OSVersions: systems }, 'iOS');
    expect(releases.map(({ version, cves, exploited }) => [version, cves, exploited])).toEqual([
      ['40.10', 0, 0],
      ['40.2', 2, 1],
      ['39.9', 0, 0],
    ]);
  });

  it.each<[string, object, string[]]>([
    ['since 2026-04-11', { Version: '40.2', VersionExtra: '(a)', Build: '40B771a', CVEs: ['CVE-2040-0001'] }, ['40.2 (a)']],
    ['before', { version: '40.2', build: '40B771b', posting_date: '2040-09-17' }, ['40.2 (b)']],
    ['that does not say which one', { Version: '40.2', Build: '40B771' }, []],
  ])('has background improvements, %s', (_, entry, versions) => {
    const { releases } = readSofa({ OSVersions: [], BackgroundSecurityImprovements: { 40: [entry] } }, 'iOS');
    expect(releases.map(({ version }) => version)).toEqual(versions);
  });

  it('of v1 names a rapid security response by its type', () => {
    expect(readSofa(feed({ ProductVersion: '40.1', ReleaseType: 'RSR_c' }), 'iOS').releases).toMatchObject([{ version: '40.1 (c)' }]);
  });

  it('has the same digest while no release comes, goes or turns severe', () => {
    const digestOf = (release: object) => readSofa(feed({ ProductVersion: '40.1', ...release }), 'iOS').digest;
    expect(digestOf({ CVEs: { 'CVE-2040-0001': {} } })).toBe(digestOf({ Build: '40B1' }));
    expect(digestOf({ CVEs: { 'CVE-2040-0001': true } })).not.toBe(digestOf({}));
  });

  it.each(['', '<html>', 'null', '[]', '{}', '{"OSVersions":{}}'])('%s is none', (body) => {
    expect(parseSofa(body, 'iOS').ok).toBe(false);
  });

  it('of anything at all is read without an exception', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const read = parseSofa(
          JSON.stringify({ OSVersions: [one, { SecurityReleases: [other, one], Latest: other }], BackgroundSecurityImprovements: one }),
          'macOS',
        );
        expect(read.ok).toBe(true);
      }),
    );
  });
});

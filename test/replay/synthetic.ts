import type { Policy, PolicySet } from '../../src/policy/policy.types.ts';
import type { ReplayDevice } from '../../src/replay/fleet.ts';
import { readHistory, readSofaHistory } from '../../src/replay/history.ts';
import { replay } from '../../src/replay/replay.ts';
import type { ReplayOptions, ReplayResult } from '../../src/replay/replay.types.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { rfc3339 } from '../../src/time/rfc3339.ts';
import { utcDateOf } from '../../src/time/utc-date.ts';

/**
 * Half a year of an Apple that never was: four releases for phones, one of them taken back from the pads after two days,
 * an empty answer, and Macs beside. Answered once a day, as the recordings are.
 */

export const START = Date.parse('2040-01-02T08:00:00Z');
export const day = (days: number): number => START + days * DAY_MS;

const PHONES = ['iPhone90,1', 'iPhone90,2'];
const PADS = ['iPad90,1', 'iPad90,2'];
const MACS = ['J900AP'];

interface Row {
  platform: 'iOS' | 'macOS';
  version: string;
  build: string;
  devices: string[];
  from: number;
  /** Days from which on it is in AssetSets only, and from which on in neither. */
  managedFrom?: number;
  until?: number;
}

export const ROWS: Row[] = [
  { platform: 'iOS', version: '40.1', build: '40B1', devices: [...PHONES, ...PADS], from: 0, managedFrom: 30, until: 110 },
  { platform: 'iOS', version: '40.2', build: '40C1', devices: [...PHONES, ...PADS], from: 20, managedFrom: 60, until: 150 },
  // Withdrawn from the pads: no longer for everybody, and nothing newer in its place for eight days.
  { platform: 'iOS', version: '40.3', build: '40D1', devices: PHONES, from: 60, managedFrom: 95 },
  { platform: 'iOS', version: '40.3', build: '40D1', devices: PADS, from: 60, managedFrom: 62 },
  { platform: 'iOS', version: '40.3.1', build: '40D5', devices: [...PHONES, ...PADS], from: 70, managedFrom: 72 },
  { platform: 'iOS', version: '40.4', build: '40E1', devices: [...PHONES, ...PADS], from: 72 },
  { platform: 'macOS', version: '40.1', build: '40B100', devices: MACS, from: 0, managedFrom: 40, until: 130 },
  { platform: 'macOS', version: '40.2', build: '40C100', devices: MACS, from: 40 },
];
const DAYS = 180;
const EMPTY_DAY = 33;

/** 40.2 stays for everybody while 40.3 is taken back from the pads. */
function isPublic({ managedFrom = Number.POSITIVE_INFINITY }: Row, at: number): boolean {
  return at < managedFrom;
}

export function historyText(rows: readonly Row[] = ROWS, days = DAYS): string {
  return Array.from({ length: days }, (_, at) => JSON.stringify({ recorded_at: rfc3339(day(at)), data: answerAt(rows, at) })).join('\n');
}

function answerAt(rows: readonly Row[], at: number): unknown {
  const listed = at === EMPTY_DAY ? [] : rows.filter(({ from, until = Number.POSITIVE_INFINITY }) => from <= at && at < until);
  const setOf = (given: readonly Row[]) =>
    Object.fromEntries(
      (['iOS', 'macOS'] as const).map((platform) => [
        platform,
        given
          .filter((row) => row.platform === platform)
          .map((row) => ({
            ProductVersion: row.version,
            Build: row.build,
            PostingDate: utcDateOf(day(row.from)),
            ExpirationDate: utcDateOf(day((isPublic(row, at) ? at : (row.managedFrom ?? at)) + 90)),
            SupportedDevices: row.devices,
          })),
      ]),
    );
  return {
    PublicAssetSets: at === EMPTY_DAY ? {} : setOf(listed.filter((row) => isPublic(row, at))),
    AssetSets: at === EMPTY_DAY ? {} : setOf(listed),
    PublicBackgroundSecurityImprovements: {},
  };
}

/** SOFA names 40.4 a day after Apple, and says that it closes something exploited. */
export function sofaText(): string {
  const release = (version: string, exploited: number) => ({
    UpdateName: `iOS ${version}`,
    ProductVersion: version,
    ReleaseDate: '2040-01-02T00:00:00Z',
    CVEs: {},
    ActivelyExploitedCVEs: Array.from({ length: exploited }, (_, index) => `CVE-2040-000${index}`),
  });
  const feed = (releases: unknown[]) => ({ OSVersions: [{ OSVersion: '40', Latest: releases[0], SecurityReleases: releases }] });
  return [
    { at: 1, data: feed([release('40.1', 0)]) },
    { at: 21, data: feed([release('40.2', 0), release('40.1', 0)]) },
    { at: 73, data: feed([release('40.4', 2), release('40.2', 0), release('40.1', 0)]) },
  ]
    .map(({ at, data }) => JSON.stringify({ recorded_at: rfc3339(day(at) + HOUR_MS), path: 'v1/ios_data_feed.json', data }))
    .join('\n');
}

export function policy(changes: Partial<Policy> = {}): Policy {
  return {
    name: 'everyone',
    match: {},
    target: { kind: 'latest' },
    due: { kind: 'days', days: 14, at: '18:00' },
    mode: 'enforce',
    paused: false,
    ...changes,
  };
}

export function policySet(changes: Partial<PolicySet> = {}): PolicySet {
  return {
    mode: 'enforce',
    timeZone: 'Europe/Berlin',
    noticeMs: DAY_MS,
    graceReturningMs: 2 * DAY_MS,
    graceNewEnrollmentMs: 3 * DAY_MS,
    hardStopMs: 7 * DAY_MS,
    dmAdopt: false,
    policies: [policy()],
    ...changes,
  };
}

export function device(index: number, changes: Partial<ReplayDevice> = {}): ReplayDevice {
  const id = `D${index}`;
  const key = [...PHONES, ...PADS][index % 4] as string;
  return {
    ...{ id, serial: `S${index}`, model: key, key, osVersion: '40.1', build: '40B1', tags: [] },
    platform: key.startsWith('iPad') ? 'iPadOS' : 'iOS',
    isSupervised: index % 5 !== 0,
    zone: index % 3 === 0 ? 'Asia/Tokyo' : 'Europe/Berlin',
    ...changes,
  };
}

export function mac(index: number): ReplayDevice {
  return device(index, { model: 'Mac', key: 'J900AP', platform: 'macOS', build: '40B100', isSupervised: true });
}

export const fleetOf = (count: number): ReplayDevice[] =>
  Array.from({ length: count }, (_, index) => (index % 6 === 5 ? mac(index) : device(index)));

export function run(fleet: readonly ReplayDevice[], changes: Partial<ReplayOptions> & { hasSofa?: boolean } = {}): ReplayResult {
  const { hasSofa = false, ...options } = changes;
  const result = replay({
    history: readHistory(historyText(), 'history'),
    ...(hasSofa ? { sofa: readSofaHistory(sofaText(), 'sofa') } : {}),
    policies: policySet(),
    fleet: () => fleet,
    seed: 'test',
    ...options,
  });
  if (result === undefined) throw new Error('the history holds nothing');
  return result;
}

import { formatVersion, parseVersion, type VersionText } from '../../os/version.ts';
import { type VersionKey, versionKeyOf, versionOfKey } from '../../os/version-key.ts';
import { foldText, searchTextOf } from '../search-text.ts';
import type { EnrollmentSummary } from '../store.ts';

/** How an enrollment's summary stands in the columns of its row. */

/** As `SELECT` reads them, without lastSeenAt's siblings that only queries need. */
export const SUMMARY_COLUMNS = `type, serial_number AS serialNumber, device_name AS deviceName, platform, product_name AS productName, os_version AS osVersion,
  version_key AS versionKey, build_version AS buildVersion, policy, ring, due_date AS date, is_handed_out AS isHandedOut, is_holding AS isHolding,
  is_exposed AS isExposed, lookup_key AS lookupKey, tags, last_seen_at AS lastSeenAt`;

export interface SummaryRow {
  type: string;
  serialNumber: string | null;
  deviceName: string | null;
  platform: string;
  productName: string | null;
  osVersion: string | null;
  versionKey: VersionKey | null;
  buildVersion: string | null;
  policy: string | null;
  ring: string | null;
  date: string | null;
  isHandedOut: 0 | 1;
  isHolding: 0 | 1;
  isExposed: 0 | 1 | null;
  lookupKey: string | null;
  tags: string;
  lastSeenAt: number;
}

/** What is written of it beside lastSeenAt, in the order of its values. */
export const LISTED_COLUMNS = [
  'type',
  'serial_number',
  'device_name',
  'platform',
  'product_name',
  'os_version',
  'version_key',
  'build_version',
  'policy',
  'ring',
  'due_date',
  'is_handed_out',
  'is_holding',
  'is_exposed',
  'lookup_key',
  'tags',
  'name_key',
  'search',
] as const;

export function listedValues(id: string, summary: EnrollmentSummary): (string | number | null)[] {
  return [
    summary.type,
    summary.serialNumber ?? null,
    summary.deviceName ?? null,
    summary.platform,
    summary.productName ?? null,
    summary.osVersion ?? null,
    keyOf(summary.runs) ?? null,
    summary.buildVersion ?? null,
    summary.policy ?? null,
    summary.ring ?? null,
    summary.date ?? null,
    summary.isHandedOut ? 1 : 0,
    summary.isHolding ? 1 : 0,
    summary.isExposed === undefined ? null : summary.isExposed ? 1 : 0,
    summary.lookupKey ?? null,
    summary.tags.length === 0 ? '' : `\n${summary.tags.join('\n')}\n`,
    foldText(summary.deviceName ?? '') || null,
    searchTextOf(id, summary),
  ];
}

export function summaryOfRow(row: SummaryRow): EnrollmentSummary {
  return {
    type: row.type,
    serialNumber: row.serialNumber ?? undefined,
    deviceName: row.deviceName ?? undefined,
    platform: row.platform,
    productName: row.productName ?? undefined,
    osVersion: row.osVersion ?? undefined,
    runs: textOfKey(row.versionKey),
    buildVersion: row.buildVersion ?? undefined,
    policy: row.policy ?? undefined,
    ring: row.ring ?? undefined,
    date: row.date ?? undefined,
    isHandedOut: row.isHandedOut === 1,
    isHolding: row.isHolding === 1,
    isExposed: row.isExposed === null ? undefined : row.isExposed === 1,
    lookupKey: row.lookupKey ?? undefined,
    tags: row.tags === '' ? [] : row.tags.slice(1, -1).split('\n'),
    lastSeenAt: row.lastSeenAt,
  };
}

/** How a tag is found in the column. */
export function tagPattern(tag: string): string {
  return `\n${tag}\n`;
}

export function keyOf(version: VersionText | undefined): VersionKey | undefined {
  const parsed = parseVersion(version);
  return parsed && versionKeyOf(parsed);
}

export function textOfKey(key: VersionKey | null): VersionText | undefined {
  return key === null ? undefined : formatVersion(versionOfKey(key));
}

import { platformOf } from '../os/platform.ts';
import { formatVersion, parseVersion } from '../os/version.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import { offersFor } from '../releases/offers.ts';
import type { ReplayDevice } from '../replay/fleet.ts';
import { isTimeZone } from '../time/local.ts';
import { cut, type ListShape, type Malformed, readList, textOf } from './read-list.ts';

type Column = 'id' | 'serial' | 'model' | 'key' | 'version' | 'build' | 'supervised' | 'zone' | 'tags';

/** As `ratchet plan --csv`, inventories and spreadsheets call them. */
const SHAPE: ListShape<Column> = {
  columns: new Map<string, Column>([
    ...(['id', 'udid', 'enrollmentid'] as const).map((name) => [name, 'id'] as const),
    ...(['serial', 'serialnumber'] as const).map((name) => [name, 'serial'] as const),
    ...(['model', 'productname', 'productidentifier'] as const).map((name) => [name, 'model'] as const),
    ...(['softwareupdatedeviceid', 'deviceid', 'key'] as const).map((name) => [name, 'key'] as const),
    ...(['osversion', 'version', 'os'] as const).map((name) => [name, 'version'] as const),
    ...(['build', 'buildversion'] as const).map((name) => [name, 'build'] as const),
    ...(['supervised', 'issupervised'] as const).map((name) => [name, 'supervised'] as const),
    ...(['timezone', 'zone'] as const).map((name) => [name, 'zone'] as const),
    ...(['tags', 'tag'] as const).map((name) => [name, 'tags'] as const),
  ]),
  needs: [
    { anyOf: ['model', 'key'], called: '"model" (a product identifier such as iPad13,4)' },
    { anyOf: ['version'], called: '"osVersion"' },
  ],
};

const YES: ReadonlySet<string> = new Set(['', 'true', 'yes', '1']);
const NO: ReadonlySet<string> = new Set(['false', 'no', '0']);

export interface FleetList {
  rows: readonly FleetRow[];
  malformed: readonly Malformed[];
}

type FleetRow = Omit<ReplayDevice, 'zone'> & { zone?: string };

/**
 * A fleet as CSV with a header or JSON: `model` and `osVersion`; for Macs `softwareUpdateDeviceId` (J413AP) beside; `id`,
 * `serial`, `build`, `supervised` (default true), `timeZone`, `tags` when they are known. Throws an Error with a sentence
 * where it is no list at all.
 */
export function readFleet(text: string): FleetList {
  const malformed: Malformed[] = [];
  const rows: FleetRow[] = [];
  for (const { at, cells } of readList(text, SHAPE, malformed)) {
    const [key, version] = [textOf(cells.key), textOf(cells.version)];
    const model = textOf(cells.model) || (/^(iPhone|iPad)/.test(key) ? key : 'Mac');
    const [supervised, zone] = [
      String(cells.supervised ?? '')
        .trim()
        .toLowerCase(),
      textOf(cells.zone),
    ];
    const platform = platformOf(model);
    const parsed = parseVersion(version);
    const found = [
      platform === 'unknown'
        ? `model "${cut(model)}" is not known; expected a product identifier such as iPhone15,2, iPad13,4 or Mac14,2`
        : '',
      parsed === undefined ? `osVersion "${cut(version)}" is no version; expected one such as 17.5.1` : '',
      platform === 'macOS' && key === '' ? 'a Mac needs softwareUpdateDeviceId, such as J413AP: Apple lists Macs by nothing else' : '',
      YES.has(supervised) || NO.has(supervised) ? '' : `supervised "${cut(supervised)}" is neither true nor false`,
      zone === '' || isTimeZone(zone) ? '' : `timeZone "${cut(zone)}" is no IANA zone; expected one such as Europe/Berlin`,
    ].filter(Boolean);
    if (found.length > 0 || parsed === undefined) {
      malformed.push({ at, reason: found.join('; ') });
      continue;
    }
    const id = textOf(cells.id) || `replay-${String(rows.length + 1).padStart(6, '0')}`;
    rows.push({
      ...{ id, model, platform, key: key || model, serial: textOf(cells.serial) || id, osVersion: formatVersion(parsed) },
      build: textOf(cells.build),
      isSupervised: YES.has(supervised),
      tags: textOf(cells.tags)
        .split(/[\s,;|]+/)
        .filter(Boolean),
      ...(zone === '' ? {} : { zone }),
    });
  }
  return { rows, malformed };
}

/** The devices, with the builds that Apple's list has for what they run. */
export function fleetOf({ rows }: FleetList, catalogue: Catalogue, timeZone: string): ReplayDevice[] {
  return rows.map((row) => ({
    ...row,
    zone: row.zone ?? timeZone,
    build: row.build || offersFor(catalogue, row.key).find(({ version }) => formatVersion(version) === row.osVersion)?.builds[0] || '0A0',
  }));
}

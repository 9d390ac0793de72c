import { compareVersions, formatVersion, parseVersion } from '../../os/version.ts';
import { REASON_NAMES } from '../../reasons/reasons.ts';
import type { Catalogue, CatalogueRelease } from '../../releases/catalogue.types.ts';
import type { DeviceFilter, ListStore } from '../../store/store.ts';
import type { ReleaseDevicesAnswer } from '../list-answers.ts';

/** Models that Apple lists a release for, and has not taken it back from. */
export function modelsOf({ groups }: CatalogueRelease): string[] {
  return groups
    .filter(({ unlistedAt, withdrawnAt }) => unlistedAt === undefined && withdrawnAt === undefined)
    .flatMap(({ devices }) => devices);
}

const ENROLLED = REASON_NAMES.filter((reason) => reason !== 'unenrolled');

/**
 * The devices that could take a release: Apple lists it for their model, and they are known to run something older. `reasons`: only
 * of these. A release nobody knows finds none.
 */
export function couldTakeFilter(catalogue: Catalogue | undefined, key: string, reasons: readonly string[] = ENROLLED): DeviceFilter {
  const release = catalogue?.releases.find((one) => one.key === key);
  if (release === undefined) return { reasons: [] };
  return {
    reasons: reasons.filter((reason) => reason !== 'unenrolled'),
    lookupKeys: modelsOf(release),
    below: formatVersion(release.version),
  };
}

/** How many of ours could take each release, and how many run it: one count of the fleet by model and version. */
export async function releaseDevicesOf(
  store: Pick<ListStore, 'countDevices'>,
  catalogue: Catalogue | undefined,
): Promise<ReleaseDevicesAnswer> {
  const byModel = new Map<string, { version: NonNullable<ReturnType<typeof parseVersion>>; devices: number }[]>();
  for (const { reason, lookupKey, runs, devices } of await store.countDevices(['reason', 'lookupKey', 'runs'])) {
    const version = parseVersion(runs);
    if (lookupKey === undefined || version === undefined || reason === 'unenrolled') continue;
    const known = byModel.get(lookupKey) ?? [];
    known.push({ version, devices });
    byModel.set(lookupKey, known);
  }
  const releases = (catalogue?.releases ?? []).map((release) => {
    const count = { couldTake: 0, run: 0 };
    for (const { version, devices } of modelsOf(release).flatMap((model) => byModel.get(model) ?? [])) {
      const order = compareVersions(version, release.version);
      if (order < 0) count.couldTake += devices;
      else if (order === 0) count.run += devices;
    }
    return { release: release.key, ...count };
  });
  return { schema: 'ratchet.release-devices/1', releases };
}

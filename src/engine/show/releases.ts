import { compareVersions, formatVersion } from '../../os/version.ts';
import type { Catalogue, CatalogueRelease, DeviceGroup } from '../../releases/catalogue.types.ts';
import type { ReleaseRow, ReleasesAnswer } from '../answers.ts';

/** What Apple offers, as the catalogue holds it: a row a release, newest first within its platform key. `source` is the feed's name. */
export function releasesAnswer(catalogue: Catalogue | undefined, source: string | undefined): ReleasesAnswer {
  const { doubt, lastCheckedAt, heldAt } = catalogue ?? {};
  const releases = [...(catalogue?.releases ?? [])].sort(
    (a, b) => (a.platform < b.platform ? -1 : a.platform > b.platform ? 1 : 0) || compareVersions(b.version, a.version),
  );
  return {
    schema: 'ratchet.releases/1',
    ...(source === undefined ? {} : { source }),
    ...(lastCheckedAt === undefined ? {} : { checkedAt: lastCheckedAt }),
    ...(heldAt === undefined ? {} : { heldAt }),
    ...(doubt === undefined ? {} : { doubt: { kind: doubt.kind, detail: doubt.detail, since: doubt.since } }),
    releases: releases.map(rowOf),
  };
}

function rowOf({ key, platform, version, groups }: CatalogueRelease): ReleaseRow {
  const listed = groups.filter(({ unlistedAt }) => unlistedAt === undefined);
  // What it is now, or what it was when it was last listed.
  const told = listed.length > 0 ? listed : groups;
  const count = (counted: readonly DeviceGroup[]) => counted.reduce((sum, { devices }) => sum + devices.length, 0);
  const postingDate = told.flatMap((group) => group.postingDate ?? []).sort()[0];
  const expirationDate = told
    .flatMap((group) => group.expirationDate ?? [])
    .sort()
    .at(-1);
  return {
    release: key,
    platform,
    version: formatVersion(version),
    builds: [...new Set(told.flatMap(({ builds }) => builds))].sort(),
    isListed: listed.length > 0,
    isImprovement: told.some(({ isImprovement }) => isImprovement),
    models: count(listed),
    publicModels: count(listed.filter(({ isPublic }) => isPublic)),
    managedModels: count(listed.filter(({ isManaged }) => isManaged)),
    withdrawnModels: count(groups.filter(({ withdrawnAt }) => withdrawnAt !== undefined)),
    firstSeenAt: Math.min(...groups.map(({ firstSeenAt }) => firstSeenAt)),
    ...(postingDate === undefined ? {} : { postingDate }),
    ...(expirationDate === undefined ? {} : { expirationDate }),
    expirationRolls: told.some(({ expirationRolls }) => expirationRolls),
  };
}

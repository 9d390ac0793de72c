import { compareVersions, formatVersion } from '../../os/version.ts';
import type { Policy } from '../../policy/policy.types.ts';
import type { Catalogue, CatalogueRelease, DeviceGroup } from '../../releases/catalogue.types.ts';
import { disagreements, sofaPlatformOf } from '../../releases/cross-check.ts';
import { namesOf } from '../../releases/held-severity.ts';
import { toldOf } from '../../releases/severity.ts';
import { type Severities, SOFA_PLATFORMS, type SofaPlatform, type ToldRelease } from '../../releases/severity.types.ts';
import type { ReleaseRow, ReleasesAnswer, SofaRow } from '../answers.ts';

/** What Apple offers, as the catalogue holds it: a row a release, newest first within its platform key. `source` is the feed's name; what SOFA told and what policies call critical stands beside it. */
export function releasesAnswer(
  catalogue: Catalogue | undefined,
  source: string | undefined,
  severities: Severities | undefined,
  policies: readonly Policy[] = [],
): ReleasesAnswer {
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
    releases: releases.map((release) => ({ ...rowOf(release, severities), ...criticalByPolicies(release, policies) })),
    ...(severities === undefined ? {} : { sofa: sofaOf(catalogue, severities) }),
  };
}

/** The policies that call it critical by themselves. */
function criticalByPolicies({ version }: CatalogueRelease, policies: readonly Policy[]): Pick<ReleaseRow, 'criticalBy'> {
  const text = formatVersion(version);
  const names = policies.flatMap(({ name, due }) => (due.kind === 'days' && due.severity?.criticalVersions?.includes(text) ? [name] : []));
  return names.length === 0 ? {} : { criticalBy: names };
}

function sofaOf(catalogue: Catalogue | undefined, severities: Severities): NonNullable<ReleasesAnswer['sofa']> {
  return {
    feeds: severities.platforms.map(({ platform, goodAt, doubt, held }) => ({
      platform,
      goodAt,
      ...(doubt === undefined ? {} : { doubt: doubt.detail }),
      ...(held === undefined ? {} : { held: namesOf(held.releases) }),
    })),
    newer: disagreements(catalogue, severities).flatMap(({ platform, newerIn, version }): SofaRow[] => {
      const told = newerIn === 'sofa' && severities.platforms.find((one) => one.platform === platform)?.releases;
      return told ? told.filter((release) => release.version === version).map((release) => sofaRow(platform, release)) : [];
    }),
  };
}

function sofaRow(platform: SofaPlatform, { version, firstToldAt, releaseDate, cves, exploited, critical }: ToldRelease): SofaRow {
  return { platform, version, toldAt: firstToldAt, ...(releaseDate === undefined ? {} : { releaseDate }), cves, exploited, critical };
}

function sofaRowsOf(release: CatalogueRelease, severities: Severities | undefined): SofaRow[] {
  const keys = severities === undefined ? [] : release.groups.flatMap(({ devices }) => devices);
  const platforms = new Set(keys.map((key) => sofaPlatformOf(release, key)));
  return SOFA_PLATFORMS.flatMap((platform) => {
    const told = platforms.has(platform) ? toldOf(severities, platform, release.version) : undefined;
    return told ? [sofaRow(platform, told)] : [];
  });
}

function rowOf(release: CatalogueRelease, severities: Severities | undefined): ReleaseRow {
  const { key, platform, version, groups } = release;
  const sofa = sofaRowsOf(release, severities);
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
    ...(sofa.length === 0 ? {} : { sofa }),
  };
}

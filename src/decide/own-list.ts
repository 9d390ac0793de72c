import { type EnrollmentState, known, observedWhen } from '../enrollment/state.ts';
import type { AvailableUpdate } from '../mdm/messages.ts';
import { compareVersions, formatVersion, type OsVersion, parseVersion } from '../os/version.ts';
import type { Catalogue, Offer } from '../releases/catalogue.types.ts';

/** Items of the device's own list that are an OS, newest first, with their version. */
export function listedSystems(enrollment: EnrollmentState): { item: AvailableUpdate; version: OsVersion }[] {
  const items = known(enrollment, 'availableUpdates') ?? [];
  return items
    .flatMap((item) => {
      const version = isSystem(item) ? (parseVersion(item.version, item.versionExtra) ?? versionInName(item)) : undefined;
      return version ? [{ item, version }] : [];
    })
    .sort((a, b) => compareVersions(b.version, a.version));
}

/** Safari, XProtect data and firmware have versions too; what restarts or names a build is an OS. */
function isSystem(item: AvailableUpdate): boolean {
  if (item.isConfigData || item.isFirmware || item.isSecurityResponse) return false;
  return item.isMajor === true || item.restartRequired === true || /^(mac\s?OS|OS X|iOS|iPadOS|tvOS)/i.test(item.name ?? '');
}

/** Macs on 10.13 leave Version blank: "macOS High Sierra 10.13.5 Update". */
function versionInName({ name = '' }: AvailableUpdate): OsVersion | undefined {
  return /^(mac\s?OS|OS X)/i.test(name) ? parseVersion(/\d+\.\d+(\.\d+)?/.exec(name)?.[0]) : undefined;
}

/** The one item that is this version. */
export function listedAs(enrollment: EnrollmentState, version: OsVersion): AvailableUpdate | undefined {
  return listedSystems(enrollment).find((listed) => compareVersions(listed.version, version) === 0)?.item;
}

/** Lists are inaccurate: what is not newer says nothing, neither that it is offered nor that nothing newer is. */
export function newerSystems(enrollment: EnrollmentState, runs: OsVersion | undefined): ReturnType<typeof listedSystems> {
  return listedSystems(enrollment).filter(({ version }) => runs === undefined || compareVersions(version, runs) > 0);
}

/** Rule 1: what is offered to a Mac that can't tell under which key Apple lists it is what it lists itself. */
export function offersByOwnList(enrollment: EnrollmentState, catalogue: Catalogue, runs: OsVersion | undefined): Offer[] {
  const seenAt = observedWhen(enrollment, 'availableUpdates');
  return newerSystems(enrollment, runs).map(({ item, version }): Offer => {
    const release = catalogue.releases.find(
      (candidate) => candidate.platform === 'macOS' && compareVersions(candidate.version, version) === 0,
    );
    const groups = release?.groups ?? [];
    // Which group it belongs to is not known: taken back from some, it may be taken back from this Mac, whatever it lists.
    const withdrawnAt = groups.find((group) => group.withdrawnAt !== undefined)?.withdrawnAt;
    return {
      release: release?.key ?? `macOS ${formatVersion(version)}`,
      platform: 'macOS',
      version,
      builds: item.build === undefined ? [] : [item.build],
      prerequisiteBuilds: [],
      isPublic: true,
      isManaged: true,
      isImprovement: false,
      expirationRolls: true,
      firstSeenAt: groups.length > 0 ? Math.min(...groups.map((group) => group.firstSeenAt)) : seenAt,
      isListed: true,
      ...(withdrawnAt === undefined ? {} : { withdrawnAt }),
    };
  });
}

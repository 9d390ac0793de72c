import { createHash } from 'node:crypto';
import type { SimCatalogue } from './catalogue.ts';
import type { DeviceSpec, Switches } from './device.types.ts';
import type { PlistDict } from './plist.ts';
import { compareVersionTexts, majorOf, type Release } from './table.ts';
import type { RunningSystem } from './update-engine.ts';

/** Items of AvailableOSUpdates. https://developer.apple.com/documentation/devicemanagement/available-os-updates-command */

const OS_NAMES = { iPhone: 'iOS', iPad: 'iOS', Mac: 'macOS', 'Apple TV': 'tvOS', 'Vision Pro': 'visionOS' } as const;

/** 10.13 and 10.14 are two systems, 11.2 and 11.7 one. */
export function isMajorUpgrade(from: string, to: string): boolean {
  const line = (version: string) => (majorOf(version) === 10 ? version.split('.').slice(0, 2).join('.') : String(majorOf(version)));
  return line(from) !== line(to);
}

/** ProductKey of a release on this device: opaque, and of a Mac not the same before and after an upgrade. */
export function productKeyOf(spec: DeviceSpec, system: RunningSystem, release: Release): string {
  if (spec.model.family === 'Apple TV') return `tvOSUpdate${release.build}`;
  if (spec.model.family !== 'Mac') return `iOSUpdate${release.build}`;
  const isMajor = isMajorUpgrade(system.osVersion, release.version);
  if (majorOf(system.osVersion) < 11) return isMajor ? `_MACOS_${release.version}` : `091-${sizeOf(release, 10_000, 99_999)}`;
  return `MSU_UPDATE_${release.build}_patch_${release.version}_${isMajor ? 'major' : 'minor'}`;
}

function sizeOf(release: Release, min: number, max: number): number {
  const word = createHash('sha256').update(release.build).digest().readUInt32LE(0);
  return min + (word % (max - min + 1));
}

/** iPhone, iPad and Apple TV list the most recent update only, a Mac the newest of each system it can go to. */
export function releasesListed(spec: DeviceSpec, system: RunningSystem, catalogue: SimCatalogue, at: number): Release[] {
  if (spec.trouble === 'update-not-listed') return [];
  const newer = catalogue.offeredTo(spec.model, at).filter((release) => compareVersionTexts(release.version, system.osVersion) > 0);
  if (spec.model.family !== 'Mac') return newer.slice(-1);
  return newer.filter((release, index) => newer.findLastIndex((other) => other.branch === release.branch) === index);
}

/** One OS update as this device and its OS describe it. */
export function itemOf(
  spec: DeviceSpec,
  system: RunningSystem,
  release: Release,
  at: number,
  deferral: Switches['deferredUntil'],
): PlistDict {
  const { family, isAppleSilicon } = spec.model;
  const quirks = spec.legacy?.quirks;
  const isMac = family === 'Mac';
  const since = (version: string) => compareVersionTexts(system.osVersion, version) >= 0;
  const isMajor = isMac && isMajorUpgrade(system.osVersion, release.version);
  const downloadSize = sizeOf(release, 400_000_000, 6_000_000_000);
  return {
    ProductKey: productKeyOf(spec, system, release),
    HumanReadableName: `${OS_NAMES[family]} ${release.version}`,
    Version: release.version,
    Build: release.build,
    IsCritical: false,
    RestartRequired: true,
    AllowsInstallLater: !isMajor,
    DownloadSize: isMac && !since('10.12') ? undefined : downloadSize + (quirks?.oddNumbers ? 0.5 : 0),
    ...(isMac
      ? {
          HumanReadableNameLocale: 'en',
          MetadataURL: since('11') ? undefined : `https://swdist.apple.com/content/downloads/${release.build}.smd`,
          AppIdentifiersToClose: [],
          [since('11') ? 'IsConfigDataUpdate' : 'IsConfigurationDataUpdate']: false,
          IsFirmwareUpdate: false,
          IsMajorOSUpdate: since('10.11.4') ? isMajor : undefined,
          RequiresBootstrapToken: since('11') ? isAppleSilicon : undefined,
          DeferredUntil: quirks?.saysDeferred && since('10.12.4') ? new Date(deferredUntil(spec, at, deferral)) : undefined,
        }
      : {
          ProductName: OS_NAMES[family],
          InstallSize: quirks?.oddNumbers ? undefined : sizeOf(release, 1_000_000_000, 5_000_000_000),
        }),
    ...(since(isMac ? '13.1' : '16.2') ? { IsSecurityResponse: false, SupplementalBuildVersion: release.build } : {}),
  };
}

/** DeferredUntil of all a Mac lists; where that holds an update back it is a day that comes. */
export function deferredUntil(spec: DeviceSpec, at: number, deferral: Switches['deferredUntil']): number {
  return deferral === 'label' ? at + 30 * 86_400_000 : spec.firstContactAt + 5 * 86_400_000;
}

/** Not the OS: what Macs list beside it. Versions of such items may be anything, a space as well. */
const OTHERS: readonly PlistDict[] = [
  { ProductKey: '061-44373', HumanReadableName: 'Safari', Version: '16.6.1', Build: '', RestartRequired: false },
  {
    ProductKey: '091-60868',
    HumanReadableName: 'XProtectPlistConfigData',
    Version: '2099',
    RestartRequired: false,
    IsConfigDataUpdate: true,
  },
  { ProductKey: '091-51303', HumanReadableName: 'Security Update 2017-001', Version: ' ', RestartRequired: false, IsCritical: true },
];

/** What is not an update of the OS, and one item older than what runs. */
export function otherItems(system: RunningSystem): PlistDict[] {
  const common = { HumanReadableNameLocale: 'en', AppIdentifiersToClose: [], IsFirmwareUpdate: false, AllowsInstallLater: true };
  const [major = 0, minor = 0] = system.osVersion.split('.').map(Number);
  const version = major === 10 ? `10.${minor}` : `${major}.0`;
  const older = { ProductKey: '012-00001', HumanReadableName: `macOS ${version}`, Version: version, Build: '1A1', RestartRequired: true };
  return [...OTHERS, older].map((item) => ({ ...common, IsCritical: false, IsConfigDataUpdate: false, ...item }));
}

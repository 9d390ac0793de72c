import type { Switches } from './device.types.ts';
import { SETTINGS } from './settings-judge.ts';
import { canEnforceByDeclaration, compareVersionTexts, type Family } from './table.ts';

/** What an OS version of a family knows of Apple's protocols, from Apple's published availability. */

type FamilyVersions = Readonly<Record<Family, string | undefined>>;

function since(iphone: string, mac: string | undefined, tv: string | undefined, vision: string | undefined): FamilyVersions {
  return { iPhone: iphone, iPad: iphone, Mac: mac, 'Apple TV': tv, 'Vision Pro': vision };
}

function knows(versions: FamilyVersions, family: Family, osVersion: string): boolean {
  const first = versions[family];
  return first !== undefined && compareVersionTexts(osVersion, first) >= 0;
}

const NEVER = undefined;
const DDM = since('15', '13', '16', '1.1');

const STATUS_ITEMS: Readonly<Record<string, FamilyVersions>> = {
  'device.identifier.serial-number': since('16', '13', '16', '1.1'),
  'device.identifier.udid': since('16', '13', '16', '1.1'),
  'device.model.family': DDM,
  'device.model.identifier': DDM,
  'device.model.marketing-name': DDM,
  'device.operating-system.build-version': DDM,
  'device.operating-system.family': DDM,
  'device.operating-system.marketing-name': DDM,
  'device.operating-system.supplemental.build-version': since('16.1', '13', '16.1', '1.1'),
  'device.operating-system.supplemental.extra-version': since('16.1', '13', '16.1', '1.1'),
  'device.operating-system.version': DDM,
  'management.client-capabilities': DDM,
  'management.declarations': DDM,
  'mdm.enrollment-type': since('27', '27', '27', '27'),
  'mdm.is-awaiting-configuration': since('27', '27', '27', '27'),
  'softwareupdate.beta-enrollment': since('18', '15', NEVER, NEVER),
  'softwareupdate.device-id': since('18', '15', '18.4', '26'),
  'softwareupdate.failure-reason': since('17', '14', '18.4', '26'),
  'softwareupdate.install-reason': since('17', '14', '18.4', '26'),
  'softwareupdate.install-state': since('17', '14', '18.4', '26'),
  'softwareupdate.pending-version': since('17', '14', '18.4', '26'),
};

/** First OS that answers a DeviceInformation query; queries not named here are answered by all. */
const QUERIES: Readonly<Record<string, FamilyVersions>> = {
  SupplementalOSVersionExtra: since('16.1', '13', '16.1', '1'),
  SupplementalBuildVersion: since('16.1', '13', '16.1', '1'),
  SoftwareUpdateDeviceID: since('15', '12', NEVER, '1'),
  IsSupervised: since('6', '10.15', '9', '1'),
  IsAppleSilicon: { ...since('99', '12', NEVER, NEVER), iPhone: NEVER, iPad: NEVER },
  IsMultiUser: since('9.3', NEVER, NEVER, NEVER),
  AwaitingConfiguration: since('9', '10.11', '10.2', '2'),
  IsMDMLostModeEnabled: since('9.3', NEVER, NEVER, NEVER),
  TimeZone: since('14', '26', '14', '2'),
  BatteryLevel: since('5', '13.3', NEVER, '1'),
  DeviceCapacity: since('4', '10.7', NEVER, '1'),
  AvailableDeviceCapacity: since('4', '10.7', NEVER, '1'),
};

const REMOVED_IN_27: ReadonlySet<string> = new Set(['SoftwareUpdateDeviceID', 'OSUpdateSettings', 'SoftwareUpdateSettings']);

const COMMANDS = since('9', '10.11', '12', NEVER);

/** ScheduleOSUpdate and its kin: there from this OS on, removed in 27. */
export function hasUpdateCommands(family: Family, osVersion: string): boolean {
  return knows(COMMANDS, family, osVersion) && compareVersionTexts(osVersion, '27') < 0;
}

export function hasDeclarativeManagement(family: Family, osVersion: string): boolean {
  return knows(DDM, family, osVersion);
}

/** The daily safety sync says FullReport from iOS 17, macOS 14, tvOS 17 on. */
export function hasFullReport(family: Family, osVersion: string): boolean {
  return knows(since('17', '14', '17', '1.1'), family, osVersion);
}

export function isRemovedQuery(query: string, osVersion: string): boolean {
  return REMOVED_IN_27.has(query) && Number.parseInt(osVersion, 10) >= 27;
}

export function answersQuery(query: string, family: Family, osVersion: string): boolean {
  if (isRemovedQuery(query, osVersion)) return false;
  const versions = QUERIES[query];
  return versions === undefined || knows(versions, family, osVersion);
}

/** An unsupervised Mac and a User Enrollment have no softwareupdate.* items. */
export function supportedStatusItems(family: Family, osVersion: string, canUpdate: boolean, unsure: UnsureItems = DOCUMENTED): string[] {
  return Object.keys(STATUS_ITEMS).filter(
    (name) =>
      knows(STATUS_ITEMS[name] as FamilyVersions, family, osVersion) &&
      (canUpdate || !name.startsWith('softwareupdate.')) &&
      (unsure.mdmItemsIn27 || !name.startsWith('mdm.')) &&
      (name !== 'softwareupdate.device-id' || family !== 'Vision Pro' || compareVersionTexts(osVersion, unsure.visionDeviceId) >= 0),
  );
}

/** What Apple's pages don't agree on. */
type UnsureItems = Pick<Switches, 'visionDeviceId' | 'mdmItemsIn27'>;

const DOCUMENTED: UnsureItems = { visionDeviceId: '26', mdmItemsIn27: true };

export const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';
export const SUBSCRIPTIONS = 'com.apple.configuration.management.status-subscriptions';
export const ACTIVATION = 'com.apple.activation.simple';

export interface SupportedDeclarations {
  activations: string[];
  assets: string[];
  configurations: string[];
  management: string[];
}

export function supportedDeclarations(family: Family, osVersion: string): SupportedDeclarations {
  const configurations = ['com.apple.configuration.legacy', 'com.apple.configuration.management.test', SUBSCRIPTIONS];
  if (family !== 'Apple TV') configurations.push('com.apple.configuration.passcode.settings');
  if (canEnforceByDeclaration(family, osVersion)) configurations.push(ENFORCEMENT);
  if (knows(since('18', '15', '18.4', '26'), family, osVersion)) configurations.push(SETTINGS);
  return {
    activations: [ACTIVATION],
    assets: ['com.apple.asset.data', 'com.apple.asset.useridentity'],
    configurations: configurations.sort(),
    management: ['com.apple.management.organization-info', 'com.apple.management.properties', 'com.apple.management.server-capabilities'],
  };
}

const capabilitiesMade = new Map<string, unknown>();

/** Value of management.client-capabilities. Not to be changed: made once for each kind of system. */
export function clientCapabilities(family: Family, osVersion: string, canUpdate: boolean, unsure: UnsureItems = DOCUMENTED): unknown {
  const key = `${family} ${osVersion} ${canUpdate} ${unsure.visionDeviceId} ${unsure.mdmItemsIn27}`;
  const made = capabilitiesMade.get(key) ?? makeCapabilities(family, osVersion, canUpdate, unsure);
  capabilitiesMade.set(key, made);
  return made;
}

function makeCapabilities(family: Family, osVersion: string, canUpdate: boolean, unsure: UnsureItems): unknown {
  return {
    'supported-features': {},
    'supported-payloads': {
      declarations: supportedDeclarations(family, osVersion),
      'status-items': supportedStatusItems(family, osVersion, canUpdate, unsure),
    },
    'supported-versions': ['1.0.0'],
  };
}

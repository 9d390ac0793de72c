import { isDictionary, type PlistDictionary, textMax, valueAt } from './fields.ts';

/** A property list with everything secret or unknown replaced; JSON-safe. */
export type Redacted = string | number | boolean | Redacted[] | { [key: string]: Redacted };

/** `true`: the value is kept when it is a plain one; a tree: the keys below. */
type Kept = true | { readonly [key: string]: Kept };

/**
 * The keys whose values may be stored or shown: those that decodeMessage and enrollmentRefOf read, without the ones
 * that carry a secret or a person's name (Data, BootstrapToken, UserShortName, DeviceName). Everything else is replaced.
 */
const kept: Kept = {
  MessageType: true,
  Status: true,
  CommandUUID: true,
  RequestType: true,
  Endpoint: true,
  UDID: true,
  EnrollmentID: true,
  UserID: true,
  EnrollmentUserID: true,
  AwaitingConfiguration: true,
  OSVersion: true,
  BuildVersion: true,
  ProductName: true,
  Model: true,
  ModelName: true,
  SerialNumber: true,
  ErrorChain: { ErrorDomain: true, ErrorCode: true, LocalizedDescription: true, USEnglishDescription: true },
  QueryResponses: {
    SerialNumber: true,
    OSVersion: true,
    SupplementalOSVersionExtra: true,
    BuildVersion: true,
    SupplementalBuildVersion: true,
    ProductName: true,
    Model: true,
    ModelName: true,
    SoftwareUpdateDeviceID: true,
    IsSupervised: true,
    IsAppleSilicon: true,
    IsMultiUser: true,
    AwaitingConfiguration: true,
    IsMDMLostModeEnabled: true,
    TimeZone: true,
    BatteryLevel: true,
    AvailableDeviceCapacity: true,
  },
  SecurityInfo: {
    PasscodePresent: true,
    BootstrapTokenAllowedForAuthentication: true,
    BootstrapTokenRequiredForSoftwareUpdate: true,
    ManagementStatus: { IsUserEnrollment: true, UserApprovedEnrollment: true, EnrolledViaDEP: true },
  },
  AvailableOSUpdates: {
    ProductKey: true,
    HumanReadableName: true,
    Version: true,
    SupplementalOSVersionExtra: true,
    Build: true,
    DownloadSize: true,
    InstallSize: true,
    IsMajorOSUpdate: true,
    IsCritical: true,
    IsConfigDataUpdate: true,
    IsConfigurationDataUpdate: true,
    IsFirmwareUpdate: true,
    IsSecurityResponse: true,
    RestartRequired: true,
    RequiresBootstrapToken: true,
    DeferredUntil: true,
  },
  OSUpdateStatus: {
    ProductKey: true,
    Status: true,
    IsDownloaded: true,
    DownloadPercentComplete: true,
    DeferralsRemaining: true,
    NextScheduledInstall: true,
  },
  UpdateResults: {
    ProductKey: true,
    InstallAction: true,
    Status: true,
    ErrorChain: { ErrorDomain: true, ErrorCode: true, LocalizedDescription: true, USEnglishDescription: true },
  },
  ScanInitiated: true,
  GlobalRestrictions: {
    restrictedBool: { forceDelayedSoftwareUpdates: { value: true } },
    restrictedValue: { enforcedSoftwareUpdateDelay: { value: true } },
  },
};

/** Most entries shown of one dictionary or array. */
const entriesMax = 200;
/** Dictionaries and arrays deeper than this are only named. */
const depthMax = 12;
const keptTextMax = 1000;

/**
 * The shape of a property list for people who look for the reason why it could not be understood: allow-listed
 * values as they are, all others as their type and length ("string(36)", "data(32)"). Unknown keys keep their names,
 * because a name is what such a person needs.
 */
export function redactPlist(plist: unknown): Redacted {
  return redact(plist, isDictionary(plist) ? kept : undefined, 0);
}

function redact(value: unknown, keep: Kept | undefined, depth: number): Redacted {
  if (depth >= depthMax) return '…';
  if (Array.isArray(value))
    return value.slice(0, entriesMax).map((element) => redact(element, keep === true ? undefined : keep, depth + 1));
  if (isDictionary(value)) return redactDictionary(value, keep, depth);
  return keep === true ? (plainValue(value) ?? placeholder(value)) : placeholder(value);
}

function redactDictionary(dictionary: PlistDictionary, keep: Kept | undefined, depth: number): Redacted {
  const entries = Object.keys(dictionary)
    .slice(0, entriesMax)
    .map((key) => [key.slice(0, textMax), redact(dictionary[key], keptBelow(keep, key), depth + 1)] as const);
  return Object.fromEntries(entries);
}

function keptBelow(keep: Kept | undefined, key: string): Kept | undefined {
  return keep === undefined || keep === true ? undefined : (valueAt(keep, key) as Kept | undefined);
}

function plainValue(value: unknown): Redacted | undefined {
  if (typeof value === 'string') return value.slice(0, keptTextMax);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

function placeholder(value: unknown): string {
  if (typeof value === 'string') return `string(${value.length})`;
  if (ArrayBuffer.isView(value)) return `data(${value.byteLength})`;
  if (typeof value === 'object') return value === null ? 'nothing' : 'date';
  return typeof value;
}

/**
 * What Apple's MDM protocol says to a server, decoded and reduced to the keys Ratchet reads.
 * Secrets (push magic, tokens, unlock tokens, recovery keys) have no field here: what isn't named is dropped.
 * Apple: https://developer.apple.com/documentation/devicemanagement/check-in and .../commands-and-queries
 */

/** Enrollment types exactly as NanoMDM spells `ids.type`. */
export type EnrollmentType = 'Device' | 'User' | 'Shared iPad' | 'User Enrollment (Device)' | 'User Enrollment';

/** Who a message is about. `id` is what the host addresses; for the device channel that is the UDID. */
export interface EnrollmentRef {
  id: string;
  /** Device (channel) this user channel belongs to. */
  parentId?: string;
  type: EnrollmentType;
}

/** One element of `ErrorChain`, outermost first. Software should match on (domain, code) and show the text. */
export interface MdmError {
  domain: string;
  code: number;
  description: string;
}

/** `QueryResponses` of DeviceInformation: only what Ratchet reads. Absent means "not answered". */
export interface DeviceInformation {
  serialNumber?: string;
  /** As people named it: one line of at most 200 characters. It often says whose device it is. */
  deviceName?: string;
  osVersion?: string;
  /** e.g. "(a)"; empty when the device has no rapid security response. */
  supplementalOsVersionExtra?: string;
  buildVersion?: string;
  supplementalBuildVersion?: string;
  productName?: string;
  model?: string;
  modelName?: string;
  softwareUpdateDeviceId?: string;
  isSupervised?: boolean;
  isAppleSilicon?: boolean;
  isMultiUser?: boolean;
  awaitingConfiguration?: boolean;
  isMdmLostModeEnabled?: boolean;
  /** IANA name. */
  timeZone?: string;
  /** 0..1; absent when the device answered -1 (unknown). */
  batteryLevel?: number;
  /** Gigabytes (10^9) on iOS and macOS 12+, GiB on macOS up to 11. */
  availableDeviceCapacity?: number;
}

/** `SecurityInfo`: only what Ratchet reads. */
export interface SecurityInfo {
  passcodePresent?: boolean;
  bootstrapTokenAllowedForAuthentication?: 'allowed' | 'disallowed' | 'not supported' | string;
  bootstrapTokenRequiredForSoftwareUpdate?: boolean;
  isUserEnrollment?: boolean;
  userApprovedEnrollment?: boolean;
  enrolledViaDep?: boolean;
}

/**
 * One entry of `AvailableOSUpdates`. `productKey` is opaque.
 * https://developer.apple.com/documentation/devicemanagement/availableosupdatesresponse/availableosupdatesitem
 */
export interface AvailableUpdate {
  productKey: string;
  name?: string;
  version?: string;
  /** "(a)": only for background improvements. */
  versionExtra?: string;
  build?: string;
  /** Bytes; the device needs both, free. */
  downloadSize?: number;
  installSize?: number;
  isMajor?: boolean;
  isCritical?: boolean;
  /** XProtect and its like, and firmware: no OS. */
  isConfigData?: boolean;
  isFirmware?: boolean;
  isSecurityResponse?: boolean;
  restartRequired?: boolean;
  requiresBootstrapToken?: boolean;
  /** RFC 3339; a deferral hides it from the user until then. */
  deferredUntil?: string;
}

/** One entry of `OSUpdateStatus`. https://developer.apple.com/documentation/devicemanagement/osupdatestatusresponse/osupdatestatusitem */
export interface UpdateStatus {
  productKey: string;
  /** Idle, Downloading (also: preparing), Installing, or another string. */
  status: string;
  isDownloaded?: boolean;
  /** 0..1 */
  percentComplete?: number;
  deferralsRemaining?: number;
  /** RFC 3339. */
  nextScheduledInstall?: string;
}

/** One entry of `UpdateResults`. https://developer.apple.com/documentation/devicemanagement/scheduleosupdateresponse/updateresultsitem */
export interface UpdateResult {
  productKey: string;
  /** What the device does; it may be another action than the one asked for. "" when it did not say. */
  installAction: string;
  /** Idle, Downloading, Installing, DownloadFailed, … or another string. */
  status: string;
  errorChain?: MdmError[];
}

/** What restrictions by profiles say of deferring software updates. */
export interface Deferral {
  isForced: boolean;
  days?: number;
  /** Identifiers of profiles that say so, as far as they were told. */
  profiles: string[];
}

/** Status of a command report. Other strings are kept as they came. */
export type CommandStatus = 'Idle' | 'Acknowledged' | 'Error' | 'CommandFormatError' | 'NotNow' | (string & {});

export type MdmMessage =
  | {
      kind: 'Authenticate';
      osVersion?: string;
      buildVersion?: string;
      productName?: string;
      model?: string;
      modelName?: string;
      serialNumber?: string;
      deviceName?: string;
    }
  | { kind: 'TokenUpdate'; awaitingConfiguration?: boolean }
  | { kind: 'CheckOut' }
  | { kind: 'UserAuthenticate' }
  /** `escrowed: false` is Apple's "delete it": the key missing or of zero length. */
  | { kind: 'SetBootstrapToken'; escrowed: boolean }
  | { kind: 'GetBootstrapToken' }
  | { kind: 'GetToken' }
  /** `data` is the JSON text of a status report (endpoint `status`), still undecoded: the ddm room reads it. */
  | { kind: 'DeclarativeManagement'; endpoint: string; data?: string }
  | {
      kind: 'CommandReport';
      status: CommandStatus;
      commandUuid?: string;
      /** Inferred from the answer's top-level key; real devices don't repeat the RequestType. */
      answers?:
        | 'DeviceInformation'
        | 'SecurityInfo'
        | 'AvailableOSUpdates'
        | 'OSUpdateStatus'
        | 'ScheduleOSUpdate'
        | 'ScheduleOSUpdateScan';
      errorChain?: MdmError[];
      deviceInformation?: DeviceInformation;
      securityInfo?: SecurityInfo;
      /** Empty: nothing to install. */
      availableUpdates?: AvailableUpdate[];
      /** Empty: nothing is in progress, or a declaration has the update in hand. */
      updateStatuses?: UpdateStatus[];
      updateResults?: UpdateResult[];
      scanInitiated?: boolean;
      /** Of Restrictions, which only other tools ask. */
      deferral?: Deferral;
      /** Of ProfileList, which only other tools ask: identifiers of profiles with settings of automatic updates. */
      updateProfiles?: string[];
    };

/** Why a payload was put aside instead of being decoded; shown by `ratchet inbox`. */
export type UndecodableReason =
  | 'payload-not-base64'
  | 'payload-not-plist'
  | 'payload-not-a-dictionary'
  | 'message-type-unknown'
  | 'enrollment-id-missing'
  | 'status-missing'
  | 'status-report-not-json';

export type DecodeResult<T> = { ok: true; value: T } | { ok: false; reason: UndecodableReason; detail: string };

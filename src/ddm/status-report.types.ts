/**
 * What a device's status report says, reduced to the status items Ratchet reads.
 * Apple: https://developer.apple.com/documentation/devicemanagement/statusreport
 */

/** One entry of `management.declarations.*`. */
export interface DeclarationStatus {
  identifier: string;
  serverToken: string;
  active: boolean;
  valid: 'valid' | 'invalid' | 'unknown' | (string & {});
  reasons: DeclarationReason[];
}

export interface DeclarationReason {
  /** e.g. "Error.ConfigurationCannotBeApplied". */
  code: string;
  description?: string;
}

/** `softwareupdate.failure-reason`; `count` 0 means none. */
export interface FailureReason {
  count: number;
  reason?: string;
  /** RFC 3339 as the device wrote it. */
  timestamp?: string;
}

/** `softwareupdate.pending-version`; empty strings mean none. */
export interface PendingVersion {
  osVersion: string;
  buildVersion: string;
  targetLocalDateTime?: string;
}

/** `softwareupdate.install-reason`. */
export interface InstallReason {
  reason: string[];
  declarationId?: string;
}

/** `management.client-capabilities`, what this OS can take. */
export interface ClientCapabilities {
  /** Of supported-payloads.declarations the configurations that concern software update. */
  declarations: string[];
  /** Of supported-payloads.status-items those of software update, device and mdm. */
  statusItems: string[];
}

/** Absent fields mean "unchanged" unless `fullReport`. */
export interface StatusReport {
  fullReport: boolean;
  osVersion?: string;
  buildVersion?: string;
  supplementalBuildVersion?: string;
  supplementalExtraVersion?: string;
  modelIdentifier?: string;
  serialNumber?: string;
  softwareUpdateDeviceId?: string;
  /** none, waiting, downloading, prepared, installing, failed, or another string. */
  installState?: string;
  installReason?: InstallReason;
  failureReason?: FailureReason;
  pendingVersion?: PendingVersion;
  /** Empty string: not enrolled in a beta program. */
  betaEnrollment?: string;
  /** mdm.enrollment-type (27+): none, supervised, device, user. */
  enrollmentType?: string;
  /** mdm.is-awaiting-configuration (27+). */
  isAwaitingConfiguration?: boolean;
  clientCapabilities?: ClientCapabilities;
  /** Present when the report has a management.declarations section. */
  declarations?: DeclarationStatus[];
  /** StatusItem names the device refused. */
  refusedStatusItems: string[];
}

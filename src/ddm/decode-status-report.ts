import {
  filledTextAt,
  flagAt,
  isJsonObject,
  type JsonObject,
  listAt,
  lowerCased,
  objectAt,
  textAt,
  textsAt,
  valueAt,
} from './json-fields.ts';
import type {
  ClientCapabilities,
  DeclarationReason,
  DeclarationStatus,
  FailureReason,
  InstallReason,
  PendingVersion,
  StatusReport,
} from './status-report.types.ts';

export type DecodeStatusReportResult = { ok: true; value: StatusReport } | { ok: false; detail: string };

/** Longest report read, in UTF-16 units; full reports of real devices are some 100 kB. */
const reportLengthMax = 8 * 1024 * 1024;
const declarationsMax = 1000;
const reasonsMax = 20;
const capabilitiesMax = 2000;
const refusedMax = 500;
/** Of what a device can do only what Ratchet may ask of it is kept: all of it was a third of what is stored of a device. */
const OUR_DECLARATION_TYPES = /^com\.apple\.configuration\.softwareupdate\./;
const OUR_STATUS_ITEMS = /^(softwareupdate|device|mdm)\./;
const descriptionMax = 1000;

/**
 * Reads the JSON text of a status report. Only what isn't a JSON object at all fails; a status item of an unexpected
 * shape is as good as absent, and absent means "unchanged" unless `fullReport`. What isn't named in StatusReport is
 * dropped: OS 27 reports push token and push magic as status items.
 * https://developer.apple.com/documentation/devicemanagement/statusreport
 */
export function decodeStatusReport(jsonText: string): DecodeStatusReportResult {
  if (jsonText.length > reportLengthMax) return { ok: false, detail: `longer than ${reportLengthMax} characters` };
  let report: unknown;
  try {
    report = JSON.parse(jsonText.replace(/^\uFEFF/, ''));
  } catch {
    // The parser's message quotes the text, which may hold what must not be stored.
    return { ok: false, detail: `not JSON (${jsonText.length} characters)` };
  }
  if (!isJsonObject(report)) return { ok: false, detail: 'not a JSON object' };
  return { ok: true, value: readReport(report) };
}

function readReport(report: JsonObject): StatusReport {
  const items = objectAt(report, 'StatusItems') ?? {};
  const softwareUpdate = objectAt(items, 'softwareupdate');
  const operatingSystem = objectAt(items, 'device', 'operating-system');
  const supplemental = operatingSystem && objectAt(operatingSystem, 'supplemental');
  const mdm = objectAt(items, 'mdm');
  return withoutUndefined({
    fullReport: flagAt(report, 'FullReport') ?? false,
    osVersion: filledTextAt(operatingSystem, 'version'),
    buildVersion: filledTextAt(operatingSystem, 'build-version'),
    supplementalBuildVersion: filledTextAt(supplemental, 'build-version'),
    // Empty is an answer here: no background security improvement is installed.
    supplementalExtraVersion: textAt(supplemental, 'extra-version'),
    modelIdentifier: filledTextAt(objectAt(items, 'device', 'model'), 'identifier'),
    serialNumber: filledTextAt(objectAt(items, 'device', 'identifier'), 'serial-number'),
    softwareUpdateDeviceId: filledTextAt(softwareUpdate, 'device-id'),
    installState: filledTextAt(softwareUpdate, 'install-state'),
    installReason: softwareUpdate && readInstallReason(softwareUpdate),
    failureReason: softwareUpdate && readFailureReason(softwareUpdate),
    pendingVersion: softwareUpdate && readPendingVersion(softwareUpdate),
    betaEnrollment: textAt(softwareUpdate, 'beta-enrollment'),
    enrollmentType: filledTextAt(mdm, 'enrollment-type'),
    isAwaitingConfiguration: flagAt(mdm, 'is-awaiting-configuration'),
    clientCapabilities: readClientCapabilities(items),
    declarations: readDeclarations(items),
    refusedStatusItems: listAt(report, 'Errors', refusedMax)
      .filter(isJsonObject)
      .map((error) => filledTextAt(error, 'StatusItem'))
      .filter((name) => name !== undefined),
  });
}

/** https://developer.apple.com/documentation/devicemanagement/statussoftwareupdateinstallreason */
function readInstallReason(softwareUpdate: JsonObject): InstallReason | undefined {
  const value = objectAt(softwareUpdate, 'install-reason');
  return value && withoutUndefined({ reason: textsAt(value, 'reason', reasonsMax), declarationId: filledTextAt(value, 'declaration-id') });
}

/** https://developer.apple.com/documentation/devicemanagement/statussoftwareupdatefailurereason */
function readFailureReason(softwareUpdate: JsonObject): FailureReason | undefined {
  const value = objectAt(softwareUpdate, 'failure-reason');
  if (!value) return undefined;
  const count = valueAt(value, 'count');
  const reason = filledTextAt(value, 'reason', descriptionMax);
  return withoutUndefined({
    // A reason without a count is still one failure.
    count: typeof count === 'number' && Number.isFinite(count) ? Math.max(0, Math.trunc(count)) : reason === undefined ? 0 : 1,
    reason,
    timestamp: filledTextAt(value, 'timestamp'),
  });
}

/** https://developer.apple.com/documentation/devicemanagement/statussoftwareupdatependingversion */
function readPendingVersion(softwareUpdate: JsonObject): PendingVersion | undefined {
  const value = objectAt(softwareUpdate, 'pending-version');
  return (
    value &&
    withoutUndefined({
      osVersion: textAt(value, 'os-version') ?? '',
      buildVersion: textAt(value, 'build-version') ?? '',
      targetLocalDateTime: filledTextAt(value, 'target-local-date-time'),
    })
  );
}

/** https://developer.apple.com/documentation/devicemanagement/statusmanagementclientcapabilities */
function readClientCapabilities(items: JsonObject): ClientCapabilities | undefined {
  const payloads = objectAt(items, 'management', 'client-capabilities', 'supported-payloads');
  if (!payloads) return undefined;
  const groups = objectAt(payloads, 'declarations');
  return {
    declarations: textsAt(groups, 'configurations', capabilitiesMax).filter((type) => OUR_DECLARATION_TYPES.test(type)),
    statusItems: textsAt(payloads, 'status-items', capabilitiesMax).filter((name) => OUR_STATUS_ITEMS.test(name)),
  };
}

/**
 * The four lists of `management.declarations` as one. An identifier may be there twice with two server tokens (the old
 * and the new body), so entries are not merged.
 * https://developer.apple.com/documentation/devicemanagement/statusmanagementdeclarations
 */
function readDeclarations(items: JsonObject): DeclarationStatus[] | undefined {
  const lists = objectAt(items, 'management', 'declarations');
  if (!lists) return undefined;
  return ['activations', 'assets', 'configurations', 'management']
    .flatMap((list) => listAt(lists, list, declarationsMax))
    .filter(isJsonObject)
    .flatMap((entry) => readDeclaration(entry) ?? []);
}

function readDeclaration(entry: JsonObject): DeclarationStatus | undefined {
  const identifier = filledTextAt(entry, 'identifier');
  if (identifier === undefined || flagAt(entry, '_removed')) return undefined;
  return {
    identifier,
    serverToken: textAt(entry, 'server-token') ?? '',
    active: flagAt(entry, 'active') ?? false,
    valid: filledTextAt(entry, 'valid') ?? 'unknown',
    reasons: listAt(entry, 'reasons', reasonsMax).filter(isJsonObject).map(readReason),
  };
}

/**
 * The schema writes `Code` and `Description`, devices write `code` and `description`.
 * https://developer.apple.com/documentation/devicemanagement/statusreason
 */
function readReason(reason: JsonObject): DeclarationReason {
  const fields = lowerCased(reason);
  return withoutUndefined({ code: textAt(fields, 'code') ?? '', description: filledTextAt(fields, 'description', descriptionMax) });
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

import {
  dictionaryAt,
  flagAt,
  isDictionary,
  numberAt,
  type PlistDictionary,
  rawTextAt,
  textAt,
  valueAt,
  withoutUndefined,
} from './fields.ts';
import type { DecodeResult, DeviceInformation, MdmError, MdmMessage, SecurityInfo } from './messages.ts';

/** Longest error description kept. */
const descriptionMax = 1000;
/** Most elements kept of an error chain; real ones have one to three. */
const errorsMax = 10;

type CommandReport = Extract<MdmMessage, { kind: 'CommandReport' }>;
type AnsweredRequest = NonNullable<CommandReport['answers']>;

/** A report names its request only by the key of its answer. https://developer.apple.com/documentation/devicemanagement/commands-and-queries */
const requestOfAnswer: ReadonlyArray<readonly [key: string, request: AnsweredRequest]> = [
  ['QueryResponses', 'DeviceInformation'],
  ['SecurityInfo', 'SecurityInfo'],
  ['AvailableOSUpdates', 'AvailableOSUpdates'],
  ['OSUpdateStatus', 'OSUpdateStatus'],
  ['UpdateResults', 'ScheduleOSUpdate'],
  ['ScanInitiated', 'ScheduleOSUpdateScan'],
];

/** Reads what a device says on its command connection: Idle, or the answer to one command. */
export function decodeCommandReport(plist: PlistDictionary): DecodeResult<MdmMessage> {
  const status = textAt(plist, 'Status');
  if (status === undefined) return { ok: false, reason: 'status-missing', detail: 'no Status' };
  const queryResponses = dictionaryAt(plist, 'QueryResponses');
  const securityInfo = dictionaryAt(plist, 'SecurityInfo');
  return {
    ok: true,
    value: withoutUndefined({
      kind: 'CommandReport',
      status,
      commandUuid: textAt(plist, 'CommandUUID'),
      answers: answeredRequest(plist),
      errorChain: decodeErrorChain(valueAt(plist, 'ErrorChain')),
      deviceInformation: queryResponses && decodeDeviceInformation(queryResponses),
      securityInfo: securityInfo && decodeSecurityInfo(securityInfo),
    }),
  };
}

function answeredRequest(plist: PlistDictionary): AnsweredRequest | undefined {
  const byKey = requestOfAnswer.find(([key]) => valueAt(plist, key) !== undefined);
  if (byKey) return byKey[1];
  const requestType = textAt(plist, 'RequestType');
  return requestOfAnswer.find(([, request]) => request === requestType)?.[1];
}

/**
 * `ErrorChain` is an array of dictionaries, outermost first; its elements are `ANY` in Apple's schema, so each key
 * may be missing or of another type. US English is preferred: what people search for is written in it.
 */
function decodeErrorChain(value: unknown): MdmError[] | undefined {
  if (value === undefined) return undefined;
  const chain = (Array.isArray(value) ? value : [value]).slice(0, errorsMax);
  return chain.filter(isDictionary).map((error) => ({
    domain: textAt(error, 'ErrorDomain') ?? '',
    code: Math.trunc(numberAt(error, 'ErrorCode') ?? Number.parseInt(textAt(error, 'ErrorCode') ?? '', 10)) || 0,
    description: textAt(error, 'USEnglishDescription', descriptionMax) ?? textAt(error, 'LocalizedDescription', descriptionMax) ?? '',
  }));
}

/** https://developer.apple.com/documentation/devicemanagement/deviceinformationresponse/queryresponses */
function decodeDeviceInformation(answer: PlistDictionary): DeviceInformation {
  return withoutUndefined({
    serialNumber: textAt(answer, 'SerialNumber'),
    osVersion: textAt(answer, 'OSVersion'),
    // Empty is an answer here: the device says that it has no rapid security response.
    supplementalOsVersionExtra: rawTextAt(answer, 'SupplementalOSVersionExtra')?.trim(),
    buildVersion: textAt(answer, 'BuildVersion'),
    supplementalBuildVersion: textAt(answer, 'SupplementalBuildVersion'),
    productName: textAt(answer, 'ProductName'),
    model: textAt(answer, 'Model'),
    modelName: textAt(answer, 'ModelName'),
    softwareUpdateDeviceId: textAt(answer, 'SoftwareUpdateDeviceID'),
    isSupervised: flagAt(answer, 'IsSupervised'),
    isAppleSilicon: flagAt(answer, 'IsAppleSilicon'),
    isMultiUser: flagAt(answer, 'IsMultiUser'),
    awaitingConfiguration: flagAt(answer, 'AwaitingConfiguration'),
    isMdmLostModeEnabled: flagAt(answer, 'IsMDMLostModeEnabled'),
    timeZone: textAt(answer, 'TimeZone'),
    batteryLevel: notBelowZero(numberAt(answer, 'BatteryLevel')),
    availableDeviceCapacity: notBelowZero(numberAt(answer, 'AvailableDeviceCapacity')),
  });
}

/** A battery level of -1 means that the device can't tell. */
function notBelowZero(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 ? value : undefined;
}

/** https://developer.apple.com/documentation/devicemanagement/securityinforesponse/securityinfo */
function decodeSecurityInfo(answer: PlistDictionary): SecurityInfo {
  const management = dictionaryAt(answer, 'ManagementStatus') ?? {};
  return withoutUndefined({
    passcodePresent: flagAt(answer, 'PasscodePresent'),
    bootstrapTokenAllowedForAuthentication: decodeAllowed(answer),
    bootstrapTokenRequiredForSoftwareUpdate: flagAt(answer, 'BootstrapTokenRequiredForSoftwareUpdate'),
    isUserEnrollment: flagAt(management, 'IsUserEnrollment'),
    userApprovedEnrollment: flagAt(management, 'UserApprovedEnrollment'),
    enrolledViaDep: flagAt(management, 'EnrolledViaDEP'),
  });
}

/** Apple's prose calls it a boolean, real Macs answer one of three strings. */
function decodeAllowed(answer: PlistDictionary): string | undefined {
  const key = 'BootstrapTokenAllowedForAuthentication';
  const flag = flagAt(answer, key);
  if (flag !== undefined) return flag ? 'allowed' : 'disallowed';
  return textAt(answer, key);
}

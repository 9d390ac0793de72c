import { decodeErrorChain } from './decode-error-chain.ts';
import { decodeDeferral, decodeUpdateProfiles } from './decode-profiles.ts';
import { decodeAvailableUpdates, decodeUpdateResults, decodeUpdateStatuses } from './decode-updates.ts';
import { dictionaryAt, flagAt, nameAt, numberAt, type PlistDictionary, rawTextAt, textAt, valueAt, withoutUndefined } from './fields.ts';
import type { DecodeResult, DeviceInformation, MdmMessage, SecurityInfo } from './messages.ts';

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
      availableUpdates: decodeAvailableUpdates(plist),
      updateStatuses: decodeUpdateStatuses(plist),
      updateResults: decodeUpdateResults(plist),
      scanInitiated: flagAt(plist, 'ScanInitiated'),
      deferral: decodeDeferral(plist),
      updateProfiles: decodeUpdateProfiles(plist),
    }),
  };
}

function answeredRequest(plist: PlistDictionary): AnsweredRequest | undefined {
  const byKey = requestOfAnswer.find(([key]) => valueAt(plist, key) !== undefined);
  if (byKey) return byKey[1];
  const requestType = textAt(plist, 'RequestType');
  return requestOfAnswer.find(([, request]) => request === requestType)?.[1];
}

/** https://developer.apple.com/documentation/devicemanagement/deviceinformationresponse/queryresponses */
function decodeDeviceInformation(answer: PlistDictionary): DeviceInformation {
  return withoutUndefined({
    serialNumber: textAt(answer, 'SerialNumber'),
    deviceName: nameAt(answer, 'DeviceName'),
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

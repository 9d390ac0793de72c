import { answersQuery, hasDeclarativeManagement } from './capabilities.ts';
import type { DeviceSpec } from './device.types.ts';
import type { PlistDict, PlistValue } from './plist.ts';
import type { RunningSystem } from './update-engine.ts';
import { bytesOf } from './wire.ts';

/** What a device answers to a command, without its identity and the CommandUUID. Real devices don't repeat the RequestType. */
export function answerCommand(spec: DeviceSpec, system: RunningSystem, command: PlistDict, isUserChannel: boolean): PlistDict {
  switch (command.RequestType) {
    case 'DeviceInformation':
      return { Status: 'Acknowledged', QueryResponses: deviceInformation(spec, system, command.Queries, isUserChannel) };
    case 'SecurityInfo':
      return isUserChannel ? invalidRequest(command) : { Status: 'Acknowledged', SecurityInfo: securityInfo(spec) };
    case 'DeclarativeManagement':
      if (!hasDeclarativeManagement(spec.model.family, system.osVersion)) return invalidRequest(command);
      // The engine is not there before Setup Assistant is through.
      return { Status: spec.trouble === 'awaiting-configuration' ? 'NotNow' : 'Acknowledged' };
    default:
      return invalidRequest(command);
  }
}

function invalidRequest(command: PlistDict): PlistDict {
  const text = `The request type “${String(command.RequestType)}” is not valid.`;
  return {
    Status: 'Error',
    ErrorChain: [{ ErrorCode: 12021, ErrorDomain: 'MCMDMErrorDomain', LocalizedDescription: text, USEnglishDescription: text }],
  };
}

function deviceInformation(spec: DeviceSpec, system: RunningSystem, queries: PlistValue | undefined, isUserChannel: boolean): PlistDict {
  const { model } = spec;
  const values: PlistDict = {
    UDID: spec.isUserEnrollment ? undefined : spec.id,
    SerialNumber: spec.isUserEnrollment ? undefined : spec.serialNumber,
    DeviceName: spec.name,
    OSVersion: system.osVersion,
    BuildVersion: system.build,
    SupplementalBuildVersion: system.build,
    SupplementalOSVersionExtra: '',
    ProductName: model.productName,
    Model: model.productName,
    ModelName: model.family,
    SoftwareUpdateDeviceID: spec.isUserEnrollment ? undefined : model.deviceId,
    IsSupervised: spec.isSupervised,
    IsAppleSilicon: model.isAppleSilicon,
    IsMultiUser: false,
    AwaitingConfiguration: spec.trouble === 'awaiting-configuration',
    IsMDMLostModeEnabled: false,
    TimeZone: spec.timeZone,
    BatteryLevel: spec.trouble === 'insufficient-power' ? 0.07 : 0.81,
    DeviceCapacity: 128,
    AvailableDeviceCapacity: spec.trouble === 'insufficient-space' ? 1.25 : 61.5,
  };
  const answer: PlistDict = {};
  for (const query of Array.isArray(queries) ? queries : []) {
    const name = String(query);
    if (isUserChannel && name === 'SoftwareUpdateDeviceID') continue;
    if (values[name] !== undefined && answersQuery(name, model.family, system.osVersion)) answer[name] = values[name];
  }
  return answer;
}

function securityInfo(spec: DeviceSpec): PlistDict {
  if (spec.model.family !== 'Mac') return { PasscodePresent: !spec.isUserEnrollment || undefined, PasscodeCompliant: true };
  const isSilicon = spec.model.isAppleSilicon;
  return {
    FDE_Enabled: true,
    FDE_PersonalRecoveryKeyCMS: bytesOf(`recovery ${spec.id}`),
    BootstrapTokenAllowedForAuthentication: isSilicon ? 'allowed' : 'not supported',
    BootstrapTokenRequiredForSoftwareUpdate: isSilicon,
    ManagementStatus: {
      EnrolledViaDEP: spec.isSupervised,
      UserApprovedEnrollment: spec.isSupervised,
      IsUserEnrollment: spec.isUserEnrollment,
    },
  };
}

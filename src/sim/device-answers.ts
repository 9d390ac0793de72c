import { ailmentOf, systemTold } from './ailments.ts';
import { answersQuery, hasDeclarativeManagement, isRemovedQuery } from './capabilities.ts';
import type { DeviceSpec, Switches } from './device.types.ts';
import type { PlistDict, PlistValue } from './plist.ts';
import { canEnforceByDeclaration, compareVersionTexts } from './table.ts';
import type { RunningSystem } from './update-engine.ts';
import { bytesOf } from './wire.ts';

/** What a device answers to a command, without its identity and the CommandUUID. Real devices don't repeat the RequestType. */
export function answerCommand(
  spec: DeviceSpec,
  system: RunningSystem,
  command: PlistDict,
  isUserChannel: boolean,
  moment: { at: number; removedQuery: Switches['removedQuery'] } = { at: 0, removedQuery: 'omitted' },
): PlistDict {
  switch (command.RequestType) {
    case 'DeviceInformation':
      return { Status: 'Acknowledged', QueryResponses: deviceInformation(spec, system, command.Queries, isUserChannel, moment) };
    case 'SecurityInfo':
      return isUserChannel ? invalidRequest(command) : { Status: 'Acknowledged', SecurityInfo: securityInfo(spec, system) };
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

function deviceInformation(
  spec: DeviceSpec,
  system: RunningSystem,
  queries: PlistValue | undefined,
  isUserChannel: boolean,
  { at, removedQuery }: { at: number; removedQuery: Switches['removedQuery'] },
): PlistDict {
  const told = systemTold(spec, system, 'information', at);
  const ailment = ailmentOf(spec, at);
  const { model, legacy } = spec;
  const isOdd = legacy?.quirks.oddNumbers === true;
  const hidesZone = legacy?.quirks.hidesTimeZone === true && !canEnforceByDeclaration(model.family, system.osVersion);
  const freeGb = ailment === 'insufficient-space' ? 1.25 : 61.5;
  // Macs up to 11 count in GiB.
  const gb = model.family === 'Mac' && compareVersionTexts(system.osVersion, '12') < 0 ? 1024 ** 3 / 1e9 : 1;
  const values: PlistDict = {
    UDID: spec.isUserEnrollment ? undefined : spec.id,
    SerialNumber: spec.isUserEnrollment ? undefined : spec.serialNumber,
    DeviceName: spec.name,
    OSVersion: told.osVersion,
    BuildVersion: told.build,
    SupplementalBuildVersion: system.supplemental?.build ?? told.build,
    SupplementalOSVersionExtra: system.supplemental?.extra ?? '',
    ProductName: model.productName,
    Model: model.productName,
    ModelName: model.family,
    SoftwareUpdateDeviceID: spec.isUserEnrollment ? undefined : model.deviceId,
    IsSupervised: spec.isSupervised,
    IsAppleSilicon: model.isAppleSilicon,
    IsMultiUser: legacy?.sharedIpad !== undefined,
    AwaitingConfiguration: spec.trouble === 'awaiting-configuration',
    IsMDMLostModeEnabled: spec.trouble === 'lost-mode',
    TimeZone: hidesZone ? undefined : spec.timeZone,
    BatteryLevel: ailment === 'insufficient-power' ? 0.07 : isOdd ? -1 : 0.81,
    DeviceCapacity: 128 / gb,
    AvailableDeviceCapacity: isOdd ? Math.floor(freeGb / gb) : freeGb / gb,
  };
  const answer: PlistDict = {};
  for (const query of Array.isArray(queries) ? queries : []) {
    const name = String(query);
    if (isUserChannel && name === 'SoftwareUpdateDeviceID') continue;
    if (values[name] === undefined) continue;
    if (answersQuery(name, model.family, system.osVersion)) answer[name] = values[name];
    else if (removedQuery === 'empty' && isRemovedQuery(name, system.osVersion)) answer[name] = '';
  }
  return answer;
}

function securityInfo(spec: DeviceSpec, system: RunningSystem): PlistDict {
  const { legacy } = spec;
  const { family, isAppleSilicon } = spec.model;
  const since = (version: string) => compareVersionTexts(system.osVersion, version) >= 0;
  const isDepEnrolled = legacy?.isDepEnrolled ?? spec.isSupervised;
  if (family !== 'Mac') {
    const hasPasscode = legacy === undefined || legacy.passcode !== undefined;
    const told = { PasscodePresent: spec.isUserEnrollment ? undefined : hasPasscode, PasscodeCompliant: true };
    if (legacy === undefined) return told;
    // Apple's pages don't say since when an iPhone tells it; the world's tell it where it decides.
    const management = since('13') ? { IsUserEnrollment: spec.isUserEnrollment } : { EnrolledViaDEP: isDepEnrolled };
    return family === 'Apple TV' ? { ManagementStatus: management } : { ...told, ManagementStatus: management };
  }
  const hasBootstrapToken = since('11');
  return {
    FDE_Enabled: true,
    FDE_PersonalRecoveryKeyCMS: bytesOf(`recovery ${spec.id}`),
    BootstrapTokenAllowedForAuthentication: hasBootstrapToken ? (isAppleSilicon ? 'allowed' : 'not supported') : undefined,
    BootstrapTokenRequiredForSoftwareUpdate: hasBootstrapToken ? isAppleSilicon : undefined,
    ManagementStatus: {
      EnrolledViaDEP: isDepEnrolled,
      UserApprovedEnrollment: since('10.13.2') ? spec.isSupervised : undefined,
      IsUserEnrollment: since('10.15') ? spec.isUserEnrollment : undefined,
    },
  };
}

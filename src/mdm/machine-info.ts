import { flagAt, isDictionary, textAt, withoutUndefined } from './fields.ts';

/**
 * What a device tells of itself when it asks for its enrollment profile, before it is enrolled:
 * https://developer.apple.com/documentation/devicemanagement/machineinfo. Only what Ratchet reads.
 */
export interface MachineInfo {
  serialNumber?: string;
  udid?: string;
  /** "iPad13,4". */
  productName?: string;
  /** From iOS 17, macOS 14. */
  osVersion?: string;
  /** "(a)". */
  supplementalOsVersionExtra?: string;
  /** Apple's key is VERSION, though it is the build. */
  buildVersion?: string;
  supplementalBuildVersion?: string;
  /** From iOS 17.4, macOS 14.4. */
  softwareUpdateDeviceId?: string;
  /** It can be told to update before it enrolls (iOS 17, macOS 14, in Setup Assistant); not told means no. */
  canRequestSoftwareUpdate: boolean;
  /** From macOS 26.1: Setup Assistant will have it updated in any case. */
  mandatorySoftwareUpdateRequired?: boolean;
}

/** Longest of any of these texts. */
const TEXT_MAX = 64;

/** Undefined when it names no device: it has neither a serial number nor a UDID. */
export function readMachineInfo(value: unknown): MachineInfo | undefined {
  if (!isDictionary(value)) return undefined;
  const at = (key: string) => textAt(value, key, TEXT_MAX);
  const info: MachineInfo = withoutUndefined({
    serialNumber: at('SERIAL'),
    udid: at('UDID'),
    productName: at('PRODUCT'),
    osVersion: at('OS_VERSION'),
    supplementalOsVersionExtra: at('SUPPLEMENTAL_OS_VERSION_EXTRA'),
    buildVersion: at('VERSION'),
    supplementalBuildVersion: at('SUPPLEMENTAL_BUILD_VERSION'),
    softwareUpdateDeviceId: at('SOFTWARE_UPDATE_DEVICE_ID'),
    canRequestSoftwareUpdate: flagAt(value, 'MDM_CAN_REQUEST_SOFTWARE_UPDATE') ?? false,
    mandatorySoftwareUpdateRequired: flagAt(value, 'MANDATORY_SOFTWARE_UPDATE_REQUIRED'),
  } as MachineInfo);
  return info.serialNumber === undefined && info.udid === undefined ? undefined : info;
}

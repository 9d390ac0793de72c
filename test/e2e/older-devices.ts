import type { DeliveredCommand, PlistKeys } from '../hosts/scripted-device.ts';

/** A device too old for update declarations, in what it is and what it says; plain keys, as hardware sends them. */
export interface OlderDevice {
  name: string;
  platform: 'iOS' | 'macOS';
  productName: string;
  /** Under which Apple's lookup service lists it. */
  lookupKey: string;
  from: { version: string; build: string };
  to: { version: string; build: string };
  /** The update as the device lists it. */
  productKey: string;
  /** How ScheduleOSUpdate names it to this version. */
  named: { ProductVersion: string } | { ProductKey: string };
  /** Beside what every device says. */
  information: PlistKeys;
  security: PlistKeys;
  /** The first command of this kind, or ScheduleOSUpdate with this action, is lost with the server's queue. */
  lost: string;
  /** What it says of the install command that is offered again after its restart. */
  afterRestart: { status: 'NotNow' } | { status: 'Error'; code: number };
}

export const OLDER_DEVICES: Readonly<Record<'phone' | 'mac' | 'oldPhone', OlderDevice>> = {
  phone: {
    name: 'an iPhone on iOS 16.7, the question for its status lost',
    platform: 'iOS',
    productName: 'iPhone10,3',
    lookupKey: 'iPhone10,3',
    from: { version: '16.7', build: '20H19' },
    to: { version: '16.7.12', build: '20H364' },
    productKey: 'iOSUpdate20H364',
    named: { ProductVersion: '16.7.12' },
    information: { SoftwareUpdateDeviceID: 'iPhone10,3', TimeZone: 'Europe/Berlin', IsMDMLostModeEnabled: false },
    security: { PasscodePresent: false },
    lost: 'OSUpdateStatus',
    afterRestart: { status: 'NotNow' },
  },
  mac: {
    name: 'a Mac on macOS 12.7, its DownloadOnly lost',
    platform: 'macOS',
    productName: 'MacBookPro14,1',
    lookupKey: 'Mac-B4831CEBD52A0C4C',
    from: { version: '12.7', build: '21G816' },
    to: { version: '12.7.6', build: '21H1320' },
    productKey: '062-40406',
    named: { ProductVersion: '12.7.6' },
    information: { SoftwareUpdateDeviceID: 'Mac-B4831CEBD52A0C4C', IsAppleSilicon: false },
    security: {
      BootstrapTokenRequiredForSoftwareUpdate: false,
      ManagementStatus: { EnrolledViaDEP: true, UserApprovedEnrollment: true, IsUserEnrollment: false },
    },
    lost: 'DownloadOnly',
    afterRestart: { status: 'Error', code: 7301 },
  },
  oldPhone: {
    name: 'an iPhone on iOS 10.3, which knows its update by ProductKey, its list lost',
    platform: 'iOS',
    productName: 'iPhone6,1',
    lookupKey: 'iPhone6,1',
    from: { version: '10.3.3', build: '14G60' },
    to: { version: '12.5.7', build: '16H81' },
    productKey: 'iOSUpdate16H81',
    named: { ProductKey: 'iOSUpdate16H81' },
    information: { IsMDMLostModeEnabled: false },
    security: { PasscodePresent: false },
    lost: 'AvailableOSUpdates',
    afterRestart: { status: 'NotNow' },
  },
};

/** What the device is doing with the update, in the words of OSUpdateStatus. */
export type Doing = 'nothing' | 'downloading' | 'downloaded';

/** Its answer to a question, or to a command that it takes. */
export function answerOf(device: OlderDevice, command: DeliveredCommand, os: OlderDevice['from'], doing: Doing): PlistKeys {
  const { productKey } = device;
  switch (command.requestType) {
    case 'DeviceInformation':
      return {
        QueryResponses: {
          ...device.information,
          OSVersion: os.version,
          BuildVersion: os.build,
          ProductName: device.productName,
          IsSupervised: true,
          AwaitingConfiguration: false,
          BatteryLevel: 0.9,
          AvailableDeviceCapacity: 40.5,
        },
      };
    case 'SecurityInfo':
      return { SecurityInfo: device.security };
    case 'ScheduleOSUpdateScan':
      return { ScanInitiated: true };
    case 'AvailableOSUpdates':
      return { AvailableOSUpdates: [listed(device)] };
    case 'OSUpdateStatus':
      return {
        OSUpdateStatus:
          doing === 'nothing'
            ? []
            : [
                {
                  ProductKey: productKey,
                  Status: doing === 'downloading' ? 'Downloading' : 'Idle',
                  IsDownloaded: doing === 'downloaded',
                  DownloadPercentComplete: doing === 'downloaded' ? 1 : 0.2,
                },
              ],
      };
    default:
      return {};
  }
}

function listed({ platform, productKey, to }: OlderDevice): PlistKeys {
  return {
    ProductKey: productKey,
    ProductName: platform,
    HumanReadableName: `${platform} ${to.version}`,
    Version: to.version,
    Build: to.build,
    DownloadSize: 500_000_000,
    InstallSize: 1_500_000_000,
    RestartRequired: true,
    IsCritical: false,
  };
}

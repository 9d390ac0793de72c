import { type LegacyBranch, MODELS, type Model, type Release } from './table.ts';

/**
 * Models that never take an update declaration, what is offered to them, and what older devices run at first. Identifiers
 * and builds are Apple's. The releases before iOS 12.5.8 and macOS 11.7 are in no answer of the lookup service any more;
 * in the simulated world they are, so that there is something to bring such devices to.
 */

function ios(family: 'iPhone' | 'iPad', productName: string, name: string, branches: LegacyBranch[]): Model {
  return { deviceId: productName, productName, name, family, branches, isAppleSilicon: false };
}

function mac(deviceId: string, productName: string, name: string, branches: Model['branches']): Model {
  return { deviceId, productName, name, family: 'Mac', branches, isAppleSilicon: false };
}

const upTo11: Model['branches'] = ['macos11'];
const upTo12: Model['branches'] = ['macos11', 'macos12'];
const upTo13: Model['branches'] = ['macos11', 'macos12', 'macos13'];

export const LEGACY_MODELS: readonly Model[] = [
  ios('iPad', 'iPad2,2', 'iPad 2 (GSM)', ['ios9']),
  ios('iPad', 'iPad2,6', 'iPad mini (Wi-Fi + Cellular)', ['ios9']),
  ios('iPad', 'iPad3,3', 'iPad (3rd generation, GSM)', ['ios9']),
  ios('iPhone', 'iPhone4,1', 'iPhone 4S', ['ios9']),
  ios('iPhone', 'iPhone5,1', 'iPhone 5', ['ios10']),
  ios('iPad', 'iPad3,5', 'iPad (4th generation, Wi-Fi + Cellular)', ['ios10']),
  ios('iPhone', 'iPhone6,1', 'iPhone 5s', ['ios12']),
  ios('iPhone', 'iPhone7,2', 'iPhone 6', ['ios12']),
  ios('iPad', 'iPad4,1', 'iPad Air', ['ios12']),
  ios('iPad', 'iPad4,4', 'iPad mini 2', ['ios12']),
  mac('Mac-94245B3640C91C81', 'MacBookPro8,1', 'MacBook Pro (13-inch, Early 2011)', ['macos10.13']),
  mac('Mac-942B59F58194171B', 'iMac12,2', 'iMac (27-inch, Mid 2011)', ['macos10.13']),
  mac('Mac-F221BEC8', 'MacPro5,1', 'Mac Pro (Mid 2012)', ['macos10.13', 'macos10.14']),
  mac('Mac-6F01561E16C75D06', 'MacBookPro9,2', 'MacBook Pro (13-inch, Mid 2012)', ['macos10.13', 'macos10.14', 'macos10.15']),
  mac('Mac-189A3D4F975D5FFC', 'MacBookPro11,1', 'MacBook Pro (Retina, 13-inch, Mid 2014)', upTo11),
  mac('Mac-7DF21CB3ED6977E5', 'MacBookAir6,2', 'MacBook Air (13-inch, Early 2014)', upTo11),
  mac('Mac-937CB26E2E02BB01', 'MacBookAir7,2', 'MacBook Air (13-inch, 2017)', upTo12),
  mac('Mac-E43C1C25D4880AD6', 'MacBookPro12,1', 'MacBook Pro (Retina, 13-inch, Early 2015)', upTo12),
  mac('Mac-35C5E08120C7EEAF', 'Macmini7,1', 'Mac mini (Late 2014)', upTo12),
  mac('Mac-B4831CEBD52A0C4C', 'MacBookPro14,1', 'MacBook Pro (13-inch, 2017)', upTo13),
  mac('Mac-BE088AF8C5EB4FA2', 'iMac18,3', 'iMac (Retina 5K, 27-inch, 2017)', upTo13),
  { deviceId: 'AppleTV5,3', productName: 'AppleTV5,3', name: 'Apple TV HD', family: 'Apple TV', branches: ['tvos'], isAppleSilicon: false },
];

const TEXT: Readonly<Record<LegacyBranch, string>> = {
  ios9: '9.3.6 13G37 190722',
  ios10: '10.3.4 14G61 190722',
  ios12: '12.5.7 16H81 230123, 12.5.8 16H88 260126',
  'macos10.13': '10.13.6 17G65 180709',
  'macos10.14': '10.14.6 18G103 190826',
  'macos10.15': '10.15.7 19H15 201105',
  macos11: '11.7.10 20G1427 230911, 11.7.11 20G1443 260202',
  macos12: '12.7.5 21H1222 240513, 12.7.6 21H1320 240729',
};

export const LEGACY_RELEASES: readonly Release[] = Object.entries(TEXT).flatMap(([branch, text]) =>
  text.split(', ').map((item) => {
    const [version = '', build = '', date = ''] = item.split(' ');
    const posted = `20${date.slice(0, 2)}-${date.slice(2, 4)}-${date.slice(4, 6)}`;
    return { branch: branch as LegacyBranch, version, build, posted, isInvented: false };
  }),
);

const IOS_9 = '9.0.2 13A452, 9.2.1 13D15, 9.3.2 13F69, 9.3.5 13G36';
const IOS_10 = '9.3.5 13G36, 10.2.1 14D27, 10.3.2 14F89, 10.3.3 14G60';
const IOS_12 =
  '9.3.2 13F69, 10.2.1 14D27, 10.3.3 14G60, 11.1.2 15B202, 11.2.6 15D100, 11.3 15E216, 11.3.1 15E302, 11.4 15F79, 11.4.1 15G77, 12.1.4 16D57, 12.4.1 16G102, 12.5.5 16H62, 12.5.7 16H81';
const IOS_15 =
  '10.3.3 14G60, 11.3.1 15E302, 11.4 15F79, 12.4.1 16G102, 13.3.1 17D50, 13.7 17H35, 14.4.2 18D70, 14.8.1 18H107, 15.1 19B74, 15.7.1 19H117, 15.8.4 19H390, 15.8.6 19H402';
const IOS_16 = '12.4.1 16G102, 13.7 17H35, 14.8.1 18H107, 15.4.1 19E258, 16.3.1 20D67, 16.6 20G75, 16.7.10 20H350, 16.7.12 20H364';
const IOS_NEW = '15.4.1 19E258, 16.1.2 20B110, 16.3.1 20D67, 16.5 20F66, 16.6.1 20G81';
const MAC_13 = '10.11.6 15G31, 10.12.6 16G29, 10.13.4 17E199';
const MAC_11 = '10.14.6 18G103, 10.15.7 19H15, 11.2.3 20D91, 11.6.8 20G730, 11.7.10 20G1427';
const MAC_12 = '10.15.7 19H15, 11.6.8 20G730, 12.3.1 21E258, 12.4 21F79, 12.6.9 21G726, 12.7.4 21H1123';
const MAC_13_LAST = '11.6.8 20G730, 12.4 21F79, 12.6.9 21G726, 13.2.1 22D68, 13.4.1 22F82, 13.6.4 22G513, 13.7.5 22H527';
const MAC_NEW = '11.6.8 20G730, 12.4 21F79, 12.6.9 21G726, 13.2.1 22D68, 13.4.1 22F82, 13.6.4 22G513';
const TV = '12.1.1 16K45, 12.4.1 16M600, 13.4.8 17M61, 14.7 18M60, 15.6 19M65, 16.6 20M73, 17.1 21K69, 18.3 22K557';

/** What a model may run at first, below the first OS that takes update declarations. */
const RUNS: Readonly<Record<string, string>> = {
  'iPad2,2': IOS_9,
  'iPad2,6': IOS_9,
  'iPad3,3': IOS_9,
  'iPhone4,1': IOS_9,
  'iPhone5,1': IOS_10,
  'iPad3,5': IOS_10,
  'iPhone6,1': IOS_12,
  'iPhone7,2': IOS_12,
  'iPad4,1': IOS_12,
  'iPad4,4': IOS_12,
  'iPhone8,1': IOS_15,
  'iPhone9,3': IOS_15,
  'iPad5,3': IOS_15,
  'iPhone10,3': IOS_16,
  'iPad6,3': IOS_16,
  'iPhone11,8': IOS_NEW,
  'iPad7,11': IOS_NEW,
  'iPhone12,1': IOS_NEW,
  'iPad8,1': IOS_NEW,
  'iPhone13,2': IOS_NEW,
  'iPad12,1': IOS_NEW,
  'Mac-94245B3640C91C81': MAC_13,
  'Mac-942B59F58194171B': MAC_13,
  'Mac-F221BEC8': '10.12.6 16G29, 10.13.4 17E199, 10.14.5 18F132',
  'Mac-6F01561E16C75D06': '10.13.4 17E199, 10.14.6 18G103, 10.15.4 19E266',
  'Mac-189A3D4F975D5FFC': MAC_11,
  'Mac-7DF21CB3ED6977E5': MAC_11,
  'Mac-937CB26E2E02BB01': MAC_12,
  'Mac-E43C1C25D4880AD6': MAC_12,
  'Mac-35C5E08120C7EEAF': MAC_12,
  'Mac-B4831CEBD52A0C4C': MAC_13_LAST,
  'Mac-BE088AF8C5EB4FA2': MAC_13_LAST,
  J132AP: '12.4 21F79, 12.6.9 21G726, 13.4.1 22F82',
  J680AP: '12.6.9 21G726, 13.2.1 22D68',
  J313AP: MAC_NEW,
  J274AP: MAC_NEW,
  J456AP: MAC_NEW,
  J413AP: '12.4 21F79, 12.6.9 21G726, 13.2.1 22D68, 13.6.4 22G513',
  'AppleTV5,3': TV,
  'AppleTV6,2': TV,
  'AppleTV11,1': '14.7 18M60, 15.6 19M65, 16.6 20M73, 17.1 21K69',
};

/** Systems without any way to update them: older than the commands. */
const WITHOUT: Readonly<Record<string, string>> = { 'iPad2,2': '8.4.1 12H321', 'iPhone4,1': '8.4.1 12H321', 'AppleTV5,3': '11.4.1 15M73' };

export interface OldSystem {
  model: Model;
  version: string;
  build: string;
}

function systems(table: Readonly<Record<string, string>>): OldSystem[] {
  return [...LEGACY_MODELS, ...MODELS].flatMap((model) =>
    (table[model.deviceId]?.split(', ') ?? []).map((item) => {
      const [version = '', build = ''] = item.split(' ');
      return { model, version, build };
    }),
  );
}

/** Behind what their model is offered, and to be brought there by commands. */
export const COMMAND_SYSTEMS: readonly OldSystem[] = systems(RUNS);

/** Behind, and out of reach of commands and declarations alike. */
export const UNREACHABLE_SYSTEMS: readonly OldSystem[] = systems(WITHOUT);

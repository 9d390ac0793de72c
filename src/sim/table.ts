/**
 * Models and releases the simulated world is drawn from: identifiers, versions, builds and posting dates as
 * Apple's lookup service gave them from 2024 to August 2026. Everything of OS 27 and after August 2026 is invented
 * (marked), and so are the two models that no answer lists.
 */

export type Family = 'iPhone' | 'iPad' | 'Mac' | 'Apple TV' | 'Vision Pro';

/** A line of releases; a model belongs to one or more of them. `ios18-old` is 18.x for models that can't take 26. */
type ListedBranch =
  | 'ios15'
  | 'ios16'
  | 'ios17'
  | 'ios18-old'
  | 'ios18'
  | 'ios26'
  | 'ios27'
  | 'macos13'
  | 'macos14'
  | 'macos15'
  | 'macos26'
  | 'macos27'
  | 'tvos'
  | 'tvos27'
  | 'visionos'
  | 'visionos27';

/** Lines of releases that only worlds with update commands have. */
export type LegacyBranch = 'ios9' | 'ios10' | 'ios12' | 'macos10.13' | 'macos10.14' | 'macos10.15' | 'macos11' | 'macos12';

export type Branch = ListedBranch | LegacyBranch;

export interface Model {
  /** What the lookup service calls it: ProductName, or the board id of a Mac. */
  deviceId: string;
  productName: string;
  name: string;
  family: Family;
  /** Lines it is offered, oldest first. Empty: in no answer. */
  branches: readonly Branch[];
  isAppleSilicon: boolean;
}

export interface Release {
  branch: Branch;
  version: string;
  build: string;
  /** yyyy-mm-dd; Apple posts at 17:00 UTC. */
  posted: string;
  isInvented: boolean;
}

const wide: Branch[] = ['ios18', 'ios26'];
const wide27: Branch[] = ['ios18', 'ios26', 'ios27'];
const born26: Branch[] = ['ios26', 'ios27'];
const mac26: Branch[] = ['macos14', 'macos15', 'macos26'];
const mac27: Branch[] = ['macos13', 'macos14', 'macos15', 'macos26', 'macos27'];

function ios(family: 'iPhone' | 'iPad', productName: string, name: string, branches: Branch[]): Model {
  return { deviceId: productName, productName, name, family, branches, isAppleSilicon: false };
}

function mac(deviceId: string, productName: string, name: string, branches: Branch[], isAppleSilicon = true): Model {
  return { deviceId, productName, name, family: 'Mac', branches, isAppleSilicon };
}

export const MODELS: readonly Model[] = [
  ios('iPhone', 'iPhone8,1', 'iPhone 6s', ['ios15']),
  ios('iPhone', 'iPhone9,3', 'iPhone 7', ['ios15']),
  ios('iPhone', 'iPhone10,3', 'iPhone X', ['ios16']),
  ios('iPhone', 'iPhone11,2', 'iPhone XS', ['ios17', 'ios18-old']),
  ios('iPhone', 'iPhone11,8', 'iPhone XR', ['ios17', 'ios18-old']),
  ios('iPhone', 'iPhone12,1', 'iPhone 11', wide),
  ios('iPhone', 'iPhone12,8', 'iPhone SE (2nd generation)', wide),
  ios('iPhone', 'iPhone13,2', 'iPhone 12', wide27),
  ios('iPhone', 'iPhone14,5', 'iPhone 13', wide27),
  ios('iPhone', 'iPhone14,6', 'iPhone SE (3rd generation)', wide27),
  ios('iPhone', 'iPhone15,2', 'iPhone 14 Pro', wide27),
  ios('iPhone', 'iPhone15,4', 'iPhone 15', wide27),
  ios('iPhone', 'iPhone16,1', 'iPhone 15 Pro', wide27),
  ios('iPhone', 'iPhone17,1', 'iPhone 16 Pro', wide27),
  ios('iPhone', 'iPhone17,3', 'iPhone 16', wide27),
  ios('iPhone', 'iPhone17,5', 'iPhone 16e', wide27),
  ios('iPhone', 'iPhone18,1', 'iPhone 17 Pro', born26),
  ios('iPhone', 'iPhone18,3', 'iPhone 17', born26),
  ios('iPhone', 'iPhone99,9', 'iPhone (in no answer; invented)', []),
  ios('iPad', 'iPad5,3', 'iPad Air 2', ['ios15']),
  ios('iPad', 'iPad6,3', 'iPad Pro (9.7-inch)', ['ios16']),
  ios('iPad', 'iPad7,1', 'iPad Pro (12.9-inch) (2nd generation)', ['ios17']),
  ios('iPad', 'iPad7,5', 'iPad (6th generation)', ['ios17']),
  ios('iPad', 'iPad7,11', 'iPad (7th generation)', ['ios17', 'ios18-old']),
  ios('iPad', 'iPad8,1', 'iPad Pro 11-inch (1st generation)', wide),
  ios('iPad', 'iPad11,6', 'iPad (8th generation)', wide),
  ios('iPad', 'iPad12,1', 'iPad (9th generation)', wide27),
  ios('iPad', 'iPad13,1', 'iPad Air (4th generation)', wide27),
  ios('iPad', 'iPad13,4', 'iPad Pro 11-inch (3rd generation)', wide27),
  ios('iPad', 'iPad13,18', 'iPad (10th generation)', wide27),
  ios('iPad', 'iPad14,1', 'iPad mini (6th generation)', wide27),
  ios('iPad', 'iPad16,3', 'iPad Pro 11-inch (M4)', wide27),
  mac('J132AP', 'MacBookPro15,2', 'MacBook Pro (13-inch, 2018)', ['macos13', 'macos14', 'macos15'], false),
  mac('J680AP', 'MacBookPro16,4', 'MacBook Pro (16-inch, 2019)', ['macos13', 'macos14', 'macos15'], false),
  mac('J152FAP', 'MacPro7,1', 'Mac Pro (2019)', mac26, false),
  mac('J313AP', 'MacBookAir10,1', 'MacBook Air (M1, 2020)', mac27),
  mac('J274AP', 'Macmini9,1', 'Mac mini (M1, Late 2020)', mac27),
  mac('J456AP', 'iMac21,1', 'iMac (24-inch, M1, 2021)', mac27),
  mac('J314cAP', 'MacBookPro18,4', 'MacBook Pro (14-inch, M1 Max, 2021)', mac27),
  mac('J413AP', 'Mac14,2', 'MacBook Air (M2, 2022)', mac27),
  mac('J493AP', 'Mac14,7', 'MacBook Pro (13-inch, M2, 2022)', mac27),
  mac('J514sAP', 'Mac15,6', 'MacBook Pro (14-inch, M3 Pro, Nov 2023)', mac27),
  mac('J613AP', 'Mac15,12', 'MacBook Air (13-inch, M3, 2024)', mac27),
  mac('J375cAP', 'Mac13,1', 'Mac Studio (M1 Max)', mac27),
  mac('J700AP', 'Mac17,5', 'MacBook Neo', ['macos26', 'macos27']),
  mac('VMA2MACOSAP', 'VirtualMac2,1', 'Apple Virtual Machine', mac27),
  mac('J999AP', 'Mac99,9', 'Mac (in no answer; invented)', []),
  { deviceId: 'AppleTV6,2', productName: 'AppleTV6,2', name: 'Apple TV 4K', family: 'Apple TV', branches: ['tvos'], isAppleSilicon: false },
  {
    deviceId: 'AppleTV11,1',
    productName: 'AppleTV11,1',
    name: 'Apple TV 4K (2nd generation)',
    family: 'Apple TV',
    branches: ['tvos', 'tvos27'],
    isAppleSilicon: false,
  },
  {
    deviceId: 'AppleTV14,1',
    productName: 'AppleTV14,1',
    name: 'Apple TV 4K (3rd generation)',
    family: 'Apple TV',
    branches: ['tvos', 'tvos27'],
    isAppleSilicon: false,
  },
  {
    deviceId: 'RealityDevice14,1',
    productName: 'RealityDevice14,1',
    name: 'Vision Pro',
    family: 'Vision Pro',
    branches: ['visionos', 'visionos27'],
    isAppleSilicon: true,
  },
];

/** version, build, posting date (yymmdd); a leading "*" marks an invented release. */
const RELEASES_TEXT: Readonly<Record<ListedBranch, string>> = {
  ios15: '15.8.4 19H390 250331, 15.8.5 19H394 250915, 15.8.6 19H402 260202, 15.8.7 19H411 260311, 15.8.8 19H422 260518',
  ios16:
    '16.6.1 20G81 230907, 16.7.10 20H350 240909, 16.7.11 20H360 250331, 16.7.12 20H364 250915, 16.7.15 20H380 260311, 16.7.16 20H392 260518',
  ios17:
    '17.4.1 21E236 240328, 17.5.1 21F90 240529, 17.6.1 21G93 240807, 17.7 21H16 240916, 17.7.2 21H221 241119, 17.7.5 21H420 250210, 17.7.8 21H440 250512, 17.7.10 21H450 250820, 17.7.11 21H461 260518',
  'ios18-old':
    '18.1.1 22B91 241119, 18.3.2 22D82 250311, 18.5 22F76 250512, 18.6.2 22G100 250820, 18.7.2 22H124 251105, 18.7.5 22H311 260211, 18.7.7 22H340 260401, 18.7.8 22H352 260422, 18.7.9 22H355 260511, 18.7.10 22H374 260817',
  ios18:
    '17.6.1 21G93 240807, 18.0.1 22A3370 241003, 18.1.1 22B91 241119, 18.2.1 22C161 250106, 18.3.2 22D82 250311, 18.4.1 22E252 250416, 18.5 22F76 250512, 18.6.2 22G100 250820, 18.7.1 22H31 250929, 18.7.7 22H340 260401, 18.7.8 22H352 260422',
  ios26:
    '26.0.1 23A355 250929, 26.1 23B85 251103, 26.2 23C55 251212, 26.2.1 23C71 260126, 26.3 23D127 260211, 26.3.1 23D8133 260304, 26.4 23E246 260324, 26.4.2 23E261 260422, 26.5 23F77 260511, 26.5.2 23F84 260629, 26.6 23G71 260727, 26.6.1 23G83 260817, *26.7 23H20 260914',
  ios27: '*27.0 24A341 260914, *27.0.1 24A355 260928',
  macos13: '13.7.5 22H527 250331, 13.7.7 22H722 250729, 13.7.8 22H730 250820',
  macos14:
    '14.4.1 23E224 240325, 14.6.1 23G93 240807, 14.7.1 23H222 241028, 14.7.5 23H527 250331, 14.8.1 23J30 250929, 14.8.4 23J319 260211, 14.8.7 23J520 260511, 14.8.8 23J620 260727, 14.8.9 23J631 260806',
  macos15:
    '15.0.1 24A348 241003, 15.2 24C101 241211, 15.4.1 24E263 250416, 15.5 24F74 250512, 15.6.1 24G90 250820, 15.7.2 24G325 251103, 15.7.4 24G517 260211, 15.7.7 24G720 260511, 15.7.8 24G824 260727, 15.7.9 24G830 260806',
  macos26:
    '26.0.1 25A362 250929, 26.1 25B78 251103, 26.2 25C56 251212, 26.3 25D125 260211, 26.3.1 25D2128 260304, 26.4.1 25E253 260409, 26.5 25F71 260511, 26.5.2 25F84 260629, 26.6 25G72 260727, 26.6.1 25G76 260806, 26.6.2 25G83 260817, *26.7 25H18 260914',
  macos27: '*27.0 26A361 260914, *27.0.1 26A371 260928',
  tvos: '17.6.1 21M80 240819, 18.0 22J357 240916, 18.2.1 22K160 250116, 18.3 22K557 250127, 18.4.1 22L261 250416, 18.5 22L572 250512, 18.6 22M84 250729, 26.0.1 23J362 250929, 26.2 23K54 251212, 26.3 23K620 260211, 26.4 23L243 260324, 26.5 23L471 260511, 26.6 23L773 260727',
  tvos27: '*27.0 24J339 260914',
  visionos:
    '2.3.2 22N906 250311, 2.4.1 22O251 250416, 2.5 22O473 250512, 2.6 22O785 250729, 26.0.1 23M341 250929, 26.2 23N301 251212, 26.3.1 23N630 260226, 26.4 23O247 260324, 26.5 23O471 260511, 26.6 23O770 260727, 26.6.1 23O780 260817',
  visionos27: '*27.0 24M330 260914',
};

export const RELEASES: readonly Release[] = Object.entries(RELEASES_TEXT).flatMap(([branch, text]) =>
  text.split(', ').map((item) => {
    const [version = '', build = '', date = ''] = item.split(' ');
    return {
      branch: branch as Branch,
      version: version.replace('*', ''),
      build,
      posted: `20${date.slice(0, 2)}-${date.slice(2, 4)}-${date.slice(4, 6)}`,
      isInvented: version.startsWith('*'),
    };
  }),
);

/** The instant at which a release appears in the lookup service. */
export function postedAt(release: Release): number {
  return Date.parse(`${release.posted}T17:00:00Z`);
}

/** Key under which the lookup service lists a branch; the iOS family includes Apple TV. */
export function lookupPlatform(branch: Branch): 'iOS' | 'macOS' | 'visionOS' {
  if (branch.startsWith('macos')) return 'macOS';
  return branch.startsWith('visionos') ? 'visionOS' : 'iOS';
}

/**
 * Apple lists each release of the iOS family and visionOS with a second build, mostly 6000 higher (23G83, 23G6083),
 * 3000 for four-digit ones (22A3370, 22A6370), 1000 above 8000 (23D8133, 23D9133). Undefined for macOS.
 */
export function twinOf(release: Release): string | undefined {
  const match = /^(\d+[A-Z])(\d+)$/.exec(release.build);
  if (!match || lookupPlatform(release.branch) === 'macOS') return undefined;
  const number = Number(match[2]);
  return `${match[1]}${number + (number >= 8000 ? 1000 : number >= 3000 ? 3000 : 6000)}`;
}

/** A version as one number, by text: the world compares some millions of times, among a few hundred versions. */
const ranks = new Map<string, number>();

function rankOf(version: string): number {
  let rank = ranks.get(version);
  if (rank === undefined) {
    const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
    rank = (major * 1000 + minor) * 1000 + patch;
    ranks.set(version, rank);
  }
  return rank;
}

/** Versions compared number by number, missing parts as zero. */
export function compareVersionTexts(a: string, b: string): number {
  return rankOf(a) - rankOf(b);
}

export function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

/** The first OS that enforces software updates by declaration on this family. */
export function firstDeclarationVersion(family: Family): string {
  switch (family) {
    case 'Mac':
      return '14';
    case 'Apple TV':
      return '18.4';
    case 'Vision Pro':
      return '26';
    default:
      return '17';
  }
}

export function canEnforceByDeclaration(family: Family, version: string): boolean {
  return compareVersionTexts(version, firstDeclarationVersion(family)) >= 0;
}

import { hasUpdateCommands } from './capabilities.ts';
import type { SimCatalogue } from './catalogue.ts';
import type { CommandTrouble, DeviceSpec, Outcome, OwnerTraits, Trouble } from './device.types.ts';
import type { Prng } from './prng.ts';
import { canEnforceByDeclaration, compareVersionTexts, type Family, MODELS, type Model, majorOf, type Release, twinOf } from './table.ts';

export interface FleetOptions {
  prng: Prng;
  devices: number;
  start: number;
  catalogue: SimCatalogue;
  /** Nobody whose way takes more than a week by itself. Default false. */
  isShort?: boolean;
  /** Of the devices without a trouble of their own, so many fail to install whatever they are given. Default 0. */
  failingPercent?: number;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Everybody is back by then, so that a world comes to rest soon after its last dates. */
const HOLIDAYS_END_DAYS = 13;

/** Troubles of devices that are updated by declarations. */
type DeclarationTrouble = Exclude<Trouble, CommandTrouble>;

export const TROUBLES: readonly DeclarationTrouble[] = [
  'declarations-unsupported',
  'not-supervised',
  'user-enrollment',
  'beta-os',
  'model-not-in-feed',
  'foreign-declarations',
  'awaiting-configuration',
  'insufficient-space',
  'insufficient-power',
  'insufficient-network',
  'bootstrap-token-suspected',
  'install-failed',
  'overdue',
  'not-seen',
  'unenrolled',
];

/** Share of devices that may never get there by themselves; the rest must. */
export const TROUBLED_MAX = 0.4;

const FAMILIES: readonly (readonly [number, Family])[] = [
  [38, 'iPhone'],
  [22, 'iPad'],
  [28, 'Mac'],
  [8, 'Apple TV'],
  [4, 'Vision Pro'],
];

const ZONES: readonly (readonly [number, string])[] = [
  [35, 'Europe/Berlin'],
  [18, 'America/New_York'],
  [10, 'America/Los_Angeles'],
  [10, 'Europe/London'],
  [6, 'Asia/Tokyo'],
  [6, 'Australia/Sydney'],
  [5, 'Asia/Kolkata'],
  [4, 'America/Sao_Paulo'],
  [3, 'Pacific/Auckland'],
  [3, 'Pacific/Honolulu'],
];

/** Draws a fleet. Every device is settled here, so that what is expected of it is known before anything runs. */
export function drawFleet({ prng, devices, start, catalogue, failingPercent = 0 }: FleetOptions): DeviceSpec[] {
  const most = Math.floor(devices * TROUBLED_MAX);
  const troubled = Math.min(most, Math.ceil(devices * (0.25 + prng.next() * 0.13)));
  const troubles: (DeclarationTrouble | undefined)[] = [];
  while (troubles.length < troubled) troubles.push(...prng.shuffle(TROUBLES).slice(0, troubled - troubles.length));
  while (troubles.length < devices)
    troubles.push(prng.fork(`fails ${troubles.length}`).int(0, 99) < failingPercent ? 'install-failed' : undefined);
  const counts = new Map<Family, number>();
  return prng.shuffle(troubles).map((trouble, index) => {
    const own = prng.fork(`device ${index}`);
    const { model, release } = drawSystem(own.fork('system'), catalogue, start, trouble);
    const number = (counts.get(model.family) ?? 0) + 1;
    counts.set(model.family, number);
    return drawDevice(own, start, catalogue, trouble, model, release, number);
  });
}

export type System = { model: Model; release: Pick<Release, 'version' | 'build' | 'branch'> };

/** A device on that system; everything else is drawn. */
export function drawDevice(
  prng: Prng,
  start: number,
  catalogue: SimCatalogue,
  trouble: Trouble | undefined,
  model: Model,
  release: System['release'],
  number: number,
): DeviceSpec {
  const isPlain = trouble === undefined;
  const isMac = model.family === 'Mac';
  const isCurrent = catalogue.newestFor(model, Number.POSITIVE_INFINITY)?.version === release.version;
  const usesTwinBuilds = prng.chance(0.3);
  const isUserEnrollment = trouble === 'user-enrollment';
  const spec: DeviceSpec = {
    id: isUserEnrollment ? prng.uuid().toUpperCase() : drawUdid(prng, model),
    name: `${model.family.toLowerCase().replace(' ', '-')}-${String(number).padStart(2, '0')}`,
    isUserEnrollment,
    serialNumber: drawSerial(prng),
    model,
    osVersion: release.version,
    build: (usesTwinBuilds && trouble !== 'beta-os' ? twinOf({ ...release, posted: '', isInvented: false }) : undefined) ?? release.build,
    timeZone: prng.weighted(ZONES),
    isSupervised:
      isUserEnrollment || trouble === 'not-supervised'
        ? false
        : isMac
          ? !(isPlain && isCurrent && prng.chance(0.3))
          : !isPlain || prng.chance(0.75),
    usesTwinBuilds,
    firstContactAt: start + Math.floor(prng.next() * 20 * HOUR),
    hiccups: isPlain && prng.chance(0.25) ? prng.int(1, 2) : 0,
    owner: drawOwner(prng, start, isPlain, model.family),
  };
  if (trouble !== undefined) spec.trouble = trouble;
  const isNew = trouble === 'not-seen' || (isPlain && prng.chance(0.25));
  if (isNew) spec.enrollsAt = start + HOUR + Math.floor(prng.next() * 4 * DAY);
  if (isMac && isPlain && spec.isSupervised && prng.chance(0.35)) spec.userId = prng.uuid().toUpperCase();
  if (isPlain && !isNew && prng.chance(0.06)) spec.wipedAt = start + Math.floor((2 + prng.next() * 7) * DAY);
  if (trouble === 'unenrolled') spec.checksOutAt = start + Math.floor((2 + prng.next() * 6) * DAY);
  if (trouble === 'not-seen') {
    // It answers a question or two and is gone before any date could come.
    spec.goesDarkAt = (spec.enrollsAt ?? start) + Math.floor((6 + prng.next() * 10) * HOUR);
    spec.owner.isAlwaysOn = true;
  }
  return spec;
}

function drawOwner(prng: Prng, start: number, isPlain: boolean, family: Family): OwnerTraits {
  const holidays: OwnerTraits['holidays'] = [];
  if (isPlain && prng.chance(0.2)) {
    const from = start + Math.floor((1 + prng.next() * 9) * DAY);
    holidays.push({ from, until: Math.min(from + Math.floor((3 + prng.next() * 9) * DAY), start + HOLIDAYS_END_DAYS * DAY) });
  }
  const owner: OwnerTraits = {
    isAlwaysOn: family === 'Apple TV' || prng.chance(0.2),
    nightOff: prng.pick([0, 0.1, 0.5, 0.9]),
    weekendOff: prng.pick([0, 0, 0.5, 0.95]),
    holidays,
    installsEarly: isPlain && prng.chance(0.3),
    checkInMinute: prng.int(7 * 60 + 30, 21 * 60),
  };
  if (isPlain && prng.chance(0.08)) owner.updatesAloneAt = start + Math.floor((1 + prng.next() * 9) * DAY);
  return owner;
}

/** A model and the release it runs, such that the trouble shows: behind from the first day on. */
export function drawSystem(prng: Prng, catalogue: SimCatalogue, start: number, trouble: DeclarationTrouble | undefined): System {
  const systems = (fits: (model: Model, version: string) => boolean, isBehind: boolean) =>
    MODELS.flatMap((model) => {
      const releases = catalogue.offeredTo(model, start);
      const newest = releases.at(-1);
      return releases
        .filter((release) => fits(model, release.version) && !(isBehind && release.version === newest?.version))
        .map((release) => ({ model, release }));
    });
  const ofFamilies = (...families: Family[]) => {
    return (model: Model, version: string) => families.includes(model.family) && canEnforceByDeclaration(model.family, version);
  };
  switch (trouble) {
    case undefined:
      return drawPlain(prng, catalogue, start);
    case 'declarations-unsupported':
      return prng.pick(systems((model, version) => !canEnforceByDeclaration(model.family, version), true));
    // From 27 on a Mac tells its board id by declarative management alone, and without that the reason would be another.
    case 'not-supervised':
      return prng.pick(systems((model, version) => ofFamilies('Mac')(model, version) && majorOf(version) < 27, true));
    case 'foreign-declarations':
    case 'awaiting-configuration':
      return prng.pick(
        systems(
          (model, version) => ofFamilies('iPhone', 'iPad', 'Mac')(model, version) && (model.family !== 'Mac' || majorOf(version) < 27),
          true,
        ),
      );
    case 'bootstrap-token-suspected':
      return prng.pick(systems((model, version) => model.isAppleSilicon && ofFamilies('Mac')(model, version), true));
    case 'model-not-in-feed': {
      const model = prng.pick(MODELS.filter((candidate) => candidate.branches.length === 0));
      const branch = model.family === 'Mac' ? ('macos26' as const) : ('ios26' as const);
      return {
        model,
        release: catalogue.releases.find((release) => release.branch === branch) ?? { branch, version: '26.0', build: '25A354' },
      };
    }
    case 'beta-os': {
      const { model, release } = prng.pick(
        systems(ofFamilies('iPhone', 'iPad', 'Mac'), false).filter((system) => isNewest(system, catalogue, start)),
      );
      return { model, release: betaAfter(release) };
    }
    case 'user-enrollment':
    case 'overdue':
    case 'not-seen':
      return prng.pick(systems(ofFamilies('iPhone', 'iPad'), true));
    case 'insufficient-power':
      return prng.pick(
        systems((model, version) => ofFamilies('iPhone', 'iPad', 'Mac')(model, version) && /iPhone|iPad|Book/.test(model.name), true),
      );
    case 'insufficient-space':
    case 'insufficient-network':
    case 'install-failed':
    case 'unenrolled':
      return prng.pick(systems(ofFamilies('iPhone', 'iPad', 'Mac'), true));
  }
}

function isNewest({ model, release }: System, catalogue: SimCatalogue, at: number): boolean {
  return catalogue.newestFor(model, at)?.version === release.version;
}

/** A device that gets there: able to take declarations, or on the last release its model will ever have. */
function drawPlain(prng: Prng, catalogue: SimCatalogue, start: number): System {
  const family = prng.weighted(FAMILIES);
  const models = MODELS.filter((model) => model.family === family && catalogue.newestFor(model, start));
  for (;;) {
    const model = prng.pick(models);
    const releases = catalogue.offeredTo(model, start);
    const newest = releases.at(-1) as Release;
    const able = releases.filter((release) => canEnforceByDeclaration(family, release.version));
    if (able.length > 0) return { model, release: prng.chance(0.2) ? newest : prng.pick(able.slice(-14)) };
    if (catalogue.newestFor(model, Number.POSITIVE_INFINITY) === newest) return { model, release: newest };
  }
}

/** 27.0.1 (24A355) → 27.1 (24B5055d). */
function betaAfter(release: System['release']): System['release'] {
  const [major, minor = 0] = release.version.split('.').map(Number);
  const letter = String.fromCharCode((/[A-Z]/.exec(release.build)?.[0].charCodeAt(0) ?? 65) + 1);
  return { branch: release.branch, version: `${major}.${minor + 1}`, build: `${/^\d+/.exec(release.build)?.[0]}${letter}5055d` };
}

function drawUdid(prng: Prng, model: Model): string {
  if (model.family === 'Mac' && !model.isAppleSilicon) return prng.uuid().toUpperCase();
  if (/^iPhone([4-9]|10),|^iPad[2-7],|^AppleTV[56],/.test(model.productName)) return prng.hex(40);
  return `0000${prng.pick(['8101', '8110', '8112', '8120', '8130'])}-${prng.hex(16).toUpperCase()}`;
}

function drawSerial(prng: Prng): string {
  return Array.from({ length: 10 }, () => prng.pick([...'CDFGHJKLMNPQRTVWXY0123456789'])).join('');
}

/** Where a device ends when all releases of this world are out, nothing fails by accident any more and time has passed. */
export function expectedOutcome(spec: DeviceSpec, catalogue: SimCatalogue): Outcome {
  if (spec.checksOutAt !== undefined) return 'unenrolled';
  if (spec.isUserEnrollment) return 'user-enrollment';
  if (/[a-z]$/.test(spec.build)) return 'beta-os';
  const newest = catalogue.newestFor(spec.model, Number.POSITIVE_INFINITY);
  if (!newest) return 'model-not-in-feed';
  if (compareVersionTexts(spec.osVersion, newest.version) >= 0) return 'verified';
  if (!canEnforceByDeclaration(spec.model.family, spec.osVersion)) {
    if (spec.legacy === undefined || !hasUpdateCommands(spec.model.family, spec.osVersion)) return 'declarations-unsupported';
    if (!spec.isSupervised) return 'not-supervised';
  }
  if (spec.model.family === 'Mac' && !spec.isSupervised) return 'not-supervised';
  if (spec.goesDarkAt !== undefined) return 'not-seen';
  return spec.trouble ?? 'verified';
}

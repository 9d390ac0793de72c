import { answersQuery, hasUpdateCommands } from './capabilities.ts';
import type { CommandTrouble, DeviceSpec, Trouble } from './device.types.ts';
import { drawDevice, drawSystem, type FleetOptions, type System, TROUBLED_MAX, TROUBLES } from './fleet.ts';
import { type LegacyTraits, NO_QUIRKS } from './legacy.types.ts';
import { drawPasscode, drawQuirks } from './legacy-quirks.ts';
import { COMMAND_SYSTEMS, type OldSystem, UNREACHABLE_SYSTEMS } from './legacy-table.ts';
import type { Prng } from './prng.ts';
import { canEnforceByDeclaration, compareVersionTexts, type Family, type Model } from './table.ts';

/** Share of devices on commands, drawn from here on; 0.3 of which some never get there leaves a fifth that does. */
const COMMANDED_MIN = 0.3;
/** Of those on commands, how many never get there. */
const COMMANDED_TROUBLED = 0.33;

/** Longer, and who has to try several times is not there in any time that can be told beforehand. */
const NIGHTS_OFF_MAX = 4;

/** What may ail a device on commands. */
const COMMAND_TROUBLES = [
  'waiting-for-passcode',
  'shared-ipad-user',
  'access-rights-missing',
  'lost-mode',
  'passcode-set',
  'not-dep-enrolled',
  'update-not-listed',
  'known-bug',
  'needs-computer',
  'not-supervised',
  'awaiting-configuration',
  'insufficient-space',
  'insufficient-power',
  'insufficient-network',
  'bootstrap-token-suspected',
  'install-failed',
  'not-seen',
  'unenrolled',
] as const satisfies readonly Trouble[];

type TroubleOnCommands = (typeof COMMAND_TROUBLES)[number];

/** One device that is to be drawn: on commands or by declarations, with a trouble or without. */
type Lot = { kind: 'commands'; trouble?: TroubleOnCommands } | { kind: 'declarations'; trouble?: Exclude<Trouble, CommandTrouble> };

/**
 * A fleet in which at least 0.3 of the devices are on commands and at most 0.4 never get there. All devices answer update
 * commands as their OS does. Unlike in `drawFleet`, a device without a way to be updated has an OS without one.
 */
export function drawLegacyFleet({ prng, devices, start, catalogue, isShort = false }: FleetOptions): DeviceSpec[] {
  const commanded = Math.ceil(devices * (COMMANDED_MIN + prng.next() * 0.06));
  const others = devices - commanded;
  const lots: Lot[] = [
    ...drawTroubles(prng, COMMAND_TROUBLES, commanded, COMMANDED_TROUBLED).map((trouble) => ({ kind: 'commands' as const, trouble })),
    ...drawTroubles(prng, TROUBLES, others, Math.min(TROUBLED_MAX, 0.25 + prng.next() * 0.13)).map((trouble) => ({
      kind: 'declarations' as const,
      trouble,
    })),
  ].map(({ trouble, ...rest }) => (trouble === undefined ? rest : { ...rest, trouble }) as Lot);
  const counts = new Map<Family, number>();
  return prng.shuffle(lots).map((lot, index) => {
    const own = prng.fork(`device ${index}`);
    const { model, release } = systemOf(own.fork('system'), lot);
    const number = (counts.get(model.family) ?? 0) + 1;
    counts.set(model.family, number);
    const spec = drawDevice(own, start, catalogue, lot.trouble, model, release, number);
    return withTraits(spec, own.fork('legacy'), start);
  });

  function systemOf(own: Prng, lot: Lot): System {
    if (lot.kind === 'commands') return asSystem(own.pick(systemsWith(lot.trouble, isShort)));
    if (lot.trouble !== 'declarations-unsupported') return drawSystem(own, catalogue, start, lot.trouble);
    const vision = catalogue.models
      .filter((model) => model.family === 'Vision Pro')
      .flatMap((model) => catalogue.offeredTo(model, start).map((release) => ({ model, version: release.version, build: release.build })));
    return asSystem(own.pick([...UNREACHABLE_SYSTEMS, ...vision.filter((system) => compareVersionTexts(system.version, '26') < 0)]));
  }
}

function drawTroubles<T>(prng: Prng, kinds: readonly T[], of: number, share: number): (T | undefined)[] {
  const troubled = Math.floor(of * share);
  const troubles: (T | undefined)[] = [];
  while (troubles.length < troubled) troubles.push(...prng.shuffle(kinds).slice(0, troubled - troubles.length));
  while (troubles.length < of) troubles.push(undefined);
  return troubles;
}

function asSystem({ model, version, build }: OldSystem): System {
  return { model, release: { version, build, branch: model.branches[0] ?? 'ios15' } };
}

/** Where the trouble can show. Before 10.3 an iPhone or iPad that has no right to it and one not enrolled automatically say the same. */
function systemsWith(trouble: TroubleOnCommands | undefined, isShort: boolean): readonly OldSystem[] {
  const isIos = ({ family }: Model) => family === 'iPhone' || family === 'iPad';
  const all = (fits: (model: Model, version: string) => boolean) => COMMAND_SYSTEMS.filter(({ model, version }) => fits(model, version));
  const since = (version: string, first: string) => compareVersionTexts(version, first) >= 0;
  switch (trouble) {
    case undefined:
      // Before 12 a Mac's own list has to be empty for ten days before it is believed.
      return isShort ? all((model, version) => model.family !== 'Mac' || since(version, '12')) : COMMAND_SYSTEMS;
    case 'waiting-for-passcode':
      return all((model, version) => isIos(model) && since(version, '10.3'));
    case 'passcode-set':
    case 'not-dep-enrolled':
      return all((model, version) => isIos(model) && !since(version, '10.3'));
    case 'shared-ipad-user':
      return all((model, version) => model.family === 'iPad' && since(version, '10.3'));
    case 'lost-mode':
      return all((model, version) => isIos(model) && since(version, '10.3'));
    case 'access-rights-missing':
      return all((model, version) => isIos(model) && since(version, '10.3'));
    case 'known-bug':
      return all((model, version) => isIos(model) && version === '11.3.1');
    case 'needs-computer':
    case 'insufficient-space':
      return all((model, version) => isIos(model) && since(version, '10.3'));
    case 'insufficient-power':
      return all((model, version) => isIos(model) || (/Book/.test(model.name) && since(version, '13.3')));
    // Before 12 a Mac knows what is newest by its own list only, and before 10.15 doesn't tell whether it is supervised.
    case 'update-not-listed':
      return all((model, version) => model.family === 'Mac' && since(version, '12'));
    case 'not-supervised':
      return all((model, version) => model.family !== 'Mac' || since(version, '12'));
    case 'bootstrap-token-suspected':
      return all((model) => model.family === 'Mac' && model.isAppleSilicon);
    default:
      return all((model, version) => isIos(model) || (model.family === 'Mac' && since(version, '12')));
  }
}

/** What else there is to a device in a world with commands. */
function withTraits(spec: DeviceSpec, prng: Prng, start: number): DeviceSpec {
  const { model, osVersion, trouble } = spec;
  const isIos = model.family === 'iPhone' || model.family === 'iPad';
  const isOnCommands = hasUpdateCommands(model.family, osVersion) && !canEnforceByDeclaration(model.family, osVersion);
  const isBefore103 = isIos && compareVersionTexts(osVersion, '10.3') < 0;
  const legacy: LegacyTraits = {
    isDepEnrolled: trouble !== 'not-dep-enrolled' && spec.isSupervised,
    quirks: { ...NO_QUIRKS, removedCommand: prng.pick(['Error', 'CommandFormatError']) },
  };
  const whole: DeviceSpec = { ...spec, legacy };
  if (!isOnCommands) {
    if (isIos) legacy.passcode = drawPasscode(prng);
    return whole;
  }
  whole.isSupervised = trouble !== 'not-supervised';
  legacy.isDepEnrolled = trouble !== 'not-dep-enrolled' && whole.isSupervised;
  if (trouble === 'shared-ipad-user') legacy.sharedIpad = 'always';
  else if (model.family === 'iPad' && !isBefore103 && trouble === undefined && prng.chance(0.25)) legacy.sharedIpad = 'by-day';
  const hasPasscode = trouble === 'waiting-for-passcode' || trouble === 'passcode-set' || (isIos && !isBefore103 && prng.chance(0.5));
  if (hasPasscode && legacy.sharedIpad === undefined) legacy.passcode = drawPasscode(prng);
  if (trouble === 'waiting-for-passcode') legacy.passcode = { deferrals: 0, when: 'now', answersAfterMs: Number.POSITIVE_INFINITY };
  // Commands are sent in the night: who is never there then is never reached. Who lets it install tonight leaves it on, mostly.
  const nightOff = Math.min(spec.owner.nightOff, legacy.passcode?.when === 'tonight' ? 0.1 : 0.5);
  whole.owner = { ...spec.owner, nightOff, nightsOffMax: NIGHTS_OFF_MAX };
  legacy.quirks = drawQuirks(prng, spec, legacy, start);
  // Nobody can know its night without its zone.
  const tellsZone = !legacy.quirks.hidesTimeZone && answersQuery('TimeZone', model.family, osVersion);
  if (legacy.sharedIpad === 'by-day' && !tellsZone) delete legacy.sharedIpad;
  return whole;
}

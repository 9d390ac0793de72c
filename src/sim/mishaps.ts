import type { SimCatalogue } from './catalogue.ts';
import type { DeviceSpec, Mishaps } from './device.types.ts';
import { expectedOutcome } from './fleet.ts';
import type { Prng } from './prng.ts';
import { canEnforceByDeclaration } from './table.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
export const ASLEEP_DAYS_MAX = 60;

const GARBAGE = ['', 'Unknown', '26.x', '18,5', '-1', '١٨.٥', 'Version 15.1 (Build 24B83)'] as const;

/**
 * What befalls so many of a thousand devices that have no trouble, each within its world's first weeks; see `Mishaps`. Drawn
 * at the beginning; it ends by itself, healed or not.
 */
export interface MishapRates {
  restoredOlderPerMille: number;
  reEnrolledPerMille: number;
  /** Switched off for one week to `asleepDaysMax`. */
  asleepPerMille: number;
  shortagePerMille: number;
  /** Three to five failed attempts before the update succeeds. */
  stubbornPerMille: number;
  wrongVersionPerMille: number;
  deviceClockPerMille: number;
}

export interface MishapOptions {
  prng: Prng;
  faults: MishapRates;
  catalogue: SimCatalogue;
  start: number;
  asleepDaysMax: number;
}

/**
 * The device with what befalls it in this world. Only devices that are expected to get there have mishaps, and get there after
 * them. Each is drawn by itself, so that one more fault doesn't change who has another.
 */
export function withMishaps(spec: DeviceSpec, { prng, faults, catalogue, start, asleepDaysMax }: MishapOptions): DeviceSpec {
  if (spec.trouble !== undefined || expectedOutcome(spec, catalogue) !== 'verified') return spec;
  const hit = (what: string, perMille: number): Prng | undefined => {
    const own = prng.fork(what);
    return perMille > 0 && own.int(0, 999) < perMille ? own : undefined;
  };
  /** `from` within these days from the start, for so many hours. */
  const span = (own: Prng, firstDay: number, lastDay: number, minHours: number, maxHours: number) => {
    const from = start + own.int(firstDay * 24, lastDay * 24) * HOUR;
    return { from, until: from + own.int(minHours, maxHours) * HOUR };
  };
  const canDeclare = canEnforceByDeclaration(spec.model.family, spec.osVersion);
  const mishaps: Mishaps = {};
  const whole: DeviceSpec = { ...spec };

  const restored = hit('restored', faults.restoredOlderPerMille);
  // A Mac that isn't supervised is well only as long as it is current.
  if (restored && canDeclare && (spec.model.family !== 'Mac' || spec.isSupervised))
    mishaps.restored = { at: start + restored.int(7 * 24, 15 * 24) * HOUR, isWiped: restored.chance(0.5) };

  const reEnrolled = hit('re-enrolled', faults.reEnrolledPerMille);
  if (reEnrolled) mishaps.reEnrolled = { at: start + reEnrolled.int(24, 11 * 24) * HOUR, saysCheckOut: reEnrolled.chance(0.5) };

  const asleep = hit('asleep', faults.asleepPerMille);
  if (asleep) {
    const from = start + asleep.int(0, 8 * 24) * HOUR;
    const until = from + asleep.int(Math.min(7, asleepDaysMax) * 24, asleepDaysMax * 24) * HOUR;
    whole.owner = { ...spec.owner, holidays: [...spec.owner.holidays, { from, until }] };
  }

  const shortage = hit('shortage', faults.shortagePerMille);
  if (shortage) mishaps.shortage = { of: shortage.pick(['insufficient-space', 'insufficient-power']), ...span(shortage, 0, 7, 24, 9 * 24) };

  const stubborn = hit('stubborn', faults.stubbornPerMille);
  if (stubborn) whole.hiccups = stubborn.int(3, 5);

  const lie = hit('lie', faults.wrongVersionPerMille);
  // There is no other channel where there are no status reports.
  if (lie && canDeclare)
    mishaps.lie = {
      channel: lie.pick(['information', 'status']),
      tells: lie.pick(['old', 'none', 'garbage']),
      text: lie.pick(GARBAGE),
      ...span(lie, 0, 8, 12, 6 * 24),
    };

  const clock = hit('clock', faults.deviceClockPerMille);
  if (clock) {
    const times = span(clock, 0, 8, 6, 5 * 24);
    const aheadMs = clock.pick([Date.UTC(1970, 0, 1) - times.from, Date.UTC(2040, 0, 1) - times.from, -HOUR, HOUR, -DAY, DAY]);
    mishaps.clock = { aheadMs, ...times };
  }
  if (Object.keys(mishaps).length > 0) whole.mishaps = mishaps;
  return whole;
}

/** When the last of them is over, epoch ms; 0: there are none. */
export function endOfMishaps({ mishaps }: DeviceSpec): number {
  if (mishaps === undefined) return 0;
  const { restored, reEnrolled, shortage, lie, clock } = mishaps;
  return Math.max(restored?.at ?? 0, reEnrolled?.at ?? 0, ...[shortage, lie, clock].map((span) => span?.until ?? 0));
}

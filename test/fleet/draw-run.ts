import { createPrng, type Prng } from '../../src/sim/prng.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { drawDeviceActs } from './draw-device-acts.ts';
import { drawNeighbour, withWiring } from './draw-neighbour.ts';
import { withTargets } from './draw-targets.ts';
import { FAULT_NAMES, FAULT_RATES_MAX, type FaultRates } from './fault-rates.ts';
import { type Kill, START_AT } from './harness.ts';
import type { RunSpec } from './run-spec.ts';

/** Later, the faults have ended in almost every run. */
const KILLS_UNTIL_MS = 30 * DAY_MS;
/** Most runs have shorter weeks, and no device that is slow by itself: more of them in the same time. The others have both. */
const HURRIED_SHARE = 0.75;
const HURRIED_PACE = 0.4;
const WEEKDAY_SETS = [['tue', 'wed', 'thu'], ['mon', 'tue', 'wed', 'thu', 'fri'], ['sun']] as const;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Pacific/Honolulu', 'Asia/Tokyo', 'Australia/Sydney', 'Asia/Kolkata', 'Etc/UTC'];

/**
 * How each part of a run is drawn. Each draws from a fork of its own name: a line more or less changes no other part of
 * any run.
 */
const ROWS: {
  [Name in keyof Omit<RunSpec, 'seed' | 'keep' | 'pace'>]-?: (prng: Prng, pace: number, drawn: Partial<RunSpec>) => RunSpec[Name];
} = {
  devices: (prng) =>
    prng.chance(1 / 50) ? Math.min(logUniform(prng, 200, 2_000), logUniform(prng, 200, 2_000)) : logUniform(prng, 20, 60),
  server: (prng) => prng.weighted([[3, 'nanomdm'] as const, [1, 'micromdm'] as const]),
  policy: drawPolicy,
  neighbour: (prng, pace) => (prng.chance(0.3) ? drawNeighbour(prng, pace) : undefined),
  newReleaseDays: (prng, pace) => (prng.chance(0.1) ? 0 : Math.ceil(prng.int(3, 12) * pace)),
  withdraws: (prng) => prng.pick(['never', 'sometimes', 'always'] as const),
  legacy: (prng) => prng.chance(0.7),
  isOnDisk: (prng) => prng.chance(0.25),
  stop: (prng, pace) =>
    prng.chance(0.2) ? { afterHours: Math.round(prng.int(12, 12 * 24) * pace), forHours: Math.round(prng.int(6, 96) * pace) } : undefined,
  sofa: (prng, pace, drawn) =>
    prng.chance((drawn.policy as RunSpec['policy']).severity === undefined ? 0.1 : 0.85) ? drawSofa(prng, pace) : undefined,
  edits: (prng, pace, drawn) => (prng.chance(0.35) ? drawEdits(prng, pace, drawn.policy as RunSpec['policy']) : undefined),
  skip: (prng, pace, drawn) =>
    (drawn.policy as RunSpec['policy']).rings !== undefined && prng.chance(0.4)
      ? { afterHours: Math.round(prng.int(6, 10 * 24) * pace), forHours: Math.round(prng.int(6, 5 * 24) * pace) }
      : undefined,
  expedite: (prng, pace) => (prng.chance(0.2) ? drawExpedite(prng, pace) : undefined),
  deviceActs: (prng, pace, { devices = 0 }) => (prng.chance(1 / 3) ? drawDeviceActs(prng, pace, devices) : undefined),
  ownersPages: (prng) => (prng.chance(0.4) ? prng.pick(['stay', 'come', 'go', 'move'] as const) : undefined),
  kills: (prng) => (prng.chance(0.5) ? drawKills(prng) : undefined),
  clockSteps: (prng, pace) => (prng.chance(0.25) ? drawClockSteps(prng, pace) : undefined),
  faults: drawFaults,
};

/** Everything of a run, from its seed alone. */
export function drawRun(seed: string): RunSpec {
  const prng = createPrng(`run ${seed}`);
  const pace = prng.fork('pace').chance(HURRIED_SHARE) ? HURRIED_PACE : undefined;
  const spec: Partial<RunSpec> = { seed };
  for (const [name, draw] of [...Object.entries(ROWS), ['pace', () => pace] as const]) {
    const value = draw(prng.fork(name), pace ?? 1, spec);
    if (value !== undefined) Object.assign(spec, { [name]: value });
  }
  return withWiring(withTargets(spec as RunSpec, prng.fork('targets')), prng);
}

function drawPolicy(prng: Prng, pace: number, { devices = 0 }: Partial<RunSpec>): RunSpec['policy'] {
  const days = Math.ceil(prng.fork('days').int(1, 14) * pace);
  const at = prng.fork('at');
  const hour = String(at.int(0, 23)).padStart(2, '0');
  const policy: RunSpec['policy'] = { days, at: `${hour}:${at.pick(['00', '30'])}`, fallbackTimeZone: prng.fork('zone').pick(ZONES) };
  if (prng.fork('details').chance(0.3)) policy.detailsUrl = 'https://it.example.com/updates';
  if (prng.fork('platforms').chance(0.3)) policy.isByPlatform = true;
  const severity = prng.fork('severity');
  if (severity.chance(0.4)) policy.severity = drawSeverity(severity, pace, days);
  const weekdays = prng.fork('weekdays');
  if (weekdays.chance(0.15)) policy.weekdays = [...weekdays.pick(WEEKDAY_SETS)];
  const blackouts = prng.fork('blackouts');
  if (blackouts.chance(0.25)) policy.blackouts = drawBlackouts(blackouts, pace);
  const limits = prng.fork('limits');
  if (limits.chance(0.15)) policy.limits = drawLimits(limits, devices, policy.weekdays?.length ?? 7);
  const rings = prng.fork('rings');
  if (rings.chance(0.3)) policy.rings = drawRings(rings, pace);
  const settings = prng.fork('settings');
  if (settings.chance(0.2)) policy.settings = drawSettings(settings);
  const commands: RunSpec['policy']['commands'] = {};
  if (prng.fork('notify').chance(0.2)) commands.notifyOnly = true;
  if (prng.fork('force').chance(0.2)) commands.forceRestart = true;
  const deferrals = prng.fork('deferrals');
  if (deferrals.chance(0.2)) commands.userDeferrals = deferrals.int(1, 6);
  if (Object.keys(commands).length > 0) policy.commands = commands;
  return policy;
}

/** Small ones, one or both; everyone has had their turn, and everyone's date has come, within three weeks each. */
function drawLimits(prng: Prng, devices: number, daysOfWeek: number): NonNullable<RunSpec['policy']['limits']> {
  const newPerDay = Math.max(logUniform(prng, 3, 15), Math.ceil(devices / 21));
  const restartsPerDate = Math.max(logUniform(prng, 3, 15), Math.ceil(devices / (3 * daysOfWeek)));
  return prng.pick([{ newPerDay }, { restartsPerDate }, { newPerDay, restartsPerDate }]);
}

/** In the first weeks, within hours or some days; one in three is taken back. */
function drawExpedite(prng: Prng, pace: number): NonNullable<RunSpec['expedite']> {
  return {
    afterHours: Math.round(prng.int(4, 12 * 24) * pace),
    inHours: Math.round(logUniform(prng, 2, 96)),
    ...(prng.chance(0.3) ? { isFirstRingOnly: true } : {}),
    ...(prng.chance(0.35) ? { undoAfterHours: logUniform(prng, 1, 72) } : {}),
  };
}

/** One to three changes in the first weeks, each of one thing or two; in the end everything is enforced. */
function drawEdits(prng: Prng, pace: number, first: RunSpec['policy']): NonNullable<RunSpec['edits']> {
  const edits: NonNullable<RunSpec['edits']> = [];
  const times = Array.from({ length: prng.int(1, 3) }, () => Math.round(prng.int(4, 14 * 24) * pace)).sort((a, b) => a - b);
  let policy = first;
  const add = (afterHours: number, next: RunSpec['policy']): void => {
    policy = next;
    edits.push({ afterHours, how: prng.pick(['load', 'apply'] as const), policy });
  };
  for (const afterHours of times) {
    let next = drawEdit(prng, pace, policy);
    if (prng.chance(0.3)) next = drawEdit(prng, pace, next);
    add(afterHours, next);
  }
  const { mode, ...enforced } = policy;
  if (mode !== undefined) add((times.at(-1) ?? 0) + Math.ceil(prng.int(6, 72) * pace), enforced);
  return edits;
}

function drawEdit(prng: Prng, pace: number, { mode, rings, blackouts, weekdays, ...rest }: RunSpec['policy']): RunSpec['policy'] {
  const all = { ...rest, ...(mode ? { mode } : {}), ...(rings ? { rings } : {}), ...(blackouts ? { blackouts } : {}) };
  const policy = { ...all, ...(weekdays ? { weekdays } : {}) };
  switch (prng.pick(['days', 'days', 'at', 'weekdays', 'blackouts', 'rings', 'mode', 'name'] as const)) {
    case 'days':
      return { ...policy, days: Math.ceil(prng.int(0, 14) * pace) };
    case 'at':
      return { ...policy, at: `${String(prng.int(0, 23)).padStart(2, '0')}:00` };
    case 'weekdays':
      return weekdays ? all : { ...policy, weekdays: [...prng.pick(WEEKDAY_SETS)] };
    case 'blackouts': {
      const { blackouts: _, ...without } = policy;
      return blackouts ? without : { ...policy, blackouts: drawBlackouts(prng, pace) };
    }
    case 'rings': {
      const { rings: _, ...without } = policy;
      return rings && prng.chance(0.5) ? without : { ...policy, rings: drawRings(prng, pace) };
    }
    case 'mode': {
      const { mode: _, ...without } = policy;
      return mode ? without : { ...policy, mode: 'observe' };
    }
    case 'name':
      return { ...policy, name: `policy ${prng.int(1, 99)}` };
  }
}

/** Days for exploited and critical fixes within those of all others; other major versions may have more. */
function drawSeverity(prng: Prng, pace: number, days: number): NonNullable<RunSpec['policy']['severity']> {
  const critical = prng.int(0, days);
  return {
    ...(prng.chance(0.8) ? { exploited: prng.int(0, critical) } : {}),
    ...(prng.chance(0.6) ? { critical } : {}),
    ...(prng.chance(0.3) ? { major: Math.ceil(prng.int(1, 20) * pace) } : {}),
  };
}

/** Any layout; one run in four sees it change. Its faults are a swarm of their own. */
function drawSofa(prng: Prng, pace: number): NonNullable<RunSpec['sofa']> {
  const rate = () => (prng.chance(0.5) ? logUniform(prng, 1, 300) : 0);
  return {
    layout: prng.pick(['v1', 'v2-old', 'v2'] as const),
    ...(prng.chance(0.25) ? { changesAfterHours: Math.round(prng.int(1, 10 * 24) * pace) } : {}),
    faults: { emptyPerMille: rate(), shrunkenPerMille: rate(), olderPerMille: rate(), surgePerMille: rate(), outagePerMille: rate() },
  };
}

/** A canary, perhaps a pilot, everyone. */
function drawRings(prng: Prng, pace: number): NonNullable<RunSpec['policy']['rings']> {
  const hours = (min: number, max: number) => Math.ceil(prng.int(min, max) * pace);
  const ring = (name: string) => {
    const soakHours = hours(0, 48);
    const more = { soakHours, successPercent: prng.int(50, 100), atLatestHours: soakHours + hours(24, 120) };
    return { name, afterHours: hours(0, 48), ...more, ...(prng.chance(0.2) ? { isByHand: true } : {}) };
  };
  const canary = { ...ring('canary'), devices: prng.int(1, 5) };
  const pilot = { ...ring('pilot'), percent: prng.int(5, 40) };
  return [canary, ...(prng.chance(0.6) ? [pilot] : []), ring('everyone')];
}

/** Some of each group, for every platform: what a device lacks is to be left out. */
function drawSettings(prng: Prng): NonNullable<RunSpec['policy']['settings']> {
  const action = (): 'Allowed' | 'AlwaysOn' | 'AlwaysOff' => prng.pick(['Allowed', 'AlwaysOn', 'AlwaysOff'] as const);
  const days = (): number => prng.int(1, 90);
  const all: NonNullable<RunSpec['policy']['settings']> = {
    notifications: prng.chance(0.5),
    deferrals: { combined: days(), major: days(), minor: days(), system: days() },
    recommendedCadence: prng.pick(['All', 'Oldest', 'Newest'] as const),
    automaticActions: { download: action(), installOSUpdates: action(), installSecurityUpdate: action() },
    rapidSecurityResponse: { enable: prng.chance(0.5), enableRollback: prng.chance(0.5) },
    allowStandardUserOSUpdates: prng.chance(0.5),
    beta: { programEnrollment: 'AlwaysOff' },
  };
  return Object.fromEntries(Object.entries(all).filter(() => prng.chance(0.6)));
}

/** Exams, a fair: one or two times of up to four days in the first weeks. */
function drawBlackouts(prng: Prng, pace: number): NonNullable<RunSpec['policy']['blackouts']> {
  const local = (hours: number) => new Date(START_AT + hours * HOUR_MS).toISOString().slice(0, 19);
  return Array.from({ length: prng.int(1, 2) }, () => {
    const begins = Math.round(prng.int(12, 18 * 24) * pace);
    return { from: local(begins), until: local(begins + prng.int(6, 96)) };
  });
}

/** A swarm: about half of the faults, each as rare as one in a thousand or as frequent as it may get. */
function drawFaults(prng: Prng): FaultRates {
  const faults: FaultRates = {};
  for (const name of FAULT_NAMES) {
    const own = prng.fork(name);
    if (own.chance(0.5)) faults[name] = logUniform(own, 1, FAULT_RATES_MAX[name]);
  }
  return faults;
}

/** Deaths in the first weeks, from one a week to four a day, at a call of a port mostly. */
function drawKills(prng: Prng): NonNullable<RunSpec['kills']> {
  const perDay = logUniform(prng, 1, 30) / 7;
  const kills: NonNullable<RunSpec['kills']> = [];
  for (let at = 0; ; ) {
    at += Math.round((-Math.log(1 - prng.next()) * DAY_MS) / perDay);
    if (at > KILLS_UNTIL_MS) return kills;
    const call = {
      port: prng.pick(['store', 'fetch', 'decode', 'any'] as const),
      nth: prng.int(1, 12),
      when: prng.pick(['before', 'after'] as const),
    };
    const how = prng.weighted<Kill['how']>([
      [2, 'now'],
      [1, 'stop'],
      [7, call],
    ]);
    kills.push({ at, how, downMs: prng.pick([1_000, 5_000, MINUTE_MS, 10 * MINUTE_MS, HOUR_MS * prng.int(1, 12)]) });
  }
}

/** A clock without a battery, a year mistyped, a zone mistaken for another, a drift: for some hours or days, then right again. */
function drawClockSteps(prng: Prng, pace: number): NonNullable<RunSpec['clockSteps']> {
  const at = Math.round(prng.int(0, 10 * DAY_MS) * pace);
  const to1970 = -(START_AT + at);
  const skewMs = prng.pick([to1970, 14 * 365 * DAY_MS, -HOUR_MS, HOUR_MS, prng.int(-9, 9) * MINUTE_MS, prng.int(11, 600) * MINUTE_MS]);
  return [
    { at, skewMs },
    { at: at + Math.round(logUniform(prng, HOUR_MS, 4 * DAY_MS) * pace), skewMs: 0 },
  ];
}

function logUniform(prng: Prng, min: number, max: number): number {
  return Math.round(min * Math.exp(prng.next() * Math.log(max / min)));
}

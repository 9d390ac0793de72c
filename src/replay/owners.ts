import { DAY_MS, HOUR_MS, type Instant } from '../time/local.ts';
import { draw, pick } from './chance.ts';

/**
 * How people are taken to behave, for want of a recording: stated in every report, drawn from the seed, the same for the
 * ledger and for the naive rule. The steps are few on purpose: what people do alike is decided once.
 */

/** Of all devices; the rest waits for its date. */
const SHARES = { eager: 0.35, nagged: 0.4 };
/** Days after it was first offered something newer that an eager owner installs it. */
const EAGER_DAYS = [1, 3, 7, 14];
/** Of the time between being told a date and that date, after which an owner who is reminded gives in. */
const NAGGED_AFTER = [0.3, 0.6, 0.9];
/** A date is enforced within this: the countdown, and the installation. */
const INSTALL_MS = HOUR_MS;

export const OWNERS_TEXT = [
  'Of all devices 35 % install by themselves 1, 3, 7 or 14 days after their policy began to want something newer; 40 % give in when they are reminded of a date, after 30, 60 or 90 % of the time to it; 25 % wait for the date.',
  'Nobody installs what no policy asks for, no installation fails, and a date that has come is enforced within the hour.',
  '8 % of the devices are switched off for three weeks in every seventeen.',
];

/** What an owner does, as the index of a step: equal ones do the same at the same time. */
export type OwnerStep = number;

const WAITS: OwnerStep = EAGER_DAYS.length + NAGGED_AFTER.length;

/** For what it runs now: the same owner is eager with one update and may take longer for the next. */
export function ownerStep(seed: string, id: string, runs: string): OwnerStep {
  const kind = draw(seed, 'owner', id);
  if (kind < SHARES.eager) return pick([...EAGER_DAYS.keys()], seed, 'eager', id, runs);
  if (kind < SHARES.eager + SHARES.nagged) return EAGER_DAYS.length + pick([...NAGGED_AFTER.keys()], seed, 'nagged', id, runs);
  return WAITS;
}

/** A device that is behind. */
export interface Behind {
  /** Since when something newer is wanted of it. */
  since: Instant;
  /** When it first held a date since then. */
  toldAt?: Instant | undefined;
  /** The date it holds. */
  dueAt?: Instant | undefined;
}

/** When an owner of that step installs; undefined: not before there is a date. */
export function installsAt(step: OwnerStep, { since, toldAt, dueAt }: Behind): Instant | undefined {
  const enforcedAt = dueAt === undefined ? Number.POSITIVE_INFINITY : dueAt + INSTALL_MS;
  const days = EAGER_DAYS[step];
  const share = NAGGED_AFTER[step - EAGER_DAYS.length];
  const ownAt =
    days !== undefined
      ? since + days * DAY_MS
      : share !== undefined && toldAt !== undefined && dueAt !== undefined
        ? toldAt + Math.max(0, share * (dueAt - toldAt))
        : Number.POSITIVE_INFINITY;
  const at = Math.min(ownAt, enforcedAt);
  return Number.isFinite(at) ? Math.ceil(at / HOUR_MS) * HOUR_MS : undefined;
}

/** When devices of a group are switched off; group 0 never is. */
export const AWAY_GROUPS = 5;
const AWAY_SHARE = 0.08;
const AWAY_MS = 21 * DAY_MS;
const AWAY_EVERY_MS = 119 * DAY_MS;

export function awayGroup(seed: string, id: string): number {
  const drawn = draw(seed, 'away', id);
  return drawn < AWAY_SHARE ? 1 + Math.floor((drawn / AWAY_SHARE) * (AWAY_GROUPS - 1)) : 0;
}

/** Whether a group is away then, and when that changes next. */
export function presenceAt(group: number, start: Instant, now: Instant): { isAway: boolean; since: Instant; until: Instant } {
  if (group === 0) return { isAway: false, since: start, until: Number.POSITIVE_INFINITY };
  const phase = (group * AWAY_EVERY_MS) / AWAY_GROUPS;
  const turn = Math.floor((now - start - phase) / AWAY_EVERY_MS);
  const began = start + phase + turn * AWAY_EVERY_MS;
  if (now < began + AWAY_MS) return { isAway: true, since: began, until: began + AWAY_MS };
  return { isAway: false, since: began + AWAY_MS, until: began + AWAY_EVERY_MS };
}

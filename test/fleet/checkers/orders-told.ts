import { isDeepStrictEqual } from 'node:util';
import { instantOfLocal } from '../../../src/sim/zone.ts';
import type { DeviceActSaid } from '../device-acts.ts';
import type { Checker, Watched } from './checker.types.ts';

/** What is in force for one device. Days: yyyy-mm-dd. */
export interface Orders {
  /** To the end of that day. */
  exempt?: string;
  /** From that day on. */
  moreTime?: string;
  isPaused?: true;
}

/**
 * What a person ordered for single devices, by what that person was answered: between saying it and the answer, it may be
 * in force or not; so it may when no answer came and the same was refused when it was said again.
 */
export interface OrdersTold extends Required<Pick<Checker, 'onDeviceActBegun' | 'onDeviceAct'>> {
  /** All that may have been in force at some moment from then on. */
  possible(device: string, since: number): readonly Orders[];
  /** The days of all that gave it more time, or may have, and were answered then or later. */
  moreTimeSince(device: string, since: number): readonly string[];
}

interface Known {
  /** Apart from what is said and not answered. */
  settled: readonly Orders[];
  underWay: DeviceActSaid[];
  now: readonly Orders[];
  former: { orders: Orders; until: number }[];
  moreTime: { said: DeviceActSaid; until: string; answeredAt: number }[];
}

export function createOrdersTold({ scheduler }: Pick<Watched['fleet'], 'scheduler'>): OrdersTold {
  const devices = new Map<string, Known>();

  function knownOf(device: string): Known {
    const known = devices.get(device) ?? { settled: [{}], underWay: [], now: [{}], former: [], moreTime: [] };
    devices.set(device, known);
    return known;
  }

  function change(known: Known, settled: readonly Orders[], underWay: DeviceActSaid[]): void {
    const now = withAll(settled, underWay);
    const gone = known.now.filter((orders) => !now.some((other) => isDeepStrictEqual(other, orders)));
    known.former.push(...gone.map((orders) => ({ orders, until: scheduler.now() })));
    Object.assign(known, { settled, underWay, now });
  }

  return {
    onDeviceActBegun(said) {
      const known = knownOf(said.device);
      change(known, known.settled, [...known.underWay, said]);
      if (said.act !== 'more-time' || known.moreTime.some((other) => other.said === said)) return;
      known.moreTime.push({ said, until: said.until ?? '', answeredAt: Number.POSITIVE_INFINITY });
    },
    onDeviceAct({ said, isDone, keepsMoreTime }) {
      const known = knownOf(said.device);
      const { settled, underWay } = known;
      const last = underWay.lastIndexOf(said);
      if (last < 0) return;
      const before = underWay.slice(0, last);
      const word = known.moreTime.find((other) => other.said === said);
      if (word && isDone) word.answeredAt = scheduler.now();
      if (isDone) {
        // One is done after the other: what was said before is done by now, or will never be.
        const done = withAll(settled, before).map((orders) => after(said, orders, keepsMoreTime));
        change(known, done, underWay.slice(last + 1));
        return;
      }
      if (!before.includes(said)) known.moreTime = known.moreTime.filter((other) => other !== word);
      const rest = underWay.toSpliced(last, 1);
      // Refused when said again: whether it was done at first nobody was told.
      const mayBeDone = rest.filter((other) => other === said);
      change(known, withAll(settled, mayBeDone), mayBeDone.length > 0 ? rest.filter((other) => other !== said) : rest);
    },
    possible(device, since) {
      const known = knownOf(device);
      return [...known.now, ...known.former.filter(({ until }) => until >= since).map(({ orders }) => orders)];
    },
    moreTimeSince: (device, since) =>
      knownOf(device)
        .moreTime.filter(({ answeredAt }) => answeredAt >= since)
        .map(({ until }) => until),
  };
}

/** Each of them done, or not. What comes to the same is told apart no more: said every hour of a night, it would be millions. */
function withAll(settled: readonly Orders[], underWay: readonly DeviceActSaid[]): readonly Orders[] {
  let all = distinct(settled);
  for (const said of underWay)
    all = distinct([
      ...all,
      ...all.flatMap((orders) => [after(said, orders), ...(said.act === 'resume' ? [after(said, orders, orders.moreTime)] : [])]),
    ]);
  return all;
}

function distinct(all: readonly Orders[]): readonly Orders[] {
  return all.filter((orders, index) => all.findIndex((other) => isDeepStrictEqual(other, orders)) === index);
}

function after({ act, until = '' }: DeviceActSaid, orders: Orders, keepsMoreTime?: string): Orders {
  switch (act) {
    case 'exempt':
      return { ...orders, exempt: until };
    case 'more-time':
      return { ...orders, moreTime: until };
    case 'pause':
      return { ...orders, isPaused: true };
    case 'resume':
      return keepsMoreTime === undefined ? {} : { moreTime: keepsMoreTime };
    case 'recheck':
    case 'ask':
      return orders;
  }
}

/** On that clock; where it is not known, everywhere. */
export function instantIn(local: string, zone: string | undefined): number {
  const everywhere = Date.parse(`${local}Z`) + LAST_ZONE_MS;
  return zone === undefined ? everywhere : (instantOfLocal(local, zone) ?? everywhere);
}

/** Where clocks are last. */
const LAST_ZONE_MS = 12 * 3_600_000;

import type { Overrides } from '../../../src/decide/overrides.types.ts';
import { deadlines } from '../checkers/deadlines.ts';
import { exempt } from '../checkers/exempt.ts';
import { moreTime } from '../checkers/more-time.ts';
import { ordersKept } from '../checkers/orders-kept.ts';
import { paused } from '../checkers/paused.ts';
import { daysLater } from '../days-off.ts';
import type { DeviceActSpec } from '../device-acts.ts';
import { DEMO_POLICY, type FleetParts } from '../harness.ts';
import type { Control } from './control.types.ts';
import { alterGathered } from './facts.ts';

const TOMORROW = { ...DEMO_POLICY, days: 1 };

/** To each of the fleet of a control. */
function toAll(act: Omit<DeviceActSpec, 'device'>): DeviceActSpec[] {
  return Array.from({ length: 24 }, (_, device) => ({ ...act, device }));
}

/** Single devices on which a person acts. */
export const DEVICE_ACT_CONTROLS: readonly Control[] = [
  {
    checker: exempt,
    title: 'says that a device is exempt, and goes on',
    deviceActs: toAll({ afterMinutes: 31 * 60, act: 'exempt', untilDays: 9 }),
    breakRule(parts) {
      alterOverrides(parts, ({ exempt: _, ...others }) => others);
    },
  },
  {
    checker: exempt,
    title: 'ends an exemption when its last day begins',
    policy: TOMORROW,
    deviceActs: toAll({ afterMinutes: 12 * 60, act: 'exempt', untilDays: 3 }),
    breakRule(parts) {
      alterOverrides(parts, ({ exempt: said, ...others }) => ({
        ...others,
        ...(said ? { exempt: { ...said, until: later(said.until, -1) } } : {}),
      }));
    },
  },
  {
    checker: moreTime,
    title: 'says that a device has more time, and leaves its date',
    deviceActs: toAll({ afterMinutes: 31 * 60, act: 'more-time', untilDays: 8 }),
    breakRule(parts) {
      alterOverrides(parts, ({ moreTime: _, ...others }) => others);
    },
  },
  {
    checker: moreTime,
    title: 'gives a day less than it was told to',
    deviceActs: toAll({ afterMinutes: 31 * 60, act: 'more-time', untilDays: 8 }),
    breakRule(parts) {
      alterOverrides(parts, withMoreTime(-1));
    },
  },
  {
    checker: deadlines,
    title: 'gives a day more than it was told to',
    deviceActs: toAll({ afterMinutes: 31 * 60, act: 'more-time', untilDays: 8 }),
    breakRule(parts) {
      alterOverrides(parts, withMoreTime(1));
    },
  },
  {
    checker: paused,
    title: 'says that a device is paused, and goes on',
    policy: TOMORROW,
    deviceActs: toAll({ afterMinutes: 12 * 60, act: 'pause' }),
    breakRule(parts) {
      alterOverrides(parts, ({ paused: _, ...others }) => others);
    },
  },
  {
    checker: paused,
    title: 'takes from a paused device what it holds',
    deviceActs: toAll({ afterMinutes: 31 * 60, act: 'pause' }),
    breakRule(parts) {
      alterGathered(parts, (gathered) =>
        gathered.overrides?.paused && gathered.state
          ? { ...gathered, state: { ...gathered.state, fetched: {}, declarations: {} } }
          : gathered,
      );
    },
  },
  {
    checker: ordersKept,
    title: 'loses what a person ordered, one time in five',
    deviceActs: toAll({ afterMinutes: 31 * 60, act: 'pause' }),
    breakRule({ store }) {
      const { saveOverrides } = store;
      let count = 0;
      store.saveOverrides = async (...given) => {
        count += 1;
        return count % 5 === 0 || saveOverrides(...given);
      };
    },
  },
];

function withMoreTime(days: number): (overrides: Overrides) => Overrides {
  return ({ moreTime: said, ...others }) => ({ ...others, ...(said ? { moreTime: { ...said, until: later(said.until, days) } } : {}) });
}

function later(day: string, days: number): string {
  return daysLater(`${day}T00:00:00`, days).slice(0, 10);
}

/** Changes what a decision is told that a person ordered. */
function alterOverrides(parts: FleetParts, alter: (overrides: Overrides) => Overrides): void {
  alterGathered(parts, (gathered) => (gathered.overrides ? { ...gathered, overrides: alter(gathered.overrides) } : gathered));
}

import type { DeviceVerb } from '../../src/engine/operate/devices.ts';
import { localTime } from '../../src/sim/zone.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { daysLater } from './days-off.ts';
import type { Fleet } from './harness.ts';

/** What a person does to one device. */
export interface DeviceActSpec {
  /** After the start. */
  afterMinutes: number;
  act: DeviceVerb;
  /** Which of the fleet, counted from 0. */
  device: number;
  /** Of `exempt` and `more-time`: the day so many after the one that the device's clock shows then. */
  untilDays?: number | undefined;
}

/** One that is said. Whoever gets no answer says the same again: it is the same object then. */
export interface DeviceActSaid {
  /** Enrollment id. */
  device: string;
  act: DeviceVerb;
  /** yyyy-mm-dd */
  until?: string;
}

export interface DeviceActAnswered {
  said: DeviceActSaid;
  isDone: boolean;
  /** After a `resume`: the day before which no date may lie still, because the device has one that was put off. */
  keepsMoreTime?: string;
}

/** Longer exemptions and delays need not be over when a run ends. */
const ENDS_WITHIN_DAYS = 60;

/** When the last of it was said, and when all that need not outlast the run has ended wherever the device is; epoch ms. */
export function endOfDeviceActs(acts: readonly DeviceActSpec[], startedAt: number): { saidAt: number; overAt: number } {
  const at = ({ afterMinutes }: DeviceActSpec) => startedAt + afterMinutes * MINUTE_MS;
  const overAt = (act: DeviceActSpec) => {
    const { untilDays = 0 } = act;
    return at(act) + (untilDays > ENDS_WITHIN_DAYS ? 0 : Math.max(0, untilDays + 2) * DAY_MS);
  };
  return { saidAt: Math.max(startedAt, ...acts.map(at)), overAt: Math.max(startedAt, ...acts.map(overAt)) };
}

/** Carries acts out as the API does, each when its time has come; who gets no answer within an hour says it again. */
export function scheduleDeviceActs(fleet: Fleet, acts: readonly DeviceActSpec[]): void {
  const { scheduler, world, startedAt } = fleet;
  for (const { afterMinutes, act, device: index, untilDays } of acts) {
    const device = world.devices[index];
    if (device === undefined) continue;
    scheduler.schedule(startedAt + afterMinutes * MINUTE_MS, () => {
      const today = localTime(scheduler.now(), device.spec.timeZone);
      const until = untilDays === undefined ? {} : { until: daysLater(today, untilDays).slice(0, 10) };
      say(fleet, { device: device.id, act, ...until });
    });
  }
}

function say(fleet: Fleet, said: DeviceActSaid): void {
  const { scheduler, notes } = fleet;
  let isAnswered = false;
  async function ask(): Promise<void> {
    const outcome = await fleet.ratchet.operate.device({ ...said, by: 'simulation', note: 'drawn' });
    isAnswered = true;
    const kept = outcome.ok && said.act === 'resume' ? outcome.answer.overrides.find(({ kind }) => kind === 'more-time')?.until : undefined;
    const answered = { said, isDone: outcome.ok, ...(kept === undefined ? {} : { keepsMoreTime: kept }) };
    for (const listener of notes) listener.onDeviceAct?.(answered);
  }
  for (const listener of notes) listener.onDeviceActBegun?.(said);
  ask().catch(() => undefined);
  scheduler.schedule(scheduler.now() + HOUR_MS, () => {
    if (!isAnswered) say(fleet, said);
  });
}

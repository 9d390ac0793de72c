import type { WorldEvent } from '../../../src/sim/world.types.ts';
import { localTime } from '../../../src/sim/zone.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { clockOff } from './clock-off.ts';
import { createInstalling } from './installing.ts';
import { createOrdersTold, instantIn } from './orders-told.ts';
import { createTold } from './told.ts';
import { isInstallAction } from './under-way.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;
const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';

/**
 * Promise 4, its part about single devices: from when a person was told that a device has more time until somebody resumes
 * it, it is handed no date before the day named, nor listed one, and no install command is queued for it before that day
 * has begun on its own clock, or everywhere where it tells none; what is installing is left alone. And once it has synced
 * since, it holds no such date.
 */
export const moreTime: CheckerKind = { promise: 4, title: 'nothing before the day of more time', file: 'more-time.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, scheduler } = fleet;
  const orders = createOrdersTold(fleet);
  const told = createTold();
  const started = createInstalling();
  /** By device and path: the date that stands behind what is listed. */
  const dates = new Map<string, string>();
  /** By device: tokens of what it was listed while it had more time, and the first day of that. */
  const listed = new Map<string, Map<string, string>>();

  /** The day that was in force all the time from `since` on, whatever else may have been: the earliest. */
  function firstDay(device: string, since: number): string | undefined {
    const days = orders.possible(device, since).map(({ moreTime: day }) => day ?? '');
    return days.sort()[0] || undefined;
  }

  function onDm({ device, at, enforcement, items, token, channel }: WorldEvent & { kind: 'dm' }): void {
    const day = firstDay(device, at);
    if (day === undefined || started.has(device)) return;
    const local = enforcement?.targetLocalDateTime;
    if (local !== undefined && local < day) violate(device, `was handed the date ${local}, and has more time until ${day}`);
    for (const item of items ?? []) {
      const date = dates.get(`${device} ${item.slice(0, item.lastIndexOf('@'))}`);
      if (date !== undefined && date < day) violate(device, `is listed the date ${date}, and has more time until ${day}`);
    }
    if (items && token !== undefined && channel === 'device') listed.set(device, (listed.get(device) ?? new Map()).set(token, day));
  }

  function onInstall({ device, at, action, commandUuid }: WorldEvent & { kind: 'enqueue' }): void {
    const day = firstDay(device, at - CALL_MS);
    if (day === undefined) return;
    const zone = told.zone(device);
    const [aheadMs] = clockOff(fleet, at - CALL_MS, at);
    if (at + aheadMs >= instantIn(`${day}T00:00:00`, zone)) return;
    const shown = localTime(at, zone ?? world.policy.fallbackTimeZone);
    violate(device, `got ${action} ${commandUuid} when its clock showed ${shown}, and has more time until ${day}`);
  }

  return {
    ...orders,
    onEvent(event) {
      if (event.kind === 'dm' && event.enforcement)
        dates.set(`${event.device} configuration/${event.enforcement.identifier}`, event.enforcement.targetLocalDateTime);
      started.note(event);
      told.note(event);
      if (event.kind === 'dm' && event.status === 200) onDm(event);
      if (
        event.kind === 'enqueue' &&
        event.requestType === 'ScheduleOSUpdate' &&
        event.result !== 'exists' &&
        isInstallAction(event.action)
      )
        onInstall(event);
    },
    async sweep() {
      for (const [id, tokens] of listed) {
        const { token, declarations } = world.device(id)?.ddm ?? { token: undefined, declarations: new Map() };
        const day = token === undefined ? undefined : tokens.get(token);
        if (day === undefined || day !== firstDay(id, scheduler.now()) || started.has(id)) continue;
        for (const { type, payload } of declarations.values())
          if (type === ENFORCEMENT && String(payload.TargetLocalDateTime) < day)
            violate(id, `has more time until ${day}, has synced since, and still holds the date ${payload.TargetLocalDateTime}`);
      }
    },
  };
}

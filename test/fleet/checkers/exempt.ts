import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { clockOff } from './clock-off.ts';
import { createInstalling } from './installing.ts';
import { createOrdersTold, instantIn } from './orders-told.ts';
import { createTold } from './told.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;
const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';

/**
 * Promise 11, its part about exemptions: from when a person was told that a device is exempt to the end of the day named,
 * on its own clock and everywhere where it tells none, or until somebody resumes it, it is handed no date and no settings
 * that make it update by itself, nor listed them, and no update command is queued for it; what is installing is left
 * alone. And once it has synced since, it holds no date.
 */
export const exempt: CheckerKind = { promise: 11, title: 'nothing for who is exempt', file: 'exempt.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, scheduler } = fleet;
  const orders = createOrdersTold(fleet);
  const told = createTold();
  const started = createInstalling();
  /** Paths that stood for an enforcement, or for settings that make a device update by itself. */
  const updating = new Set<string>();
  /** By device: tokens of what it was listed while it was exempt. */
  const listed = new Map<string, Set<string>>();

  /** The last day of the exemption that was in force all the time from `since` on, whatever else may have been. */
  function exemptTo(device: string, since: number): string | undefined {
    const now = scheduler.now();
    const [aheadMs] = clockOff(fleet, since, now);
    const days = orders.possible(device, since).map(({ exempt: day }) => day);
    const isOver = (day: string | undefined) => day === undefined || now + aheadMs >= instantIn(`${day}T23:59:59`, told.zone(device));
    return days.some(isOver) ? undefined : days.sort()[0];
  }

  function onDm({ device, at, enforcement, alwaysOn = [], items, token, channel }: WorldEvent & { kind: 'dm' }): void {
    const day = exemptTo(device, at);
    if (day === undefined || started.has(device)) return;
    if (enforcement)
      violate(
        device,
        `was handed ${enforcement.targetOSVersion} by ${enforcement.targetLocalDateTime}, and is exempt to the end of ${day}`,
      );
    if (alwaysOn.length > 0)
      violate(device, `was handed settings with ${alwaysOn.join(', ')} always on, and is exempt to the end of ${day}`);
    const path = items?.map((item) => item.slice(0, item.lastIndexOf('@'))).find((one) => updating.has(one));
    if (path !== undefined) violate(device, `is listed ${path}, and is exempt to the end of ${day}`);
    if (items && token !== undefined && channel === 'device') listed.set(device, (listed.get(device) ?? new Set()).add(token));
  }

  function onUpdateCommand({ device, at, action, commandUuid }: WorldEvent & { kind: 'enqueue' }): void {
    const day = exemptTo(device, at - CALL_MS);
    if (day !== undefined) violate(device, `got ${action} ${commandUuid}, and is exempt to the end of ${day}`);
  }

  return {
    ...orders,
    onEvent(event) {
      if (event.kind === 'dm' && event.enforcement) updating.add(`configuration/${event.enforcement.identifier}`);
      if (event.kind === 'dm' && (event.alwaysOn?.length ?? 0) > 0) updating.add(event.served?.split('@')[0] ?? '');
      started.note(event);
      told.note(event);
      if (event.kind === 'dm' && event.status === 200) onDm(event);
      if (event.kind === 'enqueue' && event.requestType === 'ScheduleOSUpdate' && event.result !== 'exists') onUpdateCommand(event);
    },
    async sweep() {
      for (const [id, tokens] of listed) {
        const { token, declarations } = world.device(id)?.ddm ?? { token: undefined, declarations: new Map() };
        if (exemptTo(id, scheduler.now()) === undefined || token === undefined || !tokens.has(token) || started.has(id)) continue;
        for (const { identifier, type } of declarations.values())
          if (type === ENFORCEMENT) violate(id, `is exempt, has synced since, and still holds ${identifier}`);
      }
    },
  };
}

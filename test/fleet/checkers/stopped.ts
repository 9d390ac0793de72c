import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;

/**
 * Promise 11: still when halted. From when a person was told that all is stopped until somebody says resume, no device is
 * handed a date or settings that make it update by itself, or listed them, and no update command is queued; what is
 * installing is left alone.
 */
export const stopped: CheckerKind = { promise: 11, title: 'still when halted', file: 'stopped.ts', create };

function create({ violate }: Watched): Checker {
  let stoppedAt: number | undefined;
  /** Identifiers that stood for an enforcement, or for settings that make a device update by itself. */
  const updating = new Set<string>();
  /** Devices that told that they install. */
  const started = new Set<string>();

  function onDm({ device, enforcement, alwaysOn = [], items = [] }: WorldEvent & { kind: 'dm' }): void {
    if (enforcement) violate(device, `was handed ${enforcement.targetOSVersion} by ${enforcement.targetLocalDateTime} after the stop`);
    if (alwaysOn.length > 0) violate(device, `was handed settings with ${alwaysOn.join(', ')} always on after the stop`);
    const listed = items.map((item) => item.slice(0, item.lastIndexOf('@'))).find((path) => updating.has(path));
    if (listed !== undefined) violate(device, `is still listed ${listed} after the stop`);
  }

  return {
    onActBegun({ what }) {
      if (what === 'resume') stoppedAt = undefined;
    },
    onAct({ at, what }) {
      if (what === 'stop') stoppedAt = at;
    },
    onEvent(event) {
      if (event.kind === 'dm' && event.enforcement) updating.add(`configuration/${event.enforcement.identifier}`);
      if (event.kind === 'dm' && (event.alwaysOn?.length ?? 0) > 0) updating.add(event.served?.split('@')[0] ?? '');
      if (event.kind === 'dm' && event.installState !== undefined) {
        if (event.installState === 'installing') started.add(event.device);
        else started.delete(event.device);
      }
      if (stoppedAt === undefined || started.has(event.device)) return;
      if (event.kind === 'dm' && event.status === 200 && event.at > stoppedAt) onDm(event);
      if (
        event.kind === 'enqueue' &&
        event.requestType === 'ScheduleOSUpdate' &&
        event.result !== 'exists' &&
        event.at > stoppedAt + CALL_MS
      )
        violate(event.device, `got ${event.action} ${event.commandUuid} after the stop`);
    },
  };
}

import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createInstalling } from './installing.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;
const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';

/**
 * Promise 11: still when halted. From when a person was told that all is stopped, or that all policies only observe, until
 * somebody says otherwise, no device is handed a date or settings that make it update by itself, or listed them, and no update command is queued; what is
 * installing is left alone. And by then who has synced holds no date.
 */
export const stopped: CheckerKind = { promise: 11, title: 'still when halted', file: 'stopped.ts', create };

function create({ fleet: { policies, world }, violate }: Watched): Checker {
  let stoppedAt: number | undefined;
  let observesSince: number | undefined;
  /** Identifiers that stood for an enforcement, or for settings that make a device update by itself. */
  const updating = new Set<string>();
  /** Devices that told that they install. */
  const started = createInstalling();

  function onDm({ device, enforcement, alwaysOn = [], items = [] }: WorldEvent & { kind: 'dm' }): void {
    if (enforcement) violate(device, `was handed ${enforcement.targetOSVersion} by ${enforcement.targetLocalDateTime} after the stop`);
    if (alwaysOn.length > 0) violate(device, `was handed settings with ${alwaysOn.join(', ')} always on after the stop`);
    const listed = items.map((item) => item.slice(0, item.lastIndexOf('@'))).find((path) => updating.has(path));
    if (listed !== undefined) violate(device, `is still listed ${listed} after the stop`);
  }

  /** Tokens of what each was listed since then: who holds by one of them has synced. */
  const listed = new Map<string, Set<string>>();

  function checkHeld(): void {
    for (const [id, tokens] of listed) {
      const { token, declarations } = world.device(id)?.ddm ?? { token: undefined, declarations: new Map() };
      if (token === undefined || !tokens.has(token) || started.has(id)) continue;
      for (const { identifier, type } of declarations.values())
        if (type === ENFORCEMENT) violate(id, `has synced since the stop and still holds ${identifier}`);
    }
  }

  return {
    async sweep() {
      checkHeld();
    },
    onActBegun({ what }) {
      if (what === 'resume') stoppedAt = undefined;
      if (what === 'stop' || what === 'resume' || what === 'edit') listed.clear();
      if (what === 'edit') observesSince = undefined;
    },
    onAct({ at, what, edit }) {
      if (what === 'stop') stoppedAt = at;
      if (edit?.policy.mode === 'observe' && policies.last === edit.policy) observesSince = at;
    },
    onEvent(event) {
      if (event.kind === 'dm' && event.enforcement) updating.add(`configuration/${event.enforcement.identifier}`);
      if (event.kind === 'dm' && (event.alwaysOn?.length ?? 0) > 0) updating.add(event.served?.split('@')[0] ?? '');
      started.note(event);
      const since = Math.min(stoppedAt ?? Number.POSITIVE_INFINITY, observesSince ?? Number.POSITIVE_INFINITY);
      if (since === Number.POSITIVE_INFINITY || started.has(event.device)) return;
      if (event.kind === 'dm' && event.status === 200 && event.at > since) {
        onDm(event);
        if (event.items && event.token !== undefined && event.channel === 'device')
          listed.set(event.device, (listed.get(event.device) ?? new Set()).add(event.token));
      }
      if (event.kind === 'enqueue' && event.requestType === 'ScheduleOSUpdate' && event.result !== 'exists' && event.at > since + CALL_MS)
        violate(event.device, `got ${event.action} ${event.commandUuid} after the stop`);
    },
  };
}

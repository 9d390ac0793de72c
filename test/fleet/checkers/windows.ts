import type { LedgerLine } from '../../../src/policy/ledger.ts';
import { compareVersionTexts } from '../../../src/sim/table.ts';
import type { WorldEvent } from '../../../src/sim/world.types.ts';
import { instantOfLocal, localTime } from '../../../src/sim/zone.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { clockOff } from './clock-off.ts';
import { createContacts } from './contacts.ts';
import { createReported } from './reported.ts';
import { createTold } from './told.ts';
import { isInstallAction } from './under-way.ts';

const MINUTE = 60_000;
const SIGN_OF_LIFE_MS = 10 * MINUTE;
/** A call that was right when it began may end later. */
const CALL_MS = 5_000;
const OPENS = '01:00:00';
/** An hour before 05:00, and the call. */
const CLOSES = '04:00:05';
/** A date has passed everywhere when it has where clocks are last. */
const LAST_ZONE_MS = 12 * 60 * MINUTE;

/**
 * Promise 4 for commands (rule 25): an install command is enqueued only while the window is open and has an hour left, soon
 * after a sign of life, and not before the date (an InstallLater is, where the policy lets the user put it off); on the
 * device's clock, or the fallback zone's where it tells none.
 */
export const windows: CheckerKind = { promise: 4, title: 'install commands in their window', file: 'windows.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, policies } = fleet;
  const reported = createReported();
  const contacts = createContacts(fleet);
  const told = createTold();
  /** The ledger as the store has it: by device, then by policy and release. */
  const lines = new Map<string, Map<string, LedgerLine>>();

  /** The earliest date of what it misses. */
  function dueAt(device: string, zone: string | undefined): number {
    const runs = reported.latest(device)?.version ?? '0';
    const missed = [...(lines.get(device)?.values() ?? [])].filter((line) => compareVersionTexts(line.version, runs) > 0);
    const instants = missed.map(({ dueLocal }) => {
      const everywhere = Date.parse(`${dueLocal}Z`) + LAST_ZONE_MS;
      return zone === undefined ? everywhere : (instantOfLocal(dueLocal, zone) ?? everywhere);
    });
    return Math.min(...instants);
  }

  function onInstall({ device, at, commandUuid, action }: WorldEvent & { kind: 'enqueue' }): void {
    const zone = told.zone(device);
    const clockAt = (instant: number) => localTime(instant, zone ?? world.policy.fallbackTimeZone);
    const local = clockAt(at);
    const what = `got ${action} ${commandUuid}`;
    const clock = `its clock showed ${local}${zone === undefined ? ` in the fallback zone` : ''}`;
    const [aheadMs, behindMs] = clockOff(fleet, at - CALL_MS, at);
    const isEarly = clockAt(at + aheadMs).slice(11) < OPENS;
    const isLate = clockAt(at - behindMs).slice(11) > CLOSES;
    if (isEarly || isLate) violate(device, `${what} when ${clock}`);
    if (contacts.isSilent(device, at - SIGN_OF_LIFE_MS - CALL_MS, at + 1)) violate(device, `${what} and was not heard of in ten minutes`);
    const due = dueAt(device, zone);
    if (due === Number.POSITIVE_INFINITY) violate(device, `${what} and no ledger line asks for anything newer`);
    else if (
      at + aheadMs < due &&
      !(action === 'InstallLater' && policies.at(at).some(({ commands }) => commands?.userDeferrals !== undefined))
    )
      violate(device, `${what} when ${clock}, before its date ${new Date(due).toISOString()}`);
  }

  return {
    onEvent(event) {
      if (
        event.kind === 'enqueue' &&
        event.requestType === 'ScheduleOSUpdate' &&
        event.result !== 'exists' &&
        isInstallAction(event.action)
      )
        onInstall(event);
      reported.note(event);
      contacts.note(event);
      told.note(event);
    },
    onCommit({ enrollmentId, ledgerLines }) {
      const known = lines.get(enrollmentId) ?? new Map<string, LedgerLine>();
      for (const line of ledgerLines) known.set(`${line.policy} ${line.release}`, line);
      lines.set(enrollmentId, known);
    },
  };
}

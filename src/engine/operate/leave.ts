import type { Control } from '../../decide/input.ts';
import type { Clock } from '../../runtime.ts';
import type { EnrollmentRow, Store } from '../../store/store.ts';
import type { LeaveAnswer } from '../leave-answers.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Standing } from '../standing.ts';

/** Devices that an answer names. */
const NAMED_MAX = 100;
const PAGE = 1_000;

export interface LeaveOptions {
  store: Store;
  standing: Standing;
  reconciler: Pick<Reconciler, 'idle'>;
  clock: Pick<Clock, 'now' | 'turn'>;
  /** Rechecks are due now. */
  onChanged(): Promise<void>;
}

export type LeaveOutcome = { ok: true; value: LeaveAnswer } | { ok: false; message: string };

/** Taking back everything of ours from every device, in every mode, and for as long as nobody undoes it (rule 21). */
export interface Leave {
  leave(act: { by: string; note?: string }): Promise<LeaveOutcome>;
  undo(act: { by: string; note?: string }): Promise<LeaveOutcome>;
  /** How far it is. */
  status(): Promise<LeaveAnswer>;
}

export function createLeave({ store, standing, reconciler, clock, onChanged }: LeaveOptions): Leave {
  async function become(act: string, control: Control, { by, note }: { by: string; note?: string }): Promise<LeaveOutcome> {
    const before = standing.control;
    await store.audit({ at: clock.now(), by, act, detail: { ...(note ? { note } : {}), before, after: control } });
    await store.saveSite({ control });
    standing.control = control;
    await onChanged();
    await reconciler.idle();
    return { ok: true, value: await status() };
  }

  async function status(): Promise<LeaveAnswer> {
    const counts = { devices: 0, free: 0, waiting: 0, unenrolled: 0 };
    const waitingFor: EnrollmentRow[] = [];
    for (let after = ''; ; ) {
      const rows = await store.listEnrollments(after, PAGE);
      for (const row of rows) {
        counts.devices += 1;
        counts[placeOf(row)] += 1;
        if (placeOf(row) === 'waiting') waitingFor.push(row);
      }
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.id;
      await clock.turn();
    }
    waitingFor.sort((a, b) => a.summary.lastSeenAt - b.summary.lastSeenAt);
    const { state, held } = standing.control;
    const hasLeft = state === 'left';
    const isDone = hasLeft && counts.waiting === 0 && standing.clockSuspect === undefined;
    return {
      schema: 'ratchet.leave/1',
      state: hasLeft ? 'left' : held !== undefined ? 'held' : state,
      ...counts,
      waitingFor: waitingFor.slice(0, NAMED_MAX).map(named),
      isDone,
      notes: hasLeft ? notesFor(isDone, counts, standing, (await store.loadSite()).host) : [],
    };
  }

  return {
    status,
    async leave(act) {
      // Said twice it is the same: how far it is.
      const { control } = standing;
      return control.state === 'left'
        ? { ok: true, value: await status() }
        : become('leave', { ...control, state: 'left', leftFrom: control.state }, act);
    },
    async undo(act) {
      const { leftFrom = 'running', ...control } = standing.control;
      if (control.state !== 'left') return { ok: false, message: 'Ratchet has not left: there is nothing to undo. Nothing was changed.' };
      // Who had stopped before has not said go on.
      return become('leave-undo', { ...control, state: leftFrom }, act);
    },
  };
}

function placeOf({ decision: { reason } }: EnrollmentRow): 'free' | 'waiting' | 'unenrolled' {
  if (reason === 'unenrolled' || reason === 'enrollment-incomplete') return 'unenrolled';
  return reason === 'left' ? 'free' : 'waiting';
}

function named({ id, summary: { serialNumber, lastSeenAt }, decision: { holds } }: EnrollmentRow): LeaveAnswer['waitingFor'][number] {
  const serial = serialNumber === undefined ? {} : { serial: serialNumber };
  return { device: id, ...serial, lastSeenAt, ...(holds === undefined ? {} : { holdsUntil: holds }) };
}

function notesFor(isDone: boolean, { waiting }: { waiting: number }, standing: Standing, host: string | undefined): string[] {
  const { clockSuspect } = standing;
  if (clockSuspect !== undefined) return [`The clock is in doubt (${clockSuspect}): nothing is taken back until it is trusted.`];
  if (!isDone) {
    const devices = waiting === 1 ? '1 device has' : `${waiting} devices have`;
    return [
      `${devices} not fetched yet that there is nothing more. Leave Ratchet running and the server as it is until then: a device that can't ask keeps what it holds, and installs at its date.`,
    ];
  }
  const [first, ...more] = whatToChange(standing, host);
  return [`No device holds anything of Ratchet any more. ${first}`, ...more];
}

/** What to change at the servers, once no device holds anything. */
function whatToChange({ site, placing }: Standing, host: string | undefined): string[] {
  const isMicro = host?.startsWith('micromdm') === true;
  const server = isMicro ? 'MicroMDM' : 'the MDM server';
  const webhook = isMicro ? '-command-webhook-url' : '-webhook-url and -webhook-hmac-key';
  if (placing !== undefined) {
    const isHub = host?.startsWith('nanohub') === true;
    const dm = isHub ? '' : ' Its -dm stays as it is: it leads to the server that has your own declarations.';
    return [
      `At ${isHub ? 'NanoHUB' : server}: remove ${webhook}, and restart it.${dm}`,
      `What is left in ${isHub ? 'it' : 'KMFDDM'} of sets and declarations whose names begin with "ratchet." does nothing, as no device has it. Ratchet removes it two to three days after leaving: let it run that long without its webhook, or remove it by hand. Then stop Ratchet and revoke its API key.`,
    ];
  }
  const dm = site.mergesDdm
    ? 'point its -dm back at the server that Ratchet stands in front of, '
    : site.dmReached
      ? 'remove -dm and its keys, '
      : '';
  return [`At ${server}: ${dm}remove ${webhook}, and restart it. Then stop Ratchet and revoke its API key.`];
}

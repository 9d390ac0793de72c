import type { Control } from '../../decide/input.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { LocalDateTime } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { ClockJudge } from '../schedule/clock-judge.ts';
import type { Standing } from '../standing.ts';
import { createOperateDevices, type DeviceAct, type DeviceActOutcome } from './devices.ts';

/** An act of a person, with who and why for the audit log. */
export interface Act {
  /** Only this policy; absent: all. */
  policy?: string;
  by: string;
  note?: string;
}

/** The numbers rules 18 and 21 ask for. */
export interface ActResult {
  state: 'running' | 'paused' | 'stopped' | 'left' | 'held';
  /** Devices whose enforcement was taken back by this act. */
  withdrawn: number;
  /** Of these, seen to have fetched the manifest without it. */
  confirmed: number;
  /** Devices that still hold a date: what they fetched, or could from another server, and are not known to have given back. */
  stillHolding: number;
  notes: string[];
}

/** `hasLeft`: nothing is wrong with the act, but Ratchet has left. */
export type ActAnswer = { ok: true; result: ActResult } | { ok: false; message: string; hasLeft?: true };

export interface Operate {
  pause(act: Act): Promise<ActAnswer>;
  resume(act: Act): Promise<ActAnswer>;
  stop(act: Act): Promise<ActAnswer>;
  /** For one device. */
  device(act: DeviceAct): Promise<DeviceActOutcome>;
}

/** What is ordered now would be lost without a word when the leaving is undone. */
const HAS_LEFT = {
  ok: false,
  message: 'Ratchet has left: nothing is handed out, and everything is taken back. ratchet leave --undo begins again. Nothing was changed.',
  hasLeft: true,
} as const;

interface Holder {
  /** Its manifest has an enforcement. */
  isHandedOut: boolean;
  /** The date it fetched, or could from another server, and is not known to have given back. */
  holds: LocalDateTime | undefined;
}

export interface OperateOptions {
  store: Store;
  standing: Standing;
  reconciler: Reconciler;
  clock: Clock;
  clockJudge: Pick<ClockJudge, 'accept'>;
  alerts: Alerts;
  /** Rechecks are due now. */
  onChanged(): Promise<void>;
}

/** Everything a person does, each with its audit line. The same devices are then decided anew. */
export function createOperate({ store, standing, reconciler, clock, clockJudge, alerts, onChanged }: OperateOptions): Operate {
  async function act(name: string, { policy, by, note }: Act, change: (control: Control) => Control): Promise<ActAnswer> {
    if (standing.control.state === 'left') return HAS_LEFT;
    if (policy !== undefined && !standing.policies.policies.some((candidate) => candidate.name === policy)) {
      const names = standing.policies.policies.map((candidate) => candidate.name).join(', ');
      return { ok: false, message: `There is no policy named "${policy}". There are: ${names || 'none'}.` };
    }
    const before = await holders();
    const control = change(standing.control);
    await store.audit({
      at: clock.now(),
      by,
      act: name,
      detail: { ...(policy ? { policy } : {}), ...(note ? { note } : {}), before: standing.control, after: control },
    });
    await store.saveSite({ control });
    standing.control = control;
    await onChanged();
    await reconciler.idle();
    return { ok: true, result: await tell(policy, before) };
  }

  /** By what devices hold, not by what this call changed: a stop said twice tells the same numbers. */
  async function tell(policy: string | undefined, before: ReadonlyMap<string, Holder>): Promise<ActResult> {
    const { control } = standing;
    const isPolicyPaused = policy !== undefined && control.pausedPolicies.includes(policy);
    const state = control.held !== undefined ? 'held' : control.state === 'running' && isPolicyPaused ? 'paused' : control.state;
    const after = await holders();
    const takenBack = [...before.keys()].filter((id) => !after.get(id)?.isHandedOut);
    const unconfirmed = takenBack.flatMap((id) => after.get(id)?.holds ?? []);
    const stillHolding = [...after.values()].filter((holder) => holder.holds !== undefined).length;
    const notes: string[] = [];
    const last = unconfirmed.sort().at(-1);
    if (last !== undefined) {
      const devices = unconfirmed.length === 1 ? '1 device learns' : `${unconfirmed.length} devices learn`;
      notes.push(`${devices} of it at the next contact; dates are held until then, the last of them ${last} device time.`);
    }
    if (state === 'paused' && stillHolding > 0)
      notes.push('Paused devices keep the dates they hold and install at them; ratchet stop takes these back.');
    return { state, withdrawn: takenBack.length, confirmed: takenBack.length - unconfirmed.length, stillHolding, notes };
  }

  /** Devices whose manifest has an enforcement, and those that hold a date all the same. */
  async function holders(): Promise<Map<string, Holder>> {
    const found = new Map<string, Holder>();
    for (let after = ''; ; ) {
      const rows = await store.listEnrollments(after, 1_000);
      for (const { id, decision } of rows) {
        if (decision.isHandedOut || decision.holds !== undefined)
          found.set(id, { isHandedOut: decision.isHandedOut, holds: decision.holds });
      }
      const last = rows.at(-1);
      if (last === undefined) return found;
      after = last.id;
      await clock.turn();
    }
  }

  return {
    device: createOperateDevices({ store, reconciler, clock }),
    pause: (given) =>
      act('pause', given, (control) =>
        given.policy === undefined
          ? { ...control, state: control.state === 'stopped' ? 'stopped' : 'paused' }
          : { ...control, pausedPolicies: [...new Set([...control.pausedPolicies, given.policy])] },
      ),
    async resume(given) {
      if (standing.control.state === 'left') return HAS_LEFT;
      if (given.policy === undefined) {
        // Who ends a stop has not looked at the clock; who says "go on" while only the clock is in doubt has.
        const { state, held } = standing.control;
        if (state === 'running' && held === undefined) await clockJudge.accept();
        await alerts.clear('held');
      }
      return act('resume', given, (control) =>
        given.policy === undefined
          ? {
              ...control,
              state: 'running',
              pausedPolicies: [],
              held: undefined,
              knowsForeignStore: control.held !== undefined || control.knowsForeignStore,
            }
          : { ...control, pausedPolicies: control.pausedPolicies.filter((name) => name !== given.policy) },
      );
    },
    stop: (given) =>
      given.policy === undefined
        ? act('stop', given, (control) => ({ ...control, state: 'stopped' }))
        : Promise.resolve({ ok: false, message: 'stop is for everything; to stop one policy set its mode to observe in ratchet.yaml.' }),
  };
}

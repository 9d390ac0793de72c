import { HOUR_MS } from '../../src/time/local.ts';
import type { Fleet } from './harness.ts';

/** What a person does while a fleet runs. */
export interface Act {
  /** Epoch ms. */
  at: number;
  what: 'stop' | 'resume';
}

/** In hours after the start. */
export interface StopSpec {
  afterHours: number;
  forHours: number;
}

export function actsOf(stop: StopSpec | undefined, startedAt: number): Act[] {
  if (stop === undefined) return [];
  const stopAt = startedAt + stop.afterHours * HOUR_MS;
  return [
    { at: stopAt, what: 'stop' },
    { at: stopAt + stop.forHours * HOUR_MS, what: 'resume' },
  ];
}

/** A person who looks at rollouts so often: lets those with a ring by hand go on, and goes on after a halt. Until the end. */
export function attendRollouts(fleet: Fleet, everyMs: number): void {
  const { scheduler } = fleet;
  async function look(): Promise<void> {
    for (const { release, policy, state, waitsFor } of (await fleet.ratchet.show.rollouts()).rollouts) {
      const act = state === 'halted' ? 'resume' : waitsFor?.startsWith('a person') ? 'approve' : undefined;
      if (act) await fleet.ratchet.rollouts.act({ act, release, policy, by: 'simulation' });
    }
  }
  scheduler.schedule(scheduler.now() + everyMs, () => {
    look().catch(() => undefined);
    attendRollouts(fleet, everyMs);
  });
}

/** Carries an act out when its time has come; who gets no answer within an hour says it again. */
export function scheduleAct(fleet: Fleet, { at, what }: Act): void {
  const { scheduler, notes } = fleet;
  let isDone = false;
  async function say(): Promise<void> {
    try {
      const answer = await fleet.ratchet.operate[what]({ by: 'simulation' });
      isDone = answer.ok;
    } catch {
      return;
    }
    if (isDone) for (const listener of notes) listener.onAct?.({ at: scheduler.now(), what });
  }
  scheduler.schedule(at, () => {
    for (const listener of notes) listener.onActBegun?.({ at, what });
    void say();
    scheduler.schedule(at + HOUR_MS, () => {
      if (!isDone) scheduleAct(fleet, { at: at + HOUR_MS, what });
    });
  });
}

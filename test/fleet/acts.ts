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

import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { type Instant, MINUTE_MS } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import type { Standing } from '../standing.ts';

/** Rule 4: beyond this our clock or theirs is wrong. */
const SKEW_MAX_MS = 10 * MINUTE_MS;

/** Whether our clock can be trusted with dates (rule 4). While it can't, nothing is handed out. */
export interface ClockJudge {
  /** Against the latest it ever showed here: running behind that, it was set back. */
  check(): Promise<void>;
  /** Against the clock of the feed's server; when both agree, an earlier suspicion is over. */
  compare(theirs: Instant): Promise<void>;
  /** A person says that it is right. */
  accept(): Promise<void>;
}

export interface ClockJudgeOptions {
  store: Store;
  standing: Standing;
  clock: Pick<Clock, 'now'>;
  alerts: Alerts;
  /** The verdict changed: every device is to be decided anew. */
  onChanged(): Promise<void>;
}

export function createClockJudge({ store, standing, clock, alerts, onChanged }: ClockJudgeOptions): ClockJudge {
  let skewed: string | undefined;

  async function suspect(because: string): Promise<void> {
    if (standing.clockSuspect === because) return;
    standing.clockSuspect = because;
    await alerts.raise('clock-suspect', 'The clock can’t be trusted: no date is handed out.', { because });
    await onChanged();
  }

  async function trust(): Promise<void> {
    if (standing.clockSuspect === undefined) return;
    standing.clockSuspect = undefined;
    await alerts.clear('clock-suspect');
    await onChanged();
  }

  return {
    async check() {
      const now = clock.now();
      const { lastCommitAt } = await store.loadSite();
      if (now < lastCommitAt - SKEW_MAX_MS) return suspect('our clock runs behind the latest it showed');
      // Never written backwards: an hour back and an hour later the suspicion must still be there.
      if (now > lastCommitAt) await store.saveSite({ lastCommitAt: now });
      if (skewed === undefined) await trust();
    },
    async compare(theirs) {
      const skew = clock.now() - theirs;
      if (Math.abs(skew) > SKEW_MAX_MS) {
        skewed = `our clock differs from the feed's by ${Math.round(skew / MINUTE_MS)} min`;
        return suspect(skewed);
      }
      skewed = undefined;
      if (standing.clockSuspect === undefined) return;
      await store.saveSite({ lastCommitAt: clock.now() });
      await trust();
    },
    async accept() {
      skewed = undefined;
      if (standing.clockSuspect === undefined) return;
      await store.saveSite({ lastCommitAt: clock.now() });
      await trust();
    },
  };
}

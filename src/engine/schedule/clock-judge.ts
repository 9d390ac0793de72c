import type { Store } from '../../store/store.ts';
import { DAY_MS, type Instant, MINUTE_MS } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import type { Standing } from '../standing.ts';
import { SKEW_MAX_MS, type SteadyClock } from './steady-clock.ts';

/** Away for longer than this, there is no knowing what happened to the clock meanwhile. */
const AWAY_MAX_MS = DAY_MS;

/** Over by itself, when it has caught up. */
const BEHIND = 'our clock runs behind the latest it showed';

/** Whether our clock can be trusted with dates (rule 4). While it can't, nothing is handed out. */
export interface ClockJudge {
  /** Against the latest it ever showed here, and against itself: set back, or set at all while we ran. */
  check(): Promise<void>;
  /** Against the clock of the feed's server; when both agree, an earlier suspicion is over. */
  compare(theirs: Instant): Promise<void>;
  /** A person says that it is right. */
  accept(): Promise<void>;
}

export interface ClockJudgeOptions {
  store: Store;
  standing: Standing;
  clock: Pick<SteadyClock, 'now' | 'jump' | 'follow'>;
  alerts: Alerts;
  /** The feed tells the time: then after a long absence it has to confirm ours. */
  hasFeedTime: boolean;
  /** The verdict changed: every device is to be decided anew. */
  onChanged(): Promise<void>;
  /** The feed should be read soon, to hear its clock. */
  askFeed(): void;
}

export function createClockJudge(options: ClockJudgeOptions): ClockJudge {
  const { store, standing, clock, alerts, hasFeedTime, onChanged, askFeed } = options;
  /** Why, until the feed's clock or a person says otherwise. */
  let doubt: string | undefined;
  /** The machine's clock is known to be wrong by this; ours was confirmed. */
  let knownJump = 0;
  let isFirst = true;
  /** The doubt that the store is known to hold. */
  let stored: string | undefined;

  async function suspect(because: string): Promise<void> {
    const isNews = standing.clockSuspect !== because;
    // At once: what is decided from now on, in this very turn, is decided in doubt.
    standing.clockSuspect = because;
    // A process that begins anew has not seen the clock being set, and the feed is asked rarely.
    if (because !== BEHIND && stored !== because) {
      await store.saveSite({ clockDoubt: because });
      stored = because;
    }
    if (!isNews) return;
    await alerts.raise('clock-suspect', 'The clock can’t be trusted: no date is handed out.', { because });
    await onChanged();
  }

  async function trust(): Promise<void> {
    doubt = undefined;
    if (standing.clockSuspect === undefined) return;
    // First: should it fail, the doubt stays and the next check tries again.
    await store.saveSite({ clockDoubt: undefined });
    stored = undefined;
    standing.clockSuspect = undefined;
    await alerts.clear('clock-suspect');
    await onChanged();
  }

  async function confirmed(): Promise<void> {
    if (standing.clockSuspect !== undefined) await store.saveSite({ lastCommitAt: clock.now() });
    await trust();
  }

  function isKnown(jump: number): boolean {
    return knownJump !== 0 && Math.abs(jump - knownJump) <= SKEW_MAX_MS;
  }

  return {
    async check() {
      const now = clock.now();
      const jump = clock.jump();
      if (jump !== 0 && !isKnown(jump)) {
        askFeed();
        return suspect(`the machine's clock was set by ${Math.round(jump / MINUTE_MS)} min, or it slept`);
      }
      if (jump === 0) knownJump = 0;
      const { lastCommitAt, clockDoubt } = await store.loadSite();
      if (now < lastCommitAt - SKEW_MAX_MS) return suspect(BEHIND);
      if (isFirst && clockDoubt !== undefined) {
        doubt = clockDoubt;
        askFeed();
      }
      if (isFirst && hasFeedTime && lastCommitAt > 0 && now > lastCommitAt + AWAY_MAX_MS) {
        doubt = 'we were away for more than a day, and nobody has confirmed our clock since';
        askFeed();
      }
      isFirst = false;
      if (doubt !== undefined) return suspect(doubt);
      // Never written backwards: an hour back and an hour later the suspicion must still be there.
      if (now > lastCommitAt) await store.saveSite({ lastCommitAt: now });
      await trust();
    },
    async compare(theirs) {
      const now = clock.now();
      const jump = clock.jump();
      if (Math.abs(now + jump - theirs) <= SKEW_MAX_MS) {
        if (jump !== 0) clock.follow();
        knownJump = 0;
        await alerts.clear('machine-clock-wrong');
        return confirmed();
      }
      if (Math.abs(now - theirs) <= SKEW_MAX_MS) {
        // The machine's clock is wrong, and we go on without it.
        knownJump = jump;
        await alerts.raise('machine-clock-wrong', 'The machine’s clock was set wrong; Ratchet goes on by elapsed time until it stops.', {
          minutes: Math.round(jump / MINUTE_MS),
        });
        return confirmed();
      }
      doubt = `our clock differs from the feed's by ${Math.round((now - theirs) / MINUTE_MS)} min`;
      return suspect(doubt);
    },
    async accept() {
      if (clock.jump() !== 0) clock.follow();
      knownJump = 0;
      return confirmed();
    },
  };
}

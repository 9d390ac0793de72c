import { describe, expect, it } from 'vitest';
import { createAlerts } from '../../src/engine/alerts.ts';
import { createClockJudge } from '../../src/engine/schedule/clock-judge.ts';
import { loadStanding } from '../../src/engine/standing.ts';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { policySet } from '../decide/builders.ts';

const START = Date.UTC(2026, 8, 14, 8);

/** A judge over a store in memory; `true` is the time of the world, `off` what the machine shows beyond it. */
async function createCourt({ hasFeedTime = true, lastCommitAt = START } = {}) {
  const state = { ours: START, jump: 0, asked: 0, changes: 0 };
  const clock = {
    now: () => state.ours,
    jump: () => state.jump,
    follow: () => {
      state.ours += state.jump;
      state.jump = 0;
    },
  };
  const store = openSqliteStore({ file: ':memory:', clock: { turn: async () => undefined } });
  await store.saveSite({ lastCommitAt });
  const standing = await loadStanding(store, policySet(), 'hash', () => 'digest');
  const alerts = createAlerts(store, { ...clock, at: () => undefined, cancel: () => undefined, turn: async () => undefined }, silentLogger);
  const judge = createClockJudge({
    ...{ store, standing, clock, alerts, hasFeedTime },
    onChanged: async () => {
      state.changes += 1;
    },
    askFeed: () => {
      state.asked += 1;
    },
  });
  const alertKeys = async () => (await store.listAlerts()).map(({ key }) => key).sort();
  return { state, judge, standing, store, alertKeys };
}

describe('the judge of clocks', () => {
  it('trusts a clock that runs on', async () => {
    const { state, judge, standing } = await createCourt();
    await judge.check();
    state.ours += HOUR_MS;
    await judge.check();
    expect(standing.clockSuspect).toBeUndefined();
    expect(state.changes).toBe(0);
  });

  it('doubts a machine that was set, and asks the feed, until it is heard that ours is right', async () => {
    const { state, judge, standing, alertKeys } = await createCourt();
    await judge.check();
    state.jump = 14 * 365 * DAY_MS;
    await judge.check();
    expect(standing.clockSuspect).toContain('was set by');
    expect(state.asked).toBe(1);
    await judge.compare(START);
    expect(standing.clockSuspect).toBeUndefined();
    expect(await alertKeys()).toEqual(['machine-clock-wrong']);
    await judge.check();
    expect(standing.clockSuspect).toBeUndefined();
    // Set once more, to something else: doubted once more.
    state.jump = -HOUR_MS;
    await judge.check();
    expect(standing.clockSuspect).toContain('was set by');
  });

  it('follows a machine that the feed says is right: it had slept', async () => {
    const { state, judge, standing, alertKeys } = await createCourt();
    await judge.check();
    state.jump = 5 * HOUR_MS;
    await judge.check();
    await judge.compare(START + 5 * HOUR_MS);
    expect(standing.clockSuspect).toBeUndefined();
    expect(state.ours).toBe(START + 5 * HOUR_MS);
    expect(await alertKeys()).toEqual([]);
  });

  it('is over when the machine is set back to what it was', async () => {
    const { state, judge, standing } = await createCourt();
    await judge.check();
    state.jump = HOUR_MS;
    await judge.check();
    state.jump = 0;
    await judge.check();
    expect(standing.clockSuspect).toBeUndefined();
  });

  it('doubts both when neither agrees with the feed, until they do', async () => {
    const { state, judge, standing } = await createCourt();
    await judge.compare(START + 11 * MINUTE_MS);
    expect(standing.clockSuspect).toContain('-11 min');
    await judge.check();
    expect(standing.clockSuspect).toContain('-11 min');
    state.ours = START + 12 * MINUTE_MS;
    await judge.compare(START + 11 * MINUTE_MS);
    expect(standing.clockSuspect).toBeUndefined();
  });

  it('keeps its doubt for the next process, also when the store failed at first, and forgets it with the doubt', async () => {
    const { state, judge, standing, store } = await createCourt();
    const save = store.saveSite;
    let failures = 1;
    store.saveSite = async (part) => {
      if ('clockDoubt' in part && failures-- > 0) throw new Error('the disk is full');
      return save(part);
    };
    await judge.check();
    state.jump = -HOUR_MS;
    await expect(judge.check()).rejects.toThrow('the disk is full');
    expect(standing.clockSuspect).toContain('was set by');
    await judge.check();
    expect((await store.loadSite()).clockDoubt).toContain('was set by');
    failures = 1;
    await expect(judge.compare(START)).rejects.toThrow('the disk is full');
    expect(standing.clockSuspect).toContain('was set by');
    await judge.compare(START);
    expect([standing.clockSuspect, (await store.loadSite()).clockDoubt]).toEqual([undefined, undefined]);
  });

  it('is held at a start behind the latest it showed', async () => {
    const { judge, standing } = await createCourt({ lastCommitAt: START + HOUR_MS });
    await judge.check();
    expect(standing.clockSuspect).toContain('behind the latest');
    await judge.accept();
    expect(standing.clockSuspect).toBeUndefined();
  });

  it('has to be confirmed after more than a day away, where the feed can tell', async () => {
    const { judge, standing, state } = await createCourt({ lastCommitAt: START - 14 * 365 * DAY_MS });
    await judge.check();
    expect(standing.clockSuspect).toContain('away');
    expect(state.asked).toBe(1);
    await judge.compare(START);
    expect(standing.clockSuspect).toBeUndefined();
  });

  it('needs nobody to confirm it after a night away, at the very first start, or where nobody could', async () => {
    for (const given of [{ lastCommitAt: START - 20 * HOUR_MS }, { lastCommitAt: 0 }, { lastCommitAt: 1, hasFeedTime: false }]) {
      const { judge, standing } = await createCourt(given);
      await judge.check();
      expect(standing.clockSuspect).toBeUndefined();
    }
  });
});

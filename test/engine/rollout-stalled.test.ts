import { expect, it } from 'vitest';
import { createAlerts } from '../../src/engine/alerts.ts';
import { createRollouts } from '../../src/engine/rollout/rollouts.ts';
import { createStanding } from '../../src/engine/standing.ts';
import type { Policy, PolicySet } from '../../src/policy/policy.types.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { NOW } from '../decide/builders.ts';
import { HALT, ring, rollout } from '../rollout/builders.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** A rollout whose canary waits for a person since two days, looked at as often as it asks for. */
async function site(promote: { atLatestMs?: number }) {
  let now = NOW;
  let job: (() => void) | undefined;
  const clock = {
    now: () => now,
    at: (_: number, _key: string, run: () => void) => {
      job = run;
    },
    cancel: () => undefined,
    turn: async () => undefined,
  };
  const store = openSqliteStore({ file: ':memory:', clock });
  const everyone: Policy = {
    ...{ name: 'everyone', match: {}, target: { kind: 'latest' }, due: { kind: 'days', days: 14, at: '18:00' } },
    ...{ mode: 'enforce', paused: false, halt: HALT },
    rings: [ring('canary', { promote: { by: 'person', ...promote } }), ring('everyone')],
  };
  const set: PolicySet = {
    ...{ mode: 'enforce', timeZone: 'UTC', noticeMs: DAY_MS, graceReturningMs: DAY_MS, graceNewEnrollmentMs: DAY_MS },
    ...{ hardStopMs: DAY_MS, dmAdopt: false, policies: [everyone] },
  };
  const revision = await store.saveRollouts([rollout()], []);
  const standing = createStanding(
    set,
    'h',
    { ...(await store.loadSite()), rolloutsRevision: revision },
    undefined,
    'none',
    undefined,
    undefined,
    [rollout()],
  );
  const alerts = createAlerts(store, clock, log);
  const rollouts = createRollouts({
    store,
    standing,
    clock,
    alerts,
    log,
    judgeExpedite: async () => Promise.reject(new Error('nobody expedites')),
    onChanged: async () => undefined,
  });
  rollouts.start();
  return {
    rollouts,
    standing,
    async alertsAfter(ms: number) {
      now = NOW + ms;
      job?.();
      await rollouts.idle();
      return (await store.listAlerts()).map(({ key, sentence }) => `${key}: ${sentence}`);
    },
  };
}

it('is told of after a week, and no more when it goes on (rule 24)', async () => {
  const { rollouts, alertsAfter } = await site({});
  // It stood two days already.
  expect(await alertsAfter(4 * DAY_MS)).toEqual([]);
  expect(await alertsAfter(5 * DAY_MS)).toEqual([
    'rollout-stalled everyone iOS 40.6: The rollout of iOS 40.6 under everyone stands still: its next ring waits for a person to approve it: ratchet rollout approve.',
  ]);
  await rollouts.act({ act: 'approve', release: '40.6', by: 'jane' });
  expect(await alertsAfter(5 * DAY_MS + 1)).toEqual([]);
});

it('is not told of where a latest time ends it', async () => {
  const { alertsAfter } = await site({ atLatestMs: 20 * DAY_MS });
  expect(await alertsAfter(15 * DAY_MS)).toEqual([]);
});

it('is no longer told of when its policy has no rings', async () => {
  const { standing, alertsAfter } = await site({});
  expect(await alertsAfter(6 * DAY_MS)).toHaveLength(1);
  const [{ rings: _rings, ...everyone }] = standing.policies.policies as [Policy];
  standing.policies = { ...standing.policies, policies: [everyone] };
  expect(await alertsAfter(7 * DAY_MS)).toEqual([]);
});

import { describe, expect, it } from 'vitest';
import type { RolloutDevice } from '../../src/rollout/rollout.types.ts';
import { rollout } from '../rollout/builders.ts';
import { commitOf, NOON } from './builders.ts';
import type { Bench } from './contract.ts';

const KEY = { policy: 'everyone', release: 'iOS 40.6', failuresSince: 0 };

function stands(state: RolloutDevice['state'], since = NOON, ring = 'canary'): RolloutDevice {
  return { policy: 'everyone', release: 'iOS 40.6', version: '40.6', ring, state, since };
}

export function testRollouts(bench: Bench): void {
  describe('rollouts', () => {
    it('are written with their audit lines, each in place of what was there', async () => {
      const { store } = bench;
      const audit = { at: NOON, by: 'ratchet', act: 'rollout open', detail: { ring: 'canary' } };
      expect(await store.saveRollouts([rollout(), rollout({ policy: 'macs' })], [audit])).toBe(1);
      expect(await store.saveRollouts([rollout({ state: 'halted' })], [])).toBe(2);
      expect(await store.listRollouts()).toEqual([rollout({ state: 'halted' }), rollout({ policy: 'macs' })]);
      expect(await store.listAudit(10)).toEqual([audit]);
      expect((await store.loadSite()).rolloutsRevision).toBe(2);
    });

    it('count where devices stand, by ring; of each the last', async () => {
      const { store } = bench;
      const devices = {
        D1: stands('verified'),
        D2: stands('failed', NOON - 5),
        D3: stands('failed'),
        D4: stands('waiting', NOON, 'everyone'),
      };
      await store.commitReconciled(
        Object.entries(devices).map(([id, device]) => commitOf(id, { rolloutDevices: [stands('delivered', 1), device] })),
      );
      const health = await store.rolloutHealth({ ...KEY, failuresSince: NOON });
      expect(health.get('canary')).toEqual({ waiting: 0, delivered: 0, stuck: 0, verified: 1, failed: 2, failedSince: 1, excused: 0 });
      expect(health.get('everyone')?.waiting).toBe(1);
      expect(health.get('pilot')).toBeUndefined();
      expect(await store.rolloutHealth({ ...KEY, release: 'iOS 40.5' })).toEqual(new Map());
      expect(await store.listRolloutDevices(KEY, 'failed', 1)).toEqual([
        { enrollmentId: 'D2', ring: 'canary', state: 'failed', since: NOON - 5 },
      ]);
    });
  });
}

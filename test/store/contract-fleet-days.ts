import { describe, expect, it } from 'vitest';
import type { FleetDay } from '../../src/store/store.ts';
import { NOON } from './builders.ts';
import type { Bench } from './contract.ts';

function day(name: string, changes: Partial<FleetDay> = {}): FleetDay {
  return {
    day: name,
    at: NOON,
    groups: { current: 3, held: 1 },
    exposed: 2,
    versions: [
      { platform: 'iOS', runs: '26.1', devices: 3 },
      { platform: 'macOS', devices: 1 },
    ],
    ...changes,
  };
}

export function testFleetDays(bench: Bench): void {
  describe('days of the fleet', () => {
    it('are listed from one to another, the earliest first', async () => {
      const { store } = bench;
      expect(await store.listFleetDays('2026-01-01', '2026-12-31')).toEqual([]);
      const days = ['2026-11-20', '2026-11-18', '2026-11-19'].map((name) => day(name));
      for (const one of days) await store.saveFleetDay(one, '2026-01-01');
      expect(await store.listFleetDays('2026-11-19', '2026-11-20')).toStrictEqual([day('2026-11-19'), day('2026-11-20')]);
    });

    it('are each there once: written again, the later count is the one', async () => {
      const { store } = bench;
      await store.saveFleetDay(day('2026-11-20'), '2026-01-01');
      const { exposed: _untold, ...later } = day('2026-11-20', { at: NOON + 1, groups: {}, versions: [] });
      await store.saveFleetDay(later, '2026-01-01');
      expect(await store.listFleetDays('2026-11-20', '2026-11-20')).toStrictEqual([later]);
    });

    it('are forgotten before the day that is said', async () => {
      const { store } = bench;
      for (const name of ['2026-11-18', '2026-11-19']) await store.saveFleetDay(day(name), '2026-01-01');
      await store.saveFleetDay(day('2026-11-20'), '2026-11-19');
      await store.saveFleetDay(day('2026-11-18', { versions: [] }), '2026-01-01');
      expect(await store.listFleetDays('2026-01-01', '2026-12-31')).toStrictEqual([
        day('2026-11-18', { versions: [] }),
        day('2026-11-19'),
        day('2026-11-20'),
      ]);
    });

    it('are written whole or not at all', async () => {
      const { store } = bench;
      await store.saveFleetDay(day('2026-11-20'), '2026-01-01');
      const twice = [1, 2].map((devices) => ({ platform: 'iOS', runs: '26.1', devices }));
      await expect(store.saveFleetDay(day('2026-11-20', { at: 7, versions: twice }), '2026-01-01')).rejects.toThrow();
      expect(await store.listFleetDays('2026-11-20', '2026-11-20')).toStrictEqual([day('2026-11-20')]);
    });
  });
}

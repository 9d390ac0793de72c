import { describe, expect, it } from 'vitest';
import type { AlertDelivery, AlertEpisode } from '../../src/store/store.ts';
import { NOON } from './builders.ts';
import type { Bench } from './contract.ts';

const episode = (id: string, more: Partial<AlertEpisode> = {}): AlertEpisode => ({
  ...{ id, key: `key of ${id}`, since: NOON, sentence: 'It is so.', detail: { count: 1 } },
  ...more,
});
const delivery = (id: string, target = 'ops'): AlertDelivery => ({ id, target, at: NOON, body: `{"id":"${id}"}` });

export function testAlerts(bench: Bench): void {
  describe('what is told of alerts', () => {
    it('is nothing at first', async () => {
      expect(await bench.store.loadAlertBook()).toEqual({ episodes: [], deliveries: [] });
    });

    it('is kept, what waits in the order in which it was added', async () => {
      const { store } = bench;
      await store.saveAlertBook({ episodes: [episode('b'), episode('a')], add: [delivery('2'), delivery('1')], digestDay: '2026-11-20' });
      await store.saveAlertBook({ episodes: [episode('b', { clearedAt: NOON + 1 })], add: [delivery('2', 'chat')] });
      const book = {
        episodes: [episode('b', { clearedAt: NOON + 1 }), episode('a')],
        deliveries: [delivery('2'), delivery('1'), delivery('2', 'chat')],
        digestDay: '2026-11-20',
      };
      expect(await store.loadAlertBook()).toEqual(book);
      const reopened = bench.reopen === undefined ? store : await bench.reopen();
      expect(await reopened.loadAlertBook()).toEqual(book);
    });

    it('goes: an episode by its id, a message of one target only; what is replaced comes last', async () => {
      const { store } = bench;
      await store.saveAlertBook({ episodes: [episode('a'), episode('b')], add: [delivery('1'), delivery('2'), delivery('1', 'chat')] });
      await store.saveAlertBook({ forgotten: ['a', 'nobody'], remove: [delivery('1'), delivery('nobody')] });
      expect(await store.loadAlertBook()).toEqual({ episodes: [episode('b')], deliveries: [delivery('2'), delivery('1', 'chat')] });
      await store.saveAlertBook({ remove: [delivery('2')], add: [delivery('2')] });
      expect((await store.loadAlertBook()).deliveries).toEqual([delivery('1', 'chat'), delivery('2')]);
    });

    it('is changed as a whole or not at all', async () => {
      const { store } = bench;
      await store.saveAlertBook({ add: [delivery('1')] });
      const twice = { episodes: [episode('a')], remove: [], add: [delivery('3'), delivery('1')], digestDay: '2026-11-21' };
      await expect(store.saveAlertBook(twice)).rejects.toThrow();
      expect(await store.loadAlertBook()).toEqual({ episodes: [], deliveries: [delivery('1')] });
    });
  });
}

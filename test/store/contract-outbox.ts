import { describe, expect, it } from 'vitest';
import type { OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import { commitOf, NOON, outboxEntry } from './builders.ts';
import type { Bench } from './contract.ts';

export function testOutbox(bench: Bench): void {
  const add = (...entries: OutboxEntry[]) =>
    bench.store.commitReconciled(
      [...new Set(entries.map(({ enrollmentId }) => enrollmentId))].map((id) =>
        commitOf(id, { outbox: { add: entries.filter(({ enrollmentId }) => enrollmentId === id), change: [] } }),
      ),
    );

  describe('the outbox', () => {
    it('gives what is due, earliest first and one per enrollment', async () => {
      const { store } = bench;
      await add(
        outboxEntry('a', { notBefore: NOON + 2 }),
        outboxEntry('b', { notBefore: NOON + 1 }),
        outboxEntry('c', { enrollmentId: 'D2', notBefore: NOON + 3 }),
        outboxEntry('d', { enrollmentId: 'D3', notBefore: NOON + 9 }),
      );
      expect((await store.listDueCommands(NOON + 3, 10)).map(({ commandUuid }) => commandUuid)).toEqual(['b', 'c']);
      expect(await store.listDueCommands(NOON, 10)).toEqual([]);
      expect(await store.nextCommandDueAt()).toBe(NOON + 1);
    });

    it('lets one of two claimants have an entry', async () => {
      const { store } = bench;
      await add(outboxEntry('a'));
      const leased = outboxEntry('a', { state: 'leased', leaseUntil: NOON + 60, revision: 2 });
      expect(await store.saveCommand(leased)).toBe(true);
      expect(await store.saveCommand({ ...leased, leaseUntil: NOON + 99 })).toBe(false);
      expect(await store.saveCommand(outboxEntry('never was', { revision: 2 }))).toBe(false);
      expect((await store.loadForReconcile(['D1']))[0]?.commands).toStrictEqual([leased]);
    });

    it('gives a leased entry out again only when its lease is over, an enqueued or ended one never', async () => {
      const { store } = bench;
      await add(outboxEntry('a'), outboxEntry('b', { enrollmentId: 'D2' }), outboxEntry('c', { enrollmentId: 'D3' }));
      await store.saveCommand(outboxEntry('a', { state: 'leased', leaseUntil: NOON + 60, revision: 2 }));
      await store.saveCommand(outboxEntry('b', { enrollmentId: 'D2', state: 'enqueued', enqueuedAt: NOON, revision: 2 }));
      await store.saveCommand(outboxEntry('c', { enrollmentId: 'D3', state: 'refused', endedAt: NOON, revision: 2 }));
      expect(await store.nextCommandDueAt()).toBe(NOON + 60);
      expect(await store.listDueCommands(NOON + 59, 10)).toEqual([]);
      expect((await store.listDueCommands(NOON + 60, 10)).map(({ commandUuid }) => commandUuid)).toEqual(['a']);
      expect(await store.countCommands()).toEqual({ leased: 1, enqueued: 1, refused: 1 });
    });

    it('counts what is under way, and nothing that has ended', async () => {
      const { store } = bench;
      expect(await store.countOpenCommands()).toEqual({ pending: 0, leased: 0, enqueued: 0 });
      await add(outboxEntry('a'), outboxEntry('b', { enrollmentId: 'D2' }), outboxEntry('c', { enrollmentId: 'D3' }));
      await store.saveCommand(outboxEntry('b', { enrollmentId: 'D2', state: 'enqueued', enqueuedAt: NOON, revision: 2 }));
      await store.saveCommand(outboxEntry('c', { enrollmentId: 'D3', state: 'answered', endedAt: NOON, revision: 2 }));
      expect(await store.countOpenCommands()).toEqual({ pending: 1, leased: 0, enqueued: 1 });
    });

    it('tells whether a command sent lately waits for its answer', async () => {
      const { store } = bench;
      await add(outboxEntry('a', { state: 'enqueued', enqueuedAt: NOON }), outboxEntry('b', { enrollmentId: 'D2' }));
      expect(await store.hasEnqueuedSince('D1', NOON)).toBe(true);
      expect(await store.hasEnqueuedSince('D1', NOON + 1)).toBe(false);
      expect(await store.hasEnqueuedSince('D2', 0)).toBe(false);
      expect(await store.hasEnqueuedSince('D3', 0)).toBe(false);
    });

    it('keeps a bounded number of ended commands per enrollment, and never drops an outstanding one', async () => {
      const { store } = bench;
      await add(outboxEntry('outstanding', { state: 'enqueued', createdAt: NOON - 1_000 }));
      for (let index = 0; index < 60; index++) {
        const entry = outboxEntry(`ended-${index}`, { state: 'answered', createdAt: NOON + index });
        expect(await store.commitReconciled([commitOf('D1', { basedOn: index + 1, outbox: { add: [entry], change: [] } })])).toEqual([
          'committed',
        ]);
      }
      const counts = await store.countCommands();
      expect(counts.enqueued).toBe(1);
      expect(counts.answered).toBeLessThanOrEqual(41);
      const loaded = (await store.loadForReconcile(['D1']))[0]?.commands.map(({ commandUuid }) => commandUuid);
      expect(loaded).toContain('outstanding');
      expect(loaded).toContain('ended-59');
      expect(loaded?.length).toBeLessThanOrEqual(20);
    });
  });

  it('keeps and gives the last that were taken for lost, however many came after them: a NotNow may show that the host has them', async () => {
    const { store } = bench;
    const lost = Array.from({ length: 12 }, (_, index) =>
      outboxEntry(`lost-${index}`, { state: 'lost', createdAt: NOON - 1_000 + index, endedAt: NOON + 1_000 - index }),
    );
    await add(...lost);
    for (let index = 0; index < 60; index++) {
      const entry = outboxEntry(`ended-${index}`, { state: 'answered', createdAt: NOON + index });
      await store.commitReconciled([commitOf('D1', { basedOn: index + 1, outbox: { add: [entry], change: [] } })]);
    }
    const loaded = (await store.loadForReconcile(['D1']))[0]?.commands.map(({ commandUuid }) => commandUuid) ?? [];
    expect(loaded).toEqual(expect.arrayContaining(lost.slice(0, 10).map(({ commandUuid }) => commandUuid)));
    expect(loaded).not.toContain('lost-11');
  });

  it('gives every update command it keeps, however many questions came after it', async () => {
    const install = outboxEntry('install', { requestType: 'ScheduleOSUpdate', state: 'answered', createdAt: NOON });
    const questions = Array.from({ length: 30 }, (_, index) =>
      outboxEntry(`question-${index}`, { requestType: 'OSUpdateStatus', state: 'answered', createdAt: NOON + 1 + index }),
    );
    await add(install, ...questions);
    const loaded = (await bench.store.loadForReconcile(['D1']))[0]?.commands ?? [];
    expect(loaded.map(({ commandUuid }) => commandUuid)).toContain('install');
    expect(loaded.length).toBeLessThanOrEqual(20);
  });

  it('keeps the last install that was sent, however many downloads and questions came after it', async () => {
    const update = { release: 'iOS 40.1', version: '40.1', action: 'DownloadOnly' as const, isInstall: false, device: {} };
    const sent = { requestType: 'ScheduleOSUpdate' as const, state: 'answered' as const };
    await add(outboxEntry('install', { ...sent, createdAt: NOON, update: { ...update, action: 'InstallASAP', isInstall: true } }));
    for (let index = 0; index < 60; index++) {
      const what = index % 2 === 0 ? { ...sent, update } : { requestType: 'OSUpdateStatus' as const, state: 'answered' as const };
      const entry = outboxEntry(`later-${index}`, { ...what, createdAt: NOON + 1 + index });
      await bench.store.commitReconciled([commitOf('D1', { basedOn: index + 1, outbox: { add: [entry], change: [] } })]);
    }
    const loaded = (await bench.store.loadForReconcile(['D1']))[0]?.commands ?? [];
    expect(loaded.map(({ commandUuid }) => commandUuid)).toContain('install');
  });

  describe('pushes', () => {
    const due = async (now: number, notSince = now) =>
      (await bench.store.listDuePushes(now, notSince, 10)).map(({ enrollmentId }) => enrollmentId);

    it('of one enrollment become one, at the earliest time anyone asked for', async () => {
      const { store } = bench;
      await store.commitReconciled([
        commitOf('D1', { push: { at: NOON + 50, because: 'a' }, outbox: { add: [outboxEntry('a')], change: [] } }),
      ]);
      await store.commitReconciled([commitOf('D1', { basedOn: 1, push: { at: NOON + 20, because: 'b' } })]);
      await store.saveCommand(outboxEntry('a', { state: 'enqueued', revision: 2 }), NOON + 90);
      expect(await store.nextPushDueAt(0)).toBe(NOON + 20);
      expect(await due(NOON + 19)).toEqual([]);
      expect(await store.listDuePushes(NOON + 99, NOON + 99, 10)).toEqual([{ enrollmentId: 'D1', dueAt: NOON + 20, tries: 0 }]);
    });

    it('that were sent are not due any more, and the next waits for the spacing', async () => {
      const { store } = bench;
      await store.commitReconciled([
        commitOf('D1', { push: { at: NOON, because: 'a' } }),
        commitOf('D2', { push: { at: NOON, because: 'a' } }),
      ]);
      expect(await store.countPushes()).toStrictEqual({ waiting: 2, since: NOON });
      await store.recordPushes([{ enrollmentId: 'D1', at: NOON + 5 }]);
      expect(await due(NOON + 9)).toEqual(['D2']);
      expect(await store.countPushes()).toStrictEqual({ waiting: 1, since: NOON });
      expect((await store.loadForReconcile(['D1']))[0]?.push).toStrictEqual({ lastSentAt: NOON + 5 });

      await store.commitReconciled([commitOf('D1', { basedOn: 1, push: { at: NOON + 6, because: 'b' } })]);
      expect(await due(NOON + 9, NOON + 4)).toEqual(['D2']);
      expect(await due(NOON + 9, NOON + 5)).toEqual(['D2', 'D1']);
      await store.recordPushes([{ enrollmentId: 'D2', at: NOON + 9 }]);
      expect(await store.nextPushDueAt(100)).toBe(NOON + 105);
    });

    it('tell whether the server has a push token, where it came to that', async () => {
      const { store } = bench;
      const pushed = async (result: { at: number; retryAt?: number; hasToken?: boolean }) => {
        const changed = await store.recordPushes([{ enrollmentId: 'D1', ...result }]);
        return { ...(await store.loadForReconcile(['D1']))[0]?.push, changed };
      };
      await store.commitReconciled([commitOf('D1', { push: { at: NOON, because: 'a' } })]);
      expect(await pushed({ at: NOON, hasToken: false })).toStrictEqual({ lastSentAt: NOON, noTokenAt: NOON, changed: ['D1'] });
      expect(await pushed({ at: NOON + 1, retryAt: NOON + 60 })).toStrictEqual({ lastSentAt: NOON + 1, noTokenAt: NOON, changed: [] });
      expect(await pushed({ at: NOON + 2, hasToken: false })).toStrictEqual({ lastSentAt: NOON + 2, noTokenAt: NOON + 2, changed: [] });
      expect(await pushed({ at: NOON + 3, retryAt: NOON + 60, hasToken: true })).toStrictEqual({ lastSentAt: NOON + 3, changed: ['D1'] });
    });

    it('that failed come again at their time and count their tries, until one is sent', async () => {
      const { store } = bench;
      await store.commitReconciled([commitOf('D1', { push: { at: NOON, because: 'a' } })]);
      await store.recordPushes([{ enrollmentId: 'D1', at: NOON, retryAt: NOON + 60, error: '503' }]);
      await store.recordPushes([{ enrollmentId: 'D1', at: NOON, retryAt: NOON + 120, error: '503' }]);
      expect(await due(NOON + 119)).toEqual([]);
      expect(await store.listDuePushes(NOON + 120, NOON + 120, 10)).toEqual([{ enrollmentId: 'D1', dueAt: NOON + 120, tries: 2 }]);
      await store.recordPushes([{ enrollmentId: 'D1', at: NOON + 120 }]);
      expect(await store.nextPushDueAt(0)).toBeUndefined();
      await store.commitReconciled([commitOf('D1', { basedOn: 1, push: { at: NOON + 200, because: 'b' } })]);
      expect(await store.listDuePushes(NOON + 200, NOON + 200, 10)).toEqual([{ enrollmentId: 'D1', dueAt: NOON + 200, tries: 0 }]);
    });
  });
}

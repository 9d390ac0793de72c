import { expect, it } from 'vitest';
import type { OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import { createDispatcher } from '../../src/engine/dispatch/dispatcher.ts';
import { hostCapabilities } from '../../src/hosts/capabilities.ts';
import type { Host } from '../../src/hosts/host.ts';
import { silentLogger } from '../../src/logger.ts';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { MINUTE_MS } from '../../src/time/local.ts';
import { NOW } from '../decide/builders.ts';
import { createStory } from '../decide/story.ts';
import { commitOf, outboxEntry } from '../store/builders.ts';

/** Two commands wait for one device behind that server; what it was sent, when, and whether its device was looked at. */
async function houseBehind(name: 'nanomdm' | 'micromdm', second: Parameters<typeof outboxEntry>[1] = {}) {
  const scheduler = createScheduler(NOW);
  const store = openSqliteStore({ file: ':memory:', clock: scheduler });
  const sent: [string, number][] = [];
  const settled: string[] = [];
  const host: Partial<Host> = {
    capabilities: hostCapabilities[name],
    enqueue: async (_id, commandUuid) => {
      sent.push([commandUuid, scheduler.now() - NOW]);
      return { kind: 'queued' };
    },
    push: async () => ({ errors: new Map() }),
  };
  const dispatcher = createDispatcher({
    isClockDoubted: () => false,
    store,
    host: host as Host,
    reconciler: {
      wakeSoon: () => undefined,
      settle: async (id) => {
        settled.push(id);
        return true;
      },
    },
    clock: scheduler,
    random: { next: () => 0 },
    log: silentLogger,
    alerts: { raise: async () => undefined, refresh: async () => undefined, clear: async () => undefined },
    pushRate: 100,
  });
  const add = [outboxEntry('a', { createdAt: NOW, notBefore: NOW }), outboxEntry('b', { createdAt: NOW, notBefore: NOW, ...second })];
  const committed = store.commitReconciled([commitOf('D1', { outbox: { add, change: [] } })]);
  await scheduler.settle();
  await committed;
  dispatcher.kick();
  return { scheduler, store, sent, settled };
}

it('a server that pushes with each enqueue gets a device’s next command when the one before is answered', async () => {
  const { scheduler, store, sent } = await houseBehind('micromdm');
  await scheduler.runUntil(NOW + MINUTE_MS);
  expect(sent.map(([uuid]) => uuid)).toEqual(['a']);
  const [gathered] = await store.loadForReconcile(['D1']);
  const entry = gathered?.commands.find(({ commandUuid }) => commandUuid === 'a');
  if (entry === undefined) throw new Error('a is gone');
  const saved = store.saveCommand({ ...entry, state: 'answered', endedAt: scheduler.now(), revision: entry.revision + 1 });
  await scheduler.settle();
  expect(await saved).toBe(true);
  await scheduler.runUntil(NOW + 2 * MINUTE_MS);
  expect(sent.map(([uuid]) => uuid)).toEqual(['a', 'b']);
});

it('or after some minutes without an answer', async () => {
  const { scheduler, sent } = await houseBehind('micromdm');
  await scheduler.runUntil(NOW + 10 * MINUTE_MS);
  expect(sent.map(([uuid]) => uuid)).toEqual(['a', 'b']);
  expect(sent[1]?.[1]).toBeGreaterThan(5 * MINUTE_MS);
});

it('NanoMDM gets both at once', async () => {
  const { scheduler, sent } = await houseBehind('nanomdm');
  await scheduler.runUntil(NOW + 1_000);
  expect(sent.map(([uuid]) => uuid)).toEqual(['a', 'b']);
});

it('what may not be sent any more is not sent; its device is looked at', async () => {
  const { scheduler, sent, settled } = await houseBehind('nanomdm', { notAfter: NOW - 1 });
  await scheduler.runUntil(NOW + 100);
  expect(sent.map(([uuid]) => uuid)).toEqual(['a']);
  expect(settled).toContain('D1');
});

it('what waited its turn goes on with the answer, not when it would be looked at next', () => {
  const story = createStory();
  const [first] = story.commands;
  if (first?.state !== 'enqueued') throw new Error('nothing was sent');
  const waiting: OutboxEntry = { ...outboxEntry('waits', { createdAt: NOW, notBefore: NOW + 20_000 }), requestType: 'SecurityInfo' };
  story.commands.push(waiting);
  story.at(NOW + 1_000);
  expect(story.sent).not.toContain('SecurityInfo');
  story.answers(NOW + 2_000);
  expect(story.sent).toContain('SecurityInfo');
});

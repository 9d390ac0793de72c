import { expect, it } from 'vitest';
import type { Alerts } from '../../src/engine/alerts.ts';
import { createDispatcher } from '../../src/engine/dispatch/dispatcher.ts';
import { hostCapabilities } from '../../src/hosts/capabilities.ts';
import type { Host, PushError } from '../../src/hosts/host.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Store } from '../../src/store/store.ts';

const REFUSED: PushError = { kind: 'credential', message: 'no push certificate' };
const LATER: PushError = { kind: 'later', message: 'APNs is busy' };

/** One push call to D1 and D2 that ends with these errors: what becomes of the alert, who is looked at, what is stored, who has a token. */
async function pushes(
  errors: [string, PushError][],
): Promise<{ acts: string[]; woken: string[]; appended: string[]; tokens: (boolean | undefined)[] }> {
  const tokens: (boolean | undefined)[] = [];
  const acts: string[] = [];
  const woken: string[] = [];
  const appended: string[] = [];
  const alerts: Alerts = {
    raise: async (key) => void acts.push(`raise ${key}`),
    refresh: async (key) => void acts.push(`refresh ${key}`),
    clear: async (key) => void acts.push(`clear ${key}`),
  };
  const rows = ['D1', 'D2'].map((enrollmentId) => ({ enrollmentId, dueAt: 0, tries: 0 }));
  const store: Partial<Store> = {
    listDueCommands: async () => [],
    nextCommandDueAt: async () => undefined,
    nextPushDueAt: async () => undefined,
    listDuePushes: async () => rows.splice(0),
    recordPushes: async (results) => {
      tokens.push(...results.map(({ hasToken }) => hasToken));
      return results.filter(({ hasToken }) => hasToken === false).map(({ enrollmentId }) => enrollmentId);
    },
    append: async (items) => void appended.push(...items.map(({ subject, event }) => `${subject.id} ${event.body.kind}`)),
  };
  const host: Partial<Host> = {
    capabilities: hostCapabilities.nanomdm,
    push: async () => ({ errors: new Map(errors) }),
  };
  const dispatcher = createDispatcher({
    isClockDoubted: () => false,
    store: store as Store,
    host: host as Host,
    reconciler: { wakeSoon: (ids) => void woken.push(...ids), settle: async () => true },
    clock: { now: () => 1, at: () => undefined, cancel: () => undefined, turn: async () => undefined },
    random: { next: () => 0 },
    log: silentLogger,
    alerts,
    pushRate: 100,
  });
  dispatcher.kick();
  await dispatcher.idle();
  return { acts, woken, appended, tokens };
}

it.each([
  [
    'all refused',
    [
      ['D1', REFUSED],
      ['D2', REFUSED],
    ],
    ['raise push-credential'],
  ],
  ['one of two certificates refused', [['D1', REFUSED]], ['raise push-credential']],
  ['all taken', [], ['clear push-credential']],
  ['one taken, one later', [['D1', LATER]], ['clear push-credential']],
  [
    'none taken, for other reasons',
    [
      ['D1', LATER],
      ['D2', LATER],
    ],
    [],
  ],
] as [string, [string, PushError][], string[]][])('the alert about the push certificate: %s', async (_name, errors, expected) => {
  expect((await pushes(errors)).acts).toEqual(expected);
});

it('only who is gone is looked at because of a push: when the others are pushed again was decided with it', async () => {
  const { woken, appended } = await pushes([['D2', { kind: 'gone', message: 'Unregistered' }]]);
  expect({ woken, appended }).toEqual({ woken: ['D2'], appended: ['D2 push-gone'] });
  expect((await pushes([['D1', LATER]])).woken).toEqual([]);
});

it('whether the server has a token of who was pushed is told by an answer about it alone; who is found without is looked at', async () => {
  const { tokens, woken } = await pushes([['D1', { kind: 'unknown-id', message: 'push data missing for id' }]]);
  expect([tokens, woken]).toEqual([[false, true], ['D1']]);
  expect((await pushes([['D1', LATER]])).tokens).toEqual([undefined, true]);
  expect((await pushes([['D2', REFUSED]])).tokens).toEqual([true, undefined]);
  expect((await pushes([['D2', { kind: 'gone', message: 'Unregistered' }]])).tokens).toEqual([true, true]);
});

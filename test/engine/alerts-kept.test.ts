import { describe, expect, it } from 'vitest';
import { createAlerts } from '../../src/engine/alerts.ts';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { NOON } from '../store/builders.ts';

/** Alerts over a store that fails once, as with a full disk. */
function createSite() {
  const clock = { now: () => NOON, at: () => undefined, cancel: () => undefined, turn: async () => undefined };
  const store = openSqliteStore({ file: ':memory:', clock });
  const failing = new Set<keyof Store>();
  const flaky = new Proxy(store, {
    get: (target, name: keyof Store) =>
      failing.delete(name) ? () => Promise.reject(new Error('database or disk is full')) : Reflect.get(target, name),
  });
  const alerts = createAlerts(flaky, clock, silentLogger);
  return { store, alerts, failOnce: (name: keyof Store) => failing.add(name) };
}

describe('an alert that could not be written', () => {
  it('is raised with the next try', async () => {
    const { store, alerts, failOnce } = createSite();
    failOnce('raiseAlert');
    await expect(alerts.raise('dates-missed', 'It is.')).rejects.toThrow('disk is full');
    await alerts.raise('dates-missed', 'It is.');
    expect(await store.listAlerts()).toMatchObject([{ key: 'dates-missed' }]);
  });

  it('is over with the next try to clear it', async () => {
    const { store, alerts, failOnce } = createSite();
    await alerts.raise('dates-missed', 'It is.');
    failOnce('clearAlert');
    await expect(alerts.clear('dates-missed')).rejects.toThrow('disk is full');
    await alerts.clear('dates-missed');
    expect(await store.listAlerts()).toEqual([]);
  });

  it('of an earlier process is over with the next try, when that could not be read at first', async () => {
    const { store, alerts, failOnce } = createSite();
    await store.raiseAlert({ key: 'dates-missed', at: NOON, sentence: 'It was.', detail: {} });
    failOnce('listAlerts');
    await expect(alerts.clear('dates-missed')).rejects.toThrow('disk is full');
    await alerts.clear('dates-missed');
    expect(await store.listAlerts()).toEqual([]);
  });

  it('of an earlier process is over also when two are cleared at once', async () => {
    const { store, alerts } = createSite();
    for (const key of ['dates-missed', 'webhook-silent']) await store.raiseAlert({ key, at: NOON, sentence: 'It was.', detail: {} });
    await Promise.all([alerts.clear('dates-missed'), alerts.clear('webhook-silent')]);
    expect(await store.listAlerts()).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { createAlerts } from '../../src/engine/alerts.ts';
import { createOperateReleases } from '../../src/engine/operate/releases.ts';
import { catalogueDigest, createCatalogueKeeper } from '../../src/engine/schedule/catalogue-keeper.ts';
import { createClockJudge } from '../../src/engine/schedule/clock-judge.ts';
import { createReadReleases } from '../../src/engine/schedule/read-releases.ts';
import { loadStanding } from '../../src/engine/standing.ts';
import type { FeedAnswer } from '../../src/feeds/feed.ts';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { policySet } from '../decide/builders.ts';
import { day, FIRST_DAY, PHONES, pmvOf, START } from '../releases/fixtures/answers.ts';

/** The reader over a store in memory and a source that says what it is told to; `restart` is a new process on that store. */
async function createReader({ isLimited = true } = {}) {
  let now = START;
  const clock = { now: () => now, turn: async () => undefined };
  const store = openSqliteStore({ file: ':memory:', clock });
  const asked: (string | undefined)[] = [];
  let answer: FeedAnswer = { kind: 'outage', message: 'nothing was said' };
  let changes = 0;

  async function start() {
    const standing = await loadStanding(store, policySet(), 'hash', catalogueDigest);
    const alerts = createAlerts(store, { ...clock, at: () => undefined, cancel: () => undefined }, silentLogger);
    const onChanged = async () => {
      changes += 1;
    };
    const steady = { ...clock, jump: () => 0, follow: () => undefined };
    const clockJudge = createClockJudge({ store, standing, clock: steady, alerts, hasFeedTime: true, onChanged, askFeed: () => undefined });
    const keeper = createCatalogueKeeper({ store, standing, clock, log: silentLogger, alerts, onChanged });
    const feed = {
      name: 'apple',
      ...(isLimited ? { readsPerDayMax: 4 } : {}),
      read: async (etag?: string) => {
        asked.push(etag);
        return answer;
      },
    };
    const releases = createReadReleases({ feed, store, standing, keeper, clock, log: silentLogger, alerts, clockJudge, everyMs: DAY_MS });
    return { standing, releases, operate: createOperateReleases({ store, standing, clock, keeper, releases }) };
  }

  let process = await start();
  return {
    store,
    asked,
    get standing() {
      return process.standing;
    },
    get operate() {
      return process.operate;
    },
    read: () => process.releases.read(),
    dueAt: () => process.releases.dueAt(DAY_MS),
    says: (said: FeedAnswer) => {
      answer = said;
    },
    lists: (rows = FIRST_DAY, etag?: string) => {
      answer = { kind: 'answer', body: JSON.stringify(pmvOf(now, rows)), at: now, ...(etag === undefined ? {} : { etag }) };
    },
    pass: (ms: number) => {
      now += ms;
    },
    restart: async () => {
      process = await start();
    },
    alerts: async () => (await store.listAlerts()).map(({ key }) => key),
    changes: () => changes,
  };
}

describe('what is no data (rule 6)', () => {
  it.each<[string, FeedAnswer, string, number]>([
    ['a server nobody trusts', { kind: 'outage', message: 'certificate', isUnreached: true }, 'releases-outage', 15 * MINUTE_MS],
    ['403', { kind: 'outage', message: 'The server answered 403.' }, 'releases-outage', 15 * MINUTE_MS],
    [
      '429 with Retry-After',
      { kind: 'outage', message: 'The server answered 429.', retryAfterMs: 2 * HOUR_MS },
      'releases-outage',
      2 * HOUR_MS,
    ],
    ['500', { kind: 'outage', message: 'The server answered 500.' }, 'releases-outage', 15 * MINUTE_MS],
    ['an empty body', { kind: 'answer', body: '', at: START }, 'releases-unreadable', 15 * MINUTE_MS],
    ['half an answer', { kind: 'answer', body: '{"PublicAssetSets":{"iOS":[', at: START }, 'releases-unreadable', 15 * MINUTE_MS],
    ['a page of a proxy', { kind: 'answer', body: '<html>', at: START, etag: '"9"' }, 'releases-unreadable', 15 * MINUTE_MS],
  ])('%s: what is known stays, with an alert until it is read again', async (_name, said, alert, waitMs) => {
    const reader = await createReader();
    reader.lists(FIRST_DAY, '"1"');
    expect(await reader.read()).toEqual({ kind: 'read', result: 'changed' });
    const before = reader.standing.catalogue;
    reader.says(said);
    expect(await reader.read()).toMatchObject({ kind: 'failed', nextAt: START + waitMs });
    expect(await reader.alerts()).toEqual([alert]);
    expect([reader.standing.catalogue, await reader.store.loadCatalogue(), reader.changes()]).toEqual([before, before, 1]);
    reader.pass(waitMs);
    reader.says({ kind: 'not-modified', at: START });
    expect(await reader.read()).toEqual({ kind: 'read', result: 'unchanged' });
    expect([await reader.alerts(), reader.asked]).toEqual([[], [undefined, '"1"', '"1"']]);
  });

  it('an answer with empty sets is data, and doubtful', async () => {
    const reader = await createReader();
    reader.lists();
    await reader.read();
    reader.lists([]);
    expect(await reader.read()).toEqual({ kind: 'read', result: 'doubtful' });
    expect(await reader.alerts()).toEqual(['releases-doubtful']);
    expect(await reader.operate.accept({ by: 'jane' })).toBe(true);
    expect(await reader.alerts()).not.toContain('releases-doubtful');
    expect(await reader.operate.accept({ by: 'jane' })).toBe(false);
    expect((await reader.store.listAudit(5)).map(({ act, by }) => [act, by])).toEqual([['releases-accept', 'jane']]);
  });
});

describe('how often Apple is asked (rule 6)', () => {
  it('four times in 24 hours, whoever asks and however often the process begins anew', async () => {
    const reader = await createReader();
    reader.lists();
    for (let hour = 0; hour < 48; hour += 1) {
      await reader.restart();
      await reader.read();
      await reader.operate.refresh({ by: 'jane' });
      reader.pass(HOUR_MS);
    }
    expect(reader.asked).toHaveLength(8);
    expect(await reader.operate.refresh({ by: 'jane' })).toMatchObject({ kind: 'read' });
  });

  it('a refused refresh says from when it may be, and is in the audit log like any', async () => {
    const reader = await createReader();
    reader.lists();
    for (let n = 0; n < 4; n += 1) await reader.read();
    expect(await reader.operate.refresh({ by: 'jane', note: 'urgent' })).toEqual({
      kind: 'refused',
      because: 'asked-enough',
      nextAt: START + DAY_MS,
    });
    expect(await reader.store.listAudit(1)).toMatchObject([
      { by: 'jane', act: 'releases-refresh', detail: { note: 'urgent', kind: 'refused' } },
    ]);
  });

  it('not before the time it named, over restarts', async () => {
    const reader = await createReader();
    reader.says({ kind: 'outage', message: 'The server answered 429.', retryAfterMs: 5 * HOUR_MS });
    await reader.read();
    await reader.restart();
    reader.pass(5 * HOUR_MS - 1);
    expect(await reader.read()).toEqual({ kind: 'refused', because: 'retry-after', nextAt: START + 5 * HOUR_MS });
    expect(await reader.dueAt()).toBe(START + 5 * HOUR_MS);
    reader.pass(1);
    reader.lists();
    expect(await reader.read()).toMatchObject({ kind: 'read' });
  });

  it('tries that reached nobody are free', async () => {
    const reader = await createReader();
    reader.says({ kind: 'outage', message: 'ENOTFOUND', isUnreached: true });
    for (let n = 0; n < 10; n += 1) expect(await reader.read()).toMatchObject({ kind: 'failed', nextAt: START + 15 * MINUTE_MS });
  });

  it('tries that reached it come ever later', async () => {
    const reader = await createReader({ isLimited: false });
    reader.says({ kind: 'outage', message: 'The server answered 500.' });
    const waits: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      const outcome = await reader.read();
      if (outcome.kind === 'failed') waits.push((outcome.nextAt - START) / MINUTE_MS);
    }
    expect(waits).toEqual([15, 60, 240, 960]);
  });

  it('a new process reads when a day is over, at once while it knows nothing, and soon after a failure', async () => {
    const reader = await createReader();
    expect(await reader.dueAt()).toBe(START);
    reader.lists();
    await reader.read();
    await reader.restart();
    reader.pass(HOUR_MS);
    expect(await reader.dueAt()).toBe(START + DAY_MS);
    reader.says({ kind: 'outage', message: 'The server answered 500.' });
    await reader.read();
    await reader.restart();
    expect(await reader.dueAt()).toBe(START + HOUR_MS + 15 * MINUTE_MS);
  });
});

describe('the etag', () => {
  it('outlives the process', async () => {
    const reader = await createReader();
    reader.lists(FIRST_DAY, '"1"');
    await reader.read();
    await reader.restart();
    await reader.read();
    expect(reader.asked).toEqual([undefined, '"1"']);
  });

  it('is forgotten when a bundle was imported: "not modified" would speak of another list', async () => {
    const there = await createReader();
    there.lists([...FIRST_DAY, { release: 'iOS 40.2', build: '40C1', devices: PHONES }]);
    await there.read();
    const bundle = await import('../../src/releases/bundle.ts').then(({ bundleOf }) => bundleOf(there.standing.catalogue, 'apple', START));

    const reader = await createReader();
    reader.lists(FIRST_DAY, '"1"');
    await reader.read();
    reader.pass(MINUTE_MS);
    expect(await reader.operate.importBundle(bundle, { by: 'jane' })).toMatchObject({ ok: true });
    await reader.read();
    expect(reader.asked).toEqual([undefined, undefined]);
    expect(reader.standing.catalogue?.releases.map(({ key }) => key)).toContain('iOS 40.2');
  });

  it('is not sent while there is no catalogue', async () => {
    const reader = await createReader();
    await reader.store.saveSite({ feed: { source: 'apple', etag: '"1"', askedAt: [] } });
    await reader.read();
    expect(reader.asked).toEqual([undefined]);
  });
});

it('a clock that differs from the source’s is suspect (rule 4), and the answer waits until it is right', async () => {
  const reader = await createReader();
  reader.says({ kind: 'answer', body: JSON.stringify(pmvOf(day(0), FIRST_DAY)), at: START, date: START - HOUR_MS });
  expect(await reader.read()).toMatchObject({ kind: 'failed', message: expect.stringContaining('clock') });
  expect([await reader.alerts(), reader.standing.clockSuspect]).toEqual([['clock-suspect'], expect.stringContaining('60 min')]);
  expect(reader.standing.catalogue).toBeUndefined();
  reader.says({ kind: 'answer', body: JSON.stringify(pmvOf(day(0), FIRST_DAY)), at: START, date: START });
  expect(await reader.read()).toEqual({ kind: 'read', result: 'changed' });
  expect([await reader.alerts(), reader.standing.clockSuspect]).toEqual([[], undefined]);
});

it('what is no bundle changes nothing', async () => {
  const reader = await createReader();
  reader.lists();
  await reader.read();
  const before = reader.standing.catalogue;
  expect(await reader.operate.importBundle({ schema: 'other' }, { by: 'jane' })).toEqual({
    ok: false,
    detail: expect.stringContaining('schema'),
  });
  expect([reader.standing.catalogue, await reader.store.listAudit(5)]).toEqual([before, []]);
});

describe('a target that can not be had (rule 5)', () => {
  it('is told of with each read, until it can', async () => {
    const reader = await createReader();
    const set = policySet();
    const [policy] = set.policies;
    if (policy === undefined) throw new Error('no policy');
    const under = (change: Partial<typeof policy>) => {
      reader.standing.policies = { ...set, policies: [{ ...policy, mode: 'enforce', match: { platform: ['iOS'] }, ...change }] };
    };
    const next = async (rows = FIRST_DAY) => {
      reader.pass(DAY_MS);
      reader.lists(rows);
      await reader.read();
      return reader.alerts();
    };
    const alert = `target-refused ${policy.name}`;
    under({ target: { kind: 'exact', version: '40.0' }, due: { kind: 'days', days: 14, at: '18:00' } });
    expect(await next()).toEqual([]);
    // 40.0 runs out on 2040-05-01, two months later.
    under({ target: { kind: 'exact', version: '40.0' }, due: { kind: 'date', at: '2040-06-01T10:00:00' } });
    expect(await next()).toEqual([alert]);
    under({ target: { kind: 'exact', version: '39.7' } });
    expect(await next()).toEqual([alert]);
    under({ target: { kind: 'exact', version: '39.7' }, mode: 'observe' });
    expect(await next()).toEqual([]);
    under({ target: { kind: 'exact', version: '40.2' } });
    // Not released yet is no refusal.
    expect(await next()).toEqual([]);
    expect(await next([...FIRST_DAY, { release: 'iOS 40.2', devices: PHONES }])).toEqual([]);
  });
});

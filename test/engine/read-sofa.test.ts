import { describe, expect, it } from 'vitest';
import { createAlerts } from '../../src/engine/alerts.ts';
import { catalogueDigest } from '../../src/engine/schedule/catalogue-keeper.ts';
import { createReadSofa } from '../../src/engine/schedule/read-sofa.ts';
import { createSeverityKeeper, severitiesDigest } from '../../src/engine/schedule/severity-keeper.ts';
import { loadStanding } from '../../src/engine/standing.ts';
import type { FeedAnswer } from '../../src/feeds/feed.ts';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { catalogue, NOW, policySet, release } from '../decide/builders.ts';

/** The reader of SOFA over a store in memory and a feed of iOS that says what it is told to; `restart` is a new process on that store. */
async function createReader() {
  let now = NOW;
  const clock = { now: () => now, turn: async () => undefined, at: () => undefined, cancel: () => undefined };
  const store = openSqliteStore({ file: ':memory:', clock });
  const asked: (string | undefined)[] = [];
  let answer: FeedAnswer = { kind: 'outage', message: 'nothing was said' };
  let changes = 0;
  let extraReads = 0;

  async function start() {
    const standing = await loadStanding(store, policySet(), 'hash', catalogueDigest, severitiesDigest);
    const alerts = createAlerts(store, clock, silentLogger);
    const onChanged = async () => {
      changes += 1;
    };
    const onNewer = () => {
      extraReads += 1;
    };
    const planner = { differenceOf: async () => Promise.reject(new Error('every plan is accepted')) };
    const acting = { alerts, planner, acceptPlan: 'any', onChanged, onNewer };
    const keeper = createSeverityKeeper({ store, standing, clock, log: silentLogger, ...acting });
    const feed = {
      name: 'https://sofa.example/v2/ios_data_feed.json',
      readsPerDayMax: 4,
      read: async (etag?: string) => {
        asked.push(etag);
        return answer;
      },
    };
    const options = { store, standing, keeper, clock, random: { next: () => 0.5 }, log: silentLogger, everyMs: 8 * HOUR_MS };
    return { standing, reader: createReadSofa({ ...options, feeds: [{ platform: 'iOS', feed }] }) };
  }

  let process = await start();
  return {
    store,
    asked,
    get standing() {
      return process.standing;
    },
    says: (said: FeedAnswer) => {
      answer = said;
    },
    /** A feed with these releases; those of `exploited` fix an exploited CVE. */
    tells: (versions: readonly string[], exploited: readonly string[] = [], etag = '"1"') => {
      const releases = versions.map((version) => ({ ProductVersion: version, CVEs: { 'CVE-2040-0001': exploited.includes(version) } }));
      answer = { kind: 'answer', body: JSON.stringify({ OSVersions: [{ SecurityReleases: releases }] }), etag, at: now };
    },
    /** Time passes, and what is due is read; in how many minutes the next read is due. */
    pass: async (ms = 0) => {
      now += ms;
      return Math.round(((await process.reader.readDue()) - now) / MINUTE_MS);
    },
    restart: async () => {
      process = await start();
    },
    alerts: async () => (await store.listAlerts()).map(({ key }) => key),
    audit: async () => (await store.listAudit(9)).map(({ act, detail }) => `${act} ${detail.version} ${detail.from} ${detail.to}`),
    changes: () => changes,
    extraReads: () => extraReads,
    severe: () =>
      process.standing.severities?.platforms[0]?.releases.filter(({ exploited }) => exploited > 0).map(({ version }) => version),
  };
}

const VERSIONS = ['40.6', '40.5', '40.4'];
const EIGHT_HOURS = 8 * HOUR_MS;

describe('reading SOFA', () => {
  it('asks with the etag of what is held, decides everyone anew when severities change, and audits the change', async () => {
    const reader = await createReader();
    reader.tells(VERSIONS);
    expect(await reader.pass()).toBe(480);
    reader.tells(VERSIONS, ['40.5'], '"2"');
    await reader.pass(EIGHT_HOURS);
    reader.says({ kind: 'not-modified', at: NOW });
    await reader.pass(EIGHT_HOURS);
    expect([reader.asked, reader.severe(), reader.changes()]).toEqual([[undefined, '"1"', '"2"'], ['40.5'], 2]);
    expect(await reader.audit()).toEqual(['severity 40.5 standard exploited']);
    await reader.restart();
    expect([reader.severe(), reader.standing.basis()]).toEqual([['40.5'], expect.stringContaining('/severities ')]);
  });

  it('reads nothing before it is due, restarts included', async () => {
    const reader = await createReader();
    reader.tells(VERSIONS);
    await reader.pass();
    await reader.restart();
    expect(await reader.pass(EIGHT_HOURS - MINUTE_MS)).toBe(1);
    expect(reader.asked).toHaveLength(1);
  });

  it('asks four times in 24 hours at most, whatever fails', async () => {
    const reader = await createReader();
    let minutes = await reader.pass();
    const waits = [minutes];
    for (let count = 0; count < 3; count += 1) {
      minutes = await reader.pass(minutes * MINUTE_MS);
      waits.push(minutes);
    }
    expect([waits.slice(0, 3), reader.asked.length]).toEqual([[15, 60, 240], 4]);
    expect(waits.reduce((sum, wait) => sum + wait)).toBeGreaterThanOrEqual(24 * 60);
  });

  it.each<[string, FeedAnswer, number]>([
    ['a server that is not there', { kind: 'outage', message: 'ECONNREFUSED', isUnreached: true }, 15],
    ['429 with Retry-After', { kind: 'outage', message: 'The server answered 429.', retryAfterMs: 2 * HOUR_MS }, 120],
    ['a page of a proxy', { kind: 'answer', body: '<html>', etag: '"9"', at: NOW }, 15],
  ])('%s changes nothing, and is asked again', async (_, said, minutes) => {
    const reader = await createReader();
    reader.tells(VERSIONS, ['40.5']);
    await reader.pass();
    const held = reader.standing.severities;
    reader.says(said);
    expect(await reader.pass(EIGHT_HOURS)).toBe(minutes);
    expect([reader.standing.severities, await reader.store.loadSeverities()]).toEqual([held, held]);
    reader.says({ kind: 'not-modified', at: NOW });
    await reader.pass(minutes * MINUTE_MS);
    expect(reader.asked.at(-1)).toBe('"1"');
  });

  it('takes nothing while the clock is in doubt', async () => {
    const reader = await createReader();
    reader.standing.clockSuspect = 'it was set by a year';
    reader.tells(VERSIONS, ['40.5']);
    expect(await reader.pass()).toBe(15);
    expect(reader.standing.severities).toBeUndefined();
  });
});

describe('an alert', () => {
  it('is raised while an answer is doubtful, and nothing is taken from it', async () => {
    const reader = await createReader();
    reader.tells(VERSIONS, ['40.5']);
    await reader.pass();
    reader.tells([]);
    await reader.pass(EIGHT_HOURS);
    expect([await reader.alerts(), reader.severe(), reader.changes()]).toEqual([['sofa-doubtful iOS'], ['40.5'], 1]);
    reader.tells(VERSIONS, ['40.5']);
    await reader.pass(EIGHT_HOURS);
    expect(await reader.alerts()).toEqual([]);
  });

  it.each<[string, FeedAnswer]>([
    ['outages', { kind: 'outage', message: 'The server answered 503.' }],
    ['answers that are none', { kind: 'answer', body: '{}', at: NOW }],
  ])('is raised after three days of nothing but %s', async (_, said) => {
    const reader = await createReader();
    reader.tells(VERSIONS);
    await reader.pass();
    reader.says(said);
    await reader.pass(3 * DAY_MS);
    expect(await reader.alerts()).toEqual([]);
    await reader.pass(MINUTE_MS);
    expect(await reader.alerts()).toEqual(['sofa-silent']);
    reader.says({ kind: 'not-modified', at: NOW });
    await reader.pass(DAY_MS);
    expect(await reader.alerts()).toEqual([]);
  });

  it('is raised when nothing was ever told for three days', async () => {
    const reader = await createReader();
    await reader.pass();
    await reader.pass(3 * DAY_MS + MINUTE_MS);
    expect(await reader.alerts()).toEqual(['sofa-silent']);
  });

  it.each([
    ['SOFA names a newer release', ['40.7', ...VERSIONS], ['40.6']],
    ['Apple’s list has a newer one', VERSIONS, ['40.7', '40.6']],
  ])('is raised when %s for more than a day, and cleared when they agree', async (_, told, listed) => {
    const reader = await createReader();
    const list = (versions: string[]) => {
      const releases = versions.map((version) => release(version, { firstSeenAt: NOW }));
      reader.standing.catalogue = catalogue(releases, { lastCheckedAt: NOW + HOUR_MS });
    };
    list(listed);
    reader.tells(told);
    await reader.pass();
    await reader.pass(DAY_MS);
    expect(await reader.alerts()).toEqual([]);
    await reader.pass(EIGHT_HOURS);
    expect(await reader.alerts()).toEqual(['sofa-disagrees iOS']);
    list(['40.7']);
    reader.tells(['40.7', ...VERSIONS], [], '"2"');
    await reader.pass(EIGHT_HOURS);
    expect(await reader.alerts()).toEqual([]);
  });
});

it('Apple is asked once more when SOFA names a release its list does not have (rule 6)', async () => {
  const reader = await createReader();
  reader.standing.catalogue = catalogue([release('40.6'), release('40.5')]);
  reader.tells(VERSIONS);
  await reader.pass();
  expect(reader.extraReads()).toBe(0);
  reader.tells(['40.7', ...VERSIONS]);
  await reader.pass(EIGHT_HOURS);
  await reader.pass(EIGHT_HOURS);
  expect(reader.extraReads()).toBe(1);
});

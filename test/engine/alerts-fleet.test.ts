import { describe, expect, it } from 'vitest';
import { type Contacts, exploitedNews, heardDdm, heardWebhook, silenceOf } from '../../src/engine/alerting/judge-fleet.ts';
import { createAlerts } from '../../src/engine/alerts.ts';
import { createFleetWatch } from '../../src/engine/schedule/fleet-watch.ts';
import { hostCapabilities } from '../../src/hosts/capabilities.ts';
import { silentLogger } from '../../src/logger.ts';
import type { ReasonName } from '../../src/reasons/reasons.ts';
import type { Severities, ToldRelease } from '../../src/releases/severity.types.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { ConflictMark } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { commitOf, NOON } from '../store/builders.ts';

function toldRelease(version: string, changes: Partial<ToldRelease> = {}): ToldRelease {
  return {
    ...{ version, builds: [], cves: 5, exploited: 1, critical: 0, releaseDate: '2026-11-18' },
    ...{ firstToldAt: NOON, severeSince: NOON, isTold: true },
    ...changes,
  };
}

function told(...releases: ToldRelease[]): Severities {
  return { schema: 1, platforms: [{ platform: 'iOS', releases, goodAt: NOON }] };
}

describe('silence of the webhook', () => {
  /** Events by name at minutes after the start. */
  function contactsAfter(events: [minute: number, who: 'webhook' | 'ddm'][]): Contacts {
    return events.reduce<Contacts>(
      (contacts, [minute, who]) => (who === 'webhook' ? heardWebhook : heardDdm)(contacts, NOON + minute * MINUTE_MS),
      { startedAt: NOON },
    );
  }
  const silentAt = (minute: number, contacts: Contacts, { active = 1, postsDdm = true } = {}) =>
    silenceOf(contacts, postsDdm, active, NOON + minute * MINUTE_MS)?.sentence.slice(0, 20);

  it.each<[string, [number, 'webhook' | 'ddm'][], number, string | undefined]>([
    [
      'devices fetch declarations for an hour, and nothing is posted',
      [
        [0, 'ddm'],
        [30, 'ddm'],
      ],
      60,
      'Devices ask for thei',
    ],
    [
      'not within the hour',
      [
        [0, 'ddm'],
        [30, 'ddm'],
      ],
      59,
      undefined,
    ],
    [
      'one conversation whose webhook was lost',
      [
        [0, 'ddm'],
        [1, 'ddm'],
      ],
      600,
      undefined,
    ],
    [
      'its webhook came a moment before',
      [
        [0, 'webhook'],
        [1, 'ddm'],
        [2, 'ddm'],
      ],
      600,
      undefined,
    ],
    [
      'its webhook came after it',
      [
        [0, 'ddm'],
        [30, 'ddm'],
        [31, 'webhook'],
      ],
      90,
      undefined,
    ],
    [
      'it fell silent later',
      [
        [0, 'webhook'],
        [1, 'ddm'],
        [100, 'ddm'],
        [120, 'ddm'],
      ],
      161,
      'Devices ask for thei',
    ],
  ])('%s', (_what, events, minute, expected) => {
    expect(silentAt(minute, contactsAfter(events))).toBe(expected);
    // A server that does not post such requests is silent about them.
    expect(silentAt(minute, contactsAfter(events), { postsDdm: false })).toBeUndefined();
  });

  it.each([
    [50, 24 * 60 - 1, undefined],
    [50, 24 * 60, 'No event has come by'],
    [49, 24 * 60, undefined],
    [5, 72 * 60, 'No event has come by'],
    [4, 1_000 * 60, undefined],
  ])('a fleet with %i devices of the last week is silent after %i minutes: %s', (active, minute, expected) => {
    expect(silentAt(minute, { startedAt: NOON }, { active })).toBe(expected);
    expect(silentAt(minute + 60, contactsAfter([[60, 'webhook']]), { active })).toBe(expected);
  });
});

describe('exploited releases that are news', () => {
  const newsOf = (release: ToldRelease, now = NOON) => exploitedNews(told(release), now).flatMap(({ versions }) => versions);

  it.each<[string, Partial<ToldRelease>, number, boolean]>([
    ['of this week', {}, NOON, true],
    ['fixing nothing exploited', { exploited: 0, critical: 3 }, NOON, false],
    ['of last year, told with the first answer', { releaseDate: '2025-11-18' }, NOON, false],
    ['of no known date, told with the first answer', { releaseDate: undefined as never }, NOON, false],
    ['of last year, known to be exploited since today', { releaseDate: '2025-11-18', firstToldAt: NOON - DAY_MS }, NOON, true],
    ['fifteen days later', {}, NOON + 15 * DAY_MS, false],
    ['told of no more', { isTold: false }, NOON, false],
  ])('%s', (_what, changes, now, expected) => {
    expect(newsOf(toldRelease('26.6.2', changes), now)).toEqual(expected ? ['26.6.2'] : []);
  });

  it('are one for each platform, with all its releases', () => {
    expect(exploitedNews(told(toldRelease('26.6.2', { exploited: 2 }), toldRelease('18.7.9')), NOON)).toEqual([
      { platform: 'iOS', versions: ['26.6.2', '18.7.9'], exploited: 2 },
    ]);
    expect(exploitedNews(undefined, NOON)).toEqual([]);
  });
});

async function createSite() {
  let now = NOON;
  const clock = { now: () => now, at: () => undefined, cancel: () => undefined, turn: async () => undefined };
  const store = openSqliteStore({ file: ':memory:', clock });
  const standing: { clockSuspect: string | undefined; severities: Severities | undefined } = {
    clockSuspect: undefined,
    severities: undefined,
  };
  const alerts = createAlerts(store, clock, silentLogger);
  const start = () =>
    createFleetWatch({ store, standing: standing as never, host: { capabilities: hostCapabilities.nanomdm }, clock, alerts });
  let watch = start();
  const revisions = new Map<number, number>();
  return {
    standing,
    restart: () => {
      watch = start();
    },
    /** Devices of that reason in place of those before. */
    async fleet(count: number, reason: ReasonName, more: { isExposed?: boolean; platform?: string; conflicts?: ConflictMark[] } = {}) {
      const { isExposed, platform = 'iOS', conflicts } = more;
      for (let n = 0; n < count; n++) {
        const commit = commitOf(`D${n}`, { basedOn: revisions.get(n) ?? 0 });
        revisions.set(n, commit.basedOn + 1);
        const decision = { ...commit.decision, reason };
        const marks = conflicts ? { conflicts } : {};
        await store.commitReconciled([{ ...commit, decision, ...marks, summary: { ...commit.summary, isExposed, platform } }]);
      }
    },
    heard: () => watch.ofWebhook(() => undefined)(),
    asked: () => watch.ofDdm(() => undefined)(),
    detailOf: async (key: string) => (await store.listAlerts()).find((alert) => alert.key === key)?.detail,
    async raisedAt(ms: number) {
      now = NOON + ms;
      await watch.look();
      return (await store.listAlerts()).map(({ key, sentence }) => `${key}: ${sentence}`);
    },
  };
}

describe('alerts about the fleet', () => {
  it('are one for all devices past their date, with their number of now, and none when there are none', async () => {
    const site = await createSite();
    expect(await site.raisedAt(0)).toEqual([]);
    await site.fleet(3, 'overdue');
    expect(await site.raisedAt(9 * MINUTE_MS)).toEqual([]);
    expect(await site.raisedAt(10 * MINUTE_MS)).toEqual(['dates-missed: 3 devices were seen after their date and report no progress.']);
    await site.fleet(2, 'verified');
    expect(await site.raisedAt(20 * MINUTE_MS)).toEqual(['dates-missed: 1 device was seen after its date and reports no progress.']);
    await site.fleet(3, 'verified');
    expect(await site.raisedAt(30 * MINUTE_MS)).toEqual([]);
  });

  it('tell of Macs without bootstrap token', async () => {
    const site = await createSite();
    await site.fleet(2, 'bootstrap-token-suspected', { platform: 'macOS' });
    expect(await site.raisedAt(0)).toEqual([
      'bootstrap-token-suspected: 2 Macs were refused authorisation to install: their bootstrap token is probably not escrowed.',
    ]);
    await site.fleet(2, 'verified');
    expect(await site.raisedAt(HOUR_MS)).toEqual([]);
  });

  it('tell of devices that another server updates too, until there are none', async () => {
    const site = await createSite();
    await site.fleet(7, 'waiting-for-date', { conflicts: [{ kind: 'enforcement', whose: 'http://kmfddm:9002/' }] });
    expect(await site.raisedAt(0)).toEqual(['foreign-updates: 7 devices hold software-update declarations of http://kmfddm:9002/.']);
    expect(await site.detailOf('foreign-updates')).toEqual({ count: 7, devices: ['D0', 'D1', 'D2', 'D3', 'D4'] });
    await site.fleet(7, 'waiting-for-date', { conflicts: [{ kind: 'deferral' }] });
    expect(await site.raisedAt(HOUR_MS)).toEqual([]);
  });

  it('tell of a release that fixes something exploited while devices miss it; iPads count with iOS', async () => {
    const site = await createSite();
    site.standing.severities = told(toldRelease('26.6.2'));
    await site.fleet(2, 'waiting-for-date', { isExposed: true, platform: 'macOS' });
    expect(await site.raisedAt(0)).toEqual([]);
    await site.fleet(2, 'waiting-for-date', { isExposed: true, platform: 'iPadOS' });
    expect(await site.raisedAt(HOUR_MS)).toEqual([
      'exploited-release iOS 26.6.2: iOS 26.6.2 fixes a vulnerability that is known to be exploited; 2 devices miss such a fix.',
    ]);
    site.standing.severities = told(toldRelease('26.6.3'), toldRelease('26.6.2'));
    expect(await site.raisedAt(2 * HOUR_MS)).toEqual([
      'exploited-release iOS 26.6.3: iOS 26.6.3, 26.6.2 fix a vulnerability that is known to be exploited; 2 devices miss such a fix.',
    ]);
    await site.fleet(2, 'verified', { isExposed: false });
    expect(await site.raisedAt(3 * HOUR_MS)).toEqual([]);
  });

  it('tell of a silent webhook until it is heard, also over a restart', async () => {
    const site = await createSite();
    await site.fleet(1, 'waiting-for-date');
    site.asked();
    expect(await site.raisedAt(30 * MINUTE_MS)).toEqual([]);
    site.asked();
    expect(await site.raisedAt(HOUR_MS)).toEqual([expect.stringMatching(/^webhook-silent: Devices ask/)]);
    site.restart();
    expect(await site.raisedAt(2 * HOUR_MS)).toHaveLength(1);
    site.heard();
    expect(await site.raisedAt(3 * HOUR_MS)).toEqual([]);
  });

  it('tell of a silent webhook until it is heard, also when nobody was seen for a week by then', async () => {
    const site = await createSite();
    await site.fleet(50, 'waiting-for-date');
    site.heard();
    expect(await site.raisedAt(0)).toEqual([]);
    expect(await site.raisedAt(2 * DAY_MS)).toEqual([expect.stringMatching(/^webhook-silent: No event/)]);
    expect(await site.raisedAt(8 * DAY_MS)).toEqual([expect.stringMatching(/^webhook-silent: No event/)]);
    site.heard();
    expect(await site.raisedAt(8 * DAY_MS + HOUR_MS)).toEqual([]);
  });

  it('wait while the clock is in doubt, and forget what it showed', async () => {
    const site = await createSite();
    await site.fleet(50, 'waiting-for-date');
    expect(await site.raisedAt(0)).toEqual([]);
    site.standing.clockSuspect = 'set';
    expect(await site.raisedAt(2 * DAY_MS)).toEqual([]);
    site.standing.clockSuspect = undefined;
    expect(await site.raisedAt(2 * DAY_MS + MINUTE_MS)).toEqual([]);
    expect(await site.raisedAt(3 * DAY_MS + HOUR_MS)).toEqual([expect.stringMatching(/^webhook-silent: No event/)]);
  });
});

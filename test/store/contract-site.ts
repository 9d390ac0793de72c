import { describe, expect, it } from 'vitest';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import type { Catalogue } from '../../src/releases/catalogue.types.ts';
import type { Severities } from '../../src/releases/severity.types.ts';
import type { SiteRow } from '../../src/store/store.ts';
import { NOON } from './builders.ts';
import type { Bench } from './contract.ts';

const policies: PolicySet = {
  mode: 'enforce',
  timeZone: 'Europe/Berlin',
  noticeMs: 1,
  graceReturningMs: 2,
  graceNewEnrollmentMs: 3,
  hardStopMs: 4,
  dmAdopt: false,
  policies: [
    {
      name: 'everyone',
      match: {},
      target: { kind: 'latest' },
      due: { kind: 'days', days: 7, at: '18:00' },
      mode: 'enforce',
      paused: false,
    },
  ],
};

const catalogue: Catalogue = { schema: 1, releases: [], heldDigest: 'd', heldAt: NOON, lastCheckedAt: NOON, droppedEntries: 2 };

export function testSite(bench: Bench): void {
  describe('the site', () => {
    it('has a default for everything in a new store', async () => {
      expect(await bench.store.loadSite()).toStrictEqual({
        host: undefined,
        site: { dmReached: false },
        control: { held: undefined, state: 'running', pausedPolicies: [] },
        policies: undefined,
        feed: undefined,
        lastCommitAt: 0,
        dueBasis: undefined,
        clockDoubt: undefined,
        createdAt: 0,
        tagsRevision: 0,
        rolloutsRevision: 0,
      });
      expect(await bench.store.loadCatalogue()).toBeUndefined();
    });

    it('keeps each part by itself, across openings', async () => {
      const row: SiteRow = {
        host: 'nanomdm http://nano/v1/enqueue/',
        site: { dmReached: false, first: { enrollmentId: 'D1', since: NOON } },
        control: { state: 'paused', pausedPolicies: ['a'], held: 'restored' },
        policies: { hash: 'h', at: NOON, by: 'ratchet.yaml', set: policies },
        feed: { source: 'https://gdmf.apple.com/v2/pmv', etag: '"1"', askedAt: [NOON - 2, NOON - 1], notBefore: NOON },
        lastCommitAt: NOON,
        dueBasis: 'a/b/running/',
        clockDoubt: 'it was set by 540 min',
        createdAt: NOON - 1,
        tagsRevision: 3,
        rolloutsRevision: 0,
        ownersSecret: 'ab'.repeat(32),
      };
      for (const [key, value] of Object.entries(row)) await bench.store.saveSite({ [key]: value });
      expect(await bench.store.loadSite()).toStrictEqual(row);

      await bench.store.saveSite({ control: { state: 'running', pausedPolicies: [], held: undefined } });
      const changed = { ...row, control: { state: 'running', pausedPolicies: [], held: undefined } };
      expect(await bench.store.loadSite()).toStrictEqual(changed);
      if (bench.reopen) expect(await (await bench.reopen()).loadSite()).toStrictEqual(changed);
    });

    it('keeps what SOFA told, and how its feeds were asked', async () => {
      const severities: Severities = { schema: 1, platforms: [{ platform: 'iOS', releases: [], goodAt: NOON }] };
      const sofaFeeds = [{ source: 'https://sofa.example/ios_data_feed.json', etag: '"1"', askedAt: [NOON] }];
      expect(await bench.store.loadSeverities()).toBeUndefined();
      await bench.store.saveSeverities(severities);
      await bench.store.saveSite({ sofaFeeds });
      const store = bench.reopen ? await bench.reopen() : bench.store;
      expect([await store.loadSeverities(), (await store.loadSite()).sofaFeeds]).toStrictEqual([severities, sofaFeeds]);
    });

    it('keeps the catalogue, and when something was last written', async () => {
      await bench.store.saveCatalogue(catalogue);
      expect(await bench.store.loadCatalogue()).toStrictEqual(catalogue);
      await bench.store.saveSite({ lastCommitAt: NOON + 7 });
      expect((await bench.store.loadSite()).lastCommitAt).toBe(NOON + 7);

      // Asking whether it can be written is no commit: a stopped clock must not look alive by it.
      await bench.store.checkWritable(NOON + 8);
      expect((await bench.store.loadSite()).lastCommitAt).toBe(NOON + 7);
    });
  });

  describe('the journal', () => {
    it('keeps acts of people in order, newest first', async () => {
      const { store } = bench;
      const entry = (act: string) => ({ at: NOON, by: 'operator', act, detail: { note: 'exam “week”', list: [1] } });
      for (const act of ['pause', 'resume', 'stop']) await store.audit(entry(act));
      expect(await store.listAudit(2)).toStrictEqual([entry('stop'), entry('resume')]);
      if (bench.reopen) expect(await (await bench.reopen()).listAudit(10)).toHaveLength(3);
    });

    it('is read page by page, the newest first, whatever is written meanwhile', async () => {
      const { store } = bench;
      const entry = (act: string) => ({ at: NOON, by: 'operator', act, detail: {} });
      expect(await store.pageAudit(undefined, 2)).toStrictEqual({ entries: [] });
      for (const act of ['a', 'b', 'c']) await store.audit(entry(act));
      const first = await store.pageAudit(undefined, 2);
      expect(first.entries.map(({ act }) => act)).toEqual(['c', 'b']);
      await store.audit(entry('d'));
      const second = await store.pageAudit(first.next, 2);
      expect(second).toStrictEqual({ entries: [{ ...entry('a'), seq: expect.any(Number) }] });
      expect((await store.pageAudit(undefined, 4)).next).toBeUndefined();
      expect((await store.pageAudit(1, 4)).entries).toEqual([]);
    });

    it('raises an alert once until it is cleared', async () => {
      const { store } = bench;
      const alert = { key: 'dm-not-wired', at: NOON, sentence: 'A sentence.', detail: { enrollmentId: 'D1' } };
      expect(await store.raiseAlert(alert)).toBe(true);
      expect(await store.raiseAlert({ ...alert, at: NOON + 5, sentence: 'Another.', detail: { count: 2 } })).toBe(false);
      expect(await store.listAlerts()).toStrictEqual([{ ...alert, sentence: 'Another.', detail: { count: 2 } }]);
      expect(await store.raiseAlert({ ...alert, key: 'other', at: NOON + 1 })).toBe(true);
      expect((await store.listAlerts()).map(({ key, at }) => [key, at])).toEqual([
        ['other', NOON + 1],
        ['dm-not-wired', NOON],
      ]);
      expect(await store.clearAlert('dm-not-wired', NOON + 9)).toBe(true);
      expect(await store.clearAlert('dm-not-wired', NOON + 9)).toBe(false);
      expect(await store.listAlerts()).toStrictEqual([{ ...alert, key: 'other', at: NOON + 1 }]);
    });
  });
}

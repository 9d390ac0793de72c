import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { createOwnersPages, openOwnersPages } from '../../src/engine/owners-pages.ts';
import { toStored } from '../../src/engine/reconcile/reconcile-one.ts';
import { ownersUpdateOf } from '../../src/engine/show/owners-update.ts';
import type { Standing } from '../../src/engine/standing.ts';
import type { Severities } from '../../src/releases/severity.types.ts';
import type { SiteRow, Store } from '../../src/store/store.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { catalogue, enrollment, input, NOW, PHONE_FACTS, policySet, release, withPolicy } from '../decide/builders.ts';
import { createStory, type Story } from '../decide/story.ts';

/** What is made known of a device to whoever has the address of its owner's page. */

const PAGES = createOwnersPages('https://updates.example.com/', 'secret');

function updateOf(story: Story, name = PAGES.nameOf(story.state), changes: Partial<Standing> = {}) {
  const store = {
    findByOwnersPage: async () => story.state.id,
    loadForReconcile: async () => [{ state: story.state, decision: toStored(story.decision) }],
  } as unknown as Store;
  const standing = { ...story.standing, ownersPages: PAGES, ...changes };
  return ownersUpdateOf(store, standing, story.now, name ?? 'none');
}

function told(version: string, exploited: number): Severities {
  const release = { version, builds: [], cves: 3, exploited, critical: 0, firstToldAt: NOW, severeSince: NOW, isTold: true };
  return { schema: 1, platforms: [{ platform: 'iOS', releases: [release], goodAt: NOW }] };
}

describe('what the owner is told', () => {
  it('is the date in force, by the device’s own clock', async () => {
    expect(await updateOf(createStory())).toEqual({
      platform: 'iOS',
      productName: 'iPhone90,1',
      reason: 'awaiting-sync',
      version: '40.6',
      date: '2040-09-15T18:00:00',
      isInForce: true,
      isPast: false,
      localNow: '2040-09-10T10:00:00',
      isByCommand: false,
      fixesExploited: false,
    });
  });

  it('is no forecast: what is only watched has no date', async () => {
    const story = createStory({ policies: withPolicy({ mode: 'observe' }) });
    expect(story.decision.enforcement?.local).toBeDefined();
    expect(await updateOf(story)).toMatchObject({ reason: 'observe-only', date: undefined, isInForce: false });
  });

  it('is the date that the device may still have after it was taken back', async () => {
    const story = createStory();
    story.syncs(NOW + 1);
    story.control({ state: 'stopped' });
    expect(await updateOf(story)).toMatchObject({ reason: 'stopped', date: '2040-09-15T18:00:00', isInForce: false });
  });

  it('is the order of a device that is updated by commands', async () => {
    const facts = { ...PHONE_FACTS, osVersion: '16.7', buildVersion: '20H19', supplementalBuildVersion: '20H19' };
    const story = createStory({ enrollment: { facts }, catalogue: catalogue([release('16.7.9')]) });
    expect(await updateOf(story)).toMatchObject({ isByCommand: true, date: '2040-09-15T18:00:00', isInForce: true });
  });

  it('is the release it has got, without a date', async () => {
    const story = createStory();
    story.syncs(NOW + 1);
    story.tells({ osVersion: '40.6', buildVersion: '40G60' }, NOW + DAY_MS);
    expect(await updateOf(story)).toMatchObject({ reason: 'verified', version: '40.6', date: undefined });
  });

  it('where the zone is not known, is past only when it has passed everywhere', async () => {
    const story = createStory({ enrollment: { facts: { ...PHONE_FACTS, timeZone: undefined } } });
    story.syncs(NOW + 1);
    const { earliestAt = 0, latestAt = 0 } = story.handedOut() ?? {};
    story.now = earliestAt + 1;
    expect((await updateOf(story))?.isPast).toBe(false);
    story.now = latestAt;
    expect((await updateOf(story))?.isPast).toBe(true);
  });

  it.each([
    ['fixed by the release it is to get', '40.6', 1, true],
    ['not exploited', '40.6', 0, false],
    ['fixed by what it runs', '40.5', 1, false],
    ['fixed only later', '40.7', 1, false],
    ['fixed in another major version', '39.9', 1, false],
  ])('is that something is exploited, when it is: %s', async (_, version, exploited, expected) => {
    expect((await updateOf(createStory(), undefined, { severities: told(version, exploited) }))?.fixesExploited).toBe(expected);
  });
});

describe('nothing is told', () => {
  it('under another name, though the store finds it by that', async () => {
    expect(await updateOf(createStory(), 'another')).toBeUndefined();
  });

  it('of a device that left', async () => {
    const story = createStory();
    const name = PAGES.nameOf(story.state);
    story.hear({ kind: 'message', message: { kind: 'CheckOut' } }, NOW + 1);
    expect(await updateOf(story, name)).toBeUndefined();
  });
});

describe('the name of a page', () => {
  const state = enrollment();

  it('is the same for the same enrollment, and another for another device, enrollment or secret', () => {
    const names = [
      PAGES.nameOf(state),
      PAGES.nameOf({ ...state, id: 'D2' }),
      PAGES.nameOf({ ...state, generation: state.generation + 1 }),
      createOwnersPages('https://updates.example.com/', 'another').nameOf(state),
    ];
    expect(new Set(names).size).toBe(4);
    expect(createOwnersPages('https://moved.example.com/', 'secret').nameOf({ ...state, lastSeenAt: 0 })).toBe(names[0]);
    expect(PAGES.addressOf(state)).toBe(`https://updates.example.com/u/${names[0]}`);
    expect(decide(input({ policies: policySet(), ownersPage: PAGES.addressOf(state) ?? '' })).enforcement?.detailsUrl).toContain(names[0]);
  });

  it('is made with a secret that is made once', async () => {
    let site: Partial<SiteRow> = {};
    let made = 0;
    const store = {
      loadSite: async () => site as SiteRow,
      saveSite: async (changes: Partial<SiteRow>) => {
        site = { ...site, ...changes };
      },
    };
    const ids = { secret: () => `secret ${++made}` };
    expect(await openOwnersPages(store, ids, undefined)).toBeUndefined();
    expect(site).toEqual({});
    const [first, second] = [await openOwnersPages(store, ids, 'https://a/'), await openOwnersPages(store, ids, 'https://a/')];
    expect([site.ownersSecret, made]).toEqual(['secret 1', 1]);
    expect(first?.nameOf(state)).toBe(second?.nameOf(state));
  });
});

import { describe, expect, it } from 'vitest';
import { enforcementIdentifier } from '../../src/ddm/declarations.ts';
import { decide } from '../../src/decide/decide.ts';
import { createOwnersPages, type OwnersPages } from '../../src/engine/owners-pages.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { catalogue, fact, input, local, NOW, RELEASES, REQUIRED, release, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** The page behind a date's DetailsURL: new dates have it, and it never is the reason for another declaration. */

const PAGES = createOwnersPages('https://updates.example.com/', 'secret');
const MOVED = createOwnersPages('https://elsewhere.example.com/it/', 'secret');
const DATE = '2040-09-15T18:00:00';
const NAMED = 'https://it.example.com/named';

function storyWith(ownersPages: OwnersPages | undefined, policies = withPolicy({})): Story {
  return createStory({ policies, ownersPages });
}

const page = (story: Story, pages = PAGES) => pages.addressOf(story.state);

describe('a new date', () => {
  it('has the page of its device, in the declaration too', () => {
    const story = storyWith(PAGES);
    expect(story.handedOut()).toMatchObject({ local: DATE, detailsUrl: page(story), isOwnersPage: true });
    const body = story.decision.declarations.find(({ Type }) => Type.endsWith('enforcement.specific'));
    expect(body?.Payload).toEqual({ TargetOSVersion: '40.6', TargetLocalDateTime: DATE, DetailsURL: page(story) });
  });

  it('has what its policy names, where that names one', () => {
    const { detailsUrl, isOwnersPage } = storyWith(PAGES, withPolicy({ detailsUrl: NAMED })).handedOut() ?? {};
    expect([detailsUrl, isOwnersPage]).toEqual([NAMED, undefined]);
  });

  it('of the next release has it, after a date that had none', () => {
    const story = storyWith(undefined);
    story.syncs(NOW + HOUR_MS);
    story.standing.ownersPages = PAGES;
    story.tells({ osVersion: '40.6', buildVersion: '40G60' }, NOW + DAY_MS);
    story.catalogue(catalogue([release('40.7', { firstSeenAt: NOW + DAY_MS }), ...RELEASES]));
    expect(story.handedOut()).toMatchObject({ version: '40.7', detailsUrl: page(story) });
  });
});

/** What becomes of the setting while a date stands. */
const CHANGES: [string, OwnersPages | undefined, OwnersPages | undefined][] = [
  ['set', undefined, PAGES],
  ['taken out', PAGES, undefined],
  ['changed', PAGES, MOVED],
];
const MOMENTS: [string, number][] = [
  ['at once', NOW + 2 * HOUR_MS],
  ['while the date has its notice', local('2040-09-14T17:59:00')],
  ['when its notice is gone', local('2040-09-14T18:01:00')],
  ['minutes before it', local(DATE) - 5 * MINUTE_MS],
];

describe.each(CHANGES)('publicUrl that is %s', (_, before, after) => {
  it.each(MOMENTS)('changes nothing of a fetched date: %s', (_when, at) => {
    const story = storyWith(before);
    story.syncs(NOW + HOUR_MS);
    story.hear({ kind: 'ddm-contact' }, at);
    const { manifest, sent } = story;
    const [enforcement, commands] = [story.handedOut(), sent.length];
    story.standing.ownersPages = after;
    for (let hour = 0; hour <= 24 && story.now < local(DATE); hour += 1) {
      story.hear({ kind: 'ddm-contact' }, Math.min(at + hour * HOUR_MS, local(DATE) - MINUTE_MS));
      expect(story.manifest?.token).toBe(manifest?.token);
      expect(story.handedOut()).toEqual(enforcement);
      if (story.now === local(DATE) - MINUTE_MS) break;
    }
    expect(sent.slice(commands).filter((type) => type === 'DeclarativeManagement')).toEqual([]);
  });

  it('changes nothing of a date that was not fetched yet', () => {
    const story = storyWith(before);
    const [token, enforcement] = [story.manifest?.token, story.handedOut()];
    story.standing.ownersPages = after;
    story.at(NOW + 2 * DAY_MS);
    expect(story.handedOut()).toEqual(enforcement);
    expect(story.manifest?.token).toBe(token);
    // The device finds what it was told of.
    expect(story.syncs(NOW + 2 * DAY_MS + HOUR_MS)).toEqual([]);
    expect(story.decision.holds).toBe(DATE);
  });

  it('moves no line, and no date of a device that is switched off in between', () => {
    const story = storyWith(before);
    story.syncs(NOW + HOUR_MS);
    const lines = story.lines;
    story.standing.ownersPages = after;
    story.at(local(DATE) - HOUR_MS);
    expect(story.handedOut()?.local).toBe(DATE);
    expect(story.lines).toEqual(lines);
  });

  it('asks a device no second time', () => {
    const story = storyWith(before);
    story.syncs(NOW + HOUR_MS);
    story.answers(NOW + HOUR_MS);
    const commands = story.sent.length;
    story.standing.ownersPages = after;
    for (let hour = 2; hour < 24; hour += 1) story.at(NOW + hour * HOUR_MS);
    expect(story.sent.slice(commands).filter((type) => type === 'DeclarativeManagement')).toEqual([]);
  });
});

describe.each(CHANGES)('a fetched date that stands for another reason, after publicUrl was %s', (_, before, after) => {
  it('keeps its page: another policy wants the same by the same date', () => {
    const due = { kind: 'date', at: DATE } as const;
    const story = storyWith(before, withPolicy({ due }));
    story.syncs(NOW + HOUR_MS);
    const { token } = story.manifest ?? {};
    const { identifier } = story.handedOut() ?? {};
    story.standing.ownersPages = after;
    story.at(local('2040-09-14T16:30:00'));
    story.policies(withPolicy({ due, name: 'all' }));
    expect(story.handedOut()).toMatchObject({ policy: 'all', local: DATE, identifier });
    expect(story.manifest?.token).toBe(token);
    // Else it would meet another declaration without its notice, and get a later date.
    expect(story.syncs(local('2040-09-14T20:00:00'))).toEqual([]);
    expect(story.handedOut()?.local).toBe(DATE);
  });
});

describe('an edit of the policy’s detailsUrl beside our page', () => {
  it.each([
    ['one is named', undefined, NAMED],
    ['it is taken out', NAMED, undefined],
  ])('counts as before when %s: while the date has its notice, with the date kept', (_, before, after) => {
    const details = (detailsUrl: string | undefined) => withPolicy(detailsUrl === undefined ? {} : { detailsUrl });
    const story = storyWith(PAGES, details(before));
    story.syncs(NOW + HOUR_MS);
    story.policies(details(after));
    expect(story.handedOut()).toMatchObject({ local: DATE, detailsUrl: after ?? page(story) });
    expect(story.handedOut()?.isOwnersPage).toBe(after === undefined ? true : undefined);
  });

  it('does not count when the notice is gone', () => {
    const story = storyWith(PAGES);
    story.syncs(NOW + HOUR_MS);
    story.hear({ kind: 'ddm-contact' }, local('2040-09-14T18:01:00'));
    const { identifier } = story.handedOut() ?? {};
    story.policies(withPolicy({ detailsUrl: NAMED }));
    expect(story.handedOut()).toMatchObject({ identifier, local: DATE });
  });
});

describe('a device that enrolls anew', () => {
  it('has another page, also behind a date that stands', () => {
    const story = storyWith(PAGES);
    story.syncs(NOW + HOUR_MS);
    const before = page(story);
    story.hear({ kind: 'message', message: { kind: 'Authenticate' } }, NOW + 2 * HOUR_MS);
    story.hear({ kind: 'message', message: { kind: 'TokenUpdate' } }, NOW + 2 * HOUR_MS + 1);
    story.tells({ productName: 'iPhone90,1', osVersion: '40.5', isSupervised: true, timeZone: 'Europe/Berlin' });
    expect(page(story)).not.toBe(before);
    expect(story.handedOut()).toMatchObject({ detailsUrl: page(story), isOwnersPage: true });
  });

  it.each([
    ['of another enrollment is replaced', 'https://updates.example.com/u/new', 'https://updates.example.com/u/new'],
    ['at another address stays', 'https://elsewhere.example.com/u/old', 'https://updates.example.com/u/old'],
    ['that is wanted no more stays', undefined, 'https://updates.example.com/u/old'],
  ])('has, all heard at once, its date with the page of its own: one %s', (_, ownersPage, expected) => {
    const first = decide(input({ ownersPage: 'https://updates.example.com/u/old' }));
    const { memory, manifest, ledgerLines: lines } = first;
    const next = decide(input({ memory, manifest, lines, ...(ownersPage === undefined ? {} : { ownersPage }) }));
    expect(next.enforcement).toMatchObject({ local: first.enforcement?.local, detailsUrl: expected, isOwnersPage: true });
    expect(next.enforcement?.identifier === first.enforcement?.identifier).toBe(expected.endsWith('old'));
  });

  it('after a restore is recognized by its page', () => {
    const restored = { at: NOW - 6 * HOUR_MS, backupAt: NOW - 5 * DAY_MS };
    const ownersPage = 'https://updates.example.com/u/name';
    const date = '2040-09-12T18:00:00';
    const identifier = enforcementIdentifier({ TargetOSVersion: '40.6', TargetLocalDateTime: date, DetailsURL: ownersPage });
    const status = { identifier, serverToken: 't', active: true, valid: 'valid', reasons: [] };
    const { enforcement } = decide(
      input({
        memory: { ...REQUIRED, invitedAt: NOW - 90 * DAY_MS },
        control: { state: 'running', pausedPolicies: [], held: undefined, restored },
        enrollment: { fullReportAt: NOW - HOUR_MS, declarations: { [identifier]: fact(status, NOW - HOUR_MS, 'status-report') } },
        ownersPage,
      }),
    );
    expect(enforcement).toMatchObject({ identifier, local: date, detailsUrl: ownersPage, isOwnersPage: true });
  });
});

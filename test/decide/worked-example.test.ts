import { describe, expect, it } from 'vitest';
import { newMemory } from '../../src/decide/input.ts';
import type { PolicyDue } from '../../src/policy/policy.types.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { textOf } from '../tidy/files.ts';
import { catalogue, type EnrollmentOptions, PHONE_FACTS, release, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** The worked example of docs/policies.md, run. The page must say the same dates. */

const page = textOf('docs/policies.md');
/** Monday 2026-11-23, 18:05 in Berlin. */
const SEEN = Date.parse('2026-11-23T17:05:00Z');
const OFFERED = catalogue([
  release('40.6', { firstSeenAt: SEEN, expirationDate: '2027-02-20' }),
  release('40.5', { firstSeenAt: SEEN - 60 * DAY_MS, expirationDate: '2027-02-20' }),
]);
const FORTNIGHT: PolicyDue = { kind: 'days', days: 14, at: '18:00' };

interface Scene {
  due?: PolicyDue;
  enrolledAt?: number;
  facts?: EnrollmentOptions['facts'];
  at?: number;
}

function scene({ due = FORTNIGHT, enrolledAt, facts = PHONE_FACTS, at = SEEN }: Scene = {}): Story {
  const began = enrolledAt ?? SEEN - 100 * DAY_MS;
  const lastSeenAt = at - 10 * MINUTE_MS;
  return createStory({
    at,
    policies: withPolicy({ due }),
    catalogue: OFFERED,
    enrollment: {
      facts,
      factsAt: Math.max(began, at - HOUR_MS),
      lastSeenAt: Math.max(began, lastSeenAt),
      generation: began,
      tokenUpdateAt: began,
      enrolledAt: began,
      firstSeenAt: began,
    },
    memory: enrolledAt === undefined ? { lastSeenAt, requiredBy: { policy: 'everyone', wants: 'latest', since: began } } : newMemory(),
  });
}

/** The enforced date, which must stand on the page as "Saturday 2026-12-12 18:00". */
function dateOf(story: Story): string {
  const local = story.decision.enforcement?.local ?? '';
  const weekday = new Date(`${local}Z`).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
  const text = `${weekday} ${local.slice(0, 10)} ${local.slice(11, 16)}`;
  expect(page).toContain(text);
  return text;
}

const utc = (text: string): number => Date.parse(`${text}:00Z`);

describe('the worked example of docs/policies.md', () => {
  it('the ledger: fourteen days after the release was first seen', () => {
    expect(dateOf(scene())).toBe('Monday 2026-12-07 18:00');
  });

  it('notice: who has not fetched the date by then gets a later one', () => {
    const story = scene();
    story.at(utc('2026-12-06T20:00'));
    expect(dateOf(story)).toBe('Tuesday 2026-12-08 18:00');
    expect(story.decision.enforcement?.adjustments.map(({ by }) => by)).toEqual(['notice']);
  });

  it('returning: away past its date, then 48 hours from its return; at most 7 days from the first return', () => {
    const story = scene();
    story.answers(SEEN + MINUTE_MS);
    story.syncs(SEEN + 2 * MINUTE_MS);
    story.hear({ kind: 'ddm-contact' }, utc('2026-12-01T08:00'));
    story.at(utc('2026-12-07T19:00'));
    expect([story.decision.reason, story.handedOut()]).toEqual(['not-seen', undefined]);
    story.syncs(utc('2026-12-10T08:30'));
    expect(dateOf(story)).toBe('Saturday 2026-12-12 18:00');
    story.at(utc('2026-12-12T19:00'));
    expect(story.handedOut()).toBeUndefined();
    story.syncs(utc('2026-12-16T08:30'));
    expect(dateOf(story)).toBe('Thursday 2026-12-17 18:00');
    story.at(utc('2026-12-17T19:00'));
    expect(story.handedOut()?.local).toBe('2026-12-17T18:00:00');
  });

  it('a new device: fourteen days of its own, or 72 hours where the policy names one date', () => {
    const enrolledAt = utc('2026-12-06T11:00');
    expect(dateOf(scene({ enrolledAt, at: enrolledAt }))).toBe('Sunday 2026-12-20 18:00');
    expect(dateOf(scene({ enrolledAt, at: enrolledAt, due: { kind: 'date', at: '2026-12-07T18:00:00' } }))).toBe(
      'Wednesday 2026-12-09 18:00',
    );
  });

  it('a zone that is not told: 14 hours more', () => {
    const due: PolicyDue = { kind: 'days', days: 1, at: '08:00' };
    expect(dateOf(scene({ due }))).toBe('Wednesday 2026-11-25 08:00');
    expect(dateOf(scene({ due, facts: { ...PHONE_FACTS, timeZone: undefined } }))).toBe('Thursday 2026-11-26 08:00');
  });
});

import { describe, expect, it } from 'vitest';
import {
  blackoutAhead,
  blackoutHeldInto,
  isBlackoutNear,
  nextBlackoutChange,
  nextOpening,
  openingNow,
} from '../../src/decide/blackouts.ts';
import { decide } from '../../src/decide/decide.ts';
import { toBlackout } from '../../src/policy/calendar-keys.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { input, local, NOW, PHONE_FACTS, policy, policySet, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** Rule 16: no date falls in a blackout, and none that is overdue is left on a device when one begins. */

const exams = toBlackout({ name: 'exams', from: '2040-09-15', to: '2040-09-21' });
const BEGINS = local('2040-09-15T00:00:00');
const ENDS = local('2040-09-22T00:00:00');

function holding(story: Story): Story {
  story.answers(NOW + HOUR_MS);
  story.syncs();
  return story;
}

describe('a date', () => {
  it('that would fall in a blackout comes after it, and its line says when it was due', () => {
    const { decision } = createStory({ policies: withPolicy({}, { blackouts: [exams] }) });
    expect(decision.enforcement).toMatchObject({
      local: '2040-09-22T18:00:00',
      ledgerLocal: '2040-09-15T18:00:00',
      adjustments: [{ by: 'blackout' }],
    });
  });

  it('of a policy’s own blackout, too', () => {
    expect(createStory({ policies: withPolicy({ blackouts: [exams] }) }).decision.enforcement?.local).toBe('2040-09-22T18:00:00');
  });

  it('before and after it stays', () => {
    const later = toBlackout({ from: '2040-09-16', to: '2040-09-21' });
    expect(createStory({ policies: withPolicy({}, { blackouts: [later] }) }).decision.enforcement).toMatchObject({
      local: '2040-09-15T18:00:00',
      adjustments: [],
    });
  });

  it('made while one is on comes on the same day after it, whether or not the zone of the device is known', () => {
    const { timeZone: _told, ...facts } = PHONE_FACTS;
    const within = { now: BEGINS + 2 * DAY_MS };
    const policies = withPolicy({}, { blackouts: [exams] });
    const decided = [PHONE_FACTS, facts].map((known) => decide(input({ policies, ...within, enrollment: { facts: known } })));
    expect(decided.map(({ enforcement }) => enforcement?.local)).toEqual(['2040-09-22T18:00:00', '2040-09-22T18:00:00']);
  });

  it('that was fetched is another one when a blackout is written over it', () => {
    const story = holding(createStory({ policies: withPolicy({}) }));
    expect(story.decision.enforcement?.local).toBe('2040-09-15T18:00:00');
    story.at(NOW + 2 * HOUR_MS);
    story.policies(withPolicy({}, { blackouts: [exams] }));
    expect(story.decision.enforcement?.local).toBe('2040-09-22T18:00:00');
  });

  it('that has passed is taken back a day before a blackout, and comes after it', () => {
    const late = toBlackout({ from: '2040-09-18', to: '2040-09-21' });
    const story = holding(createStory({ policies: withPolicy({}, { blackouts: [late] }) }));
    const DATE = local('2040-09-15T18:00:00');
    const LEAD = local('2040-09-17T00:00:00');
    story.hear({ kind: 'ddm-contact' }, DATE + 1);
    story.at(LEAD - 1);
    expect(story.decision.enforcement?.local).toBe('2040-09-15T18:00:00');
    expect(story.decision.recheckAt).toBeLessThanOrEqual(LEAD + 60_000);
    story.at(LEAD);
    expect(story.decision.enforcement).toMatchObject({
      local: '2040-09-22T18:00:00',
      adjustments: expect.arrayContaining([expect.objectContaining({ by: 'blackout' })]),
    });
    story.syncs();
    // After it nothing changes any more: it has had its notice.
    const after = local('2040-09-22T08:00:00');
    story.hear({ kind: 'ddm-contact' }, after);
    story.at(after);
    expect(story.decision.enforcement?.local).toBe('2040-09-22T18:00:00');
  });

  it('that has passed is taken back while nothing new may be handed out', () => {
    const late = toBlackout({ from: '2040-09-18', to: '2040-09-21' });
    const story = holding(createStory({ policies: withPolicy({}, { blackouts: [late] }) }));
    story.hear({ kind: 'ddm-contact' }, local('2040-09-15T18:00:00') + 1);
    story.policies(withPolicy({ paused: true }, { blackouts: [late] }));
    const LEAD = local('2040-09-17T00:00:00');
    story.at(LEAD - 1);
    expect([story.decision.reason, story.decision.isHandedOut]).toEqual(['paused', true]);
    story.at(LEAD);
    expect([story.decision.reason, story.decision.isHandedOut]).toEqual(['paused', false]);
  });

  it('after it stays when its day has begun somewhere and the blackout is on elsewhere', () => {
    const { timeZone: _told, ...facts } = PHONE_FACTS;
    const dawn = withPolicy({ due: { kind: 'days', days: 14, at: '00:00' } }, { blackouts: [exams] });
    const story = holding(createStory({ policies: dawn, enrollment: { facts } }));
    expect(story.decision.enforcement?.local).toBe('2040-09-22T00:00:00');
    // Midnight of the 22nd on the line of dates, to midnight 26 hours further west.
    for (const hours of [-14, -1, 0, 11]) {
      const at = Date.parse('2040-09-22T00:00:00Z') + hours * HOUR_MS + 1;
      story.hear({ kind: 'ddm-contact' }, at);
      story.at(at);
      expect([hours, story.decision.enforcement?.local]).toEqual([hours, '2040-09-22T00:00:00']);
    }
  });

  it('with a longer lead is taken back sooner', () => {
    const late = toBlackout({ from: '2040-09-18', to: '2040-09-21' });
    const story = holding(createStory({ policies: withPolicy({}, { blackouts: [late], blackoutLeadMs: 2 * DAY_MS }) }));
    const at = local('2040-09-16T00:00:00');
    story.hear({ kind: 'ddm-contact' }, at);
    story.at(at);
    expect(story.decision.enforcement?.local).toBe('2040-09-22T18:00:00');
  });
});

describe('a device that holds a date', () => {
  it('and does not learn that it was taken back is known to, until it syncs', () => {
    const late = toBlackout({ name: 'late', from: '2040-09-18', to: '2040-09-21' });
    const story = holding(createStory({ policies: withPolicy({}, { blackouts: [late] }) }));
    const LEAD = local('2040-09-17T00:00:00');
    expect(story.at(LEAD - HOUR_MS).holdsInto).toBeUndefined();
    expect(story.at(LEAD)).toMatchObject({
      holds: '2040-09-15T18:00:00',
      holdsInto: { name: 'late', beginsAt: local('2040-09-18T00:00:00'), endsAt: ENDS },
    });
    story.hear({ kind: 'ddm-contact' }, LEAD + HOUR_MS);
    expect(story.at(LEAD + HOUR_MS).holdsInto).toBeDefined();
    story.syncs();
    expect(story.at(LEAD + HOUR_MS)).not.toHaveProperty('holdsInto');
  });

  it.each([
    ['that lies in it', '2040-09-16T18:00:00', true],
    ['that has passed', '2040-09-13T18:00:00', true],
    ['that comes before it begins', '2040-09-14T18:00:00', false],
    ['that comes after it', '2040-09-22T00:00:00', false],
    ['that lies in a later one, which is not near', '2040-11-02T18:00:00', false],
  ])('%s may install in it', (_, holds, expected) => {
    const later = toBlackout({ from: '2040-11-01', to: '2040-11-03' });
    const situation = {
      ...{ input: { policies: policySet({ blackouts: [exams, later] }) }, policy: policy() },
      ...{ now: BEGINS - DAY_MS, zone: 'Europe/Berlin', zoneAssumed: false },
    };
    expect(blackoutHeldInto(situation, holds) !== undefined).toBe(expected);
  });

  it.each([
    ['before its lead anywhere', Date.parse('2040-09-15T00:00:00Z') - DAY_MS - 14 * HOUR_MS - 1, false],
    ['in its lead somewhere', Date.parse('2040-09-15T00:00:00Z') - DAY_MS - 14 * HOUR_MS, true],
    ['while it lasts somewhere', Date.parse('2040-09-22T00:00:00Z') + 12 * HOUR_MS - 1, true],
    ['after it', Date.parse('2040-09-22T00:00:00Z') + 12 * HOUR_MS, false],
  ])('need not be looked for but near a blackout: %s', (_, now, expected) => {
    expect(isBlackoutNear(policySet({ blackouts: [exams] }), now)).toBe(expected);
    expect(isBlackoutNear(withPolicy({ blackouts: [exams] }), now)).toBe(expected);
  });
});

describe('on the clock of a device', () => {
  const set = policySet({ blackouts: [exams] });
  const clock = (now: number, changes = {}) => ({
    input: { policies: set },
    policy: policy(),
    now,
    zone: 'Europe/Berlin',
    zoneAssumed: false,
    ...changes,
  });

  it.each([
    ['a day before it', BEGINS - DAY_MS, true],
    ['a millisecond sooner', BEGINS - DAY_MS - 1, false],
    ['in it', BEGINS + DAY_MS, true],
    ['to its end', ENDS - 1, true],
    ['not after it', ENDS, false],
  ])('a blackout is on or near %s', (_, now, expected) => {
    expect(blackoutAhead(clock(now)) !== undefined).toBe(expected);
  });

  it('that does not tell its zone, from the earliest to the latest', () => {
    const unknown = { zoneAssumed: true };
    const earliest = Date.parse('2040-09-15T00:00:00Z') - 14 * HOUR_MS;
    const latest = Date.parse('2040-09-22T00:00:00Z') + 12 * HOUR_MS;
    expect(blackoutAhead(clock(earliest, unknown))).toMatchObject({ beginsAt: earliest, endsAt: latest });
    expect(blackoutAhead(clock(latest - 1, unknown))).toBeDefined();
    expect(blackoutAhead(clock(latest, unknown))).toBeUndefined();
  });

  it.each([
    ['first its lead', NOW, BEGINS - DAY_MS],
    ['then its beginning', BEGINS - DAY_MS, BEGINS],
    ['then its end', BEGINS, ENDS],
    ['then nothing', ENDS, undefined],
  ])('%s changes something', (_, now, expected) => {
    expect(nextBlackoutChange(clock(now))).toBe(expected);
  });

  it('no window is open in it, and one before it closes when it begins', () => {
    const night = { policy: policy({ windows: [{ days: ['fri', 'sat'], from: '22:00', to: '06:00', zone: 'device' }] }) };
    expect(openingNow(clock(BEGINS - HOUR_MS, night))).toEqual({ opensAt: BEGINS - 2 * HOUR_MS, closesAt: BEGINS });
    expect(openingNow(clock(BEGINS, night))).toBeUndefined();
    // Friday night of the last day: it is over at midnight, and the window goes on.
    expect(nextOpening(clock(BEGINS - HOUR_MS, night))).toBe(ENDS);
    expect(openingNow(clock(ENDS, night))).toMatchObject({ closesAt: ENDS + 6 * HOUR_MS });
    expect(nextOpening(clock(ENDS, night))).toBe(local('2040-09-22T22:00:00'));
  });

  it('a year of blackouts has no next opening within it', () => {
    const year = policySet({ blackouts: [toBlackout({ from: '2040-09-01', to: '2041-08-31' })] });
    expect(nextOpening({ ...clock(NOW), input: { policies: year } })).toBe(local('2041-09-01T01:00:00'));
  });
});

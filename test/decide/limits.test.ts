import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { Memory } from '../../src/decide/input.ts';
import { createLoad } from '../../src/engine/load.ts';
import { limitsFor } from '../../src/policy/limits.ts';
import type { Limits, PolicySet } from '../../src/policy/policy.types.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { rollout } from '../rollout/builders.ts';
import { DEVICE, type InputOptions, input, NOW, PHONE_FACTS, policy, policySet, REQUIRED } from './builders.ts';
import { createStory } from './story.ts';

/** Rule 22. The device would be due on Saturday, 2040-09-15 at 18:00. It is Monday. */

const TODAY = '2040-09-10';
const SATURDAY = '2040-09-15';

/** So many others are new today, and have their dates on Saturday; of these so many are tills. */
function others(count: number, tills = 0, newOn = TODAY) {
  const counted = { date: SATURDAY, newOn };
  return createLoad(
    Array.from({ length: count }, (_, n) => [
      `other-${n}`,
      { reason: 'waiting-for-date', counted: n < tills ? { ...counted, tags: ['till'] } : counted },
    ]),
  );
}
const limited = (limits: Limits, changes: Partial<PolicySet> = {}) => policySet({ limits, ...changes });
const decided = (limits: Limits, count: number, changes: InputOptions = {}) =>
  decide(input({ policies: limited(limits), load: others(count), ...changes }));
const MANY: Limits = { newPerDay: 1_000, restartsPerDate: 1_000 };

describe('defaults', () => {
  it.each([
    [0, 50],
    [509, 50],
    [510, 51],
    [10_000, 1_000],
  ])('of a fleet of %i: %i', (fleet, count) => {
    expect(limitsFor({}, fleet)).toEqual({ newPerDay: count, restartsPerDate: count, perTag: {} });
  });
});

describe('newPerDay', () => {
  it.each<[string, Limits, number, InputOptions, boolean]>([
    ['below it', { ...MANY, newPerDay: 5 }, 4, {}, true],
    ['at it', { ...MANY, newPerDay: 5 }, 5, {}, false],
    ['by default', {}, 50, {}, false],
    ['had its turn before', { ...MANY, newPerDay: 5 }, 5, { memory: turn(NOW - DAY_MS) }, true],
    ['had it in an enrollment before', { ...MANY, newPerDay: 5 }, 5, { memory: turn(NOW - 101 * DAY_MS) }, false],
    ['of a release that is expedited', { ...MANY, newPerDay: 5 }, 5, { rollouts: expedited() }, true],
    ['where nothing is counted', { ...MANY, newPerDay: 5 }, 5, { load: undefined as never }, true],
  ])('%s', (_, limits, count, changes, isHandedOut) => {
    const decision = decided(limits, count, changes);
    expect(decision.isHandedOut).toBe(isHandedOut);
    if (!isHandedOut) expect(decision).toMatchObject({ reason: 'daily-limit', evidence: { day: TODAY } });
  });

  it('who waits is looked at early on the next day, at its place', () => {
    const midnight = Date.parse('2040-09-10T22:00:00Z');
    const { recheckAt, counted } = decided({ ...MANY, newPerDay: 5 }, 5);
    expect([recheckAt >= midnight, recheckAt < midnight + HOUR_MS, counted]).toEqual([true, true, undefined]);
  });

  it('the day it was handed out stays with it until it got there', () => {
    const told = createStory({ policies: limited(MANY) });
    expect(told.memory.turn).toEqual({ since: NOW, day: TODAY });
    told.at(NOW + DAY_MS);
    expect([told.memory.turn?.day, told.decision.counted]).toEqual([TODAY, { date: SATURDAY, newOn: TODAY }]);
    told.tells({ osVersion: '40.6', buildVersion: '40G60' }, NOW + 2 * DAY_MS);
    expect([told.memory.turn, told.decision.counted]).toEqual([undefined, undefined]);
  });

  it('who gets there on the same day counts for that day, also after a restart, and is new on the next', () => {
    const told = createStory({ policies: limited(MANY) });
    told.tells({ osVersion: '40.6', buildVersion: '40G60' }, NOW + HOUR_MS);
    expect([told.decision.reason, told.memory.turn, told.decision.counted]).toEqual([
      'verified',
      { since: NOW, day: TODAY, isOver: true },
      { newOn: TODAY },
    ]);
    expect(createLoad([[DEVICE, told.decision]]).newOn(TODAY)).toBe(1);
    const next = { ...MANY, newPerDay: 5 };
    const over = { memory: told.memory, enrollment: { facts: { ...PHONE_FACTS, osVersion: '40.5' } } };
    expect(decided(next, 5, { ...over, now: NOW + 2 * HOUR_MS }).isHandedOut).toBe(true);
    const tomorrow = { ...over, now: NOW + DAY_MS, load: others(5, 0, '2040-09-11') };
    expect(decided(next, 5, tomorrow).reason).toBe('daily-limit');
  });

  it('and ends when nothing is enforced any more', () => {
    const told = createStory({ policies: limited(MANY) });
    told.policies(limited(MANY, { mode: 'observe' }));
    // For that day it counts all the same, also after a restart.
    expect([told.memory.turn?.isOver, told.decision.counted]).toEqual([true, { newOn: TODAY }]);
    told.at(NOW + DAY_MS);
    expect([told.memory.turn, told.decision.counted]).toEqual([undefined, undefined]);
  });
});

describe('restartsPerDate', () => {
  it.each<[string, Limits, number, string | undefined, object]>([
    ['below it', { ...MANY, restartsPerDate: 5 }, 4, '2040-09-15T18:00:00', {}],
    ['at it: the next day', { ...MANY, restartsPerDate: 5 }, 5, '2040-09-16T18:00:00', {}],
    ['by default', { newPerDay: 1_000 }, 50, '2040-09-16T18:00:00', {}],
    [
      'on the next day that weekdays and blackouts allow',
      { ...MANY, restartsPerDate: 5 },
      5,
      '2040-09-20T18:00:00',
      {
        policies: limited(
          { ...MANY, restartsPerDate: 5 },
          {
            blackouts: [{ from: '2040-09-16T00:00:00', until: '2040-09-20T00:00:00' }],
            policies: [policy({ due: { kind: 'days', days: 7, at: '18:00', weekdays: ['sat', 'tue', 'thu'] } })],
          },
        ),
      },
    ],
  ])('%s', (_, limits, count, local, changes) => {
    const { enforcement, deadline } = decided(limits, count, changes);
    expect([enforcement?.local, deadline?.dueLocal]).toEqual([local, '2040-09-15T18:00:00']);
    expect(enforcement?.adjustments.map(({ by }) => by)).toEqual(local === deadline?.dueLocal ? [] : ['limit']);
  });

  it('a date that was given stays, however many others come to it', () => {
    const policies = limited({ ...MANY, restartsPerDate: 5 });
    const told = createStory({ policies });
    told.standing.load = others(4);
    told.at(NOW + 1);
    told.standing.load = others(500);
    expect(told.at(NOW + HOUR_MS).enforcement?.local).toBe('2040-09-15T18:00:00');
  });

  it('a date made anew keeps its day, however many others came to it', () => {
    const policies = limited({ ...MANY, restartsPerDate: 5 });
    const told = createStory({ policies });
    told.standing.load = others(4);
    told.at(NOW + 1);
    told.standing.load = others(500);
    told.policies({ ...policies, policies: [policy({ detailsUrl: 'https://it.example.com/updates' })] });
    expect(told.decision.enforcement).toMatchObject({ local: '2040-09-15T18:00:00', detailsUrl: 'https://it.example.com/updates' });
  });

  it('does not count the device itself', () => {
    const load = others(4);
    load.note(DEVICE, { reason: 'waiting-for-date', counted: { date: SATURDAY, newOn: TODAY } });
    expect(decide(input({ policies: limited({ ...MANY, restartsPerDate: 5 }), load })).enforcement?.local).toBe('2040-09-15T18:00:00');
  });

  it('does not hold up what is expedited', () => {
    const decision = decided({ ...MANY, restartsPerDate: 1 }, 5, { rollouts: expedited('2040-09-15T12:00:00') });
    expect(decision.enforcement?.local).toBe('2040-09-15T12:00:00');
  });
});

describe('perTag', () => {
  it.each<[string, string[], number, string]>([
    ['as many of its tag have that date', ['till'], 2, '2040-09-16T18:00:00'],
    ['fewer have', ['till'], 1, '2040-09-15T18:00:00'],
    ['it has another tag', ['kiosk'], 2, '2040-09-15T18:00:00'],
  ])('%s', (_, tags, tills, local) => {
    const policies = limited({ ...MANY, perTag: { till: 2 } });
    const decision = decide(input({ policies, tags, load: others(10, tills) }));
    expect(decision.enforcement?.local).toBe(local);
    expect(decision.counted?.tags).toEqual(tags.includes('till') ? ['till'] : undefined);
  });
});

function turn(since: number): Memory {
  return { ...REQUIRED, turn: { since, day: TODAY } };
}

function expedited(due = '2040-09-11T12:00:00') {
  const each = rollout({ openings: [], expedite: { due, at: NOW, by: 'jane' } });
  return new Map([[each.policy, new Map([[each.release, each]])]]);
}

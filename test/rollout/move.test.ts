import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ring } from '../../src/policy/policy.types.ts';
import { changeRollout, ROLLOUT_ACTS } from '../../src/rollout/acts.ts';
import { moveRollout, newRollout, openCount, openingOf } from '../../src/rollout/move.ts';
import type { RingHealth, Rollout } from '../../src/rollout/rollout.types.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { NOW } from '../decide/builders.ts';
import { HALT, health, RINGS, ring, rollout } from './builders.ts';

/** Names of open rings, or the state, `at` later than now, with that health of the canary. */
function moved(ms: number, canary: Partial<RingHealth> | undefined, rings: readonly Ring[] = RINGS, before: Rollout = rollout()) {
  const byRing = new Map(canary ? [['canary', health(canary)]] : []);
  const { rollout: moved, waitsFor } = moveRollout(before, rings, HALT, byRing, NOW + ms);
  return {
    open: moved.openings.map((opening) => opening.ring),
    state: moved.state,
    because: moved.because ?? moved.openings.at(-1)?.because,
    waitsFor,
  };
}

const FIRST = { policy: 'everyone', release: 'iOS 40.6', version: '40.6', clockStartAt: NOW };

describe('the first ring', () => {
  it('opens with the rollout', () => {
    const { rollout: moved } = moveRollout(newRollout(FIRST, {}, NOW), RINGS, HALT, new Map(), NOW);
    expect(moved.openings).toEqual([{ ring: 'canary', at: NOW, because: 'it is the first' }]);
  });

  it('waits for its after, counted from where the dates of the release count from', () => {
    const rings = [ring('canary', { afterMs: 2 * DAY_MS }), ring('everyone')];
    const begun = newRollout({ ...FIRST, clockStartAt: NOW - DAY_MS }, {}, NOW);
    expect(moveRollout(begun, rings, HALT, new Map(), NOW)).toMatchObject({ rollout: { openings: [] }, recheckAt: NOW + DAY_MS });
    expect(moveRollout(begun, rings, HALT, new Map(), NOW + DAY_MS).rollout.openings).toHaveLength(1);
  });
});

describe('the next ring opens', () => {
  const eager = [ring('canary'), ring('everyone')];
  it.each<[string, number, Partial<RingHealth> | undefined, readonly Ring[], boolean]>([
    ['when enough of those that got it run it', 0, { verified: 3 }, eager, true],
    ['not before it has soaked', -HOUR_MS, { verified: 3 }, eager, false],
    ['not before its after, counted from the opening of the ring before', 0, { verified: 3 }, RINGS, false],
    ['then', DAY_MS, { verified: 3 }, RINGS, true],
    ['not while too few run it', 0, { verified: 2, delivered: 1 }, eager, false],
    ['whatever those do who need a person', 0, { verified: 2, excused: 7 }, eager, true],
    ['whatever those do who have not fetched it yet', 0, { verified: 2, waiting: 7 }, eager, true],
    ['not while nobody runs it', 30 * DAY_MS, { waiting: 3 }, eager, false],
    ['not while one is stuck', 0, { verified: 3, stuck: 1 }, eager, false],
    [
      'not while fewer run it than the minimum',
      0,
      { verified: 3, waiting: 5 },
      [ring('canary', { promote: { minimum: 5 } }), ring('everyone')],
      false,
    ],
    [
      'with all of a ring smaller than the minimum',
      0,
      { verified: 3 },
      [ring('canary', { promote: { minimum: 5 } }), ring('everyone')],
      true,
    ],
    ['when nobody in it can take it', 0, { excused: 2 }, eager, true],
    ['when nobody is in it', 0, undefined, eager, true],
    [
      'not at once when nobody is known to be in it',
      -47 * HOUR_MS,
      undefined,
      [ring('canary', { promote: { soakMs: 0 } }), ring('everyone')],
      false,
    ],
    [
      'at the latest after so long',
      0,
      { verified: 1, delivered: 9 },
      [ring('canary', { promote: { atLatestMs: 2 * DAY_MS } }), ring('everyone')],
      true,
    ],
    [
      'not even then when half of those that got it failed, however few they are',
      0,
      { failed: 1, failedSince: 1, verified: 1 },
      [ring('canary', { who: { kind: 'percent', percent: 5 }, promote: { atLatestMs: 2 * DAY_MS } }), ring('everyone')],
      false,
    ],
    [
      'then, when fewer of a few failed',
      0,
      { failed: 1, failedSince: 1, verified: 1, delivered: 1 },
      [ring('canary', { who: { kind: 'percent', percent: 5 }, promote: { atLatestMs: 2 * DAY_MS } }), ring('everyone')],
      true,
    ],
    [
      'then, when a person has seen the failures and resumed',
      0,
      { failed: 4, failedSince: 0, delivered: 1 },
      [ring('canary', { promote: { atLatestMs: 2 * DAY_MS } }), ring('everyone')],
      true,
    ],
    [
      'by no number where a person is to approve it',
      30 * DAY_MS,
      { verified: 3 },
      [ring('canary', { promote: { by: 'person' } }), ring('everyone')],
      false,
    ],
  ])('%s', (_, ms, canary, rings, expected) => {
    expect(moved(ms, canary, rings).open.length > 1).toBe(expected);
  });

  it('one after the other, the next of which counts from then', () => {
    const rings = [...eager.slice(0, 1), ring('pilot'), ring('everyone')];
    const moved = moveRollout(rollout(), rings, HALT, new Map([['canary', health({ verified: 3 })]]), NOW);
    expect(moved.rollout.openings.map(({ ring: name }) => name)).toEqual(['canary', 'pilot']);
    expect(moved.waitsFor).toBe('pilot to have been open long enough');
    expect(moved.recheckAt).toBe(NOW + 2 * DAY_MS);
  });

  it('by approval of the ring before, once', () => {
    const rings = [ring('canary', { promote: { by: 'person' } }), ring('pilot', { promote: { by: 'person' } }), ring('everyone')];
    const approved = changeRollout(rollout(), rings, 'approve', { by: 'ada', now: NOW });
    if (!approved.ok) throw new Error(approved.message);
    expect(moved(0, { delivered: 3 }, rings, approved.rollout)).toMatchObject({
      open: ['canary', 'pilot'],
      because: 'a person approved it',
    });
  });
});

describe('a rollout is halted', () => {
  it.each<[string, Partial<RingHealth>, string | undefined]>([
    ['by failures', { failed: 1, verified: 9 }, '1 of 10 devices failed to install it'],
    ['not by fewer', { failed: 1, verified: 24 }, undefined],
    ['not while too few got it', { failed: 3, verified: 6 }, undefined],
    ['not by those who have not fetched it', { failed: 3, verified: 6, waiting: 90, excused: 90 }, undefined],
    ['not by those a person has seen', { failed: 3, failedSince: 0, verified: 9 }, undefined],
  ])('%s', (_, canary, expected) => {
    const { state, because } = moved(0, canary, [ring('canary'), ring('everyone')]);
    expect([state, state === 'halted' ? because : undefined]).toEqual(
      expected === undefined ? ['running', undefined] : ['halted', expected],
    );
  });

  const canaryOf = (count: number, ...more: Ring[]) => [ring('canary', { who: { kind: 'devices', count } }), ...more, ring('everyone')];
  it.each<[string, Partial<RingHealth>, readonly Ring[], 'halted' | 'running']>([
    ['by a canary smaller than `of` that fails', { failed: 5 }, canaryOf(5), 'halted'],
    ['by one of it that fails, once all got it', { failed: 1, verified: 4 }, canaryOf(5), 'halted'],
    ['not before all got it', { failed: 4, waiting: 1 }, canaryOf(5), 'running'],
    ['by all of a fleet smaller than the canary', { failed: 3, excused: 4 }, canaryOf(5), 'halted'],
    ['not by a canary larger than `of` before so many got it', { failed: 9, waiting: 20 }, canaryOf(30), 'running'],
    ['not by few of a percentage', { failed: 5 }, [ring('canary', { who: { kind: 'percent', percent: 1 } }), ring('everyone')], 'running'],
  ])('%s', (_, canary, rings, expected) => {
    expect(moved(0, canary, rings).state).toBe(expected);
  });

  it('not by few once a ring is open whose size is not known', () => {
    const rings = canaryOf(3, ring('pilot', { who: { kind: 'percent', percent: 10 } }));
    const open = rollout({ openings: ['canary', 'pilot'].map((name) => ({ ring: name, at: NOW - 2 * DAY_MS, because: 'x' })) });
    expect(moved(0, { failed: 1, verified: 2 }, rings, open).state).toBe('running');
    expect(moved(0, { failed: 1, verified: 2 }, rings).state).toBe('halted');
  });

  it('from ten devices on where the policy does not say', () => {
    const byRing = (more: Partial<RingHealth>) => new Map([['canary', health({ failed: 1, ...more })]]);
    const eager = [ring('canary'), ring('everyone')];
    expect(moveRollout(rollout(), eager, { failedPercent: 5 }, byRing({ verified: 8 }), NOW).rollout.state).toBe('running');
    expect(moveRollout(rollout(), eager, { failedPercent: 5 }, byRing({ verified: 9 }), NOW).rollout.state).toBe('halted');
  });

  it('by those that make no progress, where the policy says so', () => {
    const stuck = new Map([['canary', health({ stuck: 2, verified: 8 })]]);
    expect(moveRollout(rollout(), RINGS, { ...HALT, stuckPercent: 20 }, stuck, NOW).rollout).toMatchObject({
      state: 'halted',
      because: '2 of 10 devices make no progress',
    });
    expect(moveRollout(rollout(), RINGS, HALT, stuck, NOW).rollout.state).toBe('running');
  });

  it('over all rings, before any opens', () => {
    const byRing = new Map([
      ['canary', health({ verified: 3 })],
      ['pilot', health({ failed: 1, verified: 6 })],
    ]);
    expect(moveRollout(rollout(), [ring('canary'), ring('everyone')], HALT, byRing, NOW).rollout).toMatchObject({
      state: 'halted',
      openings: [{ ring: 'canary' }],
    });
  });
});

describe('rings that were edited since', () => {
  it('one put in before an open one is open with it', () => {
    const rings = [ring('first'), ring('canary'), ring('everyone')];
    expect(openCount(rollout(), rings)).toBe(2);
    expect(openingOf(rollout(), rings, 0)?.at).toBe(NOW - 2 * DAY_MS);
    expect(openingOf(rollout(), rings, 2)).toBeUndefined();
  });
});

describe('a person', () => {
  it.each([
    ['pause', 'running', 'paused'],
    ['pause', 'halted', undefined],
    ['halt', 'paused', 'halted'],
    ['halt', 'skipped', undefined],
    ['resume', 'halted', 'running'],
    ['resume', 'skipped', 'running'],
    ['skip', 'running', 'skipped'],
    ['approve', 'halted', undefined],
  ] as const)('%s of one that is %s makes it %s', (act, state, expected) => {
    const change = changeRollout(rollout({ state, because: 'before' }), RINGS, act, { by: 'ada', because: 'exams', now: NOW });
    expect(change.ok ? change.rollout.state : undefined).toBe(expected);
    if (change.ok) expect(change.rollout).toMatchObject({ changedBy: 'ada', because: 'exams', changedAt: NOW });
  });

  it('who resumes after a halt has seen the failures of before', () => {
    const change = changeRollout(rollout({ state: 'halted' }), RINGS, 'resume', { by: 'ada', now: NOW });
    expect(change).toMatchObject({ rollout: { failuresSince: NOW } });
  });

  it('approves the ring that was looked at, and not the one behind it', () => {
    const approve = (ring: string) => changeRollout(rollout(), RINGS, 'approve', { by: 'ada', ring, now: NOW });
    const [, second, third] = RINGS.map(({ name }) => name);
    expect(approve(second ?? '')).toMatchObject({ ok: true, rollout: { approved: [RINGS[0]?.name] } });
    for (const other of [RINGS[0]?.name ?? '', third ?? 'nobody'])
      expect(approve(other)).toEqual({ ok: false, message: `The ring that opens next is ${second}, not ${other}.` });
  });

  it('approves nothing when all is open, or nothing', () => {
    const all = rollout({ openings: RINGS.map(({ name }) => ({ ring: name, at: NOW, because: '' })) });
    expect(changeRollout(all, RINGS, 'approve', { by: 'ada', now: NOW })).toMatchObject({ ok: false });
    expect(changeRollout(rollout({ openings: [] }), RINGS, 'approve', { by: 'ada', now: NOW })).toMatchObject({ ok: false });
  });
});

const anyHealth = fc.record({
  waiting: fc.nat(30),
  delivered: fc.nat(30),
  stuck: fc.nat(5),
  verified: fc.nat(30),
  failed: fc.nat(3),
  excused: fc.nat(5),
  failedSince: fc.nat(3),
});

/** Looks and acts in any order: openings are only ever added, in the order of the rings, and nothing moves that is not running. */
it('whatever happens, rings only open, in their order, and one that is halted, paused or skipped opens none', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('look' as const), ms: fc.nat(3 * DAY_MS), canary: anyHealth, pilot: anyHealth }),
    fc.record({ kind: fc.constant('act' as const), act: fc.constantFrom(...ROLLOUT_ACTS) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      let now = NOW;
      let current = newRollout(FIRST, {}, now);
      for (const each of steps) {
        const before = current;
        if (each.kind === 'act') {
          const change = changeRollout(current, RINGS, each.act, { by: 'ada', now });
          if (change.ok) current = change.rollout;
          expect(current.openings).toEqual(before.openings);
          continue;
        }
        now += each.ms;
        current = moveRollout(
          current,
          RINGS,
          HALT,
          new Map([
            ['canary', each.canary],
            ['pilot', each.pilot],
          ]),
          now,
        ).rollout;
        expect(current.openings.slice(0, before.openings.length)).toEqual(before.openings);
        expect(current.openings.map(({ ring: name }) => name)).toEqual(RINGS.slice(0, current.openings.length).map(({ name }) => name));
        if (before.state !== 'running' || current.state !== 'running') expect(current.openings).toEqual(before.openings);
      }
    }),
  );
});

describe('a rollout that stands still', () => {
  const at = (ms: number, canary: Partial<RingHealth>, promote: Partial<Ring['promote']> = {}) => {
    const rings = [ring('canary', { promote }), ring('everyone')];
    const { stillSince, recheckAt } = moveRollout(rollout(), rings, HALT, new Map([['canary', health(canary)]]), NOW + ms);
    return {
      stillSince: stillSince === undefined ? undefined : stillSince - NOW,
      recheckAt: recheckAt === undefined ? undefined : recheckAt - NOW,
    };
  };
  it.each<[string, number, Partial<RingHealth>, Partial<Ring['promote']>, boolean]>([
    ['not while it soaks', -HOUR_MS, { verified: 1, delivered: 1 }, {}, false],
    ['for want of success', 30 * DAY_MS, { verified: 1, delivered: 1 }, {}, true],
    ['for want of devices that run it', 30 * DAY_MS, { waiting: 3 }, {}, true],
    ['for want of a person', 30 * DAY_MS, { verified: 3 }, { by: 'person' }, true],
    ['not with a latest time', DAY_MS, { waiting: 3 }, { atLatestMs: 10 * DAY_MS }, false],
  ])('%s', (_, ms, canary, promote, isStill) => {
    const { stillSince, recheckAt } = at(ms, canary, promote);
    expect(stillSince !== undefined).toBe(isStill);
    // Either time opens it, or somebody is told.
    expect(recheckAt === undefined).toBe(isStill);
  });
});

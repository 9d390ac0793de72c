import { describe, expect, it } from 'vitest';
import { expedite, undoExpedite } from '../../src/rollout/expedite.ts';
import type { Rollout } from '../../src/rollout/rollout.types.ts';
import { HOUR_MS } from '../../src/time/local.ts';
import { NOW } from '../decide/builders.ts';
import { RINGS, rollout } from './builders.ts';

const DUE = '2040-09-11T18:00:00';
const GIVEN = { due: DUE, by: 'jane', because: 'exploited', now: NOW };

function done(change: ReturnType<typeof expedite>): Rollout {
  if (!change.ok) throw new Error(change.message);
  return change.rollout;
}

describe('expedite', () => {
  it.each<[string, string[] | undefined, string[]]>([
    ['all', undefined, ['canary', 'pilot', 'everyone']],
    ['the named one and those before it', ['pilot'], ['canary', 'pilot']],
    ['what is open stays as it was', ['canary'], ['canary']],
  ])('opens rings: %s', (_, rings, open) => {
    const before = rollout();
    const after = done(expedite(before, RINGS, { ...GIVEN, rings }));
    expect(after.openings.map(({ ring }) => ring)).toEqual(open);
    expect(after.openings[0]).toEqual(before.openings[0]);
    expect(after.openings.slice(1).every(({ at, because }) => at === NOW && because === 'jane expedited it')).toBe(true);
  });

  it('said again may mean more rings and a nearer date', () => {
    const first = done(expedite(rollout(), RINGS, { ...GIVEN, rings: ['canary'] }));
    const second = done(expedite(first, RINGS, { ...GIVEN, due: '2040-09-11T12:00:00', rings: ['pilot'], now: NOW + HOUR_MS }));
    expect(second.expedite).toMatchObject({ due: '2040-09-11T12:00:00', rings: ['canary', 'pilot'], at: NOW + HOUR_MS });
    expect(done(expedite(second, RINGS, { ...GIVEN, due: '2040-09-11T12:00:00' })).expedite).not.toHaveProperty('rings');
  });

  it.each<[string, Rollout, object, RegExp]>([
    ['a halted one', rollout({ state: 'halted' }), {}, /It is halted; ratchet rollout resume/],
    ['a ring there is not', rollout(), { rings: ['pilots'] }, /no ring "pilots". There are: canary, pilot, everyone/],
    ['a later date than it has', done(expedite(rollout(), RINGS, GIVEN)), { due: '2040-09-12T18:00:00' }, /only gets nearer/],
  ])('refuses %s', (_, before, changes, message) => {
    expect(expedite(before, RINGS, { ...GIVEN, ...changes })).toEqual({ ok: false, message: expect.stringMatching(message) });
  });

  it('a policy without rings has none to name', () => {
    expect(expedite(rollout(), [], { ...GIVEN, rings: ['pilot'] })).toMatchObject({ message: expect.stringMatching(/no rings at all/) });
    expect(done(expedite(rollout({ openings: [] }), [], GIVEN))).toMatchObject({ openings: [], expedite: { due: DUE } });
  });

  it('taken back leaves rings open', () => {
    const after = done(undoExpedite(done(expedite(rollout(), RINGS, GIVEN))));
    expect(after).not.toHaveProperty('expedite');
    expect(after.openings).toHaveLength(3);
    expect(undoExpedite(after)).toEqual({ ok: false, message: 'It is not expedited.' });
  });
});

import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import type { Expedite, Rollout } from '../../src/rollout/rollout.types.ts';
import { DAY_MS, HOUR_MS, instantOf } from '../../src/time/local.ts';
import { HALT, ring, rollout } from '../rollout/builders.ts';
import { catalogue, type InputOptions, input, line, NOW, policy, policySet, RELEASES, release } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** Rule 23. Monday 10:00 in Berlin; 40.6 was first seen on Saturday at 10:00 and is due a week later, on Saturday at 18:00. */

const PLAIN = '2040-09-15T18:00:00';
const RINGS = [ring('canary', { who: { kind: 'percent', percent: 0.0001 } }), ring('everyone')];

function expedited(changes: Partial<Expedite> = {}, more: Partial<Rollout> = {}): Rollout {
  return rollout({ openings: [], expedite: { due: '2040-09-11T12:00:00', at: NOW, by: 'jane', ...changes }, ...more });
}

const standingOf = (each: Rollout) => new Map([[each.policy, new Map([[each.release, each]])]]);
const decided = (each: Rollout, changes: InputOptions = {}) => decide(input({ rollouts: standingOf(each), ...changes }));

describe('the line of an expedited release', () => {
  it.each<[string, Partial<Expedite>, string, string]>([
    ['is by the given time, on any hour', { due: '2040-09-11T12:30:00' }, '2040-09-11T12:30:00', 'by 2040-09-11T12:30 (expedited)'],
    [
      'may be as near as four hours, and one to fetch it in',
      { due: '2040-09-10T15:00:00' },
      '2040-09-10T15:00:00',
      'by 2040-09-10T15:00 (expedited)',
    ],
    [
      'nearer: it is at the next hour of the policy',
      { due: '2040-09-10T14:59:00' },
      '2040-09-10T18:00:00',
      'by 2040-09-10T14:59 (expedited)',
    ],
    [
      'or of the expedite, whichever comes first',
      { due: '2040-09-10T09:00:00', at: NOW + 8 * HOUR_MS },
      '2040-09-11T09:00:00',
      'by 2040-09-10T09:00 (expedited)',
    ],
    ['never gets later by it', { due: '2040-09-20T12:00:00' }, PLAIN, '7 days at 18:00'],
  ])('%s', (_, changes, due, spec) => {
    const { deadline, enforcement, isHandedOut } = decided(expedited(changes));
    expect(deadline).toMatchObject({ dueLocal: due, dueSpec: spec });
    expect([enforcement?.local, isHandedOut]).toEqual([due, true]);
  });

  it('never gets later by it where another line was computed in another zone: the clock of the device decides', () => {
    // Before the device told that it is in Berlin; as moments these are the other way round.
    const assumed = { zone: 'Pacific/Auckland', zoneAssumed: true, writtenAt: NOW - HOUR_MS, clockStartAt: NOW - 9 * DAY_MS };
    const own = line({ dueLocal: '2040-09-20T18:00:00', dueAt: instantOf('2040-09-20T18:00:00', 'Pacific/Auckland'), ...assumed });
    const older = line({
      release: 'iOS 40.5.1',
      version: '40.5.1',
      dueLocal: '2040-09-11T09:00:00',
      dueAt: Date.parse('2040-09-11T07:00:00Z'),
    });
    const { deadline, enforcement } = decided(expedited(), { lines: [own, older] });
    expect(deadline).toMatchObject({ release: 'iOS 40.5.1', dueLocal: '2040-09-11T09:00:00' });
    expect(enforcement?.local).toBe('2040-09-11T09:00:00');
  });

  it('is not moved to the days the policy allows, and never into a blackout', () => {
    const due = { kind: 'days' as const, days: 7, at: '18:00', weekdays: ['fri' as const] };
    const fridays = policySet({ policies: [policy({ due })] });
    expect(decided(expedited(), { policies: fridays }).enforcement?.local).toBe('2040-09-11T12:00:00');
    const closed = policySet({ blackouts: [{ from: '2040-09-11T00:00:00', until: '2040-09-12T00:00:00' }] });
    expect(decided(expedited(), { policies: closed }).enforcement?.local).toBe('2040-09-12T12:00:00');
  });

  it.each<[string, Partial<PolicySet>, Partial<Rollout>, object]>([
    ['of a policy that only observes', { mode: 'observe' }, {}, { reason: 'observe-only', isHandedOut: false }],
    ['whose rollout is halted', {}, { state: 'halted' }, { reason: 'rollout-halted', isHandedOut: false }],
    ['whose rollout is paused', {}, { state: 'paused' }, { reason: 'rollout-paused', isHandedOut: false }],
    ['that is skipped', {}, { state: 'skipped' }, { reason: 'verified', isHandedOut: false }],
  ])('brings nothing to a device %s', (_, set, more, expected) => {
    expect(decided(expedited({}, more), { policies: policySet(set) })).toMatchObject(expected);
  });

  it('hastens whoever is asked for a newer one and misses it too', () => {
    const releases = [release('40.7', { firstSeenAt: NOW - HOUR_MS }), ...RELEASES];
    const decision = decided(expedited({ due: '2040-09-10T16:00:00' }), { catalogue: catalogue(releases) });
    expect(decision).toMatchObject({ target: { release: 'iOS 40.7' }, deadline: { release: 'iOS 40.6', dueLocal: '2040-09-10T16:00:00' } });
    // Not the expedited release: its notice is that of the policies.
    expect(decision.enforcement?.local).toBe('2040-09-11T18:00:00');
  });
});

describe('rings', () => {
  const withRings = policySet({ policies: [policy({ rings: RINGS, halt: HALT })] });
  it.each<[string, string[] | undefined, boolean]>([
    ['all', undefined, true],
    ['its own', ['everyone'], true],
    ['one before its own', ['canary'], false],
  ])('open for the device: %s', (_, rings, isOpen) => {
    const decision = decided(expedited(rings === undefined ? {} : { rings }), { policies: withRings });
    expect([decision.isHandedOut, decision.enforcement?.local]).toEqual(isOpen ? [true, '2040-09-11T12:00:00'] : [false, undefined]);
  });

  it('that opened without it keep the dates and the notice of the policy', () => {
    const openings = RINGS.map(({ name }) => ({ ring: name, at: NOW - 30 * DAY_MS, because: '' }));
    const decision = decided(expedited({ rings: ['canary'] }, { openings }), { policies: withRings });
    expect(decision.enforcement).toMatchObject({ local: PLAIN });
    expect(decision.enforcement).not.toHaveProperty('isExpedited');
  });
});

describe('over time', () => {
  function fetched(): Story {
    const told = createStory();
    told.at(NOW);
    told.answers();
    told.syncs();
    expect(told.handedOut()?.local).toBe(PLAIN);
    return told;
  }
  const set = (told: Story, each: Rollout, revision = 1) => told.standing.setRollouts([each], revision);

  it('a date that was fetched is replaced, and fetched with four hours of notice', () => {
    const told = fetched();
    set(told, expedited({ due: '2040-09-10T16:00:00' }));
    expect(told.at(NOW + HOUR_MS / 2)).toMatchObject({ isHandedOut: true, enforcement: { local: '2040-09-10T16:00:00' } });
    expect(told.syncs(NOW + HOUR_MS)).toEqual([]);
    expect(told.decision.holds).toBe('2040-09-10T16:00:00');
  });

  it('with less than four hours it is not fetched: it is at the next hour then', () => {
    const told = fetched();
    set(told, expedited({ due: '2040-09-10T16:00:00' }));
    told.at(NOW);
    expect(told.syncs(NOW + 2 * HOUR_MS + 1)).toEqual([]);
    expect(told.decision).toMatchObject({ holds: '2040-09-10T18:00:00', deadline: { dueLocal: '2040-09-10T16:00:00' } });
  });

  it('who learns of it too late gets the next hour that leaves the notice, and no later date than it has', () => {
    const told = fetched();
    set(told, expedited({ due: '2040-09-15T16:00:00' }));
    told.hear({ kind: 'ddm-contact' }, NOW + 4 * DAY_MS);
    expect(told.handedOut()?.local).toBe('2040-09-15T16:00:00');
    const late = fetched();
    late.hear({ kind: 'ddm-contact' }, Date.parse('2040-09-15T10:00:00Z'));
    set(late, expedited({ due: '2040-09-15T16:00:00' }));
    expect(late.at(Date.parse('2040-09-15T12:30:00Z'))).toMatchObject({
      deadline: { dueLocal: '2040-09-15T16:00:00' },
      enforcement: { local: PLAIN, ledgerLocal: '2040-09-15T16:00:00' },
    });
  });

  it('taken back, the date is that of the policy again', () => {
    const told = fetched();
    set(told, expedited());
    told.at(NOW + HOUR_MS);
    expect(told.lines).toMatchObject([{ dueLocal: '2040-09-11T12:00:00' }]);
    const { expedite: _undone, ...plain } = expedited();
    set(told, plain, 2);
    expect(told.at(NOW + 2 * HOUR_MS)).toMatchObject({ deadline: { dueLocal: PLAIN }, enforcement: { local: PLAIN } });
    expect(told.handedOut()).not.toHaveProperty('isExpedited');
  });

  it('a date taken back before anybody fetched it may be fetched with the notice its release has now', () => {
    const told = createStory();
    told.at(NOW);
    told.answers();
    const formerIn = () =>
      told.manifest?.former.flatMap(({ fetchable, enforcement: date }) => (date ? [[fetchable, date.local, date.isExpedited]] : []));
    set(told, expedited());
    told.at(NOW + HOUR_MS);
    expect(formerIn()).toEqual([[true, PLAIN, true]]);
    const { expedite: _undone, ...plain } = expedited();
    set(told, plain, 2);
    told.at(NOW + 2 * HOUR_MS);
    // The policy's date is listed again; the expedited one is former now, and no sooner to be had than any other.
    expect(told.handedOut()?.local).toBe(PLAIN);
    expect(formerIn()).toEqual([[true, '2040-09-11T12:00:00', undefined]]);
    set(told, { ...plain, state: 'halted' }, 3);
    told.at(NOW + 3 * HOUR_MS);
    expect(formerIn()).toEqual([
      [false, PLAIN, undefined],
      [false, '2040-09-11T12:00:00', undefined],
    ]);
  });

  it('a date taken back before anybody fetched it, on a day the policy does not allow, is refused', () => {
    const told = createStory({
      policies: policySet({ policies: [policy({ due: { kind: 'days', days: 7, at: '18:00', weekdays: ['sat'] } })] }),
    });
    told.at(NOW);
    told.answers();
    const formerIn = () => told.manifest?.former.flatMap(({ fetchable, enforcement: date }) => (date ? [[date.local, fetchable]] : []));
    set(told, expedited());
    told.at(NOW + HOUR_MS);
    expect(told.handedOut()?.local).toBe('2040-09-11T12:00:00');
    const { expedite: _undone, ...plain } = expedited();
    set(told, plain, 2);
    told.at(NOW + 2 * HOUR_MS);
    expect(told.handedOut()?.local).toBe(PLAIN);
    expect(formerIn()).toEqual([['2040-09-11T12:00:00', false]]);
  });

  it('said again later in the day, the line stands', () => {
    const told = fetched();
    set(told, expedited({ due: '2040-09-10T16:00:00' }));
    told.at(NOW);
    set(told, expedited({ due: '2040-09-10T16:00:00', at: NOW + 3 * HOUR_MS }), 2);
    told.at(NOW + 3 * HOUR_MS);
    expect(told.lines).toMatchObject([{ dueLocal: '2040-09-10T16:00:00' }]);
  });

  it('a pause in between moves no line', () => {
    const told = fetched();
    set(told, expedited());
    told.at(NOW);
    told.syncs(NOW + HOUR_MS);
    set(told, expedited({}, { state: 'paused' }), 2);
    expect(told.at(NOW + 2 * HOUR_MS)).toMatchObject({ reason: 'rollout-paused', isHandedOut: true });
    expect(told.handedOut()?.local).toBe('2040-09-11T12:00:00');
  });

  it.each<[string, string, string]>([
    ['prepared', 'prepared', 'iOS 40.7'],
    ['installing', 'installing', 'iOS 40.6'],
  ])('rule 9: it replaces a target that is %s', (_, state, expected) => {
    const told = fetched();
    told.hear({ kind: 'status-report', report: { fullReport: false, installState: state } as never });
    told.catalogue(catalogue([release('40.7', { firstSeenAt: NOW }), ...RELEASES]));
    expect(told.decision.target?.release).toBe('iOS 40.6');
    set(told, expedited({}, { release: 'iOS 40.7', version: '40.7' }));
    expect(told.at(NOW + HOUR_MS).target?.release).toBe(expected);
  });
});

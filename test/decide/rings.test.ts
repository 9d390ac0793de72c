import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { DecideInput } from '../../src/decide/input.ts';
import type { Policy } from '../../src/policy/policy.types.ts';
import type { Rollout } from '../../src/rollout/rollout.types.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { HALT, ring, rollout } from '../rollout/builders.ts';
import { catalogue, type InputOptions, input, NOW, PHONE_FACTS, policy, policySet, release } from './builders.ts';
import { createStory } from './story.ts';

/** The device is in the ring "everyone", after a canary; 40.6 was seen two days ago. */
const RINGS = [ring('canary', { who: { kind: 'percent', percent: 0.0001 } }), ring('everyone')];
const BOTH = [
  { ring: 'canary', at: NOW - 2 * DAY_MS, because: '' },
  { ring: 'everyone', at: NOW - HOUR_MS, because: '' },
];

function withRings(rollouts: readonly Rollout[], changes: InputOptions = {}, more: Partial<Policy> = {}): DecideInput {
  return input({
    policies: policySet({ policies: [policy({ rings: RINGS, halt: HALT, ...more })] }),
    rollouts: new Map([['everyone', new Map(rollouts.map((each) => [each.release, each]))]]),
    ...changes,
  });
}

describe('a release', () => {
  it.each<[string, Rollout[], string]>([
    ['whose rollout has not begun is not handed out', [], 'ring-not-open'],
    ['is not handed out before the ring opens', [rollout()], 'ring-not-open'],
    ['is when it has', [rollout({ openings: BOTH })], 'declarations'],
    ['of a halted rollout is not', [rollout({ openings: BOTH, state: 'halted', because: '3 of 20' })], 'rollout-halted'],
    ['of a paused one is not', [rollout({ openings: BOTH, state: 'paused' })], 'rollout-paused'],
  ])('%s', (_, rollouts, expected) => {
    const decision = decide(withRings(rollouts));
    if (expected === 'declarations') expect(decision).toMatchObject({ isHandedOut: true, target: { release: 'iOS 40.6' } });
    else expect(decision).toMatchObject({ isHandedOut: false, reason: expected, ledgerLines: [] });
  });

  it('is handed out when its ring is open and the rollout runs, and never otherwise', () => {
    const states = fc.constantFrom<Rollout['state']>('running', 'paused', 'halted', 'skipped');
    const approvals = fc.subarray(['canary', 'everyone']);
    fc.assert(
      fc.property(fc.subarray(BOTH), states, approvals, fc.boolean(), (openings, state, approved, hasRings) => {
        const more: Partial<Policy> = hasRings ? { rings: RINGS, halt: HALT } : {};
        const policies = policySet({ policies: [policy(more)] });
        const decision = decide(withRings([rollout({ openings, state, approved })], { policies }));
        const isOpen = !hasRings || openings.some((opening) => opening.ring === 'everyone');
        const gets = decision.isHandedOut && decision.target?.release === 'iOS 40.6';
        expect(gets).toBe(isOpen && state === 'running');
        if (state === 'halted' || state === 'skipped') expect(decision.ledgerLines.map((line) => line.release)).not.toContain('iOS 40.6');
      }),
    );
  });

  it('that was halted stays so when the rings are taken out of the policy', () => {
    const halted = [rollout({ openings: BOTH, state: 'halted' })];
    const policies = policySet({ policies: [policy()] });
    expect(decide(withRings(halted, { policies }))).toMatchObject({ isHandedOut: false, reason: 'rollout-halted' });
    expect(decide(withRings([rollout()], { policies }))).toMatchObject({ isHandedOut: true });
  });

  it('that is skipped is not wanted: who runs the one before is where it should be', () => {
    expect(decide(withRings([rollout({ openings: BOTH, state: 'skipped' })])).reason).toBe('verified');
  });

  it('that is skipped and asked for by its version has its reason', () => {
    const exact = { target: { kind: 'exact' as const, version: '40.6' } };
    expect(decide(withRings([rollout({ openings: BOTH, state: 'skipped' })], {}, exact)).reason).toBe('release-skipped');
  });

  it('without rings, or where nothing is enforced, is shown as if all were open', () => {
    expect(decide(withRings([], {}, { mode: 'observe' })).reason).toBe('observe-only');
  });

  it('nobody asked for yet is asked for, and its dates count from when it was seen', () => {
    expect(decide(withRings([])).demand).toEqual({
      policy: 'everyone',
      release: 'iOS 40.6',
      version: '40.6',
      clockStartAt: NOW - 2 * DAY_MS,
    });
    expect(decide(withRings([rollout()])).demand).toBeUndefined();
  });
});

it('the release before is handed out while its own rollout is open and the newer one’s is not (rule 8)', () => {
  const releases = catalogue([release('40.6', { firstSeenAt: NOW - DAY_MS }), release('40.5.1', { firstSeenAt: NOW - 20 * DAY_MS })]);
  const older = rollout({ release: 'iOS 40.5.1', version: '40.5.1', openings: BOTH });
  const decision = decide(withRings([rollout(), older], { catalogue: releases }));
  expect(decision.target?.release).toBe('iOS 40.5.1');
  const halted = decide(withRings([rollout({ openings: BOTH, state: 'halted' }), older], { catalogue: releases }));
  expect(halted.target?.release).toBe('iOS 40.5.1');
});

describe('a newer release whose ring is not open, beside an older one that is', () => {
  const releases = catalogue([release('40.6', { firstSeenAt: NOW - DAY_MS }), release('40.5.1', { firstSeenAt: NOW - 20 * DAY_MS })]);
  const older = rollout({ release: 'iOS 40.5.1', version: '40.5.1', openings: BOTH });
  const told = (rollouts: Rollout[], changes: InputOptions = {}) => decide(withRings(rollouts, { catalogue: releases, ...changes }));

  it('is asked for all the same: else its rollout would begin with the first device that has the older one', () => {
    const decision = told([older]);
    expect(decision).toMatchObject({ target: { release: 'iOS 40.5.1' }, demand: { release: 'iOS 40.6', clockStartAt: NOW - DAY_MS } });
    expect(told([older, rollout()]).demand).toBeUndefined();
  });

  it('is waited for in its ring, so that nobody takes the ring for empty', () => {
    const { waitsForRelease, rolloutDevices, memory } = told([older, rollout()]);
    expect(waitsForRelease).toBe('iOS 40.6');
    expect(rolloutDevices).toMatchObject([
      { release: 'iOS 40.5.1', state: 'waiting' },
      { release: 'iOS 40.6', ring: 'everyone', state: 'waiting' },
    ]);
    expect(told([older, rollout()], { memory }).rolloutDevices).toEqual([]);
  });

  it('is no longer waited for when it was halted, and the device says nothing about it', () => {
    const { memory } = told([older, rollout()]);
    const halted = told([older, rollout({ openings: BOTH, state: 'halted' })], { memory });
    expect(halted.waitsForRelease).toBeUndefined();
    expect(halted.rolloutDevices).toMatchObject([{ release: 'iOS 40.6', state: 'excused' }]);
    expect(halted.memory.rolloutNext).toBeUndefined();
  });

  it('becomes what it gets when its ring opens: the same entry goes on', () => {
    const { memory } = told([older, rollout()]);
    const open = told([older, rollout({ openings: BOTH })], { memory });
    expect(open.target?.release).toBe('iOS 40.6');
    expect(open.rolloutDevices).toMatchObject([{ release: 'iOS 40.5.1', state: 'excused' }]);
    expect(open.memory).toMatchObject({ rollout: { release: 'iOS 40.6', state: 'waiting' } });
    expect(open.memory.rolloutNext).toBeUndefined();
  });

  it('is waited for also while our clock is in doubt: that is no fault of the device', () => {
    const { rolloutDevices } = told([older, rollout()], { clockSuspect: '11 min ahead' });
    expect(rolloutDevices?.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
  });

  it('is not waited for by a device that needs a person', () => {
    const lost = told([older, rollout()], { enrollment: { facts: { ...PHONE_FACTS, isMdmLostModeEnabled: true } } });
    expect(lost.reason).toBe('lost-mode');
    expect(lost.waitsForRelease).toBeUndefined();
  });
});

describe('a date', () => {
  it('counts from when the release was seen, not from when the ring opened', () => {
    const open = decide(withRings([rollout({ openings: BOTH })]));
    expect(open.deadline).toMatchObject({ clockStartAt: NOW - 2 * DAY_MS, dueLocal: '2040-09-15T18:00:00' });
  });

  it('is never before the opening plus the notice', () => {
    const late = rollout({ openings: [BOTH[0] as never, { ring: 'everyone', at: NOW + 5 * DAY_MS, because: '' }] });
    const decision = decide(withRings([late], { now: NOW + 5 * DAY_MS }));
    expect(decision.deadline?.dueLocal).toBe('2040-09-16T18:00:00');
  });
});

describe('what a device holds', () => {
  function story() {
    const told = createStory({ policies: policySet({ policies: [policy({ rings: RINGS, halt: HALT })] }) });
    told.standing.setRollouts([rollout({ openings: BOTH })], 1);
    told.at(NOW);
    told.answers();
    told.syncs();
    expect(told.decision.holds).toBeDefined();
    return told;
  }

  it('stays when the rollout is paused', () => {
    const told = story();
    told.standing.setRollouts([rollout({ openings: BOTH, state: 'paused' })], 2);
    expect(told.at(NOW + HOUR_MS)).toMatchObject({ reason: 'rollout-paused', isHandedOut: true });
  });

  it('is taken back when it is halted', () => {
    const told = story();
    told.standing.setRollouts([rollout({ openings: BOTH, state: 'halted' })], 2);
    expect(told.at(NOW + HOUR_MS)).toMatchObject({ reason: 'rollout-halted', isHandedOut: false });
  });

  it('stays when it is halted, once it installs', () => {
    const told = story();
    told.hear({ kind: 'status-report', report: { fullReport: false, installState: 'installing' } as never });
    told.standing.setRollouts([rollout({ openings: BOTH, state: 'halted' })], 2);
    expect(told.at(NOW + HOUR_MS).isHandedOut).toBe(true);
  });
});

describe('where a device stands in a rollout', () => {
  it('has failed once, however often it leaves the rollout for an older release and comes back', () => {
    const releases = catalogue([release('40.6'), release('40.5.1')]);
    const told = createStory({ policies: policySet({ policies: [policy({ rings: RINGS, halt: HALT })] }), catalogue: releases });
    const set = (state: Rollout['state'], revision: number) =>
      told.standing.setRollouts(
        [rollout({ openings: BOTH, state }), rollout({ openings: BOTH, release: 'iOS 40.5.1', version: '40.5.1' })],
        revision,
      );
    const fail = (at: number) => {
      told.answers(at);
      told.syncs(at);
      const report = { fullReport: false, failureReason: { count: 1, reason: 'no' }, installState: 'failed' };
      told.hear({ kind: 'status-report', report: report as never }, at + HOUR_MS);
    };
    set('running', 1);
    told.at(NOW);
    fail(NOW);
    expect([told.decision.target?.release, told.decision.reason]).toEqual(['iOS 40.6', 'install-failed']);
    set('halted', 2);
    told.at(NOW + DAY_MS);
    told.syncs(NOW + DAY_MS);
    expect(told.memory.rollout).toMatchObject({ release: 'iOS 40.5.1' });
    set('running', 3);
    told.at(NOW + 2 * DAY_MS);
    fail(NOW + 2 * DAY_MS);
    expect(told.memory.rollout).toMatchObject({ release: 'iOS 40.6', state: 'failed', since: NOW + HOUR_MS });
    // Over, once it runs it: what a device that falls back fails at then is new.
    told.tells({ osVersion: '40.6', buildVersion: '40G60' }, NOW + 3 * DAY_MS);
    expect(told.memory.rolloutFailures).toBeUndefined();
  });

  it('waits, gets it, fails, runs it after all', () => {
    const told = createStory({ policies: policySet({ policies: [policy({ rings: RINGS, halt: HALT })] }) });
    told.standing.setRollouts([rollout({ openings: BOTH })], 1);
    told.at(NOW);
    expect(told.memory.rollout).toMatchObject({ release: 'iOS 40.6', ring: 'everyone', state: 'waiting' });
    told.answers();
    told.syncs();
    expect(told.memory.rollout?.state).toBe('delivered');
    told.hear(
      { kind: 'status-report', report: { fullReport: false, failureReason: { count: 1, reason: 'no' }, installState: 'failed' } as never },
      NOW + HOUR_MS,
    );
    expect(told.decision.reason).toBe('install-failed');
    expect(told.memory.rollout).toMatchObject({ state: 'failed', since: NOW + HOUR_MS });
    // It tries again by itself, and fails again: known to whoever resumed the rollout meanwhile.
    told.hear({ kind: 'status-report', report: { fullReport: false, installState: 'downloading' } as never }, NOW + 2 * HOUR_MS);
    expect(told.memory.rollout).toMatchObject({ state: 'delivered', failedAt: NOW + HOUR_MS });
    told.hear(
      { kind: 'status-report', report: { fullReport: false, failureReason: { count: 2, reason: 'no' }, installState: 'failed' } as never },
      NOW + 3 * HOUR_MS,
    );
    expect(told.memory.rollout).toMatchObject({ state: 'failed', since: NOW + HOUR_MS });
    told.tells({ osVersion: '40.6', buildVersion: '40G60' }, NOW + DAY_MS);
    expect(told.memory.rollout).toMatchObject({ state: 'verified', since: NOW + DAY_MS });
  });

  it('is written when it changes, and only then', () => {
    const first = decide(withRings([rollout({ openings: BOTH })]));
    expect(first.rolloutDevices).toHaveLength(1);
    const again = decide(withRings([rollout({ openings: BOTH })], { memory: first.memory, now: NOW + HOUR_MS }));
    expect(again.rolloutDevices).toEqual([]);
  });
});

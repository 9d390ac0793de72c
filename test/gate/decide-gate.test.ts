import { describe, expect, it } from 'vitest';
import { decideGate, type GateInput } from '../../src/gate/decide-gate.ts';
import { GATE_OUTCOME_NAMES, GATE_OUTCOMES } from '../../src/gate/outcomes.ts';
import { parseVersionRange } from '../../src/os/version.ts';
import type { Policy } from '../../src/policy/policy.types.ts';
import { toRings } from '../../src/policy/ring-keys.ts';
import type { Rollout } from '../../src/rollout/rollout.types.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { catalogue, MAC_KEY, NOW, policy, policySet, RELEASES, release, withPolicy } from '../decide/builders.ts';
import { gateInput, MAC_INFO, PHONE_INFO } from './builders.ts';

const MINIMUM = { enrollmentMinimum: '40.5' };
const under = (changes: Partial<Policy>, set = {}) => ({ policies: withPolicy({ ...MINIMUM, ...changes }, set) });
const among = (...policies: Partial<Policy>[]) => ({ policies: policySet({ policies: policies.map((each) => policy(each)) }) });
const phone = (changes: Partial<typeof PHONE_INFO>) => ({ info: { ...PHONE_INFO, ...changes } });
const listing = (...releases: ReturnType<typeof release>[]) => ({ catalogue: catalogue(releases) });

const RINGS = toRings([{ name: 'canary', devices: 5 }, { name: 'everyone' }], () => ({}));

function rollout(changes: Partial<Rollout>): Pick<GateInput, 'rollouts'> {
  const one: Rollout = {
    ...{ policy: 'everyone', release: 'iOS 40.6', version: '40.6', clockStartAt: NOW, beganAt: NOW, chosen: {}, openings: [] },
    ...{ state: 'running', changedAt: NOW, changedBy: 'ratchet', approved: [], failuresSince: NOW },
    ...changes,
  };
  return { rollouts: new Map([['everyone', new Map([['iOS 40.6', one]])]]) };
}
const opened = (...rings: string[]) => ({ openings: rings.map((ring) => ({ ring, at: NOW, because: 'test' })) });

describe('a device that asks to be enrolled', () => {
  it('is sent away to the newest release that its policy means, when it runs less than the minimum', () => {
    expect(decideGate(gateInput())).toEqual({ outcome: 'sent-away', policy: 'everyone', requires: { version: '40.6' } });
    expect(decideGate(gateInput({ info: MAC_INFO }))).toMatchObject({ outcome: 'sent-away', requires: { version: '40.6' } });
  });

  it.each<[string, string, Partial<GateInput>]>([
    ['can not be asked', 'cannot-be-asked', phone({ canRequestSoftwareUpdate: false })],
    ['has no policy', 'no-policy', among()],
    ['is meant by none', 'no-policy', among({ ...MINIMUM, match: { platform: ['macOS'] } })],
    ['is an exception', 'no-policy', among({ ...MINIMUM, except: { serials: ['SERIAL1'] } })],
    ['has a policy without a minimum', 'no-minimum', among({})],
    ['runs the minimum', 'reached', phone({ osVersion: '40.5' })],
    ['runs the minimum with an improvement', 'reached', phone({ osVersion: '40.5', supplementalOsVersionExtra: '(a)' })],
    ['runs a newer one', 'reached', phone({ osVersion: '41.0' })],
    ['tells no version', 'version-unknown', phone({ osVersion: undefined as never })],
    ['tells nonsense for a version', 'version-unknown', phone({ osVersion: 'very new' })],
    ['is observed only', 'not-enforced', under({ mode: 'observe' })],
    ['is observed by the mode at the top', 'not-enforced', under({}, { mode: 'observe' })],
    ['has a paused policy', 'not-enforced', under({ paused: true })],
    ['has one that a person paused', 'not-enforced', { control: { state: 'running', pausedPolicies: ['everyone'], held: undefined } }],
    ['comes while all is stopped', 'not-enforced', { control: { state: 'stopped', pausedPolicies: [], held: undefined } }],
    ['comes while all is paused', 'not-enforced', { control: { state: 'paused', pausedPolicies: [], held: undefined } }],
    ['comes while Ratchet is held', 'not-enforced', { control: { state: 'running', pausedPolicies: [], held: 'restored' } }],
    ['was exempted to today', 'exempt', { overrides: { exempt: { by: 'jane', at: NOW, until: '2040-09-10' } } }],
    ['was paused', 'exempt', { overrides: { paused: { by: 'jane', at: NOW } } }],
    ['comes while the clock is in doubt', 'clock-doubtful', { clockSuspect: 'behind' }],
    ['comes before any list was read', 'no-releases', { catalogue: undefined }],
    [
      'comes while the list is in doubt',
      'feed-doubtful',
      { catalogue: catalogue(RELEASES, { doubt: { kind: 'empty', detail: 'empty', since: NOW, digest: 'd' } }) },
    ],
    ['runs a beta', 'beta', phone({ buildVersion: '40G5303a' })],
    ['is of a model that Apple does not list', 'model-unknown', phone({ productName: 'iPhone99,9' })],
    ['is a Mac that tells no key', 'model-unknown', { info: { ...MAC_INFO, softwareUpdateDeviceId: undefined as never } }],
    ['can not take what reaches the minimum', 'not-offered', listing(release('40.4'))],
    ['is offered only what Apple took back', 'not-offered', listing(release('40.6', { withdrawnAt: NOW }), release('40.4'))],
    ['is offered only what Apple signs no more', 'not-offered', listing(release('40.6', { expirationDate: '2040-09-09' }))],
    ['is offered what is listed no more', 'not-offered', listing(release('40.6', { unlistedAt: NOW }), release('40.4'))],
    ['is offered only above its cap', 'not-offered', under({ cap: parseVersionRange('<=40.4') as never, enrollmentMinimum: '40.4.1' })],
    [
      'has to stay on its major version',
      'not-offered',
      { ...under({ target: { kind: 'latest-minor' } }), ...phone({ osVersion: '39.9' }) },
    ],
    ['is to have a release that it is not offered', 'not-offered', under({ target: { kind: 'exact', version: '40.7' } })],
    ['was sent away as often as it may be', 'sent-away-enough', { sentAway: [NOW, NOW, NOW] }],
    ['tried once a day, and was sent away each time', 'sent-away-enough', { sentAway: [1, 2, 3].map((days) => NOW - days * DAY_MS) }],
    ['was sent away by a clock that was ahead', 'sent-away-enough', { sentAway: [3, 2, 1].map((days) => NOW + days * DAY_MS) }],
    ['would get a release that was halted', 'ring-closed', { ...rollout({ state: 'halted' }), ...listing(release('40.6')) }],
    ['would get a release that is skipped', 'ring-closed', { ...rollout({ state: 'skipped' }), ...listing(release('40.6')) }],
    ['would get a release no ring has', 'ring-closed', under({ rings: RINGS })],
    [
      'would get a release that only the first ring has',
      'ring-closed',
      { ...under({ rings: RINGS }), ...rollout(opened('canary')), ...listing(release('40.6')) },
    ],
  ])('is let in when it %s (%s)', (_what, outcome, changes) => {
    const decision = decideGate(gateInput(changes));
    expect(decision.outcome).toBe(outcome);
  });

  it('counts anew after it was not sent away for the period', () => {
    const days = (...ago: number[]) => ({ sentAway: ago.map((each) => NOW - each * DAY_MS) });
    expect(decideGate(gateInput(days(7, 7, 7))).outcome).toBe('sent-away');
    expect(decideGate(gateInput(days(1, 2, 9))).outcome).toBe('sent-away');
    expect(decideGate(gateInput(days(6, 12, 18))).outcome).toBe('sent-away-enough');
  });

  it('is sent to the release before, when the newest was stopped', () => {
    for (const state of ['halted', 'paused', 'skipped'] as const)
      expect(decideGate(gateInput(rollout({ state })))).toMatchObject({ outcome: 'sent-away', requires: { version: '40.5' } });
  });

  it('is sent to what every ring has, not to what still goes through them', () => {
    expect(decideGate(gateInput({ ...under({ rings: RINGS }), ...rollout(opened('canary', 'everyone')) }))).toMatchObject({
      outcome: 'sent-away',
      requires: { version: '40.6' },
    });
  });

  it.each<[string, Partial<GateInput>, object]>([
    ['the named release', under({ target: { kind: 'exact', version: '40.5' } }), { version: '40.5' }],
    ['the release of a build, by that build', under({ target: { kind: 'build', build: '40G60' } }), { version: '40.6', build: '40G60' }],
    ['the release before the newest', under({ target: { kind: 'behind', by: 1 } }), { version: '40.5' }],
    ['the newest under the cap', under({ cap: parseVersionRange('<=40.5') as never }), { version: '40.5' }],
    [
      'an improvement, when its policy follows them',
      { ...under({ improvements: 'follow' }), ...listing(release('40.6 (a)'), ...RELEASES) },
      { version: '40.6 (a)' },
    ],
  ])('is sent to %s', (_what, changes, requires) => {
    expect(decideGate(gateInput(changes))).toMatchObject({ outcome: 'sent-away', requires });
  });

  it('is asked by the minimum "target" for nothing less than the target', () => {
    const target = under({ enrollmentMinimum: 'target' });
    expect(decideGate(gateInput({ ...target, ...phone({ osVersion: '40.5' }) }))).toMatchObject({ requires: { version: '40.6' } });
    expect(decideGate(gateInput({ ...target, ...phone({ osVersion: '40.6' }) })).outcome).toBe('reached');
  });

  it('is asked, as a Mac before macOS 15, for what is public only', () => {
    const managed = release('14.9', { platform: 'macOS', devices: [MAC_KEY], isPublic: false });
    const open = release('14.8', { platform: 'macOS', devices: [MAC_KEY] });
    const mac = (osVersion: string, ...releases: ReturnType<typeof release>[]) =>
      decideGate(gateInput({ ...under({ enrollmentMinimum: 'target' }), info: { ...MAC_INFO, osVersion }, ...listing(...releases) }));
    expect(mac('14.5', managed, open)).toMatchObject({ requires: { version: '14.8' } });
    expect(mac('14.5', managed).outcome).toBe('not-offered');
    expect(mac('15.0', release('15.9', { platform: 'macOS', devices: [MAC_KEY], isPublic: false }))).toMatchObject({
      requires: { version: '15.9' },
    });
  });

  it('is told of the beta program that its policy requires, where its system knows it', () => {
    const settings = { Beta: { RequireProgram: { Description: 'Seed', Token: 'T1' } } };
    expect(decideGate(gateInput(under({ settings })))).toMatchObject({ requires: { betaProgram: { description: 'Seed', token: 'T1' } } });
    const old = decideGate(gateInput({ ...under({ settings, enrollmentMinimum: 'target' }), ...phone({ osVersion: '17.4' }) }));
    expect(old).toEqual({ outcome: 'sent-away', policy: 'everyone', requires: { version: '40.6' } });
  });

  describe('whose policy hangs on what is not told yet', () => {
    const pilots: Partial<Policy> = { name: 'pilots', match: { tags: ['pilot'] } };
    const rest: Partial<Policy> = { name: 'rest', ...MINIMUM };

    it('is let in where the policies come to different ends', () => {
      expect(decideGate(gateInput(among(pilots, rest)))).toEqual({ outcome: 'policy-undecided' });
      expect(decideGate(gateInput(among({ ...pilots, ...MINIMUM, target: { kind: 'exact', version: '40.5' } }, rest))).outcome).toBe(
        'policy-undecided',
      );
      expect(decideGate(gateInput(among({ ...rest, except: { tags: ['pilot'] } }))).outcome).toBe('policy-undecided');
      expect(decideGate(gateInput(among({ ...rest, match: { tags: ['pilot'] } }))).outcome).toBe('policy-undecided');
      expect(
        decideGate(gateInput({ ...among({ ...rest, match: { serials: ['SERIAL1'] } }), ...phone({ serialNumber: undefined as never }) }))
          .outcome,
      ).toBe('policy-undecided');
    });

    it('is decided where they come to the same, or the tag is known, or another field speaks', () => {
      const same = { outcome: 'sent-away', requires: { version: '40.6' } };
      expect(decideGate(gateInput(among({ ...pilots, ...MINIMUM }, rest)))).toEqual(same);
      expect(decideGate(gateInput({ ...among(pilots, rest), tags: ['pilot'] }))).toEqual({ outcome: 'no-minimum', policy: 'pilots' });
      expect(decideGate(gateInput(among({ ...pilots, match: { tags: ['pilot'], platform: ['macOS'] } }, rest)))).toEqual({
        ...same,
        policy: 'rest',
      });
      expect(decideGate(gateInput(among(rest, pilots)))).toEqual({ ...same, policy: 'rest' });
    });
  });

  it('is no longer exempt when the day is over everywhere', () => {
    const overrides = { exempt: { by: 'jane', at: NOW, until: '2040-09-08' } };
    expect(decideGate(gateInput({ overrides })).outcome).toBe('sent-away');
  });

  it('was enrolled for no time', () => {
    const young: Partial<Policy> = { ...MINIMUM, match: { enrolledFor: { lessThanMs: DAY_MS } } };
    expect(decideGate(gateInput(among(young))).outcome).toBe('sent-away');
    expect(decideGate(gateInput(among({ ...MINIMUM, match: { enrolledFor: { atLeastMs: DAY_MS } } }))).outcome).toBe('no-policy');
  });
});

describe('the outcomes', () => {
  it('each say what became of the device, in a sentence without its full stop', () => {
    for (const name of GATE_OUTCOME_NAMES) {
      expect(GATE_OUTCOMES[name].sentence).toMatch(/^(Let in|Sent away|Refused)\b.*[^.]$/);
    }
  });
});

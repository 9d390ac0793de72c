import { describe, expect, it } from 'vitest';
import { parseVersion, parseVersionRange } from '../../src/os/version.ts';
import { allMeant, comesOfAgeAt, hangsOn, type MatchSubject, matchPolicy, modeInForce } from '../../src/policy/match.ts';
import type { Mode, PolicyMatch } from '../../src/policy/policy.types.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { policy, policySet } from '../decide/builders.ts';

const PHONE: MatchSubject = {
  id: 'D1',
  serialNumber: 'SERIAL1',
  platform: 'iOS',
  productName: 'iPhone14,5',
  version: parseVersion('26.5'),
  isSupervised: true,
  tags: ['pilot', 'berlin'],
  enrolledAt: 1_000 * DAY_MS,
  now: 1_030 * DAY_MS,
};

function os(text: string): PolicyMatch {
  return { os: parseVersionRange(text) };
}

describe('a policy matches by', () => {
  it.each([
    ['nothing asked', {}, {}, true],
    ['its platform', { platform: ['iPadOS', 'iOS'] }, {}, true],
    ['another platform', { platform: ['macOS'] }, {}, false],
    ['a platform nobody can place', { platform: ['iOS'] }, { platform: 'unknown' }, false],
    ['its model', { model: ['iPhone14,5'] }, {}, true],
    ['its model and no longer one', { model: ['iPhone14,5'] }, { productName: 'iPhone14,55' }, false],
    ['the beginning of its model', { model: ['iPhone14,*'] }, {}, true],
    ['every model', { model: ['*'] }, {}, true],
    ['a model not told', { model: ['*'] }, { productName: undefined }, false],
    ['one of several models', { model: ['iPad1,1', 'iPhone14,5'] }, {}, true],
    ['its OS', os('>=26 <27'), {}, true],
    ['another OS', os('<26'), {}, false],
    ['an OS not told', os('>=1'), { version: undefined }, false],
    ['supervised', { supervised: true }, {}, true],
    ['unsupervised', { supervised: false }, {}, false],
    ['supervision not told', { supervised: false }, { isSupervised: undefined }, false],
    ['its id', { ids: ['D2', 'D1'] }, {}, true],
    ['another id', { ids: ['D2'] }, {}, false],
    ['its serial number', { serials: ['SERIAL1'] }, {}, true],
    ['a serial number not told', { serials: ['SERIAL1'] }, { serialNumber: undefined }, false],
    ['all of several', { platform: ['iOS'], supervised: true, ids: ['D1'] }, {}, true],
    ['all but one of several', { platform: ['iOS'], supervised: true, ids: ['D2'] }, {}, false],
    ['none of an empty list', { ids: [] }, {}, false],
    ['one of its tags', { tags: ['kiosk', 'pilot'] }, {}, true],
    ['no tag of its', { tags: ['kiosk'] }, {}, false],
    ['a tag in other letters', { tags: ['Pilot'] }, {}, false],
    ['enrolled long enough', { enrolledFor: { atLeastMs: 30 * DAY_MS } }, {}, true],
    ['a millisecond short of it', { enrolledFor: { atLeastMs: 30 * DAY_MS } }, { now: 1_030 * DAY_MS - 1 }, false],
    ['enrolled lately', { enrolledFor: { lessThanMs: 31 * DAY_MS } }, {}, true],
    ['no longer', { enrolledFor: { lessThanMs: 30 * DAY_MS } }, {}, false],
  ] as [string, PolicyMatch, Partial<MatchSubject>, boolean][])('%s', (_, match, changes, expected) => {
    const set = policySet({ policies: [policy({ match })] });
    expect(matchPolicy(set, { ...PHONE, ...changes }) !== undefined).toBe(expected);
  });

  it('the first in the file', () => {
    const set = policySet({
      policies: [policy({ name: 'mac', match: { platform: ['macOS'] } }), policy({ name: 'first' }), policy({ name: 'second' })],
    });
    expect(matchPolicy(set, PHONE)?.name).toBe('first');
  });

  it('none of none', () => {
    expect(matchPolicy(policySet({ policies: [] }), PHONE)).toBeUndefined();
  });
});

describe('an exception', () => {
  const set = policySet({
    policies: [policy({ name: 'most', except: { tags: ['kiosk'], platform: ['iOS'] } }), policy({ name: 'rest' })],
  });

  it.each([
    ['it is not', {}, 'most'],
    ['in part it is not', { tags: ['kiosk'], platform: 'macOS' }, 'most'],
    ['it is, and the next policy decides', { tags: ['kiosk'] }, 'rest'],
  ] as [string, Partial<MatchSubject>, string][])('%s', (_, changes, expected) => {
    expect(matchPolicy(set, { ...PHONE, ...changes })?.name).toBe(expected);
  });

  it('an empty one is everybody', () => {
    expect(matchPolicy(policySet({ policies: [policy({ except: {} })] }), PHONE)).toBeUndefined();
  });

  it('shows in what means a device', () => {
    expect(allMeant(set, PHONE).map(({ name }) => name)).toEqual(['most', 'rest']);
    expect(allMeant(set, { ...PHONE, tags: ['kiosk'] }).map(({ name }) => name)).toEqual(['rest']);
  });
});

describe('a device comes of age', () => {
  const set = policySet({
    policies: [
      policy({ match: { enrolledFor: { lessThanMs: 14 * DAY_MS } } }),
      policy({ except: { enrolledFor: { atLeastMs: 40 * DAY_MS } } }),
    ],
  });
  it.each([
    ['first at', 0, 14],
    ['then at', 14, 40],
    ['and never again', 40, undefined],
  ])('%s', (_, age, expected) => {
    const at = comesOfAgeAt(set, { enrolledAt: PHONE.enrolledAt, now: PHONE.enrolledAt + age * DAY_MS });
    expect(at).toBe(expected === undefined ? undefined : PHONE.enrolledAt + expected * DAY_MS);
  });
});

describe('the policy hangs on a serial number', () => {
  const unknown = { ...PHONE, serialNumber: undefined };
  const named = policy({ name: 'named', match: { serials: ['S9'] } });
  it.each([
    ['that a policy before the one that matches asks for', [named, policy()], unknown, true],
    ['not when it is told', [named, policy()], PHONE, false],
    ['not when the first matches anyway', [policy(), named], unknown, false],
    ['of an exception', [policy({ except: { serials: ['S9'] } })], unknown, true],
    ['not of other devices', [policy({ match: { serials: ['S9'], platform: ['macOS'] } }), policy()], unknown, false],
    ['when nothing else matches', [named], unknown, true],
  ] as const)('%s', (_, policies, subject, expected) => {
    expect(hangsOn(policySet({ policies: [...policies] }), subject)).toEqual(expected ? ['SerialNumber'] : []);
  });
});

describe('the policy hangs on supervision', () => {
  const unknown = { ...PHONE, isSupervised: undefined };
  const byod = policy({ name: 'byod', match: { supervised: false } });
  it.each([
    ['when a policy before the one that matches asks for it', [byod, policy()], unknown, true],
    ['not when it is told', [byod, policy()], PHONE, false],
    ['not when the first matches anyway', [policy(), byod], unknown, false],
    [
      'not when the one that asks is for other devices',
      [policy({ match: { supervised: false, platform: ['macOS'] } }), policy()],
      unknown,
      false,
    ],
    ['when nothing else matches', [byod], unknown, true],
  ] as const)('%s', (_, policies, subject, expected) => {
    expect(hangsOn(policySet({ policies: [...policies] }), subject)).toEqual(expected ? ['IsSupervised'] : []);
  });
});

describe('the global mode is a ceiling', () => {
  it.each([
    ['enforce', 'enforce', 'enforce'],
    ['enforce', 'observe', 'observe'],
    ['enforce', 'silent', 'silent'],
    ['observe', 'enforce', 'observe'],
    ['observe', 'silent', 'silent'],
    ['silent', 'enforce', 'silent'],
    ['silent', 'observe', 'silent'],
  ] as [Mode, Mode, Mode][])('%s over %s: %s', (mode, own, expected) => {
    expect(modeInForce(policySet({ mode }), policy({ mode: own }))).toBe(expected);
  });

  it.each(['enforce', 'observe', 'silent'] as const)('%s without a policy', (mode) => {
    expect(modeInForce(policySet({ mode }), undefined)).toBe(mode);
  });
});

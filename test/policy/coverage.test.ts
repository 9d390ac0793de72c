import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Platform } from '../../src/os/platform.ts';
import { parseVersion, parseVersionRange } from '../../src/os/version.ts';
import { canMeet, canOverlap, covers, shadows } from '../../src/policy/coverage.ts';
import { type MatchSubject, matches } from '../../src/policy/match.ts';
import type { Policy, PolicyMatch } from '../../src/policy/policy.types.ts';

const DAY_MS = 86_400_000;
const NOW = 1_000 * DAY_MS;

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const someOf = <T>(...values: T[]) => fc.subarray(values, { minLength: 1 });
const expression: fc.Arbitrary<PolicyMatch> = fc
  .record({
    platform: maybe(someOf<Platform>('iOS', 'iPadOS', 'macOS')),
    model: maybe(someOf('iPad13,*', 'iPad13,1', 'iPad14,1', 'iPhone*', 'iPhone15,2', 'Mac15,6', 'i*')),
    os: maybe(fc.constantFrom('26', '>=17', '<26', '>=18 <27', '>26.1', '<=26.1', '26.1', '>=26 <26').map(parseVersionRange)),
    supervised: maybe(fc.boolean()),
    ids: maybe(someOf('A', 'B')),
    serials: maybe(someOf('S1', 'S2')),
    tags: maybe(someOf('x', 'y', 'z')),
    enrolledFor: maybe(
      fc.constantFrom(
        { atLeastMs: 5 * DAY_MS },
        { lessThanMs: 9 * DAY_MS },
        { lessThanMs: 5 * DAY_MS },
        { atLeastMs: 5 * DAY_MS, lessThanMs: 9 * DAY_MS },
      ),
    ),
  })
  .map((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as PolicyMatch);

const models: [Platform, string][] = [
  ['iPadOS', 'iPad13,1'],
  ['iPadOS', 'iPad14,1'],
  ['iOS', 'iPhone15,2'],
  ['macOS', 'Mac15,6'],
];
const device: fc.Arbitrary<MatchSubject> = fc
  .record({
    id: fc.constantFrom('A', 'B', 'C'),
    serialNumber: fc.constantFrom('S1', 'S2', undefined),
    model: fc.constantFrom(...models),
    version: fc.constantFrom('16.7', '18.5', '26.0', '26.1', '26.1.1', '27.0').map((text) => parseVersion(text)),
    isSupervised: fc.constantFrom(true, false, undefined),
    tags: fc.subarray(['x', 'y', 'z']),
    days: fc.constantFrom(1, 5, 7, 9, 100),
  })
  .map(({ model: [platform, productName], days, ...rest }) => ({
    ...rest,
    platform,
    productName,
    enrolledAt: NOW - days * DAY_MS,
    now: NOW,
  }));

const policy = (name: string, match: PolicyMatch, except?: PolicyMatch): Policy => ({
  name,
  match,
  ...(except === undefined ? {} : { except }),
  target: { kind: 'latest' },
  due: { kind: 'days', days: 1, at: '10:00' },
  mode: 'enforce',
  paused: false,
});
const isMeant = ({ match, except }: Policy, subject: MatchSubject) => matches(match, subject) && !(except && matches(except, subject));

describe('what is said of match expressions holds for every device', () => {
  const devices = fc.array(device, { minLength: 30, maxLength: 30 });
  const runs = { numRuns: 1_000 };

  it('one that covers another matches all that the other matches', () => {
    fc.assert(
      fc.property(expression, expression, devices, (outer, inner, subjects) => {
        if (!covers(outer, inner)) return;
        for (const subject of subjects) if (matches(inner, subject)) expect(matches(outer, subject)).toBe(true);
      }),
      runs,
    );
  });

  it('two that can not meet share no device', () => {
    fc.assert(
      fc.property(expression, expression, devices, (one, other, subjects) => {
        if (canMeet(one, other)) return;
        for (const subject of subjects) expect(matches(one, subject) && matches(other, subject)).toBe(false);
      }),
      runs,
    );
  });

  it('a policy that is shadowed is never reached, and two that do not overlap share no device', () => {
    fc.assert(
      fc.property(expression, expression, maybe(expression), maybe(expression), devices, (a, b, exceptA, exceptB, subjects) => {
        const [first, second] = [policy('a', a, exceptA), policy('b', b, exceptB)];
        for (const subject of subjects) {
          if (shadows(first, second) && isMeant(second, subject)) expect(isMeant(first, subject)).toBe(true);
          if (!canOverlap(first, second)) expect(isMeant(first, subject) && isMeant(second, subject)).toBe(false);
        }
      }),
      runs,
    );
  });
});

describe('what can be told', () => {
  const os = (text: string) => ({ os: parseVersionRange(text) as NonNullable<PolicyMatch['os']> });
  it.each<[string, PolicyMatch, PolicyMatch, boolean, boolean]>([
    ['everything and something', {}, { platform: ['iOS'] }, true, true],
    ['something and everything', { platform: ['iOS'] }, {}, false, true],
    ['a platform and its models', { platform: ['iPadOS'] }, { model: ['iPad13,*'] }, true, true],
    ['a platform and models of another', { platform: ['iPadOS'] }, { model: ['Mac15,6'] }, false, false],
    ['a pattern and a longer one', { model: ['iPad*'] }, { model: ['iPad13,*', 'iPad14,1'] }, true, true],
    ['a pattern and a model outside', { model: ['iPad13,*'] }, { model: ['iPad14,1'] }, false, false],
    ['a range in a wider one', os('>=17'), os('26'), true, true],
    ['ranges that touch', os('<26'), os('>=26'), false, false],
    ['ranges that overlap', os('<=26'), os('>=26'), false, true],
    ['tags of a list', { tags: ['x', 'y'] }, { tags: ['x'] }, true, true],
    ['tags of two lists, which one device may have both', { tags: ['x'] }, { tags: ['y'] }, false, true],
    ['serial numbers of two lists', { serials: ['S1'] }, { serials: ['S2'] }, false, false],
    ['supervised or not', { supervised: true }, { supervised: false }, false, false],
    ['younger and older', { enrolledFor: { lessThanMs: 5 } }, { enrolledFor: { atLeastMs: 5 } }, false, false],
  ])('%s', (_, outer, inner, isCovered, isMeeting) => {
    expect([covers(outer, inner), canMeet(outer, inner)]).toEqual([isCovered, isMeeting]);
  });
});

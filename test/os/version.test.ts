import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OsVersion } from '../../src/os/version.ts';
import { compareVersions, formatVersion, isInRange, parseVersion, parseVersionRange } from '../../src/os/version.ts';

const anyVersion: fc.Arbitrary<OsVersion> = fc.record({
  major: fc.nat({ max: 30 }),
  minor: fc.nat({ max: 9 }),
  patch: fc.nat({ max: 9 }),
  extra: fc.constantFrom('', 'a', 'b', 'c'),
});

describe('parseVersion', () => {
  it.each([
    ['26', undefined, '26.0'],
    ['26.1', undefined, '26.1'],
    ['26.1.0', undefined, '26.1'],
    ['18.7.10', undefined, '18.7.10'],
    ['16.5.1 (c)', undefined, '16.5.1 (c)'],
    ['26.3.1(a)', undefined, '26.3.1 (a)'],
    ['26.3.1', '(a)', '26.3.1 (a)'],
    ['26.3.1', 'a', '26.3.1 (a)'],
    ['26.3.1', '', '26.3.1'],
    ['26.3.1', 'nonsense', '26.3.1'],
    ['26.3.1 (b)', '(a)', '26.3.1 (a)'],
    [' 15.2 ', undefined, '15.2'],
  ])('%j with extra %j reads as %s', (text, extra, expected) => {
    const version = parseVersion(text, extra);

    expect(version && formatVersion(version)).toBe(expected);
  });

  it.each([[undefined], [''], [' '], ['17A576'], ['iOS 26'], ['26.'], ['-1'], ['26.1.2 beta'], ['99999999999999'], ['26..1']])(
    '%j is not a version',
    (text) => {
      expect(parseVersion(text)).toBeUndefined();
    },
  );

  it('reads back what formatVersion writes', () => {
    fc.assert(
      fc.property(anyVersion, (version) => {
        expect(parseVersion(formatVersion(version))).toEqual(version);
      }),
    );
  });
});

describe('compareVersions', () => {
  it('orders as Apple does', () => {
    const ascending = ['9.6.4', '17.6.1', '18.7.8', '18.7.10', '26.0', '26.3.1', '26.3.1 (a)', '26.3.1 (b)', '26.3.2', '26.10'];

    const shuffled = [...ascending].reverse().sort((a, b) => compareVersions(parseVersion(a)!, parseVersion(b)!));

    expect(shuffled).toEqual(ascending);
  });

  it('is a total order', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        expect(compareVersions(a, b) === 0).toBe(formatVersion(a) === formatVersion(b));
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('parseVersionRange', () => {
  it.each([
    ['>=17 <27', '17.0', true],
    ['>=17 <27', '26.6.1 (a)', true],
    ['>=17 <27', '27.0', false],
    ['>=17 <27', '16.7.9', false],
    ['26', '26.9.9', true],
    ['26', '27.0', false],
    ['=26', '26.4', true],
    ['26.1', '26.1.2', true],
    ['26.1', '26.2', false],
    ['26.6.1', '26.6.1 (a)', true],
    ['26.6.1', '26.6.2', false],
    ['<=26', '26.6.1', true],
    ['<=26', '27.0', false],
    ['<=26.6.1', '26.6.1 (a)', true],
    ['>26', '26.6', false],
    ['>26', '27.0', true],
    ['>26.1 <=26.3', '26.2', true],
    ['>26.1 <=26.3', '26.1.1', false],
    ['>26.1 <=26.3', '26.3.2', true],
  ])('%s and %s: %s', (range, version, expected) => {
    expect(isInRange(parseVersion(version)!, parseVersionRange(range)!)).toBe(expected);
  });

  it.each(['', ' ', 'latest', '>= 17', '>=17,<27', '~26', '26.x', '26.1.2.3', '>=26 (a)'])('%j is unreadable', (text) => {
    expect(parseVersionRange(text)).toBeUndefined();
  });

  it('keeps the text it was read from', () => {
    expect(parseVersionRange('  >=17 <27 ')?.text).toBe('>=17 <27');
  });

  it.each(['>', '>=', '<', '<=', '='] as const)('understands a bound made by hand: %s', (operator) => {
    const [low, bound, high] = ['26.0', '26.1', '26.2'].map((text) => parseVersion(text)!) as [OsVersion, OsVersion, OsVersion];

    const matches = [low, bound, high].filter((v) => isInRange(v, { text: '', comparisons: [{ operator, version: bound }] }));

    const expected = { '>': [high], '>=': [bound, high], '<': [low], '<=': [low, bound], '=': [bound] };
    expect(matches).toEqual(expected[operator]);
  });
});

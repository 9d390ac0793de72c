import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBuilds, isBetaBuild } from '../../src/os/build.ts';

describe('isBetaBuild', () => {
  it.each([
    ['22A5321d', true],
    ['20A5303i', true],
    ['26A5416b', true],
    ['24A335b', true],
    ['23G83', false],
    ['23G6083', false],
    ['22E772610a', false],
    ['20F770750b', false],
    ['25D771280a', false],
    ['', false],
    [undefined, false],
    ['unknown', false],
    ['22A5321D', false],
    ['22A 5321d', false],
  ])('%j: %s', (build, expected) => {
    expect(isBetaBuild(build, new Set())).toBe(expected);
  });

  it.each([
    ['a set', new Set(['22A5321d'])],
    ['a predicate', (build: string) => build === '22A5321d'],
  ])('a build the lookup service knows is no beta (%s)', (_, known) => {
    expect(isBetaBuild('22A5321d', known)).toBe(false);
    expect(isBetaBuild('22A5321e', known)).toBe(true);
  });
});

describe('compareBuilds', () => {
  it('puts the plain build before its twins', () => {
    expect(['23A9464', '23G6083', '23A355', '23G83', '23A8464', '25D771280a', '9A1'].sort(compareBuilds)).toEqual([
      '9A1',
      '23A355',
      '23A8464',
      '23A9464',
      '23G83',
      '23G6083',
      '25D771280a',
    ]);
  });

  it('sorts any text without contradiction', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^\d{1,2}[A-C]\d{1,4}[a-c]?$/));
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(Math.sign(compareBuilds(a, b))).toBe(-Math.sign(compareBuilds(b, a)) + 0);
        expect(compareBuilds(a, b) === 0).toBe(a === b);
        if (compareBuilds(a, b) < 0 && compareBuilds(b, c) < 0) expect(compareBuilds(a, c)).toBeLessThan(0);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, formatVersion, parseVersion } from '../../src/os/version.ts';
import { versionKeyOf, versionOfKey } from '../../src/os/version-key.ts';

const version = fc.record({
  major: fc.nat(9_999),
  minor: fc.nat(9_999),
  patch: fc.nat(9_999),
  extra: fc.constantFrom('', 'a', 'b', 'z'),
});

describe('a version as a number', () => {
  it('sorts as versions do', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(versionKeyOf(a) - versionKeyOf(b))).toBe(Math.sign(compareVersions(a, b)));
      }),
    );
    const texts = ['9.3', '26.3.1', '26.3.1 (a)', '26.3.2', '26.9', '26.10', '9999.9999.9999 (z)'];
    const keys = texts.map((text) => versionKeyOf(parseVersion(text) as NonNullable<ReturnType<typeof parseVersion>>));
    expect([...keys].sort((a, b) => a - b)).toEqual(keys);
    expect(Number.isSafeInteger(keys.at(-1))).toBe(true);
  });

  it('is that version again', () => {
    fc.assert(
      fc.property(version, (one) => {
        expect(versionOfKey(versionKeyOf(one))).toEqual(one);
      }),
    );
    expect(formatVersion(versionOfKey(26_0003_0001_01))).toBe('26.3.1 (a)');
  });
});

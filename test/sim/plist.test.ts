import fc from 'fast-check';
import { buildBinary, parse } from 'plist';
import { describe, expect, it } from 'vitest';
import { readPlist, writePlist } from '../../src/sim/plist.ts';
import { bytesOf } from '../../src/sim/wire.ts';

const SAMPLE = {
  a: 'x & <y>',
  b: 1,
  c: 0.5,
  d: true,
  e: [],
  f: {},
  g: [{ h: '' }],
  i: new Uint8Array([1, 2, 3]),
  j: new Date('2026-10-05T08:00:00Z'),
};

describe('plist', () => {
  it('reads what it writes, and so does the library', () => {
    expect(readPlist(bytesOf(writePlist(SAMPLE)))).toEqual(SAMPLE);
    expect(parse(writePlist(SAMPLE))).toEqual(SAMPLE);
  });

  it('reads binary', () => {
    expect(readPlist(new Uint8Array(buildBinary({ a: 'b' })))).toEqual({ a: 'b' });
  });

  it('agrees with the library on any text', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((key) => /^[ -~]+$/.test(key) && key !== '__proto__'),
          fc.string().filter((text) => /^[ -~]*$/.test(text)),
        ),
        (dict) => {
          const text = writePlist(dict);
          expect(readPlist(bytesOf(text))).toEqual({ ...dict });
          if (Object.keys(dict).length > 0) expect(parse(text)).toEqual({ ...dict });
        },
      ),
    );
  });

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['no plist', '<dict/>'],
    ['an array', '<plist><array/></plist>'],
    ['an open dictionary', '<plist><dict><key>a</key>'],
    ['a value without key', '<plist><dict><string>a</string></dict></plist>'],
    ['a strange element', '<plist><dict><key>a</key><blink/></dict></plist>'],
    ['__proto__', '<plist><dict><key>__proto__</key><dict/></dict></plist>'],
    ['a deep nest', `<plist>${'<array>'.repeat(5000)}`],
  ])('refuses %s', (_, text) => {
    expect(() => readPlist(bytesOf(text))).toThrow(/plist/);
  });
});

import fc from 'fast-check';
import { build, type PlistValue, parse } from 'plist';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { scanPlist } from '../../src/runtime/scan-plist.ts';

/** The library's own verdicts are said on the console. */
beforeAll(() => void [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')].map((spy) => spy.mockImplementation(() => undefined)));
afterAll(() => void vi.restoreAllMocks());

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n';
const document = (body: string) => `${HEAD}<plist version="1.0">\n${body}\n</plist>\n`;

/** What the library makes of it; undefined when it refuses. */
function byLibrary(text: string): { value: unknown } | undefined {
  try {
    return { value: parse(text) };
  } catch {
    return undefined;
  }
}

describe('the plain form', () => {
  it.each<[string, string, unknown]>([
    ['a dictionary', '<dict>\n\t<key>A</key>\n\t<string>x</string>\n\t<key>B</key>\n\t<true/>\n</dict>', { A: 'x', B: true }],
    ['nothing in things', '<array><dict/><array/><string/><string></string></array>', [{}, [], '', '']],
    ['entities', '<string>a &amp; b &lt;c&gt; &quot;d&quot; &apos;</string>', 'a & b <c> "d" \''],
    ['numbers', '<array><integer>-7</integer><integer> 12 </integer><real>0.81</real></array>', [-7, 12, 0.81]],
    ['data over lines', '<data>\n\tAAEC\n\tAwQ=\n</data>', new Uint8Array([0, 1, 2, 3, 4])],
    ['a date', '<date>2026-11-20T10:00:00Z</date>', new Date('2026-11-20T10:00:00Z')],
    ['blanks kept', '<string> \n x </string>', ' \n x '],
    ['beyond the basic plane', '<string>Anna’s 📱</string>', 'Anna’s 📱'],
    ['a key twice', '<dict><key>A</key><true/><key>A</key><false/></dict>', { A: false }],
  ])('%s', (_name, body, value) => {
    expect(scanPlist(document(body))).toEqual(value);
    expect(byLibrary(document(body))).toEqual({ value });
  });
});

describe('is left to the library', () => {
  it.each<[string, string]>([
    ['a comment', document('<!-- x --><true/>')],
    ['CDATA', document('<string><![CDATA[x]]></string>')],
    ['an attribute', document('<string x="1">a</string>')],
    ['a character by number', document('<string>&#65;</string>')],
    ['an entity nobody knows', document('<string>&x;</string>')],
    ['an ampersand alone', document('<string>a & b</string>')],
    ['text between elements', document('<array>x<true/></array>')],
    ['a tag in a string', document('<string>a<b/></string>')],
    ['a key without a value', document('<dict><key>A</key></dict>')],
    ['a prototype', document('<dict><key>__proto__</key><true/></dict>')],
    ['two values', document('<true/><true/>')],
    ['no value', document('')],
    ['something after the end', `${document('<true/>')}x`],
    ['an empty integer', document('<integer></integer>')],
    ['data that is none', document('<data>????</data>')],
    ['entities of its own', `<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY x "y">]><plist><string>&x;</string></plist>`],
    ['a carriage return', document('<string>a\r\nb</string>')],
    ['a control character', document('<string>a\u0001b</string>')],
    ['many levels', document('<array>'.repeat(100) + '</array>'.repeat(100))],
    ['an end too few', document('<array><true/>')],
    ['another root', '<?xml version="1.0"?><html/>'],
  ])('%s', (_name, text) => {
    expect(scanPlist(text)).toBeUndefined();
  });
});

const text = fc.string({ unit: fc.constantFrom(...'ab &<>"\'/\n\t;=é📱]', ' '), maxLength: 12 });
const { tree } = fc.letrec<{ tree: PlistValue }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.uint8Array({ maxLength: 9 }),
    fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('tree'),
      { maxKeys: 4 },
    ),
  ) as fc.Arbitrary<PlistValue>,
}));

describe('reads what the library reads', () => {
  it('of every document the library writes', () => {
    let read = 0;
    fc.assert(
      fc.property(tree, (value) => {
        const written = build(value);
        const scanned = scanPlist(written);
        if (scanned === undefined) return;
        read += 1;
        expect(scanned).toEqual(byLibrary(written)?.value);
      }),
      { numRuns: 500 },
    );
    // The comparison would prove nothing if most were left to the library.
    expect(read).toBeGreaterThan(250);
  });

  it('of documents with a piece cut out, doubled or put elsewhere', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      '</dict>',
      '<key>',
      '</string>',
      '<string>',
      '<true/>',
      '&amp;',
      '&',
      ' ',
      '\n',
      'x',
      '<!--',
      '-->',
      ']]>',
    );
    let read = 0;
    fc.assert(
      fc.property(tree, fc.nat(), fc.nat({ max: 12 }), fc.oneof(fc.constant(''), pieces), (value, at, length, piece) => {
        const whole = build(value);
        const from = at % whole.length;
        const damaged = whole.slice(0, from) + piece + whole.slice(from + length);
        const scanned = scanPlist(damaged);
        if (scanned === undefined) return;
        read += 1;
        expect({ value: scanned }).toEqual(byLibrary(damaged));
      }),
      { numRuns: 3_000 },
    );
    expect(read).toBeGreaterThan(100);
  });
});

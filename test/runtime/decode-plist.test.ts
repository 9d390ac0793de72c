import { buildBinary } from 'plist';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createPlistDecoder } from '../../src/runtime/decode-plist.ts';

const inline = createPlistDecoder();
const threaded = createPlistDecoder({ inlineBytesMax: 0 });
afterAll(async () => {
  await inline.close();
  await threaded.close();
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const xml = (body: string): Uint8Array => bytes(`<?xml version="1.0" encoding="UTF-8"?><plist version="1.0">${body}</plist>`);

/** A binary plist from its objects' bytes; references are one byte. */
function binary(objects: number[][], top = 0): Uint8Array {
  const header = [...bytes('bplist00')];
  const offsets: number[] = [];
  for (const object of objects) {
    offsets.push(header.length);
    header.push(...object);
  }
  const table = header.length;
  for (const offset of offsets) header.push(offset >> 8, offset & 255);
  const uint64 = (value: number): number[] => [0, 0, 0, 0, 0, 0, value >> 8, value & 255];
  return new Uint8Array([...header, 0, 0, 0, 0, 0, 0, 2, 1, ...uint64(objects.length), ...uint64(top), ...uint64(table)]);
}

describe.each([
  ['inline', inline],
  ['in the worker thread', threaded],
])('a property list %s', (_, { decodePlist }) => {
  it.each<[string, Uint8Array, unknown]>([
    ['XML', xml('<dict><key>A</key><string>x</string><key>B</key><integer>3</integer></dict>'), { A: 'x', B: 3 }],
    ['<data>', xml('<data>AAEC</data>'), new Uint8Array([0, 1, 2])],
    ['a date', xml('<date>2026-11-20T00:00:00Z</date>'), new Date('2026-11-20T00:00:00Z')],
    ['binary', buildBinary({ A: ['x', 1, true], B: new Uint8Array([7]) }), { A: ['x', 1, true], B: new Uint8Array([7]) }],
  ])('%s', async (_name, given, value) => {
    expect(await decodePlist(given)).toEqual(value);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', bytes(''), /neither/],
    ['JSON', bytes('{"a":1}'), /neither/],
    ['OpenStep text', bytes('{a = 1;}'), /neither/],
    ['HTML', bytes('<html></html>'), /neither/],
    ['an open tag', bytes('<plist><dict><key>a</dict></plist>'), /./],
    ['another root', bytes('<?xml version="1.0"?><html/>'), /plist/],
    ['20,000 levels', xml('<array>'.repeat(20_000) + '</array>'.repeat(20_000)), /nested deeper/],
    ['20,000 levels without an end', bytes(`<plist>${'<dict>'.repeat(20_000)}`), /nested deeper/],
    ['a prototype', xml('<dict><key>__proto__</key><dict><key>x</key><true/></dict></dict>'), /./],
    ['binary cut short', bytes('bplist00'), /cut short/],
    ['binary in a circle', binary([[0xa1, 0]]), /circle/],
    ['binary that unfolds to 2^40 objects', binary([...Array.from({ length: 40 }, (_, i) => [0xa2, i + 1, i + 1]), [0x09]]), /more than/],
    ['binary with a value longer than itself', binary([[0x5f, 0x12, 0x7f, 0xff, 0xff, 0xff]]), /longer than itself/],
    ['binary with a reference into nothing', binary([[0xa1, 9]]), /does not have/],
  ])('%s is rejected, and nothing is said on the console', async (_name, given, message) => {
    const spoken = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')].map((spy) => spy.mockImplementation(() => undefined));
    await expect(decodePlist(given)).rejects.toThrow(message);
    for (const spy of spoken) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
});

describe('the worker thread', () => {
  it('takes many at once and answers each its own', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => threaded.decodePlist(xml(`<integer>${i}</integer>`))));
    expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  it('is given up when it takes too long; the next one gets a new thread', async () => {
    const decoder = createPlistDecoder({ inlineBytesMax: 4096, timeoutMs: 1 });
    const large = xml(`<array>${'<string>x</string>'.repeat(200_000)}</array>`);
    await expect(decoder.decodePlist(large)).rejects.toThrow('not parsed within 1 ms');
    await expect(decoder.decodePlist(large)).rejects.toThrow('not parsed within 1 ms');
    expect(await decoder.decodePlist(xml('<true/>'))).toBe(true);
    await decoder.close();
  });

  it('rejects what waits when it is closed', async () => {
    const decoder = createPlistDecoder({ inlineBytesMax: 0 });
    const waiting = expect(decoder.decodePlist(xml('<true/>'))).rejects.toThrow('stopped');
    await decoder.close();
    await waiting;
  });
});

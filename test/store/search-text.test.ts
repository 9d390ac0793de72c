import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldText, searchTextOf } from '../../src/store/search-text.ts';

describe('folded text', () => {
  it.each([
    ['case', 'LAB iPad', 'lab ipad'],
    ['accents, however they are written', 'Jo\u0308rg É', 'jorg e'],
    ['apostrophes', 'Jane’s ‘iPad`', "jane's 'ipad'"],
    ['blanks', '  a\n\tb  c ', 'a b c'],
    ['wide letters', 'ｉＰａｄ', 'ipad'],
  ])('leaves out %s', (_, text, folded) => {
    expect(foldText(text)).toBe(folded);
  });

  it('keeps what makes other scripts out', () => {
    expect(foldText('東京 Ипад 아이패드')).toBe('東京 ипад 아이패드');
  });

  it('holds no line break, and is the same folded again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const folded = foldText(text);
        expect(folded).not.toContain('\n');
        expect(foldText(folded)).toBe(folded);
      }),
    );
  });
});

it('what a device is found by has a line for each', () => {
  expect(searchTextOf('ID-1', { deviceName: 'Lab 7', serialNumber: 'C02', tags: ['Büro', 'x'] })).toBe('lab 7\nid-1\nc02\nburo\nx');
  expect(searchTextOf('ID-1', { deviceName: undefined, serialNumber: undefined, tags: [] })).toBe('id-1');
});

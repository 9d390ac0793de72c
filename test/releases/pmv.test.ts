import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatVersion } from '../../src/os/version.ts';
import type { PmvAnswer } from '../../src/releases/catalogue.types.ts';
import { parsePmv, readPmv } from '../../src/releases/pmv.ts';
import { answerOf, day, FIRST_DAY, pmvOf, START } from './fixtures/answers.ts';

const quirks = readFileSync(new URL('./fixtures/quirks.json', import.meta.url), 'utf8');

function lines(answer: PmvAnswer): string[] {
  return answer.assets.map((asset) =>
    [
      asset.set,
      `${asset.platform} ${formatVersion(asset.version)}`,
      asset.build ?? '-',
      asset.prerequisiteBuild ?? '-',
      asset.postingDate ?? '-',
      asset.expirationDate ?? '-',
      asset.devices.join('+'),
    ].join(' | '),
  );
}

describe('parsePmv', () => {
  it('reads what can be read of a quirky answer', () => {
    const reading = parsePmv(quirks);

    if (!reading.ok) throw new Error(reading.detail);
    expect(lines(reading.answer)).toEqual([
      'improvement | iOS 40.0.1 (a) | 40A771000a | 40A20 | - | - | iPhone90,1',
      'improvement | iOS 40.0.1 (b) | 40A771001a | - | - | - | iPhone90,1',
      'managed | toasterOS 1.0 | 1A1 | - | - | - | Toaster1,1',
      'public | iOS 38.0 | - | - | - | 2040-06-10 | AppleTV90,1',
      'public | iOS 39.8 | - | - | - | - | iPad90,1',
      // The same build twice: per device the earliest posting and the latest expiration.
      'public | iOS 40.1 | 40B10 | - | 2040-02-20 | 2040-05-01 | iPad90,1',
      'public | iOS 40.1 | 40B10 | - | 2040-02-20 | 2040-06-10 | iPhone90,2',
      'public | iOS 40.1 | 40B10 | - | 2040-03-01 | 2040-06-10 | iPhone90,1',
      'public | iOS 40.1 | 40B6010 | - | 2040-03-01 | 2040-06-10 | iPhone90,1+iPhone90,2',
      'public | visionOS 5.0 | 40N1 | - | - | - | RealityDevice90,1+RealityDevice90,2',
    ]);
    expect(reading.answer.sets).toEqual(['improvement', 'managed', 'public']);
    // Seven entries, the list that is no list, and the improvement that doesn't say which one it is.
    expect(reading.answer.droppedEntries).toBe(9);
  });

  it.each([['<html>Please log in</html>'], [''], ['null'], ['[]'], ['"{}"'], ['17'], ['{"AssetSets":']])('%j is no answer', (body) => {
    expect(parsePmv(body)).toEqual({ ok: false, detail: expect.stringContaining('JSON') });
  });

  it('an object without any known set is an answer that lists nothing', () => {
    expect(parsePmv('{"error":"later"}')).toEqual({
      ok: true,
      answer: expect.objectContaining({ assets: [], sets: [], droppedEntries: 0 }),
    });
  });
});

describe('the normal form', () => {
  it.each([
    ['PublicRapidSecurityResponses', 'PublicBackgroundSecurityImprovements'],
    ['PublicBackgroundSecurityImprovements', 'PublicRapidSecurityResponses'],
  ])('reads %s and %s as one', (spelling, other) => {
    const platforms = {
      iOS: [{ ProductVersion: '40.1', ProductVersionExtra: '(a)', Build: '40B771000a', SupportedDevices: ['iPhone90,1'] }],
    };

    expect(readPmv({ [spelling]: platforms })).toEqual(readPmv({ [other]: platforms }));
    expect(readPmv({ [spelling]: platforms }).assets).toHaveLength(1);
  });

  it('is the same whatever the order of sets, platforms, entries and devices', () => {
    const raw = pmvOf(START, FIRST_DAY);
    const shuffled = (value: unknown): fc.Arbitrary<unknown> => {
      if (Array.isArray(value)) {
        return value.length === 0
          ? fc.constant([])
          : fc.tuple(...value.map(shuffled)).chain((items) => fc.shuffledSubarray(items, { minLength: items.length }));
      }
      if (typeof value !== 'object' || value === null) return fc.constant(value);
      return fc
        .tuple(...Object.entries(value).map(([key, item]) => shuffled(item).map((shuffledItem) => [key, shuffledItem] as const)))
        .chain((entries) => fc.shuffledSubarray([...entries], { minLength: entries.length }))
        .map((entries) => Object.fromEntries(entries));
    };

    fc.assert(
      fc.property(shuffled(raw), (other) => {
        expect(readPmv(other)).toEqual(readPmv(raw));
      }),
    );
  });

  it('its digest leaves the rolling dates out, and nothing else', () => {
    const today = answerOf(START, FIRST_DAY);

    expect(answerOf(day(1), FIRST_DAY).digest).toBe(today.digest);
    expect(answerOf(day(1), FIRST_DAY)).not.toEqual(today);
    expect(answerOf(START, FIRST_DAY.slice(1)).digest).not.toBe(today.digest);
    expect(answerOf(START, [...FIRST_DAY, { release: 'macOS 39.9', build: '39X5', devices: ['J801AP'] }]).digest).not.toBe(today.digest);
  });

  it('takes no expiration that lies before the posting', () => {
    const entry = { ProductVersion: '40.1', Build: '40B10', PostingDate: '2040-03-01', SupportedDevices: ['iPhone90,1'] };
    const expirationOf = (ExpirationDate: string) =>
      readPmv({ PublicAssetSets: { iOS: [{ ...entry, ExpirationDate }] } }).assets[0]?.expirationDate;
    expect(expirationOf('2039-03-01')).toBeUndefined();
    expect(expirationOf('2040-03-01')).toBe('2040-03-01');
  });

  it('survives JSON', () => {
    const answer = answerOf(START, FIRST_DAY);

    expect(JSON.parse(JSON.stringify(answer))).toStrictEqual(answer);
  });
});

describe('hostile input', () => {
  const known = fc.constantFrom(
    'PublicAssetSets',
    'AssetSets',
    'iOS',
    'xrOS',
    'ProductVersion',
    'SupportedDevices',
    'Build',
    'ExpirationDate',
  );
  const hostile = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, fc.jsonValue(), fc.array(tie('value')), fc.dictionary(fc.oneof(known, fc.string()), tie('value'))),
  })).value;

  it('never makes it throw, as a value or as text', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        expect(readPmv(value).droppedEntries).toBeGreaterThanOrEqual(0);
        expect(parsePmv(JSON.stringify(value)).ok).toBe(typeof value === 'object' && value !== null && !Array.isArray(value));
      }),
      { numRuns: 500 },
    );
  });

  it('never makes it throw inside an answer that is otherwise well', () => {
    fc.assert(
      fc.property(hostile, (item) => {
        const good = { ProductVersion: '40.1', Build: '40B10', SupportedDevices: ['iPhone90,1'] };

        const answer = readPmv({
          PublicAssetSets: { iOS: [item, good, { ...good, SupportedDevices: [item] }], [`x${JSON.stringify(item)}`]: item },
        });

        expect(answer.assets.some((asset) => asset.platform === 'iOS' && asset.build === '40B10')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('takes keys of Object.prototype as the platform and device names they are', () => {
    const raw = JSON.parse('{"AssetSets":{"__proto__":[{"ProductVersion":"1.0","SupportedDevices":["__proto__","constructor"]}]}}');

    expect(readPmv(raw).assets).toEqual([expect.objectContaining({ platform: '__proto__', devices: ['__proto__', 'constructor'] })]);
    expect(({} as Record<string, unknown>).ProductVersion).toBeUndefined();
  });

  it('reads a bounded number of pairs', () => {
    const devices = Array.from({ length: 150_000 }, (_, n) => `D${n}`);
    const entry = (version: string) => ({ ProductVersion: version, SupportedDevices: devices });

    const answer = readPmv({ AssetSets: { iOS: [entry('40.1'), entry('40.2'), entry('40.3')] } });

    expect(answer.assets).toHaveLength(1);
    expect(answer.droppedEntries).toBe(2);
  });
});

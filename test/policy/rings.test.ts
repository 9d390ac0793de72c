import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MatchSubject } from '../../src/policy/match.ts';
import { ringIndexOf, slotOf } from '../../src/policy/rings.ts';
import { DEVICE, NOW, PHONE } from '../decide/builders.ts';
import { ring } from '../rollout/builders.ts';

const SUBJECT: MatchSubject = {
  id: DEVICE,
  serialNumber: 'S1',
  platform: 'iOS',
  productName: PHONE,
  version: undefined,
  isSupervised: true,
  tags: ['exec'],
  enrolledAt: NOW,
  now: NOW,
};
const IDS = Array.from({ length: 4_000 }, (_, index) => `device-${index}`);
const NOBODY = new Set<string>();
const percent = (name: string, share: number) => ring(name, { who: { kind: 'percent', percent: share } });

function members(rings: Parameters<typeof ringIndexOf>[0], policy = 'everyone'): string[][] {
  const found: string[][] = rings.map(() => []);
  for (const id of IDS) found[ringIndexOf(rings, policy, { ...SUBJECT, id }, NOBODY)]?.push(id);
  return found;
}

describe('a percentage', () => {
  it('takes about as many', () => {
    const [pilot = [], early = [], rest = []] = members([percent('pilot', 10), percent('early', 25), ring('everyone')]);
    expect(pilot.length / IDS.length).toBeCloseTo(0.1, 1);
    expect(early.length / IDS.length).toBeCloseTo(0.25, 1);
    expect(pilot.length + early.length + rest.length).toBe(IDS.length);
  });

  it('that grew only adds, and nobody comes later by it', () => {
    const before = [percent('pilot', 10), percent('early', 20), ring('everyone')];
    const after = [percent('pilot', 15), percent('early', 20), ring('everyone')];
    for (const id of IDS) {
      const [was, is] = [before, after].map((rings) => ringIndexOf(rings, 'everyone', { ...SUBJECT, id }, NOBODY));
      expect(is).toBeLessThanOrEqual(was ?? -1);
    }
  });

  it('whatever percentages grow, nobody comes into a later ring by it', () => {
    const shares = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 10 })), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(shares, fc.string(), fc.array(fc.uuid(), { minLength: 20, maxLength: 20 }), (given, policy, ids) => {
        const before = [...given.map(([share], index) => percent(`r${index}`, share)), ring('rest')];
        const after = [...given.map(([share, more], index) => percent(`r${index}`, share + more)), ring('rest')];
        for (const id of ids) {
          const [was = 0, is = 0] = [before, after].map((rings) => ringIndexOf(rings, policy, { ...SUBJECT, id }, NOBODY));
          expect(is).toBeLessThanOrEqual(was);
        }
      }),
    );
  });

  it('takes others under another policy', () => {
    const pilot = (policy: string) => members([percent('pilot', 10), ring('everyone')], policy)[0] ?? [];
    const other = new Set(pilot('phones'));
    expect(pilot('macs').filter((id) => other.has(id)).length).toBeLessThan(other.size / 2);
  });

  it('of 100 takes everyone', () => {
    expect(members([percent('all', 100), ring('everyone')])[1]).toEqual([]);
    expect(Math.max(...IDS.map((id) => slotOf('everyone', id)))).toBeLessThan(100);
  });
});

describe('a device is in', () => {
  const rings = [
    ring('canary', { who: { kind: 'devices', count: 1 } }),
    ring('exec', { who: { kind: 'match', match: { tags: ['exec'] } } }),
    ring('everyone'),
  ];
  it.each([
    ['the ring it was chosen for', ['exec'], new Set([DEVICE]), 0],
    ['the first ring that means it', ['exec'], NOBODY, 1],
    ['the last when no other does', [], NOBODY, 2],
  ])('%s', (_, tags, chosen, expected) => {
    expect(ringIndexOf(rings, 'everyone', { ...SUBJECT, tags }, chosen)).toBe(expected);
  });
});

import { expect, it } from 'vitest';
import { conflictSentence } from '../../src/engine/alerting/conflict-sentence.ts';
import type { ConflictCount, ConflictMark } from '../../src/store/store.ts';

const KMFDDM: ConflictMark = { kind: 'enforcement', whose: 'http://kmfddm:9002/' };
const UNKNOWN: ConflictMark = { kind: 'enforcement' };
const COMMAND: ConflictMark = { kind: 'update-command' };
const DEFERRAL: ConflictMark = { kind: 'deferral', whose: 'com.example.restrictions' };
const OTHERS = [1, 2, 3, 4, 5, 6, 7].map((n): ConflictMark => ({ kind: 'enforcement', whose: `http://ddm-${n}/` }));

it.each<[string, ConflictCount[], { sentence: string; count: number } | undefined]>([
  ['nothing is worth none', [], undefined],
  ['a deferral alone is worth none', [{ conflicts: [DEFERRAL], devices: 900 }], undefined],
  [
    'whose they are is told, and how many',
    [
      { conflicts: [KMFDDM], devices: 11 },
      { conflicts: [DEFERRAL, KMFDDM], devices: 1 },
      { conflicts: [UNKNOWN], devices: 1 },
    ],
    {
      sentence:
        '12 devices hold software-update declarations of http://kmfddm:9002/; 1 device holds software-update declarations of another server.',
      count: 13,
    },
  ],
  [
    'a command alone is worth one',
    [{ conflicts: [COMMAND], devices: 1 }],
    { sentence: '1 device answered update commands that Ratchet did not send.', count: 1 },
  ],
  [
    'a device with both counts once',
    [{ conflicts: [KMFDDM, COMMAND], devices: 3 }],
    {
      sentence:
        '3 devices hold software-update declarations of http://kmfddm:9002/; 3 devices answered update commands that Ratchet did not send.',
      count: 3,
    },
  ],
])('%s', (_what, counts, told) => {
  expect(conflictSentence(counts)).toEqual(told);
});

it('names five servers at most', () => {
  const told = conflictSentence(OTHERS.map((mark) => ({ conflicts: [mark], devices: 1 })));
  expect(told?.sentence.split('; ')).toHaveLength(6);
  expect(told?.sentence).toMatch(/some hold those of 2 more\.$/);
  expect(told?.count).toBe(7);
});

import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/decide/attempt.types.ts';
import { proposalText, proposeKnownBugs } from '../../src/decide/known-bug-proposals.ts';

const attempt = (outcome: Attempt['outcome'], changes: Partial<Attempt> = {}): Attempt => ({
  commandUuid: 'a',
  enrollmentId: 'D1',
  model: 'iPhone10,1',
  fromVersion: '16.7',
  release: 'iOS 16.7.9',
  toVersion: '16.7.9',
  action: 'InstallASAP',
  attempt: 1,
  decidedAt: 0,
  answer: 'Acknowledged',
  notNowCount: 0,
  isLate: false,
  outcome,
  isSettled: true,
  ...changes,
});
const times = (count: number, outcome: Attempt['outcome'], changes: Partial<Attempt> = {}) =>
  Array.from({ length: count }, (_, index) => attempt(outcome, { enrollmentId: `D${index % 3}`, ...changes }));
const texts = (attempts: Attempt[]) => proposeKnownBugs(attempts).map(proposalText);

describe('what attempts propose as known bugs', () => {
  it('is what mostly came to nothing, in a sentence', () => {
    expect(texts([...times(1, 'verified'), ...times(6, 'no-effect'), ...times(1, 'failed', { answer: 'Error' })])).toEqual([
      'iPhone10,1 16.7 → 16.7.9 InstallASAP: 1 of 8 verified, 6 Acknowledged without effect, 1 failed',
    ]);
  });

  it.each<[string, Attempt[], number]>([
    ['four are too few', times(4, 'no-effect'), 0],
    ['five are enough', times(5, 'no-effect'), 1],
    ['half of them verified', [...times(3, 'verified'), ...times(3, 'no-effect')], 0],
    ['fewer than half', [...times(2, 'verified'), ...times(3, 'no-effect')], 1],
    ['what is open does not count', [...times(4, 'no-effect'), ...times(9, 'open')], 0],
    [
      'what was never answered does not count',
      [...times(4, 'no-effect'), ...times(9, 'lost', { answer: undefined }), ...times(9, 'never-sent', { answer: undefined })],
      0,
    ],
    ['what only tells does not count', times(9, 'no-effect', { action: 'NotifyOnly' }), 0],
    ['models are apart', [...times(3, 'no-effect'), ...times(3, 'no-effect', { model: 'iPhone10,2' })], 0],
    ['versions are apart', [...times(3, 'no-effect'), ...times(3, 'no-effect', { fromVersion: '16.6' })], 0],
    ['actions are apart', [...times(3, 'no-effect'), ...times(3, 'no-effect', { action: 'Default' })], 0],
    ['models that never told are one', times(5, 'no-effect', { model: undefined, fromVersion: undefined }), 1],
  ])('%s', (_, attempts, count) => {
    expect(proposeKnownBugs(attempts)).toHaveLength(count);
  });

  it('comes with the worst first, and says what is in the table already', () => {
    const found = proposeKnownBugs([...times(5, 'no-effect'), ...times(6, 'no-effect', { fromVersion: '11.3.1', enrollmentId: 'D1' })]);
    expect(found).toMatchObject([
      { fromVersion: '11.3.1', answered: 6, devices: 1, knownBug: 'ios-11.3.1-acknowledged-and-nothing' },
      { fromVersion: '16.7', answered: 5, devices: 3 },
    ]);
    expect(found[1]?.knownBug).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { createLoad } from '../../src/engine/load.ts';

const MON = '2040-09-10';
const TUE = '2040-09-11';

describe('what devices take up of the limits', () => {
  it('is each device once, where it stands last', () => {
    const load = createLoad();
    load.note('a', { reason: 'waiting-for-date', counted: { date: MON, newOn: MON } });
    load.note('a', { reason: 'waiting-for-date', counted: { date: MON, newOn: MON } });
    load.note('b', { reason: 'waiting-for-date', counted: { date: MON, tags: ['till'], newOn: MON } });
    expect([load.fleet(), load.newOn(MON), load.restartsOn(MON, 'c'), load.restartsOn(MON, 'c', 'till')]).toEqual([2, 2, 2, 1]);
    load.note('a', { reason: 'waiting-for-date', counted: { date: TUE, newOn: MON } });
    expect([load.restartsOn(MON, 'c'), load.restartsOn(TUE, 'c'), load.restartsOn(TUE, 'a')]).toEqual([1, 1, 0]);
    expect(load.restartsOn(MON, 'b', 'till')).toBe(0);
  });

  it('who got there leaves its date and not the day it was new on', () => {
    const load = createLoad([['a', { reason: 'waiting-for-date', counted: { date: TUE, newOn: MON } }]]);
    load.note('a', { reason: 'verified' });
    expect([load.restartsOn(TUE, 'b'), load.newOn(MON), load.fleet()]).toEqual([0, 1, 1]);
  });

  it('who left is no part of the fleet', () => {
    const load = createLoad([['a', { reason: 'verified' }]]);
    load.note('a', { reason: 'unenrolled' });
    load.note('b', { reason: 'user-enrollment' });
    expect(load.fleet()).toBe(0);
  });

  it('a copy counts the same and changes nothing of the other', () => {
    const load = createLoad([
      ['a', { reason: 'waiting-for-date', counted: { date: TUE, tags: ['till'], newOn: MON } }],
      ['b', { reason: 'waiting-for-date', counted: { date: TUE, newOn: MON } }],
    ]);
    load.note('b', { reason: 'verified' });
    const copy = load.copy();
    expect([copy.fleet(), copy.newOn(MON), copy.restartsOn(TUE, 'c'), copy.restartsOn(TUE, 'c', 'till')]).toEqual([2, 2, 1, 1]);
    copy.note('c', { reason: 'waiting-for-date', counted: { date: TUE, newOn: MON } });
    expect([load.fleet(), load.newOn(MON), load.restartsOn(TUE, 'x')]).toEqual([2, 2, 1]);
  });
});

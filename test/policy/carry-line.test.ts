import { describe, expect, it } from 'vitest';
import { carryLine } from '../../src/policy/carry-line.ts';
import { type LedgerLine, writeLine } from '../../src/policy/ledger.ts';
import { DAY_MS, instantOf } from '../../src/time/local.ts';

/** Rule 36 and promise 6: a device that moves to another server keeps its deadlines. */

const NOW = Date.parse('2040-09-10T08:00:00Z');
const policy = { name: 'everyone', due: { kind: 'days' as const, days: 7, at: '18:00' } };

/** Of a release that was first seen on 3 September: due on the 10th. */
function lineOf(changes: Partial<LedgerLine> = {}): LedgerLine {
  const seen = NOW - 7 * DAY_MS;
  const line = writeLine({
    ...{ policy: 'everyone', enrollmentId: 'D1', release: 'iOS 40.6', version: '40.6', due: policy.due, zone: 'Europe/Berlin' },
    ...{ firstSeenAt: seen, requiredSince: seen, zoneAssumed: false, noticeMs: DAY_MS, now: seen },
  });
  return { ...line, ...changes };
}

function due(local: string): Partial<LedgerLine> {
  return { dueLocal: `${local}T18:00:00`, dueAt: instantOf(`${local}T18:00:00`, 'Europe/Berlin') };
}

const carry = (line: LedgerLine, here?: LedgerLine, own = policy) => carryLine({ line, policy: own, here, noticeMs: DAY_MS, now: NOW });

describe('a line of another server', () => {
  it('is written where there is none: its date, and the clock it counts from', () => {
    const { outcome, line } = carry(lineOf());
    expect(outcome).toBe('written');
    expect(line).toEqual({ ...lineOf(), writtenAt: NOW });
    expect(line.dueLocal).toBe('2040-09-10T18:00:00');
  });

  it.each([
    ['sooner than the one here: it stands', due('2040-09-10'), due('2040-09-17'), 'sooner', '2040-09-10T18:00:00'],
    ['later than the one here: that stays', due('2040-09-17'), due('2040-09-10'), 'kept', '2040-09-10T18:00:00'],
    ['the same: nothing happens', due('2040-09-10'), due('2040-09-10'), 'same', '2040-09-10T18:00:00'],
  ])('%s', (_, there, own, outcome, expected) => {
    const result = carry(lineOf(there), lineOf(own));
    expect([result.outcome, result.line.dueLocal]).toEqual([outcome, expected]);
  });

  it("that was computed in a zone told or assumed there: the device's own clock says which is sooner", () => {
    const there = {
      dueLocal: '2040-09-10T18:00:00',
      zone: 'Pacific/Auckland',
      dueAt: instantOf('2040-09-10T18:00:00', 'Pacific/Auckland'),
    };
    const here = { dueLocal: '2040-09-10T09:00:00', dueAt: instantOf('2040-09-10T09:00:00', 'Europe/Berlin') };
    expect(here.dueAt).toBeGreaterThan(there.dueAt);
    expect(carry(lineOf(there), lineOf(here))).toMatchObject({ outcome: 'kept', line: here });
  });

  it('that a ring or a notice put off there stays put off, where the policy is the same', () => {
    expect(carry(lineOf(due('2040-09-20'))).line.dueLocal).toBe('2040-09-20T18:00:00');
  });

  it('carried twice is the same', () => {
    const { line } = carry(lineOf());
    expect(carry(lineOf(), line)).toEqual({ outcome: 'same', line });
  });

  it('of a policy with more days there: the days of here count, from the clock start of there', () => {
    const there = lineOf({ ...due('2040-10-03'), dueSpec: '30 days at 18:00' });
    expect(carry(there).line).toMatchObject({ dueLocal: '2040-09-10T18:00:00', dueSpec: '7 days at 18:00' });
  });

  it('of a policy with fewer days there stays as soon, and in the words of here: no later look takes it for an edit', () => {
    const longer = { ...policy, due: { ...policy.due, days: 30 } };
    const { line } = carry(lineOf(), undefined, longer);
    expect(line).toMatchObject({ dueLocal: '2040-09-10T18:00:00', dueSpec: '30 days at 18:00' });
    expect(carry(lineOf(), line, longer).outcome).toBe('same');
  });

  it.each([
    ['a severity stays its own', '3 days at 18:00 (exploited)', '7 days at 18:00 (exploited)'],
    ['a version that only the other policy named', '3 days at 18:00 (named)', '7 days at 18:00'],
    ['an expedite of there', 'by 2040-09-05T18:00 (expedited)', '7 days at 18:00'],
  ])('%s', (_, spec, expected) => {
    const { line } = carry(lineOf({ ...due('2040-09-06'), dueSpec: spec }));
    expect([line.dueLocal, line.dueSpec]).toEqual(['2040-09-06T18:00:00', expected]);
  });

  it('that is sooner brings its clock along only backwards', () => {
    const here = lineOf({ ...due('2040-09-17'), clockStartAt: NOW - 20 * DAY_MS });
    expect(carry(lineOf(due('2040-09-10')), here).line.clockStartAt).toBe(NOW - 20 * DAY_MS);
  });
});

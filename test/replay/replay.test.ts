import { describe, expect, it } from 'vitest';
import { readHistory } from '../../src/replay/history.ts';
import { replay } from '../../src/replay/replay.ts';
import type { ReplayResult } from '../../src/replay/replay.types.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { day, device, fleetOf, historyText, policy, policySet, run } from './synthetic.ts';

const FLEET = fleetOf(60);

const release = ({ releases }: ReplayResult, name: string) => releases.find((one) => one.release === name);
/** What must not depend on how it was counted. */
const sums = ({ linesSet, movedLater, broken, exposure, releases }: ReplayResult) => ({
  linesSet,
  movedLater,
  broken: broken.count,
  exposure: [exposure.all.deviceDays, exposure.overdue.deviceDays],
  reached: releases.map(({ release: name, devices, reached, lines, firstDate, lastDate, daysTo }) => ({
    ...{ name, devices, reached, lines, firstDate, lastDate, daysTo },
  })),
});

describe('a replay', () => {
  const result = run(FLEET);

  it('sets a date for each device and release, moves none later, and breaks no promise', () => {
    expect(result.broken).toEqual({ count: 0, examples: [] });
    expect(result.movedLater).toEqual({ withoutCause: 0, audited: 0 });
    expect(release(result, 'iOS 40.2')).toMatchObject({ devices: 50, reached: 50, lines: 50, firstDate: '2040-02-05T18:00:00' });
    expect(release(result, 'macOS 40.2')).toMatchObject({ devices: 10, reached: 10, lines: 10, firstDate: '2040-02-25T18:00:00' });
    expect(result.linesSet).toBeGreaterThan(150);
  });

  it('ends with everybody at the newest, most by their date', () => {
    expect(release(result, 'iOS 40.4')).toMatchObject({ devices: 50, reached: 50 });
    expect(release(result, 'iOS 40.4')?.daysTo.p90).toBeLessThan(15);
    expect(result.exposure.all.deviceDays).toBeGreaterThan(result.exposure.overdue.deviceDays);
  });

  it('stops a withdrawn release on the day it is withdrawn', () => {
    expect(release(result, 'iOS 40.3')?.withdrawnAt).toBe(day(62));
    const pads = FLEET.filter(({ platform }) => platform === 'iPadOS');
    const installs: number[] = [];
    const watched = run(pads, { to: day(69) });
    for (const one of watched.releases) if (one.release === 'iOS 40.3') installs.push(one.reached);
    // Whoever was eager within the two days; nobody by a date.
    expect(installs[0]).toBeLessThan(pads.length / 3);
    expect(watched.broken.count).toBe(0);
  });

  it('is the same twice', () => {
    expect(run(FLEET)).toEqual(result);
  });

  it('skips the days on which nothing can change: with a look every day the same comes out', () => {
    const daily = run(FLEET, { looksDaily: true });
    expect(sums(daily)).toEqual(sums(result));
    expect(daily.decisions).toBeGreaterThan(3 * result.decisions);
  });

  it('decides devices together that are alike: one by one the same comes out', () => {
    const each = FLEET.slice(0, 24).map((one) => run([one]));
    const together = run(FLEET.slice(0, 24));
    const sum = (of: (one: ReplayResult) => number) => each.reduce((total, one) => total + of(one), 0);
    expect(together.linesSet).toBe(sum(({ linesSet }) => linesSet));
    expect(together.broken.count).toBe(sum(({ broken }) => broken.count));
    // Each is rounded to whole days.
    expect(Math.abs(together.exposure.all.deviceDays - sum(({ exposure }) => exposure.all.deviceDays))).toBeLessThan(13);
    expect(together.decisions).toBeLessThan(sum(({ decisions }) => decisions));
    for (const { release: name, devices, reached } of together.releases)
      expect([name, devices, reached]).toEqual([
        name,
        sum((one) => release(one, name)?.devices ?? 0),
        sum((one) => release(one, name)?.reached ?? 0),
      ]);
  });

  it('opens rings one after the other, and nobody gets a release before their ring', () => {
    const promote = { by: 'health' as const, successPercent: 90, soakMs: DAY_MS, minimum: 1, atLatestMs: 10 * DAY_MS };
    const rings = [
      { name: 'canary', who: { kind: 'devices' as const, count: 3 }, afterMs: 0, promote },
      { name: 'half', who: { kind: 'percent' as const, percent: 50 }, afterMs: 0, promote },
      { name: 'all', who: { kind: 'rest' as const }, afterMs: 0, promote: { ...promote, by: 'person' as const } },
    ];
    const halt = { failedPercent: 5, of: 10 };
    const ringed = run(FLEET, { policies: policySet({ policies: [policy({ rings, halt })] }) });
    expect(ringed.broken).toEqual({ count: 0, examples: [] });
    const opened = release(ringed, 'iOS 40.2')?.rings ?? [];
    expect(opened.map(({ ring }) => ring)).toEqual(['canary', 'half', 'all']);
    expect(opened[1]?.openedAt).toBeGreaterThanOrEqual((opened[0]?.openedAt ?? 0) + DAY_MS);
    expect(release(ringed, 'iOS 40.2')?.reached).toBe(50);
    expect(release(ringed, 'iOS 40.2')?.daysTo.p50).toBeGreaterThan(release(result, 'iOS 40.2')?.daysTo.p50 ?? 0);
    expect(sums(run(FLEET, { policies: policySet({ policies: [policy({ rings, halt })] }), looksDaily: true })).linesSet).toBe(
      ringed.linesSet,
    );
  });

  it('a person’s approval counts as given at once, and that is told', () => {
    const promote = { by: 'person' as const, successPercent: 90, soakMs: 0, minimum: 1 };
    const rings = [
      { name: 'first', who: { kind: 'percent' as const, percent: 20 }, afterMs: 0, promote },
      { name: 'all', who: { kind: 'rest' as const }, afterMs: 0, promote },
    ];
    const ringed = run(FLEET, { policies: policySet({ policies: [policy({ rings, halt: { failedPercent: 5, of: 10 } })] }) });
    expect(ringed.approvals).toBeGreaterThan(0);
    expect(release(ringed, 'iOS 40.4')?.rings).toHaveLength(2);
  });

  it('hurries what SOFA calls exploited, and counts who lacks it', () => {
    const due = { kind: 'days' as const, days: 21, at: '18:00', severity: { exploited: 3 } };
    const hurried = run(FLEET, { policies: policySet({ policies: [policy({ due })] }), hasSofa: true });
    const standard = run(FLEET, {
      policies: policySet({ policies: [policy({ due: { kind: 'days', days: 21, at: '18:00' } })] }),
      hasSofa: true,
    });
    expect(hurried.broken.count).toBe(0);
    expect(hurried.movedLater).toEqual({ withoutCause: 0, audited: 0 });
    expect(release(hurried, 'iOS 40.4')?.daysTo.p90).toBeLessThan(7);
    expect(hurried.exposure.exploited?.deviceDays).toBeLessThan((standard.exposure.exploited?.deviceDays ?? 0) / 2);
  });

  it('without feeds of SOFA nothing is said of what is exploited', () => {
    expect(result.exposure.exploited).toBeUndefined();
    expect(result.naive.exposure.exploited).toBeUndefined();
  });

  it('no date falls into a blackout', () => {
    const blackouts = [{ name: 'exams', from: '2040-02-04T00:00:00', until: '2040-02-11T00:00:00' }];
    const kept = run(FLEET, { policies: policySet({ blackouts }) });
    expect(kept.broken).toEqual({ count: 0, examples: [] });
    // The ledger's date stays; what is enforced comes after.
    expect(release(kept, 'iOS 40.2')?.firstDate).toBe('2040-02-05T18:00:00');
    expect(release(kept, 'iOS 40.2')?.daysTo.p99).toBeGreaterThan(21);
  });

  it('from and to cut it: what was recorded before is known, and its releases have been seen', () => {
    const cut = run(FLEET, { from: day(25), to: day(50) });
    expect([cut.from, cut.to]).toEqual([day(25), day(50)]);
    expect(release(cut, 'iOS 40.2')?.devices).toBe(50);
    expect(release(cut, 'iOS 40.4')).toBeUndefined();
    expect(cut.broken.count).toBe(0);
  });

  it('leaves out who is too old for declarations', () => {
    const old = device(0, { osVersion: '16.7', build: '20H19' });
    expect(run([old, device(1)]).notReplayed).toBe(1);
  });

  it('a history without an answer that can be held has no result', () => {
    const none = replay({
      history: readHistory(historyText([], 2), 'history'),
      policies: policySet(),
      fleet: () => FLEET,
      seed: 'test',
    });
    expect(none).toBeUndefined();
  });

  it('the naive rule moves dates later, and the ledger does not', () => {
    expect(result.naive.datesMovedLater).toBeGreaterThan(0);
    expect(result.naive.laggard).toMatchObject({ model: 'iPhone90,1', naiveMovedLater: 4 });
    expect(result.naive.laggard?.ledgerOverdueDays).toBeGreaterThan(result.naive.laggard?.naiveOverdueDays ?? 0);
  });
});

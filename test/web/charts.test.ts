import { describe, expect, it } from 'vitest';
import type { FleetHistoryAnswer } from '../../src/engine/answers.ts';
import { restartsChart } from '../../src/web/charts/restarts-chart.ts';
import { versionsChart } from '../../src/web/charts/versions-chart.ts';
import { exposureHistoryOf, historyOf } from '../../src/web/pages/fleet-history.ts';
import { agoText, timesInText } from '../../src/web/pages/words.ts';

const days = ['2026-11-01', '2026-11-02'];
const HISTORY: FleetHistoryAnswer = { schema: 'ratchet.fleet-history/1', from: '', until: '', days: [], releaseDays: [] };
/** Counted at 08:00 UTC. */
const counted = (day: string, more: Partial<FleetHistoryAnswer['days'][number]> = {}) => ({
  ...{ day, at: Date.parse(`${day}T08:00:00Z`), groups: {} },
  ...{ versions: [{ platform: 'iPadOS', version: '26.0', devices: 1 }], ...more },
});

describe('a chart', () => {
  it('tells its numbers in words and as a table, and has nothing that the policy of pages refuses', () => {
    const chart = versionsChart('Versions of iOS', {
      days,
      versions: [
        { name: '27.0</text><script>', devices: [0, 3] },
        { name: '26.7', devices: [4, 1] },
      ],
      marks: [{ day: '2026-11-02', label: '27.0 & more', kind: 'due' }],
    });
    expect(chart?.alt).toBe(
      'Versions of iOS from 2026-11-01 to 2026-11-02. On the last day: 27.0</text><script> on 75 %, 26.7 on 25 %. Marked: 27.0 & more on 2026-11-02.',
    );
    expect(chart?.rows).toEqual([{ cells: ['2026-11-01', '0', '4'] }, { cells: ['2026-11-02', '3', '1'] }]);
    expect(chart?.legend).toEqual(['27.0</text><script>', '26.7']);
    for (const svg of [chart?.svg.wide, chart?.svg.slim]) {
      expect(svg).toContain('var(--s1)');
      expect(svg).not.toMatch(/<script|style=|<style|class="zr/);
      expect(svg).toContain('27.0 &amp; more');
    }
  });

  it('has its counts as people read them', () => {
    const chart = restartsChart('Restarts', { days: [{ day: '2026-11-01', devices: 1804 }] });
    expect(chart?.alt).toBe('Restarts: 1,804 dates from 2026-11-01 to 2026-11-01; the most on 2026-11-01, 1,804.');
    expect(chart?.rows).toEqual([{ cells: ['2026-11-01', '1,804'] }]);
  });

  it('is drawn once for the same numbers', () => {
    const given = { days: [{ day: '2026-11-01', devices: 4 }] };
    const first = restartsChart('Once', given);
    expect(restartsChart('Once', structuredClone(given))).toBe(first);
    expect(restartsChart('Once', { days: [{ day: '2026-11-01', devices: 5 }] })?.rows).toEqual([{ cells: ['2026-11-01', '5'] }]);
    for (let devices = 100; devices < 132; devices++) restartsChart('Once', { days: [{ day: '2026-11-01', devices }] });
    expect(restartsChart('Once', given)).not.toBe(first);
  });

  it('puts the rarest of many versions together', () => {
    const versions = Array.from({ length: 14 }, (_, index) => ({ name: `26.${index}`, devices: [100 - index, 100 - index] }));
    const chart = versionsChart('Versions', { days, versions, marks: [] });
    expect(chart?.head).toHaveLength(10);
    expect(chart?.head.at(-1)).toBe('6 others');
    expect(chart?.rows[0]?.cells.slice(1).reduce((sum, count) => sum + Number(count), 0)).toBe(1_309);
  });

  it('is none where there is nothing to show', () => {
    expect(versionsChart('Versions', { days: [], versions: [], marks: [] })).toBeUndefined();
    expect(restartsChart('Restarts', { days: [{ day: '2026-11-01', devices: 0 }] })).toBeUndefined();
    const day = { day: '2026-11-01', at: 0, groups: {}, versions: [{ platform: 'iOS', version: '26.0', devices: 1 }] };
    expect(historyOf('iOS', { ...HISTORY, days: [day] })).toBeUndefined();
  });

  it('of versions marks what came and what is due, also in days to come, and nothing of other platforms', () => {
    const chart = historyOf('iPadOS', {
      ...HISTORY,
      days: [counted('2026-11-01'), counted('2026-11-02'), counted('2026-11-03')],
      releaseDays: [
        { day: '2026-11-01', platform: 'iOS', version: '26.0', kind: 'released' },
        { day: '2026-11-02', platform: 'macOS', version: '26.1', kind: 'released' },
        { day: '2026-11-02', platform: 'iOS', version: '18.7', kind: 'released' },
        { day: '2026-11-03', platform: 'iOS', version: '26.1', kind: 'released', exploited: 2 },
        { day: '2026-11-05', platform: 'iOS', version: '26.1', kind: 'due', policy: 'canary' },
        { day: '2026-11-05', platform: 'iOS', version: '26.1', kind: 'due', policy: 'staff' },
      ],
    });
    expect(chart?.alt).toContain('Marked: 26.1 released on 2026-11-03, 26.1 due on 2026-11-05.');
    expect(chart?.rows).toHaveLength(3);
    for (const svg of [chart?.svg.wide, chart?.svg.slim]) expect(svg).toContain('>11-05<');
  });

  it('of exposure has gaps where it could not be told, and says how many device-days there were', () => {
    const history = {
      ...HISTORY,
      days: [counted('2026-11-01', { exposed: 7 }), counted('2026-11-02'), counted('2026-11-03', { exposed: 4 })],
      exposure: { deviceDays: 11, days: 2 },
      releaseDays: [
        { day: '2026-11-02', platform: 'iOS', version: '26.1', kind: 'released' as const, exploited: 2 },
        { day: '2026-11-03', platform: 'iOS', version: '26.2', kind: 'released' as const },
      ],
    };
    const chart = exposureHistoryOf(history);
    expect(chart?.alt).toBe(
      '11 device-days in 2 days, from 2026-11-01 to 2026-11-03; the most on 2026-11-01, 7; on the last day 4. Marked, as what fixes it came: 26.1 on 2026-11-02.',
    );
    expect(chart?.rows.map(({ cells }) => cells[1])).toEqual(['7', 'not known', '4']);
    expect(exposureHistoryOf({ ...history, exposure: undefined })).toBeUndefined();
    expect(exposureHistoryOf({ ...history, days: history.days.slice(0, 2) })).toBeUndefined();
  });

  it('of restarts names the busiest day, and leads to the devices of a day', () => {
    const chart = restartsChart('Restarts', { days: days.map((day, index) => ({ day, devices: 5 * index, href: `/of/${day}` })) });
    expect(chart?.rows).toEqual([{ cells: ['2026-11-01', '0'] }, { cells: ['2026-11-02', '5'], href: '/of/2026-11-02' }]);
    expect(chart?.alt).toBe('Restarts: 5 dates from 2026-11-01 to 2026-11-02; the most on 2026-11-02, 5.');
  });
});

it.each([
  [-30_000, 'just now'],
  [-60_000, '1 minute ago'],
  [-7_200_000, '2 hours ago'],
  [-3 * 86_400_000, '3 days ago'],
  [5_400_000, 'in 1 hour'],
])('an instant %i ms away reads %s', (distance, expected) => {
  expect(agoText(1_000_000_000_000 + distance, 1_000_000_000_000)).toBe(expected);
});

describe('times within a text', () => {
  it.each([
    ['first seen here at 2026-09-18T19:58:05Z', 'first seen here at 2026-09-18 19:58 UTC'],
    ['5 days at 18:00: due 2026-09-23T18:00:00 in America/New_York', '5 days at 18:00: due 2026-09-23 18:00 in America/New_York'],
    ['2026-09-18T19:58:05.123Z, 2026-09-19T07:00Z', '2026-09-18 19:58 UTC, 2026-09-19 07:00 UTC'],
    ['no time: 2026-09-18, T18:00', 'no time: 2026-09-18, T18:00'],
  ])('are written as on the rest of the page: %s', (text, shown) => {
    expect(timesInText(text)).toBe(shown);
  });
});

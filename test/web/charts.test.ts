import { describe, expect, it } from 'vitest';
import { restartsChart } from '../../src/web/charts/restarts-chart.ts';
import { versionsChart } from '../../src/web/charts/versions-chart.ts';
import { historyOf } from '../../src/web/pages/fleet-history.ts';
import { agoText } from '../../src/web/pages/words.ts';

const days = ['2026-11-01', '2026-11-02'];

describe('a chart', () => {
  it('tells its numbers in words and as a table, and has nothing that the policy of pages refuses', () => {
    const chart = versionsChart('Versions of iOS', {
      days,
      versions: [
        { name: '27.0</text><script>', devices: [0, 3] },
        { name: '26.7', devices: [4, 1] },
      ],
      marks: [{ day: '2026-11-02', label: '27.0 & more' }],
    });
    expect(chart?.alt).toBe('Versions of iOS from 2026-11-01 to 2026-11-02. On the last day: 27.0</text><script> on 75 %, 26.7 on 25 %.');
    expect(chart?.rows).toEqual([
      ['2026-11-01', '0', '4'],
      ['2026-11-02', '3', '1'],
    ]);
    expect(chart?.svg).toContain('var(--s1)');
    expect(chart?.svg).not.toMatch(/<script|style=|<style|class="zr/);
    expect(chart?.svg).toContain('27.0 &amp; more');
  });

  it('puts the rarest of many versions together', () => {
    const versions = Array.from({ length: 14 }, (_, index) => ({ name: `26.${index}`, devices: [100 - index, 100 - index] }));
    const chart = versionsChart('Versions', { days, versions, marks: [] });
    expect(chart?.head).toHaveLength(10);
    expect(chart?.head.at(-1)).toBe('6 others');
    expect(chart?.rows[0]?.slice(1).reduce((sum, count) => sum + Number(count), 0)).toBe(1_309);
  });

  it('is none where there is nothing to show', () => {
    expect(versionsChart('Versions', { days: [], versions: [], marks: [] })).toBeUndefined();
    expect(restartsChart('Restarts', { days: [{ day: '2026-11-01', devices: 0 }] })).toBeUndefined();
    const day = { day: '2026-11-01', at: 0, groups: {}, versions: [{ platform: 'iOS', version: '26.0', devices: 1 }] };
    const releases = { schema: 'ratchet.releases/1' as const, releases: [] };
    expect(historyOf('iOS', { schema: 'ratchet.fleet-history/1', from: '', until: '', days: [day] }, releases)).toBeUndefined();
  });

  it('of restarts names the busiest day', () => {
    const chart = restartsChart('Restarts', { days: days.map((day, index) => ({ day, devices: 5 * index })) });
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

import { describe, expect, it } from 'vitest';
import { parseSofa } from '../../src/releases/sofa.ts';
import { createSimCatalogue } from '../../src/sim/catalogue.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { createSimSofa, NO_SOFA_FAULTS, type SofaLayout } from '../../src/sim/sofa-feed.ts';

const START = Date.parse('2026-09-14T08:00:00Z');
const DAY_MS = 86_400_000;

function sofaAt(layout: SofaLayout, at: number, faults = NO_SOFA_FAULTS) {
  const catalogue = createSimCatalogue(createPrng('sofa'), START, 7);
  const sofa = createSimSofa({ layout, faults, catalogue, prng: createPrng('sofa'), now: () => at, start: START });
  const answer = sofa.handle('/v2/ios_data_feed.json', { headers: {} });
  const parsed = parseSofa(answer.body, 'iOS');
  return { sofa, answer, releases: parsed.ok ? parsed.answer.releases : [] };
}

describe.each<SofaLayout>(['v1', 'v2-old', 'v2'])('SOFA’s feed in the layout %s', (layout) => {
  it('is read to say what the world says of each release', () => {
    const at = START + 10 * DAY_MS;
    const { sofa, releases } = sofaAt(layout, at);
    const said = sofa.words.filter(({ platform, from, until }) => platform === 'iOS' && from <= at && at < until);
    const of = (severity: string) => said.filter((word) => word.severity === severity).map(({ version }) => version);
    const told = releases.map(({ version }) => version as string);
    expect(
      releases
        .filter(({ exploited }) => exploited > 0)
        .map(({ version }) => version as string)
        .sort(),
    ).toEqual(
      of('exploited')
        .filter((version) => told.includes(version))
        .sort(),
    );
    // v1 rates nothing.
    expect(releases.filter(({ critical }) => critical > 0)).toHaveLength(
      layout === 'v1' ? 0 : of('critical').filter((version) => told.includes(version)).length,
    );
    expect(releases.length).toBeGreaterThan(20);
  });

  it('can be empty, halved, or call everything exploited', () => {
    const whole = sofaAt(layout, START).releases.length;
    expect(sofaAt(layout, START, { ...NO_SOFA_FAULTS, emptyPerMille: 1_000 }).releases).toEqual([]);
    expect(sofaAt(layout, START, { ...NO_SOFA_FAULTS, shrunkenPerMille: 1_000 }).releases.length).toBeLessThan(whole * 0.6);
    const surge = sofaAt(layout, START, { ...NO_SOFA_FAULTS, surgePerMille: 1_000 }).releases;
    expect(surge.every(({ exploited }) => exploited > 0)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { NO_FEED_FAULTS } from '../../src/sim/feed.ts';
import { drawRun } from './draw-run.ts';
import { FAULT_NAMES, FAULT_RATES_MAX, fleetFaultsOf } from './fault-rates.ts';
import { parseCase, RunSpec } from './run-spec.ts';

const drawn = Array.from({ length: 1_000 }, (_, index) => drawRun(`test-${index}`));

describe('what is drawn for a run', () => {
  it('comes from its seed alone, and can be stored', () => {
    expect(drawRun('7')).toEqual(drawRun('7'));
    expect(drawRun('7')).not.toEqual(drawRun('8'));
    for (const spec of drawn) expect(RunSpec.parse(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  it('has 20 to 60 devices, and 200 to 2,000 about one time in fifty', () => {
    const large = drawn.filter(({ devices }) => devices > 60);
    expect(drawn.every(({ devices }) => devices >= 20 && devices <= 2_000)).toBe(true);
    expect(large.every(({ devices }) => devices >= 200)).toBe(true);
    expect(large.length).toBeGreaterThan(5);
    expect(large.length).toBeLessThan(50);
  });

  it('has shorter weeks three times in four', () => {
    const hurried = drawn.filter(({ pace }) => pace !== undefined);
    expect(hurried.length).toBeGreaterThan(700);
    expect(hurried.length).toBeLessThan(800);
  });

  it('has limits of a few devices a day about one time in seven, and lets everyone have their turn within three weeks', () => {
    const limited = drawn.filter(({ policy }) => policy.limits !== undefined);
    expect(limited.length).toBeGreaterThan(100);
    expect(limited.length).toBeLessThan(200);
    for (const { devices, policy } of limited) {
      const { newPerDay = devices, restartsPerDate = devices } = policy.limits ?? {};
      expect(devices / newPerDay).toBeLessThanOrEqual(21);
      expect((devices / restartsPerDate) * (7 / (policy.weekdays?.length ?? 7))).toBeLessThanOrEqual(21);
    }
  });

  it('expedites a release one time in five, and sometimes takes that back', () => {
    const expedited = drawn.filter(({ expedite }) => expedite !== undefined);
    expect(expedited.length).toBeGreaterThan(150);
    expect(expedited.length).toBeLessThan(250);
    expect(expedited.filter(({ expedite }) => expedite?.undoAfterHours !== undefined).length).toBeGreaterThan(30);
  });

  it('acts on single devices one time in three: all acts, days that are over, and exemptions that no run outlasts', () => {
    const acted = drawn.filter(({ deviceActs }) => deviceActs !== undefined);
    expect(acted.length).toBeGreaterThan(280);
    expect(acted.length).toBeLessThan(390);
    const acts = acted.flatMap(({ deviceActs = [], devices }) => deviceActs.map((act) => ({ ...act, isThere: act.device < devices })));
    for (const act of ['exempt', 'more-time', 'pause', 'resume', 'recheck', 'ask'])
      expect(acts.filter((each) => each.act === act).length).toBeGreaterThan(100);
    expect(acts.every(({ isThere }) => isThere)).toBe(true);
    const days = acts.flatMap(({ untilDays }) => untilDays ?? []);
    for (const isMeant of [(day: number) => day < 0, (day: number) => day > 366, (day: number) => day >= 200 && day <= 366])
      expect(days.filter(isMeant).length).toBeGreaterThan(20);
  });

  it('is behind NanoHUB one time in twelve, and keeps its own in KMFDDM in a third of the runs beside another server', () => {
    const inHub = drawn.filter(({ server }) => server === 'nanohub');
    expect(inHub.length).toBeGreaterThan(55);
    expect(inHub.length).toBeLessThan(115);
    // What is inside NanoHUB is down with it.
    for (const { neighbour } of inHub) expect(neighbour ?? { wiring: 'kmfddm', downs: [] }).toMatchObject({ wiring: 'kmfddm', downs: [] });
    expect(inHub.some(({ neighbour }) => neighbour !== undefined)).toBe(true);
    const beside = drawn.filter(({ server, neighbour }) => server !== 'nanohub' && neighbour !== undefined);
    const isKept = beside.filter(({ neighbour }) => neighbour?.wiring === 'kmfddm');
    expect(isKept.length / beside.length).toBeGreaterThan(0.25);
    expect(isKept.length / beside.length).toBeLessThan(0.42);
    for (const server of ['nanomdm', 'micromdm']) expect(isKept.some((spec) => spec.server === server)).toBe(true);
  });

  it('has pages for owners two times in five, which stay, come, go or move as often', () => {
    const pages = drawn.flatMap(({ ownersPages }) => ownersPages ?? []);
    expect(pages.length).toBeGreaterThan(350);
    expect(pages.length).toBeLessThan(450);
    for (const kind of ['stay', 'come', 'go', 'move']) expect(pages.filter((each) => each === kind).length).toBeGreaterThan(70);
  });

  it.each(FAULT_NAMES)('has %s in about half of the runs, seldom and often, never more than it may be', (name) => {
    const rates = drawn.flatMap(({ faults }) => faults[name] ?? []);
    expect(rates.length).toBeGreaterThan(400);
    expect(rates.length).toBeLessThan(600);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...rates)).toBeLessThanOrEqual(FAULT_RATES_MAX[name]);
    expect(rates.filter((rate) => rate * rate < FAULT_RATES_MAX[name]).length).toBeGreaterThan(100);
  });
});

describe('faults', () => {
  it('go where they belong', () => {
    const { faults, storeErrorPerMille } = fleetFaultsOf({ pushLostPerMille: 7, 'feed.olderPerMille': 8, storeErrorPerMille: 9 });
    expect(storeErrorPerMille).toBe(9);
    expect(faults).toEqual({ pushLostPerMille: 7, feed: { ...NO_FEED_FAULTS, olderPerMille: 8 } });
  });
});

describe('a case', () => {
  const spec = drawRun('7');

  it('is read back', () => {
    expect(parseCase(JSON.stringify({ why: 'it was so', spec }), 'a.json')).toEqual({ why: 'it was so', spec });
  });

  it.each([
    ['no JSON', '{', /a\.json is not JSON/],
    ['no reason for it', JSON.stringify({ spec }), /why/],
    ['a fault nobody knows', JSON.stringify({ why: 'x', spec: { ...spec, faults: { webhookLost: 1 } } }), /webhookLost/],
    [
      'a zone that is none',
      JSON.stringify({ why: 'x', spec: { ...spec, policy: { ...spec.policy, fallbackTimeZone: 'Mars' } } }),
      /fallbackTimeZone/,
    ],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parseCase(text, 'a.json')).toThrow(message);
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../src/decide/decide.ts';
import type { DecideInput } from '../../src/decide/input.ts';
import { drawFleet, type ReplayDevice } from '../../src/replay/fleet.ts';
import { readHistory } from '../../src/replay/history.ts';
import { replay } from '../../src/replay/replay.ts';
import type { ReplayResult } from '../../src/replay/replay.types.ts';
import { policySet } from './synthetic.ts';

/** Twenty-one recorded months over a small fleet: what Apple took back stops on its day, and nothing else goes wrong. */

const file = join(import.meta.dirname, '../../../shared/data/gdmf/pmv-history.jsonl.xz');
const isThere = existsSync(file) && spawnSync('xz', ['--version']).status === 0;
if (!isThere) console.warn('Recorded months are not replayed: ../shared/data/gdmf or xz is absent.');

const pad = (model: string, index: number): ReplayDevice => ({
  ...{ id: `${model} ${index}`, serial: `${model} ${index}`, model, key: model, platform: 'iPadOS', osVersion: '17.5.1', build: '21F90' },
  ...{ isSupervised: true, zone: 'Europe/Berlin', tags: [] },
});
const PADS = ['iPad16,3', 'iPad16,4', 'iPad16,5', 'iPad16,6', 'iPad7,1', 'iPad7,6'].flatMap((model) =>
  Array.from({ length: 12 }, (_, index) => pad(model, index)),
);
const PHONE: ReplayDevice = { ...pad('iPhone15,2', 0), platform: 'iOS', build: '21F90' };

describe.skipIf(!isThere)('the recorded months', () => {
  let result: ReplayResult | undefined;
  /** Decisions by which a release was handed out. */
  const handedOut: { at: number; model: string; release: string }[] = [];

  beforeAll(() => {
    const { stdout } = spawnSync('xz', ['-dc', file], { encoding: 'utf8', maxBuffer: 2 ** 28 });
    const watched = (input: DecideInput): Decision => {
      const decision = decide(input);
      const model = input.enrollment.facts.productName?.value ?? '';
      if (decision.isHandedOut && decision.enforcement) handedOut.push({ at: input.now, model, release: decision.enforcement.release });
      return decision;
    };
    result = replay({
      history: readHistory(stdout, 'pmv-history'),
      policies: policySet(),
      fleet: (catalogue, policies) => [...PADS, PHONE, ...drawFleet(128, catalogue, policies, 'recorded')],
      seed: 'recorded',
      decide: watched,
    });
  }, 120_000);

  it('sets dates, breaks no promise, and moves no date later', () => {
    expect(result?.answers).toBe(793);
    expect(result?.linesSet).toBeGreaterThan(3_000);
    expect(result?.broken).toEqual({ count: 0, examples: [] });
    expect(result?.movedLater).toEqual({ withoutCause: 0, audited: 0 });
  });

  it.each([
    ['iOS 18.0', /^iPad16,[3-6]$/, '2024-09-16', '2024-09-18T16:38:53Z'],
    ['iOS 17.7.7', /^iPad7,[1-6]$/, '2025-05-12', '2025-05-16T20:37:14Z'],
  ])('%s is handed out until it is withdrawn, and not once after', (release, models, from, withdrawnAt) => {
    const times = handedOut.filter((one) => one.release === release && models.test(one.model)).map(({ at }) => at);
    expect(times.length).toBeGreaterThan(0);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(Date.parse(`${from}T00:00:00Z`));
    expect(Math.max(...times)).toBeLessThan(Date.parse(withdrawnAt));
    expect(result?.releases.find((one) => one.release === release)?.withdrawnAt).toBe(Date.parse(withdrawnAt));
  });

  it('an iPhone 14 Pro that never updates: the naive rule moves its date 25 times and rarely has it overdue', () => {
    expect(result?.naive.laggard).toEqual({
      ...{ model: 'iPhone15,2', days: 638, naiveMovedLater: 25, naiveOverdueDays: 87, ledgerOverdueDays: 608 },
    });
  });
});

import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../src/decide/decide.ts';
import type { DecideInput } from '../../src/decide/input.ts';
import type { ReplayPromise } from '../../src/replay/promises.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { day, fleetOf, policy, policySet, run } from './synthetic.ts';

/** Each promise, with a decision that breaks it: what judges a replay must notice every one. */

const FLEET = fleetOf(12);
const BLACKOUTS = [{ name: 'exams', from: '2040-02-04T00:00:00', until: '2040-02-11T00:00:00' }];

type Broken = (input: DecideInput) => Decision;

function released(decision: Decision, release: string): Decision {
  const { enforcement, deadline } = decision;
  return decision.isHandedOut && enforcement && deadline ? { ...decision, enforcement: { ...enforcement, release } } : decision;
}

const BROKEN: [ReplayPromise, Broken][] = [
  ['never-lower', (input) => released(decide(input), 'iOS 40.1')],
  ['not-offered', (input) => released(decide(input), 'iOS 41.0')],
  [
    'withdrawn',
    // What Apple took back is left standing in the catalogue.
    (input) => {
      const { catalogue } = input;
      const blind = catalogue && {
        ...catalogue,
        releases: catalogue.releases.map((one) => ({
          ...one,
          groups: one.groups.map(({ withdrawnAt: _none, ...group }) => ({ ...group, isPublic: group.isPublic || one.key === 'iOS 40.3' })),
        })),
      };
      return decide({ ...input, catalogue: blind });
    },
  ],
  ['notice', (input) => decide({ ...input, policies: { ...input.policies, noticeMs: 0 } })],
  ['blackout', (input) => decide({ ...input, policies: { ...input.policies, blackouts: [] } })],
  [
    'two-targets',
    (input) => {
      const decision = decide(input);
      return { ...decision, declarations: [...decision.declarations, ...decision.declarations] };
    },
  ],
  [
    'date-moved-later',
    // Every newer release brings a date of its own: the naive rule.
    (input) => decide({ ...input, memory: { ...input.memory, requiredBy: undefined }, lines: [], manifest: undefined }),
  ],
  [
    'deadline-moved-later',
    (input) => {
      const decision = decide(input);
      const { deadline } = decision;
      if (deadline === undefined || input.now < day(25)) return decision;
      const later = { ...deadline, dueAt: deadline.dueAt + DAY_MS };
      return {
        ...decision,
        deadline: later,
        ledgerLines: input.lines.some(({ release }) => release === deadline.release) ? [later] : decision.ledgerLines,
      };
    },
  ],
];

describe('a broken decision is noticed', () => {
  it.each(BROKEN)('%s', (name, broken) => {
    const blackouts = name === 'blackout' ? { blackouts: BLACKOUTS } : {};
    // So long that a newer release comes before the date of the older one; at once, so that the notice is all that keeps it off.
    const days = { 'date-moved-later': 25, notice: 0 }[name as string] ?? 14;
    const policies = policySet({ ...blackouts, policies: [policy({ due: { kind: 'days', days, at: '18:00' } })] });
    const { broken: found } = run(FLEET, { policies, decide: broken });
    expect(found.count).toBeGreaterThan(0);
    expect(found.examples.map(({ promise }) => promise)).toContain(name);
    expect(run(FLEET, { policies }).broken).toEqual({ count: 0, examples: [] });
  });

  it('halted-ring', () => {
    const promote = { by: 'health' as const, successPercent: 95, soakMs: DAY_MS, minimum: 1 };
    const rings = [
      { name: 'first', who: { kind: 'percent' as const, percent: 40 }, afterMs: 0, promote },
      { name: 'all', who: { kind: 'rest' as const }, afterMs: 0, promote },
    ];
    const policies = policySet({ policies: [policy({ rings, halt: { failedPercent: 10, of: 2 } })] });
    /** Every device of the first ring says that it failed: it halts. */
    const failing: Broken = (input) => {
      const decision = decide(input);
      return {
        ...decision,
        rolloutDevices: decision.rolloutDevices.map((row) => (row.state === 'delivered' ? { ...row, state: 'failed' as const } : row)),
      };
    };
    const blind: Broken = (input) => {
      const running = new Map(
        [...input.rollouts].map(([name, all]) => [
          name,
          new Map(
            [...all].map(([release, rollout]) => [release, { ...rollout, state: 'running' as const, openings: openAll(rollout.openings) }]),
          ),
        ]),
      );
      return failing({ ...input, rollouts: running });
    };
    const openAll = (openings: readonly { ring: string; at: number; because: string }[]) =>
      rings.map(({ name }) => openings.find(({ ring }) => ring === name) ?? { ring: name, at: openings[0]?.at ?? 0, because: 'blind' });
    const halted = run(fleetOf(30), { policies, decide: failing });
    expect(halted.broken).toEqual({ count: 0, examples: [] });
    expect(halted.releases.find(({ release }) => release === 'iOS 40.2')?.rings.map(({ ring }) => ring)).toEqual(['first']);
    const found = run(fleetOf(30), { policies, decide: blind }).broken;
    expect(found.examples.map(({ promise }) => promise)).toContain('halted-ring');
  });
});

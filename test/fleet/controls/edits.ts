import { dueSpec } from '../../../src/policy/ledger.ts';
import { deadlines } from '../checkers/deadlines.ts';
import { rings } from '../checkers/rings.ts';
import { stopped } from '../checkers/stopped.ts';
import { DEMO_POLICY, type FleetPolicy } from '../harness.ts';
import type { Control } from './control.types.ts';
import { alterGathered, clockOf } from './facts.ts';

const slow = { afterHours: 0, soakHours: 24, successPercent: 90, atLatestHours: 96 };
const TWO_RINGS: FleetPolicy = {
  days: 2,
  at: '18:00',
  fallbackTimeZone: 'Europe/Berlin',
  rings: [
    { name: 'canary', percent: 50, ...slow },
    { name: 'everyone', ...slow },
  ],
};

/** What a person changes in mid-run: the policies, or which releases are for nobody. */
export const EDIT_CONTROLS: readonly Control[] = [
  {
    checker: deadlines,
    title: 'begins to count again when its policies are edited',
    edits: [{ afterHours: 60, how: 'apply', policy: { ...DEMO_POLICY, days: 6 } }],
    breakRule(parts) {
      const now = clockOf(parts);
      const spec = dueSpec({ kind: 'days', days: 6, at: '18:00' });
      alterGathered(parts, (gathered) => ({
        ...gathered,
        // Those of the seven days before count as they did, as long as these are in force.
        lines: gathered.lines.map((line) => (line.dueSpec === spec ? line : { ...line, clockStartAt: now() })),
      }));
    },
  },
  {
    checker: stopped,
    title: 'answers from the manifests of before when its policies only observe',
    edits: [{ afterHours: 60, how: 'load', policy: { ...DEMO_POLICY, mode: 'observe' } }],
    breakRule({ store }) {
      const { findManifest } = store;
      const remembered = new Map<string, NonNullable<Awaited<ReturnType<typeof findManifest>>>>();
      store.findManifest = async (id) => {
        const manifest = await findManifest(id);
        if (manifest?.enforcement) remembered.set(id, manifest);
        return remembered.get(id) ?? manifest;
      };
    },
  },
  {
    checker: rings,
    title: 'notes that a release is skipped, and goes on',
    policy: TWO_RINGS,
    skip: { afterHours: 30, forHours: 240 },
    breakRule({ store }) {
      const { saveRollouts } = store;
      store.saveRollouts = async (rollouts, audit) => {
        const revision = await saveRollouts(rollouts, audit);
        for (const rollout of rollouts) if (rollout.state === 'skipped') rollout.state = 'running';
        return revision;
      };
    },
  },
];

import type { PlanDifference, RolloutActAnswer, RolloutAnswer, RolloutExpediteAnswer } from '../../engine/answers.ts';
import { devices, number, wallText } from '../pages/words.ts';
import type { Fields, FormAct, Look, Question } from './form-act.types.ts';

/** What people do to a release on its way through the rings. */
export const ROLLOUT_FORM_ACTS: readonly FormAct[] = [
  {
    id: 'approveRollout',
    label: 'Approve the next ring',
    async before(fields, look) {
      const rollout = await meant(fields, look);
      const { rings = [] } = rollout ?? {};
      const next = rings.find(({ ring }) => ring === fields.ring) ?? rings[rings.findLastIndex(({ opened }) => opened !== undefined) + 1];
      if (next === undefined) return [`The next ring of ${nameOf(fields)} opens, whatever the numbers of the one before it say.`];
      return [
        `${next.ring} opens, whatever the numbers of the ring before it say.`,
        `Waiting in it for ${nameOf(fields)}: ${devices(next.waiting)}. Each gets its date with its notice.`,
        'A ring that has opened does not close again; halt takes back what has not started.',
      ];
    },
    after: (answer: RolloutActAnswer) => `Approved: the next ring of ${nameOf(answer)} opens.`,
  },
  {
    id: 'pauseRollout',
    label: 'Pause',
    after: (answer: RolloutActAnswer) => `Paused: ${nameOf(answer)} goes to nobody new. Devices keep the dates they hold.`,
  },
  {
    id: 'resumeRollout',
    label: 'Resume',
    async before(fields, look) {
      const rollout = await meant(fields, look);
      const again = rollout?.state === 'halted' ? ['Only what fails from now on counts towards the next halt.'] : [];
      const waiting = rollout === undefined ? [] : [`Waiting for it in all of its rings: ${devices(sum(rollout, 'waiting'))}.`];
      return [`${nameOf(fields)} goes on: devices in open rings get their dates, with their notice.`, ...waiting, ...again];
    },
    after: (answer: RolloutActAnswer) => `Resumed: ${nameOf(answer)} goes on.`,
  },
  {
    id: 'haltRollout',
    label: 'Halt',
    before: async (fields, look) => [
      `${nameOf(fields)} is handed to nobody more.`,
      ...takenBack(await meant(fields, look)),
      'Resume goes on where this left off.',
    ],
    after: (answer: RolloutActAnswer) => `Halted: ${nameOf(answer)} is taken back from whoever has not started.`,
  },
  {
    id: 'skipRollout',
    label: 'Skip this release',
    before: async (fields, look) => [
      `${nameOf(fields)} is handed to nobody, now or later: devices get the one before it, or wait for the next.`,
      ...takenBack(await meant(fields, look)),
      'Resume brings it back.',
    ],
    after: (answer: RolloutActAnswer) => `Skipped: nobody gets ${nameOf(answer)}.`,
  },
  {
    id: 'expediteRollout',
    label: 'Expedite',
    names: { due: 'By when', note: 'Why', rings: 'Rings' },
    after: expedited,
  },
];

/** Shown first: the plan that is agreed to is the one that was looked at. */
function expedited(answer: RolloutExpediteAnswer): string | Question {
  const { result, due, rings, difference } = answer;
  if (result === 'undone') return `Taken back: ${nameOf(answer)} has the dates of its policy again.`;
  const whom = rings === undefined ? 'every device of the policy' : `rings up to ${rings.join(', ')}`;
  const what = `${nameOf(answer)} by ${wallText(due ?? '')} on each device’s own clock, for ${whom}`;
  if (result === 'expedited') return `Expedited: ${what}.`;
  return {
    ask: [`${what}.`, ...(difference === undefined ? [] : numbersOf(difference))],
    fields: { preview: '', accept: difference?.guard?.plan ?? '' },
  };
}

function numbersOf({ handedOut, broughtForward, unchanged, guard, notes }: PlanDifference): string[] {
  return [
    `Newly handed an update: ${devices(handedOut)}. Sooner than now: ${devices(broughtForward)}. As they are: ${devices(unchanged)}.`,
    ...(guard?.isHeld ? [`That is more than the ${number(guard.limit)} of ${number(guard.fleet)} that may be touched without a yes.`] : []),
    ...notes,
  ];
}

/** Who got it and does not run it is asked to give it back. */
function takenBack(rollout: RolloutAnswer | undefined): string[] {
  if (rollout === undefined) return ['It is taken back from whoever has not started.'];
  return [
    `Got it and don’t run it yet: ${devices(sum(rollout, 'delivered') + sum(rollout, 'stuck'))}. It is taken back from those that have not started, at their next contact.`,
    `Run it and are left alone: ${devices(sum(rollout, 'verified'))}. Wait for it and don’t get it: ${devices(sum(rollout, 'waiting'))}.`,
  ];
}

async function meant({ release, policy }: Fields, look: Look): Promise<RolloutAnswer | undefined> {
  const { rollouts } = await look.rollouts();
  return rollouts.find((rollout) => rollout.release === release && rollout.policy === policy);
}

function sum({ rings }: RolloutAnswer, key: 'waiting' | 'delivered' | 'stuck' | 'verified'): number {
  return rings.reduce((total, ring) => total + ring[key], 0);
}

function nameOf({ release = 'it', policy }: { release?: string; policy?: string }): string {
  return policy === undefined ? release : `${release} under ${policy}`;
}

import { z } from 'zod';
import { RolloutActAnswer, RolloutExpediteAnswer, RolloutsAnswer } from '../../engine/answers.ts';
import type { Rollouts } from '../../engine/rollout/rollouts.ts';
import type { Show } from '../../engine/show/show.ts';
import { ROLLOUT_ACTS } from '../../rollout/acts.ts';
import { ActBy, type Operation, operation, view } from '../operation.ts';
import { refuse } from '../problem.ts';

const GROUP = 'Rollouts';

const Body = ActBy.extend({
  release: z.string().min(1).max(100).describe('"iOS 26.6.1", or its version alone.'),
  policy: z.string().min(1).max(200).optional().describe('Only of this policy; needed where several have one of it.'),
});

const ApproveBody = Body.extend({
  ring: z.string().min(1).max(200).optional().describe('The ring that is to open; refused where another one is next by now.'),
});

const ExpediteBody = Body.extend({
  /** Judged by the act, which has better words for it. */
  due: z.string().min(1).max(40).optional().describe('By when on the device’s clock: yyyy-mm-ddThh:mm.'),
  undo: z.literal(true).optional().describe('Take it back instead.'),
  preview: z.literal(true).optional().describe('Do nothing: only say what it would do, and the id of that plan.'),
  rings: z.array(z.string().min(1).max(200)).min(1).max(50).optional().describe('Names of rings; absent: all.'),
  accept: z.string().min(1).max(64).optional().describe('The id of the plan it was held with.'),
  note: z.string().min(1).max(2_000).describe('Why, for the audit log and the device’s history.'),
});

const SUMMARIES: Readonly<Record<(typeof ROLLOUT_ACTS)[number], string>> = {
  approve: 'Let a release go on to the ring that waits for a person.',
  pause: 'Open no further ring of a release.',
  resume: 'Go on with a release that is paused, halted or skipped.',
  halt: 'Hand a release out to nobody more, and take back what has not started.',
  skip: 'Pass a release over.',
};

/** Releases on their way through the rings, and what a person does to them. */
export function rolloutsOperations(rollouts: Pick<Rollouts, 'act' | 'expedite'>, show: Pick<Show, 'rollouts'>): Operation[] {
  const acts = ROLLOUT_ACTS.map((act) =>
    operation({
      id: `${act}Rollout`,
      group: GROUP,
      path: `/rollouts/${act}`,
      summary: SUMMARIES[act],
      body: act === 'approve' ? ApproveBody : Body,
      answer: RolloutActAnswer,
      refusals: { 409: 'There is no such rollout, there are several, or it makes no sense now.' },
      async run({ body: { release, policy, ...more }, act: { by, note } }) {
        const { ring } = more as { ring?: string };
        const answer = await rollouts.act({ act, release, policy, ring, by, because: note });
        if (!answer.ok) return refuse(409, answer.message);
        const { rollout } = answer;
        return {
          schema: 'ratchet.rollout-act/1',
          ...{ act, policy: rollout.policy, release: rollout.release, state: rollout.state, approved: [...rollout.approved] },
        } satisfies RolloutActAnswer;
      },
    }),
  );
  return [
    view({
      id: 'listRollouts',
      group: GROUP,
      path: '/rollouts',
      summary: 'Releases on their way through the rings, and how devices fare.',
      answer: RolloutsAnswer,
      run: () => show.rollouts(),
    }),
    ...acts,
    operation({
      id: 'expediteRollout',
      group: GROUP,
      path: '/rollouts/expedite',
      summary: 'Open rings now and bring the date of a release forward, or take that back.',
      body: ExpediteBody,
      answer: RolloutExpediteAnswer,
      refusals: { 409: 'There is no such release or policy, there are several, it makes no sense now, or `accept` is another plan.' },
      async run({ body: { release, policy, due, undo, rings, accept, preview = false, note }, act: { by } }) {
        if ((due === undefined) !== (undo === true))
          return refuse(400, 'Expected either "due", by when on the device’s clock, or "undo": true. Nothing was changed.');
        const answer = await rollouts.expedite({ release, policy, due, rings, accept, by, because: note, isPreview: preview });
        if (!answer.ok) return refuse(409, answer.message);
        const { kind, rollout, difference } = answer;
        const { due: local, rings: named } = rollout.expedite ?? {};
        return {
          schema: 'ratchet.rollout-expedite/1',
          ...{ result: kind, policy: rollout.policy, release: rollout.release },
          ...(local === undefined ? {} : { due: local }),
          ...(named === undefined ? {} : { rings: [...named] }),
          ...(difference === undefined ? {} : { difference }),
        } satisfies RolloutExpediteAnswer;
      },
    }),
  ];
}

import { z } from 'zod';
import { OperateAnswer } from '../../engine/answers.ts';
import type { Operate } from '../../engine/operate/operate.ts';
import { ActBy, type Operation, operation } from '../operation.ts';
import { refuse } from '../problem.ts';

const Body = ActBy.extend({ policy: z.string().min(1).max(200).optional().describe('Only this policy; absent: all.') });

const VERBS = {
  pause: 'Hand out nothing new; what devices hold stays.',
  resume: 'Go on after pause, stop, or a held start.',
  stop: 'Hand out nothing, and take back what has not started.',
} as const;

/** What a person orders for all devices. */
export function controlOperations(operate: Operate): Operation[] {
  return (['pause', 'resume', 'stop'] as const).map((verb) =>
    operation({
      id: verb,
      group: 'Control',
      path: `/${verb}`,
      summary: VERBS[verb],
      body: Body,
      answer: OperateAnswer,
      refusals: { 404: 'There is no such policy, or stop was asked for one.', 409: 'Ratchet has left.' },
      async run({ body: { policy }, act }) {
        const named = policy === undefined ? {} : { policy };
        const answer = await operate[verb]({ ...act, ...named });
        if (!answer.ok) return refuse(answer.hasLeft ? 409 : 404, answer.message);
        return { schema: 'ratchet.operate/1', ...answer.result, ...named } satisfies OperateAnswer;
      },
    }),
  );
}

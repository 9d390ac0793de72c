import { z } from 'zod';
import { SeveritiesActAnswer, SeveritiesAnswer } from '../../engine/answers.ts';
import type { HeldNow } from '../../engine/schedule/severity-guard.ts';
import type { SeverityKeeper } from '../../engine/schedule/severity-keeper.ts';
import { ActBy, type Operation, operation, view } from '../operation.ts';
import { refuse } from '../problem.ts';

/** What SOFA told and waits for a person, and the yes. */
export function severitiesOperations(severities: Pick<SeverityKeeper, 'held' | 'accept'>): Operation[] {
  return [
    view({
      id: 'listSeverities',
      group: 'Severities',
      path: '/severities',
      summary: 'What SOFA told and is held, with the difference it would make now.',
      answer: SeveritiesAnswer,
      run: async () => ({ schema: 'ratchet.severities/1', held: (await severities.held()).map(shown) }) satisfies SeveritiesAnswer,
    }),
    operation({
      id: 'acceptSeverities',
      group: 'Severities',
      path: '/severities/accept',
      summary: 'Let a severity count that is held.',
      body: ActBy.extend({ plan: z.string().min(1).max(64).describe('The id of its plan.') }),
      answer: SeveritiesActAnswer,
      refusals: { 409: 'Nothing is held, or it is another plan: nothing changed.' },
      async run({ body: { plan }, act }) {
        const answer = await severities.accept(plan, act);
        if (!answer.ok) return refuse(409, answer.message);
        return { schema: 'ratchet.severities-act/1', result: 'accepted', ...shown(answer.accepted) } satisfies SeveritiesActAnswer;
      },
    }),
  ];
}

function shown({ platform, since, releases, difference }: HeldNow) {
  return { platform, since, releases: releases.map(({ version, from, to }) => ({ version, from, to })), difference };
}

import { z } from 'zod';
import { LeaveAnswer } from '../../engine/leave-answers.ts';
import type { Leave } from '../../engine/operate/leave.ts';
import { ActBy, type Operation, operation, view } from '../operation.ts';
import { refuse } from '../problem.ts';

/** The way out: nothing of ours stays on any device. */
export function leaveOperations(leave: Leave): Operation[] {
  return [
    view({
      id: 'showLeave',
      group: 'Control',
      path: '/leave',
      summary: 'How far it is with leaving: who still holds something of Ratchet.',
      answer: LeaveAnswer,
      run: () => leave.status(),
    }),
    operation({
      id: 'leave',
      group: 'Control',
      path: '/leave',
      summary: 'Take everything of Ratchet back from every device, and send nothing more until that is undone.',
      body: ActBy.extend({
        confirm: z.literal('leave').describe('Spells out what is meant.').optional(),
        undo: z.boolean().optional().describe('Begin again instead.'),
      }),
      answer: LeaveAnswer,
      refusals: { 409: 'It is not confirmed, or there is nothing to undo.' },
      async run({ body: { confirm, undo = false }, act }) {
        if (!undo && confirm !== 'leave')
          return refuse(409, 'Expected "confirm": "leave": every device is to give back everything of Ratchet. Nothing was changed.');
        const outcome = undo ? await leave.undo(act) : await leave.leave(act);
        return outcome.ok ? outcome.value : refuse(409, outcome.message);
      },
    }),
  ];
}

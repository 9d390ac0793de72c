import { z } from 'zod';
import { AlertsAnswer, AlertsTestAnswer } from '../../engine/alert-answers.ts';
import type { Alerting } from '../../engine/alerting/alerting.ts';
import { ActBy, type Operation, operation, view } from '../operation.ts';
import { refuse } from '../problem.ts';

const GROUP = 'Alerts';

/** What is raised, who is told of it, and whether that arrives. */
export function alertsOperations(alerting: Pick<Alerting, 'list' | 'test'>): Operation[] {
  return [
    view({
      id: 'listAlerts',
      group: GROUP,
      path: '/alerts',
      summary: 'Alerts that are raised now, each with what to do, and the targets that are told of them.',
      answer: AlertsAnswer,
      run: () => alerting.list(),
    }),
    operation({
      id: 'testAlerts',
      group: GROUP,
      path: '/alerts/test',
      summary: 'Send a test to one target of alerts or to all, and tell what each answered.',
      body: ActBy.extend({ to: z.string().min(1).max(64).optional().describe('Name of a target; absent: all.') }),
      answer: AlertsTestAnswer,
      refusals: { 404: 'There is no target of that name.', 409: 'No target is configured.' },
      async run({ body: { to }, act }) {
        const tried = await alerting.test(to, act);
        if (tried.kind !== 'tried') return refuse(tried.kind === 'unknown' ? 404 : 409, `${tried.message} Nothing was sent.`);
        return { schema: 'ratchet.alerts-test/1', results: tried.results } satisfies AlertsTestAnswer;
      },
    }),
  ];
}

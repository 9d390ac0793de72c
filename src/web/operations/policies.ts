import { z } from 'zod';
import { formatProblem } from '../../config/problem.ts';
import { readPolicyText } from '../../config/read-policy-file.ts';
import { ApplyAnswer, PlanAnswer } from '../../engine/answers.ts';
import type { OperatePolicies } from '../../engine/operate/policies.ts';
import type { GivenPolicies, Planner } from '../../engine/plan/plan.ts';
import { planTimeProblem } from '../../engine/plan/plan-time.ts';
import { shortHash } from '../../engine/reconcile/reconcile-one.ts';
import type { Show } from '../../engine/show/show.ts';
import { ActBy, type Operation, operation, view } from '../operation.ts';
import { type Refusal, refuse } from '../problem.ts';

/** A file is at most 1 MiB; as JSON it is somewhat longer. */
const BYTES_MAX = 4 * 1024 * 1024;
/** Problems told of one file. */
const PROBLEMS_MAX = 20;

const FileText = z.string().describe('The text of a ratchet.yaml.');
const FileName = z.string().min(1).max(1_000).optional().describe('What it is called in messages.');

export interface PoliciesOperationsOptions {
  operatePolicies: OperatePolicies;
  planner: Planner;
  show: Pick<Show, 'plan'>;
  now(): number;
}

/** What other policies would do, and putting them into force. */
export function policiesOperations({ operatePolicies, planner, show, now }: PoliciesOperationsOptions): Operation[] {
  /** The text judged as `ratchet check` does; or what is wrong with it. */
  function read(text: string, name = 'ratchet.yaml'): { given: GivenPolicies } | { refusal: Refusal } {
    const { policySet, sha256, problems } = readPolicyText(text, name, now());
    if (policySet !== undefined)
      return { given: { policies: policySet, hash: shortHash(policySet), file: name, ...(sha256 === undefined ? {} : { sha256 }) } };
    const told = problems.slice(0, PROBLEMS_MAX);
    const errors = told.map((each) => ({ in: 'file' as const, path: each.path, message: formatProblem(each) }));
    return { refusal: refuse(400, [...told.map(formatProblem), 'Nothing was changed.'].join('\n'), errors) };
  }

  return [
    view({
      id: 'showPlan',
      group: 'Policies',
      path: '/plan',
      summary: 'What every device is to get by the policies in force, and when.',
      answer: PlanAnswer,
      run: () => show.plan(),
    }),
    operation({
      id: 'planChange',
      group: 'Policies',
      path: '/plan',
      access: 'read',
      summary: 'What other policies would do, or those in force at another time. Changes nothing.',
      body: z.strictObject({
        file: FileText.optional(),
        name: FileName,
        at: z.int().optional().describe('Another time, epoch ms, at most 366 days ahead.'),
      }),
      bodyBytesMax: BYTES_MAX,
      answer: PlanAnswer,
      async run({ body: { file, name, at } }) {
        const problem = at === undefined ? undefined : planTimeProblem(at, now());
        if (problem !== undefined) return refuse(400, problem, [{ in: 'body', path: 'at', message: problem }]);
        if (file === undefined) {
          if (at === undefined) return refuse(400, 'Expected a file, or another time with "at"; the plan of now is GET /api/v1/plan.');
          return planner.forecast(at);
        }
        const judged = read(file, name);
        return 'refusal' in judged ? judged.refusal : planner.compare(judged.given, at);
      },
    }),
    operation({
      id: 'applyPolicies',
      group: 'Policies',
      path: '/apply',
      summary: 'Put other policies into force, or hold them where they touch many devices.',
      body: ActBy.extend({
        file: FileText,
        name: FileName,
        accept: z.string().min(1).max(64).optional().describe('The id of the plan it was held with.'),
      }),
      bodyBytesMax: BYTES_MAX,
      answer: ApplyAnswer,
      refusals: { 409: '`accept` is another plan: nothing changed.' },
      async run({ body: { file, name, accept }, act }) {
        const judged = read(file, name);
        if ('refusal' in judged) return judged.refusal;
        const { given } = judged;
        const outcome = await operatePolicies.apply(given, { ...act, ...(accept === undefined ? {} : { accept }) });
        if (outcome.kind === 'refused') return refuse(409, outcome.message);
        const difference = outcome.kind === 'unchanged' ? {} : { difference: outcome.difference };
        return { schema: 'ratchet.apply/1', result: outcome.kind, file: given.file, hash: given.hash, ...difference } satisfies ApplyAnswer;
      },
    }),
  ];
}

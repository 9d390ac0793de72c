import type { Command } from 'commander';
import { z } from 'zod';
import { type Configuration, loadConfiguration } from '../config/load-configuration.ts';
import { formatProblem, type Problem } from '../config/problem.ts';
import {
  DevicesAnswer,
  type JudgedPolicies,
  judgedText,
  judgePolicies,
  type Known,
  OverlapAnswer,
  readKnown,
  TargetsAnswer,
} from './check-targets.ts';
import type { ExitCode } from './exit-code.ts';
import { addSettings, SECRETS_HELP, SERVE_SETTINGS } from './setting-options.ts';
import { counted, json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

const ProblemAnswer = z.object({
  file: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
  path: z.string(),
  message: z.string(),
  expected: z.string(),
  fix: z.string(),
});

export const CheckAnswer = z.object({
  schema: z.literal('ratchet.check/1'),
  ok: z.boolean(),
  file: z.string(),
  mode: z.string().optional(),
  policies: z.array(z.object({ name: z.string(), mode: z.string(), paused: z.boolean() })),
  problems: z.array(ProblemAnswer),
  warnings: z.array(ProblemAnswer),
  /** With a list of releases. */
  targets: z.array(TargetsAnswer).optional(),
  /** With --data. */
  devices: DevicesAnswer.optional(),
  /** Policies that mean the same devices; absent while there are problems. */
  overlaps: z.array(OverlapAnswer).optional(),
});
export type CheckAnswer = z.infer<typeof CheckAnswer>;

export function registerCheck(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('check')
    .summary('say everything that is wrong with ratchet.yaml and the settings')
    .description(
      'Reads ratchet.yaml and the settings as serve would, and says everything that is wrong with them. With a list of releases or a data folder also what is wrong with targets, and how many models and devices each policy is for. Changes nothing.',
    )
    .option('--policies-only', 'judge ratchet.yaml alone, as in a repository that holds no keys')
    .option('--catalogue <file>', 'also judge targets by this list: what ratchet releases export printed; - for standard input')
    .option('--json', 'print one JSON object (ratchet.check/1)')
    .addHelpText(
      'after',
      `${SECRETS_HELP}

Examples:
  ratchet check
  ratchet check --config ratchet.yaml --policies-only
  ratchet releases export | ratchet check --catalogue -
  ratchet check --data /var/lib/ratchet     (a server may run on it)

Exit codes: 0 fine (warnings are listed), 2 there are problems.`,
    )
    .action(async (flags: { policiesOnly?: boolean; json?: boolean; catalogue?: string; data?: string }) => {
      const configuration = loadConfiguration({ flags, env: world.env, cwd: world.cwd }, world.now());
      let known: Known;
      try {
        known = await readKnown(world, flags);
      } catch (error) {
        world.stderr(`${printable(error instanceof Error ? error.message : String(error))}\n`);
        return end(2);
      }
      const { policySet } = configuration;
      const judged = policySet && judgePolicies(policySet, known, world.now());
      const answer = judge(configuration, flags.policiesOnly === true, judged);
      world.stdout(flags.json === true ? json(answer) : checkText(answer));
      end(answer.ok ? 0 : 2);
    });
  addSettings(command, SERVE_SETTINGS);
}

function judge(configuration: Configuration, isPoliciesOnly: boolean, judged: JudgedPolicies | undefined): CheckAnswer {
  const { policySet, fileName, fileProblems, settingsProblems, warnings, locate } = configuration;
  const isOfFile = (problem: Problem): boolean => problem.file === fileName;
  const { problems: impossible = [], warnings: doubtful = [], ...views } = judged ?? {};
  const problems = [
    ...fileProblems,
    ...(isPoliciesOnly ? settingsProblems.filter(isOfFile) : settingsProblems),
    ...impossible.map((finding) => locate(finding)),
  ];
  return {
    schema: 'ratchet.check/1',
    ok: problems.length === 0,
    file: fileName,
    ...(policySet === undefined ? {} : { mode: policySet.mode }),
    policies: (policySet?.policies ?? []).map(({ name, mode, paused }) => ({ name, mode, paused })),
    problems,
    warnings: [...(isPoliciesOnly ? warnings.filter(isOfFile) : warnings), ...doubtful.map((finding) => locate(finding))],
    ...views,
  };
}

function checkText(answer: CheckAnswer): string {
  const { file, mode, policies, problems, warnings, overlaps = [] } = answer;
  const lines = [
    ...problems.map((problem) => formatProblem(problem)),
    ...warnings.map((warning) => `warning: ${formatProblem(warning)}`),
    ...judgedText({ ...answer, overlaps }),
  ].map(printable);
  const found = mode === undefined ? '' : `${counted(policies.length, 'policy', 'policies')}, mode ${mode}; `;
  lines.push(`${file}: ${found}${counted(problems.length, 'problem')}, ${counted(warnings.length, 'warning')}`);
  return `${lines.join('\n')}\n`;
}

import type { Command } from 'commander';
import { z } from 'zod';
import { type Configuration, loadConfiguration } from '../config/load-configuration.ts';
import { formatProblem, type Problem } from '../config/problem.ts';
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
});
export type CheckAnswer = z.infer<typeof CheckAnswer>;

export function registerCheck(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('check')
    .summary('say everything that is wrong with ratchet.yaml and the settings')
    .description(
      'Reads ratchet.yaml and the settings as serve would, and says everything that is wrong with them. Opens and changes nothing.',
    )
    .option('--policies-only', 'judge ratchet.yaml alone, as in a repository that holds no keys')
    .option('--json', 'print one JSON object (ratchet.check/1)')
    .addHelpText(
      'after',
      `${SECRETS_HELP}

Examples:
  ratchet check
  ratchet check --config ratchet.yaml --policies-only

Exit codes: 0 fine (warnings are listed), 2 there are problems.`,
    )
    .action((flags: { policiesOnly?: boolean; json?: boolean }) => {
      const configuration = loadConfiguration({ flags, env: world.env, cwd: world.cwd }, world.now());
      const answer = judge(configuration, flags.policiesOnly === true);
      world.stdout(flags.json === true ? json(answer) : checkText(answer));
      end(answer.ok ? 0 : 2);
    });
  addSettings(command, SERVE_SETTINGS);
}

function judge(configuration: Configuration, isPoliciesOnly: boolean): CheckAnswer {
  const { policySet, fileName, fileProblems, settingsProblems, warnings } = configuration;
  const isOfFile = (problem: Problem): boolean => problem.file === fileName;
  const problems = [...fileProblems, ...(isPoliciesOnly ? settingsProblems.filter(isOfFile) : settingsProblems)];
  return {
    schema: 'ratchet.check/1',
    ok: problems.length === 0,
    file: fileName,
    ...(policySet === undefined ? {} : { mode: policySet.mode }),
    policies: (policySet?.policies ?? []).map(({ name, mode, paused }) => ({ name, mode, paused })),
    problems,
    warnings: isPoliciesOnly ? warnings.filter(isOfFile) : warnings,
  };
}

function checkText({ file, mode, policies, problems, warnings }: CheckAnswer): string {
  const lines = [
    ...problems.map((problem) => printable(formatProblem(problem))),
    ...warnings.map((warning) => printable(`warning: ${formatProblem(warning)}`)),
  ];
  const found = mode === undefined ? '' : `${counted(policies.length, 'policy', 'policies')}, mode ${mode}; `;
  lines.push(`${file}: ${found}${counted(problems.length, 'problem')}, ${counted(warnings.length, 'warning')}`);
  return `${lines.join('\n')}\n`;
}

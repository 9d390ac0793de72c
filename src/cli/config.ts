import type { Command } from 'commander';
import { z } from 'zod';
import { loadConfiguration } from '../config/load-configuration.ts';
import { formatProblem } from '../config/problem.ts';
import { SETTING_NAMES } from '../config/settings.ts';
import { settingsInForce } from '../config/settings-in-force.ts';
import type { ExitCode } from './exit-code.ts';
import { addSettings, SECRETS_HELP } from './setting-options.ts';
import { json, table } from './text.ts';
import type { CliWorld } from './world.ts';

export const ConfigAnswer = z.object({
  schema: z.literal('ratchet.config/1'),
  settings: z.array(
    z.object({
      name: z.string(),
      flag: z.string(),
      variable: z.string(),
      /** Text; "set" for a secret; null when not set. */
      value: z.string().nullable(),
      origin: z.string(),
    }),
  ),
});
export type ConfigAnswer = z.infer<typeof ConfigAnswer>;

export function registerConfig(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('config')
    .summary('print the settings in force and where each comes from')
    .description('Prints every setting, its value and where it comes from. Secrets show only as "set".')
    .option('--json', 'print one JSON object (ratchet.config/1)')
    .addHelpText(
      'after',
      `${SECRETS_HELP}

Examples:
  ratchet config
  RATCHET_LOG_FORMAT=json ratchet config --json

Exit codes: 0 fine, 2 a setting is not accepted.`,
    )
    .action((flags: { json?: boolean }) => {
      const configuration = loadConfiguration({ flags, env: world.env, cwd: world.cwd }, world.now());
      const answer: ConfigAnswer = { schema: 'ratchet.config/1', settings: settingsInForce(configuration) };
      world.stdout(flags.json === true ? json(answer) : configText(answer));
      // What only serve needs is check's to say; here only what could not be read.
      const problems = configuration.settingsProblems.filter(({ file }) => file !== 'settings');
      for (const problem of problems) world.stderr(`${formatProblem(problem)}\n`);
      end(problems.length === 0 ? 0 : 2);
    });
  addSettings(command, SETTING_NAMES);
}

function configText({ settings }: ConfigAnswer): string {
  return table([['SETTING', 'VALUE', 'FROM'], ...settings.map(({ flag, value, origin }) => [flag, value ?? 'not set', origin])]);
}

import type { Command } from 'commander';
import { loadConfiguration } from '../config/load-configuration.ts';
import { formatProblem } from '../config/problem.ts';
import type { ExitCode } from './exit-code.ts';
import { addSettings, SECRETS_HELP, SERVE_SETTINGS } from './setting-options.ts';
import { counted } from './text.ts';
import type { CliWorld } from './world.ts';

export function registerServe(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('serve')
    .summary('run Ratchet beside an MDM server')
    .description('Runs Ratchet beside an MDM server until it is told to stop (SIGTERM, SIGINT). Logs to standard error.')
    .addHelpText(
      'after',
      `${SECRETS_HELP}

Examples:
  ratchet serve --enqueue-url http://127.0.0.1:9000/v1/enqueue/ --enqueue-key-file nanomdm.key \\
    --webhook-hmac-key-file webhook.key --dm-hmac-key-file dm.key --dm-response-hmac-key-file dm-answers.key
  RATCHET_LOG_FORMAT=json ratchet serve --config /etc/ratchet/ratchet.yaml --data /var/lib/ratchet

NanoMDM beside it:
  nanomdm -webhook-url http://127.0.0.1:9006/webhook -webhook-hmac-key … \\
    -dm http://127.0.0.1:9007/ddm/ -dm-send-hmac-key … -dm-recv-hmac-key …   (the URL of -dm ends in a slash)

Exit codes: 0 stopped as told, 2 ratchet.yaml or a setting is wrong, or the data folder is in use.`,
    )
    .action(async (flags: Record<string, unknown>) => {
      const configuration = loadConfiguration({ flags, env: world.env, cwd: world.cwd }, world.now());
      const problems = [...configuration.fileProblems, ...configuration.settingsProblems];
      const { policySet } = configuration;
      if (problems.length > 0 || policySet === undefined) {
        for (const problem of problems) world.stderr(`${formatProblem(problem)}\n`);
        world.stderr(`ratchet does not start: ${counted(problems.length, 'problem')}.\n`);
        return end(2);
      }
      for (const warning of configuration.warnings) world.stderr(`warning: ${formatProblem(warning)}\n`);
      end((await world.serve({ ...configuration, policySet })) as ExitCode);
    });
  addSettings(command, SERVE_SETTINGS);
}

import type { Command } from 'commander';
import type { ExitCode } from './exit-code.ts';
import { json } from './text.ts';
import type { CliWorld } from './world.ts';

export function registerVersion(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  program
    .command('version')
    .summary('print the version')
    .description('Prints the version of this program. That of a running server: GET /version.')
    .option('--json', 'print one JSON object (ratchet.version/1)')
    .action((flags: { json?: boolean }) => {
      world.stdout(flags.json === true ? json({ schema: 'ratchet.version/1', version: world.version }) : `ratchet ${world.version}\n`);
      end(0);
    });
}

import type { Command } from 'commander';
import { ReleasesAnswer } from '../engine/answers.ts';
import type { ExitCode } from './exit-code.ts';
import { openApi } from './read-source.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { json } from './text.ts';
import type { CliWorld } from './world.ts';

/** `ratchet releases accept`: the way out of `feed-doubtful` that a person has. More verbs of releases come later. */
export function registerReleases(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const releases = program.command('releases').summary('what Apple offers: accept an answer that was held back');
  const accept = releases
    .command('accept')
    .summary('believe a doubtful answer of Apple’s lookup service')
    .description(
      'While Apple’s last answer looks wrong (empty, shrunken, older), nothing new is handed out on it; after three days unchanged it is believed. This believes it now. Calls the running server.',
    )
    .option('--json', 'print one JSON object (ratchet.releases/1)')
    .addHelpText('after', '\nExit codes: 0 accepted, 2 refused (there is none, wrong password), 3 server not reached.')
    .action(async (flags: Record<string, unknown> & { json?: boolean }) => {
      const api = openApi(world, flags);
      const answer = 'client' in api ? await api.client.post('releases/accept', {}, ReleasesAnswer) : api;
      if (!answer.ok) {
        world.stderr(`${answer.message}\n`);
        return end(answer.exitCode);
      }
      world.stdout(flags.json === true ? json(answer.value) : 'Accepted: what it offers is handed out from now on.\n');
      end(0);
    });
  addSettings(accept, CLIENT_SETTINGS);
}

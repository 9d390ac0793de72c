import type { Command } from 'commander';
import { SeveritiesActAnswer, SeveritiesAnswer } from '../engine/answers.ts';
import type { ExitCode } from './exit-code.ts';
import { judgedLines, sumsText } from './plan-difference.ts';
import { openApi } from './read-source.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { instantText, json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

interface Flags extends Record<string, unknown> {
  by?: string;
  note?: string;
  json?: boolean;
}

type Held = SeveritiesAnswer['held'][number];

/** `ratchet severities`: what SOFA told and waits for a person. */
export function registerSeverities(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const severities = program.command('severities').summary('what SOFA told that waits for a yes: show, accept').helpCommand(false);

  const show = severities
    .command('show')
    .summary('what is held, and what it would do now')
    .description(
      'A severity that would hand out to, or bring forward, more than 50 devices and more than a tenth of the fleet is held until a person accepts it. Calls the running server, which plans its whole fleet.',
    )
    .option('--json', 'print one JSON object (ratchet.severities/1)')
    .addHelpText('after', '\nExit codes: 0 nothing is held, 1 something is, 2 refused, 3 server not reached.')
    .action(async (flags: Flags) => {
      const api = openApi(world, flags);
      if (!('client' in api)) return refuse(api.exitCode, api.message);
      const answer = await api.client.get('severities', SeveritiesAnswer, { takesLong: true });
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      world.stdout(flags.json === true ? json(answer.value) : heldText(answer.value));
      end(answer.value.held.length === 0 ? 0 : 1);
    });
  addSettings(show, CLIENT_SETTINGS);

  const accept = severities
    .command('accept')
    .argument('<plan>', 'the id of the plan, as ratchet severities show names it')
    .summary('let a held severity count')
    .description(
      'Puts what SOFA told into force. Refused when it would do something else by now. Calls the running server; the act goes to its audit log.',
    )
    .option('--by <who>', 'who does it, for the audit log', world.env.USER)
    .option('--note <text>', 'why, for the audit log')
    .option('--json', 'print one JSON object (ratchet.severities-act/1)')
    .addHelpText('after', '\nExit codes: 0 done, 2 refused: nothing was changed, 3 server not reached.')
    .action(async (plan: string, flags: Flags) => {
      const api = openApi(world, flags);
      if (!('client' in api)) return refuse(api.exitCode, api.message);
      const body = { plan, by: flags.by, note: flags.note };
      const answer = await api.client.post('severities/accept', body, SeveritiesActAnswer, { takesLong: true });
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      world.stdout(
        flags.json === true
          ? json(answer.value)
          : `${printable(`Accepted: ${releasesText(answer.value)}. ${sumsText(answer.value.difference)}.`)}\n`,
      );
      end(0);
    });
  addSettings(accept, CLIENT_SETTINGS);

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

function releasesText({ platform, releases }: Held): string {
  return `${platform} ${releases.map(({ version, from, to }) => `${version} ${to} (was ${from})`).join(', ')}`;
}

function heldText({ held }: SeveritiesAnswer): string {
  if (held.length === 0) return 'Nothing is held: what SOFA told is in force.\n';
  const lines = held.flatMap((one) => [
    `Held since ${instantText(one.since)}: ${releasesText(one)}.`,
    ...judgedLines(one.difference, `ratchet severities accept ${one.difference.guard?.plan} lets it count.`),
  ]);
  return `${lines.map(printable).join('\n')}\n`;
}

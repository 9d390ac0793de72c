import type { Command } from 'commander';
import { resolveSettings } from '../config/resolve-settings.ts';
import { ApplyAnswer } from '../engine/answers.ts';
import type { ExitCode } from './exit-code.ts';
import { sumsText } from './plan-difference.ts';
import { readPolicyInput } from './policy-input.ts';
import { openApi } from './read-source.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { counted, json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

interface Flags extends Record<string, unknown> {
  accept?: string;
  by?: string;
  note?: string;
  json?: boolean;
}

export function registerApply(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('apply')
    .argument('[file]', 'a ratchet.yaml; - for standard input; without it the file of --config')
    .summary('put the policies of a ratchet.yaml into force while the server runs')
    .description(
      'Puts the policies of a file into force; every device is decided anew. A change that would hand out to, or bring forward, more than 50 devices and more than a tenth of the fleet is held, and what was in force stays so, until its plan is accepted. Other settings in the file count from the next start. Calls the running server; the act goes to its audit log.',
    )
    .option('--accept <plan>', 'the id of the plan, as ratchet plan shows it: refused when it would do something else by now')
    .option('--by <who>', 'who does it, for the audit log', world.env.USER)
    .option('--note <text>', 'why, for the audit log')
    .option('--json', 'print one JSON object (ratchet.apply/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet plan new.yaml && ratchet apply new.yaml
  ratchet apply new.yaml --accept 3f9c2a7be041 --note "exams are over"

Exit codes: 0 in force, 1 held until its plan is accepted, 2 the file is wrong or the plan is another by now: nothing was changed, 3 server not reached.`,
    )
    .action(async (given: string | undefined, flags: Flags) => {
      const path = given ?? resolveSettings({ flags, env: world.env, cwd: world.cwd }, ['config']).settings.config;
      const file = await readPolicyInput(world, path);
      if (!file.ok) return refuse(2, file.message);
      const api = openApi(world, flags);
      if (!('client' in api)) return refuse(api.exitCode, api.message);
      const { accept, by, note } = flags;
      const answer = await api.client.post('apply', { ...file.file, accept, by, note }, ApplyAnswer, { takesLong: true });
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      world.stdout(flags.json === true ? json(answer.value) : applyText(answer.value));
      end(answer.value.result === 'held' ? 1 : 0);
    });
  addSettings(command, CLIENT_SETTINGS);

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

function applyText({ result, file, difference }: ApplyAnswer): string {
  const sums = difference === undefined ? [] : [`${sumsText(difference)}.`];
  const guard = difference?.guard;
  const lines = {
    unchanged: [`The policies of ${file} are in force already: nothing was changed.`],
    applied: [`The policies of ${file} are in force.`, ...sums],
    held: [
      `Held: the policies before stay in force.`,
      ...sums,
      ...(guard === undefined
        ? []
        : [
            `Without a person's yes ${guard.limit} of ${counted(guard.fleet, 'device')} may be handed out to or brought forward.`,
            `Look at it: ratchet plan ${file}. Then: ratchet apply ${file} --accept ${guard.plan}`,
          ]),
    ],
  }[result];
  return `${[...lines, ...(difference?.notes ?? [])].map(printable).join('\n')}\n`;
}

import type { Command } from 'commander';
import { OperateAnswer } from '../engine/answers.ts';
import type { ExitCode } from './exit-code.ts';
import { openApi } from './read-source.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

interface Verb {
  name: 'pause' | 'resume' | 'stop';
  summary: string;
  description: string;
  done: string;
  example: string;
}

const VERBS: readonly Verb[] = [
  {
    name: 'pause',
    summary: 'hand out nothing new; what devices hold stays',
    description: 'Hands out nothing new. Devices keep the dates they hold and will install at them; stop takes these back as well.',
    done: 'Paused',
    example: 'ratchet pause --policy all-ipads --note "exam week"',
  },
  {
    name: 'resume',
    summary: 'go on after pause, stop, or a held start',
    description: 'Goes on after pause or stop, or after a start that was held (a new or restored data folder).',
    done: 'Resumed',
    example: 'ratchet resume --policy all-ipads',
  },
  {
    name: 'stop',
    summary: 'hand out nothing, and take back what has not started',
    description:
      'Hands out nothing and takes back every date whose installation has not started. A device learns that at its next contact; an update it already downloaded may still be installed by its user.',
    done: 'Stopped',
    example: 'ratchet stop --note "bad release"',
  },
];

export function registerOperate(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  for (const verb of VERBS) {
    const command = program
      .command(verb.name)
      .summary(verb.summary)
      .description(`${verb.description} Calls the running server; the act goes to its audit log.`)
      .option('--policy <name>', 'only this policy; otherwise all')
      .option('--by <who>', 'who does it, for the audit log', world.env.USER)
      .option('--note <text>', 'why, for the audit log')
      .option('--json', 'print one JSON object (ratchet.operate/1)')
      .addHelpText(
        'after',
        `
Examples:
  ${verb.example}
  ratchet ${verb.name} --server http://127.0.0.1:9006 --api-file ratchet-api.key

Exit codes: 0 done, 2 refused (no such policy, wrong password, Ratchet has left), 3 server not reached.`,
      )
      .action((flags: Flags) => act(verb, flags));
    addSettings(command, CLIENT_SETTINGS);
  }

  async function act(verb: Verb, flags: Flags): Promise<void> {
    const api = openApi(world, flags);
    const body = { policy: flags.policy, by: flags.by, note: flags.note };
    const answer = 'client' in api ? await api.client.post(verb.name, body, OperateAnswer) : api;
    if (!answer.ok) {
      world.stderr(`${answer.message}\n`);
      return end(answer.exitCode);
    }
    world.stdout(flags.json === true ? json(answer.value) : operateText(verb, answer.value));
    end(0);
  }
}

type Flags = Record<string, unknown> & { policy?: string; by?: string; note?: string; json?: boolean };

function operateText(verb: Verb, answer: OperateAnswer): string {
  const lines = [`${verb.done}${answer.policy === undefined ? '' : ` for ${answer.policy}`}: now ${answer.state}.`];
  // Only stop takes anything back; after the others three numbers would say what one does.
  if (answer.withdrawn !== undefined && (verb.name === 'stop' || answer.withdrawn > 0)) {
    lines.push(`Withdrawn ${answer.withdrawn}, confirmed ${answer.confirmed ?? 0}, still holding a date ${answer.stillHolding ?? 0}.`);
  } else if (answer.stillHolding !== undefined) lines.push(`Devices that hold a date: ${answer.stillHolding}.`);
  return `${[...lines, ...(answer.notes ?? [])].map(printable).join('\n')}\n`;
}

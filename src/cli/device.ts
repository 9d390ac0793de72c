import type { Command } from 'commander';
import { DeviceActAnswer } from '../engine/device-answers.ts';
import type { ExitCode } from './exit-code.ts';
import { openApi } from './read-source.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

interface Verb {
  name: DeviceActAnswer['act'];
  summary: string;
  description: string;
  /** It is to the end of a day, or from a day on. */
  until?: string;
  example: string;
}

const VERBS: readonly Verb[] = [
  {
    name: 'exempt',
    summary: 'no update to the end of a day; what has not started is taken back',
    description:
      'Gives one device no update to the end of a day, on its own clock, and takes back what has not started: it learns of that at its next contact. After that day its policy holds again, and it gets a date with the usual notice.',
    until: 'the last day of it: 2026-12-24',
    example: 'ratchet device exempt C02LAB0001 --until 2026-12-24 --note "trade fair, ticket 4711"',
  },
  {
    name: 'more-time',
    summary: 'put its date off to a later day',
    description:
      'Puts the date of one device off: it falls on that day, at the hour of its policy, or on the next day that the policy allows. No date gets nearer by it, and the deadline that is kept for the device stays written as it is.',
    until: 'the first day on which its date may fall: 2026-12-24',
    example: 'ratchet device more-time C02LAB0001 --until 2026-12-24 --note "its owner is away"',
  },
  {
    name: 'pause',
    summary: 'hand out nothing new to it; what it holds stays',
    description: 'Hands out nothing new to one device. It keeps the date it holds, and installs at it: exempt takes that back as well.',
    example: 'ratchet device pause C02LAB0001 --note "in repair"',
  },
  {
    name: 'resume',
    summary: 'end its pause, its exemption and the time it was given',
    description:
      'Ends the pause, the exemption and the time given to one device: its policy holds again. A date that it has does not get nearer by it.',
    example: 'ratchet device resume C02LAB0001',
  },
  {
    name: 'recheck',
    summary: 'decide it anew',
    description: 'Decides one device anew, from what is known of it. Ratchet does so by itself whenever something changes, and once a day.',
    example: 'ratchet device recheck C02LAB0001',
  },
  {
    name: 'ask',
    summary: 'push it, and ask what it runs',
    description:
      'Pushes one device and asks it what it runs; one that is updated by commands also how its update fares. A device that is switched off answers later.',
    example: 'ratchet device ask C02LAB0001',
  },
];

interface Flags extends Record<string, unknown> {
  until?: string;
  by?: string;
  note?: string;
  json?: boolean;
}

/** `ratchet device`: what a person does to one device. */
export function registerDevice(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const device = program
    .command('device')
    .summary('one device: exempt, more-time, pause, resume, recheck, ask')
    .description('What a person does to one device. Everything is kept in the audit log and in the history of the device.')
    .helpCommand(false);
  for (const verb of VERBS) {
    const command = device
      .command(verb.name)
      .argument('<id|serial>', 'enrollment id (UDID) or serial number')
      .summary(verb.summary)
      .description(`${verb.description} Calls the running server; the act goes to its audit log.`);
    if (verb.until !== undefined) command.option('--until <day>', verb.until);
    command
      .option('--note <text>', verb.until === undefined ? 'why, for the audit log' : 'why: required, kept in the audit log')
      .option('--by <who>', 'who does it, for the audit log', world.env.USER)
      .option('--json', 'print one JSON object (ratchet.device-act/1)')
      .addHelpText(
        'after',
        `
Examples:
  ${verb.example}

Exit codes: 0 done, 2 refused (no such device, a day that makes no sense): nothing was changed, 3 server not reached.`,
      )
      .action((idOrSerial: string, flags: Flags) => act(verb, idOrSerial, flags));
    addSettings(command, CLIENT_SETTINGS);
  }

  async function act({ name, until: isUntil }: Verb, idOrSerial: string, flags: Flags): Promise<void> {
    const { until, by, note } = flags;
    if (isUntil !== undefined && until === undefined) return refuse(2, `Expected --until: ${isUntil}. Nothing was changed.`);
    if (isUntil !== undefined && (note ?? '').trim() === '') return refuse(2, 'Expected --note: why. Nothing was changed.');
    const api = openApi(world, flags);
    if (!('client' in api)) return refuse(api.exitCode, api.message);
    const answer = await api.client.post(`devices/${encodeURIComponent(idOrSerial)}/${name}`, { until, by, note }, DeviceActAnswer);
    if (!answer.ok) return refuse(answer.exitCode, answer.message);
    world.stdout(flags.json === true ? json(answer.value) : actText(answer.value));
    end(0);
  }

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

function actText({ device, text, reason, sentence, date, notes = [] }: DeviceActAnswer): string {
  const when = date === undefined ? '' : ` Its date: ${date.slice(0, 16).replace('T', ' ')} device time.`;
  return `${[`${device}: ${text}`, `${reason}: ${sentence}${when}`, ...notes].map(printable).join('\n')}\n`;
}

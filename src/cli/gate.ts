import type { Command } from 'commander';
import type { GateAnswer } from '../engine/gate-answers.ts';
import { sinceProblem } from '../engine/show/attempts.ts';
import { GATE_SINCE } from '../engine/show/gate.ts';
import { GATE_OUTCOMES, type GateOutcomeSpec, TURNED_AWAY } from '../gate/outcomes.ts';
import { parseDuration } from '../policy/duration.ts';
import type { ExitCode } from './exit-code.ts';
import { read } from './read-source.ts';
import { addSettings, READ_SETTINGS } from './setting-options.ts';
import { counted, instantText, json, printable, table } from './text.ts';
import type { CliWorld } from './world.ts';

/** Rows of the table; --json has more. */
const ROWS_MAX = 50;
/** Of the longest outcome. */
const NAME_WIDTH = 16;

export function registerGate(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('gate')
    .summary('list who came to the enrollment gate, and what became of it')
    .description(
      'Lists the devices that asked for their enrollment profile at the gate (--gate-url of the server): who was sent away to update first, who was let in, and why.',
    )
    .option('--device <serial|udid>', 'only those of one device')
    .option('--since <duration>', 'how far back, such as 30d or 12h', GATE_SINCE)
    .option('--json', 'print one JSON object (ratchet.gate/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet gate --api-file ratchet-api.key
  ratchet gate --device C02LAB0001 --since 7d

Exit codes: 0 fine, 2 wrong input (no duration), 3 server not reached.`,
    )
    .action(async (flags: { json?: boolean; device?: string; since: string }) => {
      const { since, device } = flags;
      if (parseDuration(since) === undefined) return refuse(`--${sinceProblem(since)}`);
      const answer = await read(world, flags, (source) => source.gate({ since, ...(device === undefined ? {} : { device }) }));
      if (!answer.ok) return refuse(answer.message, answer.exitCode);
      world.stdout(flags.json === true ? json(answer.value) : gateText(answer.value, since, device));
      end(0);
    });
  addSettings(command, READ_SETTINGS);

  function refuse(message: string, code: ExitCode = 2): void {
    world.stderr(`${message}\n`);
    end(code);
  }
}

function isTurnedAway(outcome: string): boolean {
  return TURNED_AWAY.some((name) => name === outcome);
}

/** Of an outcome whose contacts are older than those that were told; nothing of one that a newer server has. */
function wordsOf(outcome: string): Partial<GateOutcomeSpec> {
  const spec: GateOutcomeSpec | undefined = (GATE_OUTCOMES as Record<string, GateOutcomeSpec>)[outcome];
  return spec === undefined ? {} : { ...spec, sentence: `${spec.sentence}.` };
}

function gateText({ contacts, counts, isComplete }: GateAnswer, since: string, device: string | undefined): string {
  if (contacts.length === 0) {
    const who = device === undefined ? 'Nobody' : `No device with serial number or UDID ${printable(device)}`;
    return `${who} came to the enrollment gate in the last ${since}.\n`;
  }
  const rows = contacts
    .slice(0, ROWS_MAX)
    .map(({ at, serial, udid, productName, osVersion, outcome, requires, policy, answered }) => [
      instantText(at),
      printable(serial ?? udid ?? '-'),
      printable(productName ?? '-'),
      printable(osVersion ?? '-'),
      requires === undefined ? outcome : `${outcome}: ${requires}`,
      printable(policy ?? '-'),
      answered === undefined ? (isTurnedAway(outcome) ? '-' : 'not reached') : String(answered),
    ]);
  const said = new Map(contacts.map((contact) => [contact.outcome, contact]));
  const words = counts.flatMap(({ outcome, contacts: count }) => {
    const { sentence = '', remedy } = said.get(outcome) ?? wordsOf(outcome);
    const line = `${String(count).padStart(5)}  ${outcome.padEnd(NAME_WIDTH)}  ${sentence}`.trimEnd();
    return remedy === undefined ? [line] : [line, `${' '.repeat(5 + 2 + NAME_WIDTH + 2)}→ ${remedy}`];
  });
  const shown = Math.min(contacts.length, ROWS_MAX);
  const all = counts.reduce((sum, { contacts: count }) => sum + count, 0);
  return [
    table([['WHEN', 'DEVICE', 'MODEL', 'RUNS', 'OUTCOME', 'POLICY', 'ANSWERED'], ...rows]),
    `${counted(all, 'request')} in the last ${since}:`,
    ...words,
    ...(shown < contacts.length || !isComplete ? [`The last ${shown} are shown${isComplete ? '; --json has all' : ''}.`] : []),
    '',
  ].join('\n');
}

import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import type { PlanAnswer, PlanDevice, PlanState } from '../engine/answers.ts';
import { instantOf, isLocalDateTime } from '../time/local.ts';
import type { ExitCode } from './exit-code.ts';
import { dateText, differenceText, heldText } from './plan-difference.ts';
import { readPolicyInput } from './policy-input.ts';
import { read } from './read-source.ts';
import type { PlanWanted } from './read-source.types.ts';
import { addSettings, READ_SETTINGS } from './setting-options.ts';
import { counted, instantText, json, table } from './text.ts';
import type { CliWorld } from './world.ts';

const COLUMNS = ['serial', 'platform', 'osVersion', 'target', 'policy', 'date', 'reason', 'next'] as const satisfies (keyof PlanDevice)[];
const BEFORE = ['target', 'policy', 'date', 'reason'] as const satisfies (keyof PlanState)[];

interface Flags extends Record<string, unknown> {
  at?: string;
  json?: boolean;
  csv?: boolean;
}

export function registerPlan(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('plan')
    .argument('[file]', 'a ratchet.yaml to compare with what is in force; - for standard input')
    .summary('show what every device should run, by when; or what another ratchet.yaml would change')
    .description(
      'Shows the whole fleet: what each device runs and should run, by which policy and date, its reason, and what comes next. With a file: what would be different under its policies, device by device and in sums. Changes nothing.',
    )
    .option('--at <time>', 'as it would be then if nothing else changed: 2026-12-01 or 2026-12-01T18:00, UTC')
    .option('--json', 'print one JSON object (ratchet.plan/1)')
    .option('--csv', 'print CSV with every column; cells that a spreadsheet would run as formulas are escaped')
    .addHelpText(
      'after',
      `
Examples:
  ratchet plan --api-file ratchet-api.key
  ratchet plan --csv > plan.csv
  ratchet plan new.yaml                     (then: ratchet apply new.yaml)
  ratchet plan new.yaml --at 2026-12-01
  ratchet plan --data /var/lib/ratchet      (while no server runs)

Exit codes: 0 fine, 1 the change would be held until a person accepts it, 2 wrong input, 3 server not reached.`,
    )
    .action(async (path: string | undefined, flags: Flags) => {
      if (flags.json === true && flags.csv === true) return refuse(2, 'Say --json or --csv, not both.');
      const at = flags.at === undefined ? undefined : parseTime(flags.at);
      if (flags.at !== undefined && at === undefined)
        return refuse(2, `--at: "${flags.at}" is no time; expected 2026-12-01 or 2026-12-01T18:00 (UTC).`);
      const wanted: PlanWanted = at === undefined ? {} : { at };
      if (path !== undefined) {
        const given = await readPolicyInput(world, path);
        if (!given.ok) return refuse(2, given.message);
        Object.assign(wanted, given.file);
      }
      const answer = await read(world, flags, (source) => source.plan(wanted));
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      world.stdout(flags.json === true ? json(answer.value) : flags.csv === true ? csv(answer.value) : planText(answer.value));
      end(answer.value.difference?.guard?.isHeld === true ? 1 : 0);
    });
  addSettings(command, READ_SETTINGS);

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message}\n`);
    end(code);
  }
}

/** A day (its beginning) or a minute, UTC; undefined when it is neither. */
function parseTime(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::00)?Z?)?$/.exec(text);
  const local = `${match?.[1]}T${match?.[2] ?? '00:00'}:00`;
  return match && isLocalDateTime(local) ? instantOf(local, 'UTC') : undefined;
}

function csv({ devices, difference }: PlanAnswer): string {
  const columns = ['id', ...COLUMNS] as const;
  // Rows in the order of the columns and only these: what else the server tells stays in --json.
  const rows = devices.map((device) => [
    ...columns.map((column) => device[column] ?? ''),
    // What is the same stands there too: whoever filters by a column before needs it in every row.
    ...(difference === undefined ? [] : [device.change ?? '', ...BEFORE.map((column) => (device.before ?? device)[column] ?? '')]),
  ]);
  const more = difference === undefined ? [] : ['change', ...BEFORE.map((column) => `${column}Before`)];
  return stringify([[...columns, ...more], ...rows], { escape_formulas: true, record_delimiter: 'windows' });
}

function planText(answer: PlanAnswer): string {
  const { difference, at } = answer;
  const head = at === undefined ? '' : `As of ${instantText(at)}, if nothing else changes until then\n\n`;
  return `${head}${difference === undefined ? fleetText(answer) : differenceText({ ...answer, difference })}`;
}

function fleetText({ devices, counts, held }: PlanAnswer): string {
  const heading = ['SERIAL', 'PLATFORM', 'RUNS', 'TARGET', 'POLICY', 'DATE', 'REASON', 'NEXT'];
  const rows = devices.map((device) =>
    COLUMNS.map((column) => {
      if (column === 'serial') return device.serial ?? device.id;
      if (column === 'date') return dateText(device.date) ?? '-';
      return device[column] ?? '-';
    }),
  );
  const totals = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} ${reason}`);
  const summary = `${counted(devices.length, 'device')}${totals.length === 0 ? '' : `: ${totals.join(', ')}`}\n`;
  const waiting = held === undefined ? '' : `\n${heldText(held)}\n`;
  return `${devices.length === 0 ? '' : `${table([heading, ...rows])}\n`}${summary}${waiting}`;
}

import type { Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import type { PlanAnswer, PlanDevice } from '../engine/answers.ts';
import type { ExitCode } from './exit-code.ts';
import { read } from './read-source.ts';
import { addSettings, READ_SETTINGS } from './setting-options.ts';
import { counted, json, table } from './text.ts';
import type { CliWorld } from './world.ts';

const COLUMNS = ['serial', 'platform', 'osVersion', 'target', 'policy', 'date', 'reason', 'next'] as const satisfies (keyof PlanDevice)[];

export function registerPlan(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('plan')
    .summary('show what every device should run, by when, and where it stands')
    .description('Shows the whole fleet: what each device runs and should run, by which policy and date, its reason, and what comes next.')
    .option('--json', 'print one JSON object (ratchet.plan/1)')
    .option('--csv', 'print CSV with every column; cells that a spreadsheet would run as formulas are escaped')
    .addHelpText(
      'after',
      `
Examples:
  ratchet plan --api-file ratchet-api.key
  ratchet plan --csv > plan.csv
  ratchet plan --data /var/lib/ratchet      (while no server runs)

Exit codes: 0 fine, 2 wrong input, 3 server not reached.`,
    )
    .action(async (flags: { json?: boolean; csv?: boolean }) => {
      if (flags.json === true && flags.csv === true) {
        world.stderr('Say --json or --csv, not both.\n');
        return end(2);
      }
      const answer = await read(world, flags, (source) => source.plan());
      if (!answer.ok) {
        world.stderr(`${answer.message}\n`);
        return end(answer.exitCode);
      }
      world.stdout(flags.json === true ? json(answer.value) : flags.csv === true ? csv(answer.value) : planText(answer.value));
      end(0);
    });
  addSettings(command, READ_SETTINGS);
}

function csv({ devices }: PlanAnswer): string {
  const columns = ['id', ...COLUMNS] as const;
  // Rows in the order of the columns and only these: what else the server tells stays in --json.
  const rows = devices.map((device) => columns.map((column) => device[column] ?? ''));
  return stringify([[...columns], ...rows], { escape_formulas: true, record_delimiter: 'windows' });
}

function planText({ devices, counts }: PlanAnswer): string {
  const heading = ['SERIAL', 'PLATFORM', 'RUNS', 'TARGET', 'POLICY', 'DATE', 'REASON', 'NEXT'];
  const rows = devices.map((device) =>
    COLUMNS.map((column) => {
      if (column === 'serial') return device.serial ?? device.id;
      // Dates fall on whole minutes.
      if (column === 'date') return device.date?.replace('T', ' ').replace(/:00$/, '') ?? '-';
      return device[column] ?? '-';
    }),
  );
  const totals = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} ${reason}`);
  const summary = `${counted(devices.length, 'device')}${totals.length === 0 ? '' : `: ${totals.join(', ')}`}\n`;
  return devices.length === 0 ? summary : `${table([heading, ...rows])}\n${summary}`;
}

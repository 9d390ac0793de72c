import { readFileSync, writeFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { placedIn } from './draw-neighbour.ts';
import { drawRun } from './draw-run.ts';
import { parseCase, type RunSpec } from './run-spec.ts';
import { shrinkCommand } from './shrink-command.ts';
import { runInPool } from './sim-pool.ts';
import { hasFailed, type RunResult, reportOf, SimReport } from './sim-report.ts';
import { RUN_HEAD, runText, summaryText } from './sim-text.ts';

/** `npm run sim`: runs drawn from one seed, with every checker on. Exit 1 when one of them fails, 2 when asked for nonsense. */
interface Flags {
  seeds: number;
  seed: string;
  from: number;
  jobs: number;
  json?: boolean;
  out?: string;
  devices?: number;
  devicesMax?: number;
  server?: RunSpec['server'];
  case?: string;
  shrink?: string;
}

/** In a log, where not every run has its line. */
const PROGRESS_EVERY = 25;

const program = new Command('sim')
  .description('Runs simulated fleets with the checkers of the promises on: everything of run k is drawn from "<seed>-<k>".')
  .option('--seeds <n>', 'how many runs', readCount(1_000_000), 20)
  .option('--seed <text>', 'the base: a number, a commit hash, any word', '1')
  .option('--from <k>', 'number of the first run', readCount(1_000_000_000), 1)
  .option('--jobs <n>', 'processes at once', readCount(64), 2)
  .option('--json', 'print one JSON object (ratchet.sim/1)')
  .option('--out <file>', 'write that object to a file, too')
  .option('--devices <n>', 'devices of each fleet, whatever was drawn', readCount(5_000))
  .option('--devices-max <n>', 'devices of a fleet at most', readCount(5_000))
  .addOption(new Option('--server <name>', 'the MDM server, whatever was drawn').choices(['nanomdm', 'micromdm', 'nanohub']))
  .option('--case <file>', 'run this case (a file of test/fleet/cases)')
  .option('--shrink <seed|file>', 'find a smaller run that fails like this one, and write it as a case to --out')
  .addHelpText(
    'after',
    `
Examples:
  npm run sim -- --seeds 500 --json
  npm run sim -- --seed 1 --seeds 1 --from 7
  npm run sim -- --shrink 1-7 --out test/fleet/cases/what-it-was.json

Exit codes: 0 fine, 1 a promise was broken or a run did not end as expected, 2 wrong input.`,
  )
  .exitOverride();

try {
  program.parse();
  const flags = program.opts<Flags>();
  if (flags.shrink !== undefined)
    process.exitCode = await shrinkCommand(specsOf({ ...flags, case: flags.shrink })[0] as RunSpec, flags.out);
  else process.exitCode = await runAll(flags, specsOf(flags));
} catch (error) {
  if (!(error instanceof CommanderError)) process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : 2;
}

async function runAll(flags: Flags, specs: readonly RunSpec[]): Promise<number> {
  const results: RunResult[] = [];
  const open = new Set(specs.map((_, index) => index));
  const isTerminal = process.stderr.isTTY === true;
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  if (isTerminal) process.stderr.write(`${RUN_HEAD}\n`);
  await runInPool(specs, {
    jobs: flags.jobs,
    signal: interrupt.signal,
    onResult(spec, result) {
      results.push(result);
      const index = specs.indexOf(spec);
      open.delete(index);
      const again = flags.case === undefined ? commandOf(flags, flags.from + index, 1) : `npm run sim -- --case ${flags.case}`;
      if (isTerminal || hasFailed(result)) process.stderr.write(runText(spec, result, again));
      if (!isTerminal && results.length % PROGRESS_EVERY === 0) process.stderr.write(`${results.length} of ${specs.length} runs\n`);
    },
  });
  const report = SimReport.parse(reportOf(results));
  if (flags.out !== undefined) writeFileSync(flags.out, `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : summaryText(report));
  if (open.size > 0) {
    const next = Math.min(...open);
    process.stderr.write(`broken off; go on with: ${commandOf(flags, flags.from + next, specs.length - next)}\n`);
    return 1;
  }
  return results.some(hasFailed) ? 1 : 0;
}

/** The runs asked for, as data. Throws an Error for a file that is none. */
function specsOf(flags: Flags): RunSpec[] {
  const specs =
    flags.case === undefined
      ? Array.from({ length: flags.seeds }, (_, index) => drawRun(`${flags.seed}-${flags.from + index}`))
      : [/\.json$/.test(flags.case) ? readCase(flags.case) : drawRun(flags.case)];
  return specs.map((spec) =>
    placedIn({
      ...spec,
      devices: Math.min(flags.devices ?? spec.devices, flags.devicesMax ?? Number.POSITIVE_INFINITY),
      server: flags.server ?? spec.server,
    }),
  );
}

function readCase(file: string): RunSpec {
  try {
    return parseCase(readFileSync(file, 'utf8'), file).spec;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' ? `there is no file ${file}; cases are in test/fleet/cases` : message);
  }
}

function commandOf({ seed, devices, devicesMax, server }: Flags, from: number, seeds: number): string {
  const more = [
    ...(devices === undefined ? [] : [`--devices ${devices}`]),
    ...(devicesMax === undefined ? [] : [`--devices-max ${devicesMax}`]),
    ...(server === undefined ? [] : [`--server ${server}`]),
  ];
  return ['npm run sim --', `--seed ${seed}`, `--seeds ${seeds}`, `--from ${from}`, ...more].join(' ');
}

function readCount(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1 || count > max)
      throw new InvalidArgumentError(
        `expected a whole number from 1 to ${max}${/^\d+-\d+$/.test(text) ? ' (5 to 8 is: --seeds 4 --from 5)' : ''}`,
      );
    return count;
  };
}

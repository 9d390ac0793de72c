import { Command, InvalidArgumentError, Option } from 'commander';
import { DAY_MS } from '../../src/time/local.ts';
import { type Address, type Doors, openDoors } from './demo-doors.ts';
import { keepServing } from './demo-keep.ts';
import { createDemoScreen } from './demo-screen.ts';
import { summary } from './demo-summary.ts';
import { createFleet } from './harness.ts';
import { runFleet } from './run.ts';
import { violationText, watch } from './watch.ts';

/**
 * `npm run demo`: Ratchet, a simulated NanoMDM and a simulated fleet in one process on a fast virtual clock, with
 * faults on. Exit 0 only if everyone is where the world expected them before Ratchet started.
 */
interface Flags {
  devices: number;
  seed: string;
  headless: boolean;
  json: boolean;
  /** Absent: as long as a person sits before it. */
  keep?: boolean;
  /** Absent: DEFAULT_ADDRESS, or whatever is free. */
  listen?: Address;
}

const DEFAULT_ADDRESS: Address = { host: '127.0.0.1', port: 9006 };

const flags = readFlags();
const isKept = flags.keep ?? (process.stdout.isTTY && !flags.headless && !flags.json);
const startedAt = process.hrtime.bigint();
const fleet = await createFleet({ seed: flags.seed, devices: flags.devices });
const doors = isKept ? await open() : undefined;
const watched = watch(fleet);
let commands = 0;
let declarations = 0;
fleet.world.onEvent((event) => {
  if (event.kind === 'enqueue' && event.result === 'queued') commands += 1;
  if (event.kind === 'dm' && event.enforcement) declarations += 1;
});
const screen = flags.headless ? undefined : createDemoScreen(fleet, process.stderr);
if (screen)
  process.stderr.write(
    `Ratchet, a simulated NanoMDM and ${flags.devices} simulated devices, seed ${flags.seed}. Every device is to run\nthe newest release of its model, a week after it was first seen, at 18:00 its time.\n${doors ? `Watch it in a browser: ${doors.url}/\n` : ''}\n`,
  );
const standings = await runFleet(fleet, { watch: watched, onProgress: (progress) => screen?.show(progress) });
screen?.end();
const wallSeconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
const traceSha256 = fleet.world.traceSha256();
for (const violation of watched.violations) process.stderr.write(`${violationText(flags.seed, violation)}\n`);

const { eligible, verified, counts, wrong } = standings;
if (flags.json) {
  const { verified: _, ...needPerson } = counts;
  const { devices } = flags;
  const report = { devices, eligible, verified, needPerson, commands, declarations, violations: watched.count, traceSha256 };
  process.stdout.write(`${JSON.stringify({ schema: 'ratchet.demo/1', ...report, wallSeconds: Math.round(wallSeconds * 10) / 10 })}\n`);
} else {
  const days = Math.round((fleet.scheduler.now() - fleet.startedAt) / DAY_MS);
  const figures = { commands, declarations, violations: watched.count, wallSeconds, days };
  process.stdout.write(summary(fleet, standings, figures, Math.min(process.stdout.columns ?? 100, 110)));
}
process.exitCode = wrong.length === 0 && watched.count === 0 ? 0 : 1;
if (doors) await keepServing(fleet, standings, doors);
doors?.close();
await fleet.close();

async function open(): Promise<Doors> {
  try {
    return await openDoors(fleet, flags.listen ?? DEFAULT_ADDRESS, flags.listen !== undefined);
  } catch (error) {
    process.stderr.write(`can't listen: ${error instanceof Error ? error.message : String(error)}; --listen says where\n`);
    process.exit(2);
  }
}

function readFlags(): Flags {
  const program = new Command('demo')
    .usage('[options]')
    .description('A simulated fleet behind a simulated NanoMDM is brought to the required OS, on a fast clock and with faults on.')
    .option('--devices <n>', 'devices', readCount, 60)
    .option('--seed <seed>', 'everything is drawn from it: the same seed, the same run', '1')
    .option('--headless', 'no progress, only the result', false)
    .option('--json', 'one JSON object at the end instead of the table (ratchet.demo/1)', false)
    .option('--keep', 'serves the dashboard meanwhile and afterwards, on loopback and without sign-in (default on a terminal)')
    .option('--no-keep', 'serves nothing, and ends with the table')
    .addOption(
      new Option(
        '--listen <address>',
        'where it serves, and declarative management on the port after it; default 127.0.0.1:9006, if free',
      ).argParser(readLoopback),
    )
    .addHelpText(
      'after',
      `
Examples:
  npm run demo
  npm run demo -- --listen 127.0.0.1:9106
  npm run -s demo -- --headless --json --devices 40 --seed 7

Exit codes: 0 everyone is where the world expected them and no promise was broken, 1 not so, 2 wrong input.`,
    )
    .showHelpAfterError()
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  program.parse();
  return program.opts<Flags>();
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 5_000) throw new InvalidArgumentError('Expected a whole number from 1 to 5000.');
  return count;
}

/** No sign-in: so nobody but this machine. */
function readLoopback(text: string): Address {
  const match = /^(127(?:\.\d{1,3}){3}|localhost|\[::1\])?:(\d{1,5})$/.exec(text);
  if (!match || Number(match[2]) > 65_534)
    throw new InvalidArgumentError('Without sign-in it is loopback only: 127.0.0.1:9006, localhost:9006 or [::1]:9006.');
  return { host: (match[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}

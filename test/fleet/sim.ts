import { Command, InvalidArgumentError, Option } from 'commander';
import type { HostName } from '../../src/hosts/capabilities.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { createFleet } from './harness.ts';
import { runFleet } from './run.ts';
import { violationText, watch } from './watch.ts';

/** `npm run sim`: many seeds one after the other, with every checker on; a line each. Exit 1 when one of them fails. */
const program = new Command('sim')
  .description('Runs simulated fleets, one after the other, with the checkers of the promises on.')
  .option('--seeds <list>', 'seeds: "7", "1-20" or "1,5,9"', readSeeds, readSeeds('1-20'))
  .option('--devices <n>', 'devices of each fleet', readCount, 200)
  .addOption(new Option('--server <name>', 'the MDM server between').choices(['nanomdm', 'micromdm']).default('nanomdm'));
program.parse();
const { seeds, devices, server } = program.opts<{ seeds: number[]; devices: number; server: HostName }>();

process.stdout.write('seed  devices eligible verified  wrong  violations  days  events   CPU s\n');
for (const seed of seeds) {
  const before = process.cpuUsage();
  const fleet = await createFleet({ seed, devices, server });
  const watched = watch(fleet);
  const { wrong, eligible, verified } = await runFleet(fleet, { watch: watched });
  const { user, system } = process.cpuUsage(before);
  const cells = [
    [seed, 4],
    [devices, 8],
    [eligible, 8],
    [verified, 8],
    [wrong.length, 6],
    [watched.count, 11],
    [Math.round((fleet.scheduler.now() - fleet.startedAt) / DAY_MS), 5],
    [fleet.world.events.length, 7],
    [((user + system) / 1e6).toFixed(1), 7],
  ] as const;
  process.stdout.write(`${cells.map(([value, width]) => String(value).padStart(width)).join(' ')}\n`);
  for (const { id, name, expected, reason } of wrong) process.stdout.write(`      ${name} ${id}: expected ${expected}, is ${reason}\n`);
  for (const violation of watched.violations) process.stdout.write(`${violationText(seed, violation)}\n`);
  if (wrong.length > 0 || watched.count > 0) process.exitCode = 1;
  await fleet.close();
}

function readSeeds(text: string): number[] {
  const seeds = text.split(',').flatMap((part) => {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    if (from === undefined) throw new InvalidArgumentError('expected "7", "1-20" or "1,5,9"');
    const first = Number(from);
    return Array.from({ length: Number(to ?? from) - first + 1 }, (_, index) => first + index);
  });
  return seeds;
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 5_000) throw new InvalidArgumentError('expected a whole number from 1 to 5000');
  return count;
}

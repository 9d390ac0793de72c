import type { Command } from 'commander';
import type { BlackoutsAnswer } from '../engine/blackout-answers.ts';
import type { ExitCode } from './exit-code.ts';
import { read } from './read-source.ts';
import { addSettings, READ_SETTINGS } from './setting-options.ts';
import { counted, instantText, json, table } from './text.ts';
import type { CliWorld } from './world.ts';

export function registerBlackouts(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('blackouts')
    .summary('list the blackouts to come, and devices that may install in one')
    .description(
      'Lists the blackouts that are not over and, from their lead on, every device that may install in one: it holds a date that has passed or comes in it, and is not known to have given it back. Switched on again, it may restart.',
    )
    .option('--json', 'print one JSON object (ratchet.blackouts/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet blackouts --api-file ratchet-api.key
  ratchet blackouts --json

Exit codes: 0 no device may install in one, 1 some may, 2 wrong input, 3 server not reached.`,
    )
    .action(async (flags: { json?: boolean }) => {
      const answer = await read(world, flags, (source) => source.blackouts());
      if (!answer.ok) {
        world.stderr(`${answer.message}\n`);
        return end(answer.exitCode);
      }
      world.stdout(flags.json === true ? json(answer.value) : textOf(answer.value));
      end(answer.value.devices.length === 0 ? 0 : 1);
    });
  addSettings(command, READ_SETTINGS);
}

function textOf({ blackouts, devices }: BlackoutsAnswer): string {
  if (blackouts.length === 0 && devices.length === 0) return 'No blackout is to come: the policies in force have none, or they are over.\n';
  const lines = blackouts.map(({ name, policy, from, until, isNear }) => [
    name ?? '-',
    policy ?? 'all',
    wallTime(from),
    wallTime(until),
    isNear ? 'yes' : 'no',
  ]);
  const list = table([['BLACKOUT', 'POLICY', 'FROM', 'UNTIL', 'NEAR OR ON'], ...lines]);
  if (devices.length === 0) {
    const none = blackouts.some(({ isNear }) => isNear) ? 'No device holds a date that may come true in one.' : 'None is near.';
    return `${list}\n${none}\n`;
  }
  const rows = devices.map(({ id, serial, policy, holds, blackout, lastSeenAt, reason }) => [
    serial ?? id,
    policy,
    wallTime(holds),
    blackout ?? '-',
    instantText(lastSeenAt),
    reason,
  ]);
  const head = `${counted(devices.length, 'device')} may install in one: ${devices.length === 1 ? 'it is not known to have given its date' : 'they are not known to have given their dates'} back.`;
  return `${list}\n${head}\n${table([['SERIAL', 'POLICY', 'HOLDS', 'BLACKOUT', 'LAST SEEN', 'REASON'], ...rows])}`;
}

/** "2027-01-11 08:00", on the device's own clock. */
function wallTime(local: string): string {
  return local.slice(0, 16).replace('T', ' ');
}

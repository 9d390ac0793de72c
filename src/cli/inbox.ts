import type { Command } from 'commander';
import type { ExitCode } from './exit-code.ts';
import { read } from './read-source.ts';
import { addSettings, READ_SETTINGS } from './setting-options.ts';
import { instantText, json, table } from './text.ts';
import type { CliWorld } from './world.ts';

export function registerInbox(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('inbox')
    .summary('list events that could not be understood')
    .description(
      'Lists the events that were taken but could not be understood, with the reason. Their content is not kept: it may hold secrets.',
    )
    .option('--json', 'print one JSON object (ratchet.inbox/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet inbox --api-file ratchet-api.key
  ratchet inbox --json

Exit codes: 0 none, 1 there are some, 2 wrong input, 3 server not reached.`,
    )
    .action(async (flags: { json?: boolean }) => {
      const answer = await read(world, flags, (source) => source.inbox());
      if (!answer.ok) {
        world.stderr(`${answer.message}\n`);
        return end(answer.exitCode);
      }
      const { items } = answer.value;
      const rows = items.map(({ at, topic, reason, detail, size, sha256 }) => [
        instantText(at),
        topic,
        reason,
        String(size),
        sha256.slice(0, 12),
        detail,
      ]);
      const text = rows.length === 0 ? 'The inbox is empty.\n' : table([['AT', 'TOPIC', 'REASON', 'BYTES', 'SHA-256', 'DETAIL'], ...rows]);
      world.stdout(flags.json === true ? json(answer.value) : text);
      end(items.length === 0 ? 0 : 1);
    });
  addSettings(command, READ_SETTINGS);
}

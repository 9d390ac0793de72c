import type { Command } from 'commander';
import { ImportAnswer } from '../engine/answers.ts';
import type { ExitCode } from './exit-code.ts';
import { type DeviceList, readDeviceList } from './read-device-list.ts';
import { readInput } from './read-input.ts';
import { openApi } from './read-source.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { counted, json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

/** Enrollments of one call: a server that is busy answers it well within the time-out. */
const CHUNK = 500;
const MALFORMED_SHOWN_MAX = 20;

export function registerImport(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('import')
    .argument('<file>', 'CSV with a header (id or udid; serial, type), ids one a line, a JSON array or JSON lines; - for standard input')
    .summary('make devices known that so far only the MDM server knows')
    .description(
      'Names enrollments that have not been heard of yet, by the ids the MDM server has for them. Each is then asked what it is (DeviceInformation), woken no faster than --push-rate. Known ones stay as they are. Calls the running server; the act goes to its audit log.',
    )
    .option('--by <who>', 'who does it, for the audit log', world.env.USER)
    .option('--note <text>', 'why, for the audit log')
    .option('--json', 'print one JSON object (ratchet.import/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet import ids.csv
  psql -Atc "SELECT id FROM enrollments WHERE type = 'Device' AND enabled" nanomdm | ratchet import -

Exit codes: 0 all imported, 1 some lines could not be used (they are named), 2 no list, or refused, 3 server not reached.`,
    )
    .action(async (path: string, flags: Flags) => {
      let list: DeviceList;
      let text: string | undefined;
      try {
        text = await readInput(world, path);
        list = readDeviceList(text);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return refuse(2, text === undefined ? message : `${path}: ${message}. Nothing was imported.`);
      }
      if (list.enrollments.length === 0) {
        for (const line of malformedText(list)) world.stderr(`${line}\n`);
        return refuse(
          2,
          `${path}: no device is in it; expected CSV with a column id or udid, ids one a line, or JSON. Nothing was imported.`,
        );
      }
      const api = openApi(world, flags);
      if (!('client' in api)) return refuse(api.exitCode, api.message);
      const sum = { new: 0, known: 0 };
      const all = list.enrollments;
      for (let start = 0; start < all.length; start += CHUNK) {
        const body = { enrollments: all.slice(start, start + CHUNK), by: flags.by, note: flags.note };
        const answer = await api.client.post('enrollments', body, ImportAnswer);
        if (!answer.ok)
          return refuse(
            answer.exitCode,
            `${answer.message}\n${start} of ${all.length} were imported before; importing them again does no harm.`,
          );
        sum.new += answer.value.new;
        sum.known += answer.value.known;
        if (all.length > CHUNK) world.stderr(`${Math.min(start + CHUNK, all.length)} of ${all.length}\n`);
      }
      const { userChannels, duplicates, malformed } = list;
      const value: ImportAnswer = { schema: 'ratchet.import/1', ...sum, userChannels, duplicates, malformed };
      world.stdout(flags.json === true ? json(value) : importText(value));
      for (const line of malformedText(list)) world.stderr(`${line}\n`);
      end(malformed.length === 0 ? 0 : 1);
    });
  addSettings(command, CLIENT_SETTINGS);

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

type Flags = Record<string, unknown> & { by?: string; note?: string; json?: boolean };

function importText({ new: added, known, userChannels = 0, duplicates = 0, malformed = [] }: ImportAnswer): string {
  const parts = [`${added} new`, `${known} known already`];
  if (duplicates > 0) parts.push(`${duplicates} more than once`);
  if (userChannels > 0) parts.push(`${counted(userChannels, 'user channel')} left out (their devices count)`);
  if (malformed.length > 0) parts.push(`${malformed.length} malformed`);
  return `${parts.join(', ')}.\n`;
}

function malformedText({ malformed }: DeviceList): string[] {
  const lines = malformed.slice(0, MALFORMED_SHOWN_MAX).map(({ at, reason }) => printable(`skipped ${at}: ${reason}`));
  const more = malformed.length - lines.length;
  return more > 0 ? [...lines, `… and ${more} more; --json names them all`] : lines;
}

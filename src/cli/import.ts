import type { Command } from 'commander';
import type { ImportAnswer } from '../engine/answers.ts';
import type { ApiClient } from './api-client.ts';
import type { ExitCode } from './exit-code.ts';
import { CHUNK, createSender, type ImportFlags, importText, malformedText } from './import-enrollments.ts';
import { importLedger, ledgerText } from './import-ledger.ts';
import { DSN_VARIABLE, importRecords } from './import-records.ts';
import { type DeviceList, readDeviceList } from './read-device-list.ts';
import { readInput } from './read-input.ts';
import { openApi } from './read-source.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { counted, json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

export function registerImport(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const command = program
    .command('import')
    .argument('[file]', 'CSV with a header (id or udid; serial, type), UDIDs one a line, a JSON array or JSON lines; - for standard input')
    .summary('make devices known that so far only the MDM server knows, or bring their deadlines along')
    .description(
      'Names enrollments that have not been heard of yet, by the ids the MDM server has for them: from a list, or from the database of NanoMDM. Each is then asked what it is (DeviceInformation), woken no faster than --push-rate. What was heard of a device stays as it is. With --ledger it brings deadlines from another Ratchet instead, to devices that are known here: none gets later. Calls the running server; the act goes to its audit log. nano2nano sends to the running server by itself, without this verb (docs/operations.md).',
    )
    .option(
      '--nanomdm [dsn]',
      `read NanoMDM’s PostgreSQL or MySQL, by its -storage-dsn; without one, the address is in ${DSN_VARIABLE}. Nothing is changed there, no column with a secret is read`,
    )
    .option('--ledger <file>', 'carry deadlines over from another Ratchet, by UDID: its database, its data folder or a backup of it')
    .option('--accept-sooner', 'with --ledger: also where many devices get a sooner deadline')
    .option('--dry-run', 'say what it would do, and write nothing')
    .option('--by <who>', 'who does it, for the audit log', world.env.USER)
    .option('--note <text>', 'why, for the audit log')
    .option('--json', 'print one JSON object (ratchet.import/1, with --ledger ratchet.import-ledger/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet import ids.csv
  psql -Atc "SELECT id FROM enrollments WHERE type = 'Device' AND enabled" nanomdm | ratchet import -
  ratchet import --nanomdm --dry-run        # ${DSN_VARIABLE}=postgres://ratchet_import:password@db/nanomdm
  ratchet import --nanomdm 'ratchet_import:password@tcp(db:3306)/nanomdm'
  ratchet import --ledger old-server.db --dry-run

Exit codes: 0 all imported, 1 some could not be used (they are named), or held (--accept-sooner), 2 no list, most of it of no use, or refused, 3 server or database not reached.`,
    )
    .action(async (path: string | undefined, flags: ImportFlags) => {
      if ([path, flags.nanomdm, flags.ledger].filter((given) => given !== undefined).length !== 1)
        return refuse(2, 'Expected one of: a file (or -), --nanomdm, --ledger. Nothing was imported.');
      if (flags.acceptSooner === true && flags.ledger === undefined)
        return refuse(2, '--accept-sooner goes with --ledger: a list of devices brings no deadlines. Nothing was imported.');
      if (flags.ledger !== undefined) return fromLedger(flags);
      return path === undefined ? fromDatabase(flags) : fromList(path, flags);
    });
  addSettings(command, CLIENT_SETTINGS);

  async function fromLedger(flags: ImportFlags): Promise<void> {
    const client = clientOf(flags);
    if (client === undefined) return;
    const imported = await importLedger(world, client, flags);
    if (!imported.ok) return refuse(imported.code, imported.message);
    world.stdout(flags.json === true ? json(imported.value) : printableLines(ledgerText(imported.value)));
    const { notEnrolled, unknownPolicies } = imported.value;
    end(notEnrolled.devices + unknownPolicies.length === 0 ? 0 : 1);
  }

  async function fromDatabase(flags: ImportFlags): Promise<void> {
    const client = clientOf(flags);
    if (client === undefined) return;
    const imported = await importRecords(world, client, flags);
    if (!imported.ok) return refuse(imported.code, imported.message);
    tell(imported.value, flags);
  }

  async function fromList(path: string, flags: ImportFlags): Promise<void> {
    let list: DeviceList;
    let text: string | undefined;
    try {
      text = await readInput(world, path);
      list = readDeviceList(text);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return refuse(2, text === undefined ? message : `${path}: ${message}. Nothing was imported.`);
    }
    const all = list.enrollments;
    const usable = all.length + list.userChannels + list.duplicates;
    if (all.length === 0 || usable < list.malformed.length) {
      for (const line of malformedText(list.malformed, true)) world.stderr(`${line}\n`);
      const found =
        all.length === 0 ? 'no device is in it' : `only ${usable} of ${counted(usable + list.malformed.length, 'line')} can be used`;
      return refuse(2, `${path}: ${found}; expected CSV with a column id or udid, UDIDs one a line, or JSON. Nothing was imported.`);
    }
    const client = clientOf(flags);
    if (client === undefined) return;
    const sender = createSender(client, flags, 'list', (sent) => {
      if (all.length > CHUNK) world.stderr(`${sent} of ${all.length}\n`);
    });
    const failure = (await sender.add(all)) ?? (await sender.finish());
    if (failure)
      return refuse(
        failure.exitCode,
        `${failure.message}\n${sender.sent()} of ${all.length} were imported before; importing them again does no harm.`,
      );
    const { userChannels, duplicates, malformed } = list;
    const rest = { userChannels, duplicates, malformed, ...(flags.dryRun ? { dryRun: true } : {}) };
    tell({ schema: 'ratchet.import/1', ...sender.sum, ...rest }, flags);
  }

  function tell(value: ImportAnswer, flags: ImportFlags): void {
    const { malformed = [] } = value;
    world.stdout(flags.json === true ? json(value) : importText(value));
    for (const line of malformedText(malformed)) world.stderr(`${line}\n`);
    end(malformed.length === 0 ? 0 : 1);
  }

  function clientOf(flags: ImportFlags): ApiClient | undefined {
    const api = openApi(world, flags);
    if ('client' in api) return api.client;
    refuse(api.exitCode, api.message);
    return undefined;
  }

  function printableLines(text: string): string {
    return text.split('\n').map(printable).join('\n');
  }

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

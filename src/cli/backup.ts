import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { formatProblem } from '../config/problem.ts';
import { readPolicyFile } from '../config/read-policy-file.ts';
import { resolveSettings } from '../config/resolve-settings.ts';
import { rfc3339 } from '../time/rfc3339.ts';
import type { BackupOutcome, BackupTaken, BackupUsed } from './backup.types.ts';
import type { ExitCode } from './exit-code.ts';
import { addSettings } from './setting-options.ts';
import { counted, json, printable } from './text.ts';
import type { CliWorld } from './world.ts';

/** `ratchet backup --json`. */
export const BackupAnswer = z.object({
  schema: z.literal('ratchet.backup/1'),
  file: z.string(),
  /** Epoch ms. */
  at: z.int(),
  version: z.string(),
  host: z.string().optional(),
  devices: z.int(),
  bytes: z.int(),
});

/** `ratchet restore --json`. */
export const RestoreAnswer = BackupAnswer.extend({
  schema: z.literal('ratchet.restore/1'),
  data: z.string(),
  isMarked: z.boolean(),
  aside: z.array(z.string()),
});

type Flags = Record<string, unknown> & { json?: boolean };

export function registerBackup(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const backup = program
    .command('backup')
    .argument('<file>', 'file to write; it must not exist')
    .summary('copy the data folder’s database into one file, while the server runs')
    .description(
      'Writes the database of the data folder, as it is at this moment, into one new file. The server may run meanwhile. Ratchet starts held on what is restored from it.',
    )
    .option('--json', 'print one JSON object (ratchet.backup/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet backup --data /var/lib/ratchet /backups/ratchet-$(date +%F).db
  ratchet backup ratchet-backup.db && ls -l ratchet-backup.db

Exit codes: 0 written, 2 not written (the file exists, there is no database or no room).`,
    )
    .action((file: string, flags: Flags) => {
      const outcome = withData(flags, (data) => world.backUp?.(data, resolve(world.cwd, file)));
      finish(flags, outcome, (value) => BackupAnswer.parse({ schema: 'ratchet.backup/1', ...value }), backupText);
    });
  addSettings(backup, ['config', 'data']);

  const restore = program
    .command('restore')
    .argument('<file>', 'what ratchet backup wrote')
    .summary('put a backup into the data folder of a stopped server')
    .description(
      'Puts a backup into the data folder; the server must be stopped. The database that is there is put aside under another name. Ratchet then starts held: nothing is handed out until ratchet resume.',
    )
    .option('--json', 'print one JSON object (ratchet.restore/1)')
    .addHelpText(
      'after',
      `
Examples:
  ratchet restore --data /var/lib/ratchet /backups/ratchet-2026-11-20.db
  ratchet serve …            # starts held
  ratchet plan               # who has told where it stands; the others are at awaiting-report or held
  ratchet resume

Exit codes: 0 restored, 2 not restored (a server runs on the folder; no backup, damaged, or of a newer version).`,
    )
    .action((file: string, flags: Flags) => {
      const outcome = withData(flags, (data) => world.restore?.(data, resolve(world.cwd, file)));
      finish(flags, outcome, (value) => RestoreAnswer.parse({ schema: 'ratchet.restore/1', ...value }), restoreText);
    });
  addSettings(restore, ['config', 'data']);

  function withData<T>(flags: Flags, act: (data: string) => BackupOutcome<T> | undefined): BackupOutcome<T> {
    const sources = { flags, env: world.env, cwd: world.cwd };
    const path = resolveSettings(sources, ['config']).settings.config;
    const file = { path, name: path, content: readPolicyFile(path, path, world.now()) };
    const { settings, problems } = resolveSettings({ ...sources, file }, ['data']);
    if (problems.length > 0) return { ok: false, message: problems.map(formatProblem).join('\n') };
    return act(settings.data) ?? { ok: false, message: 'This program can’t reach data folders.' };
  }

  function finish<T>(flags: Flags, outcome: BackupOutcome<T>, answer: (value: T) => object, text: (value: T) => string): void {
    if (!outcome.ok) {
      world.stderr(`${outcome.message}\n`);
      end(2);
      return;
    }
    world.stdout(flags.json === true ? json(answer(outcome.value)) : text(outcome.value));
    end(0);
  }
}

function backupText({ file, at, devices, bytes }: BackupTaken): string {
  return `${printable(file)}: ${megabytes(bytes)}, ${counted(devices, 'device')}, as of ${rfc3339(at)}.\n`;
}

function restoreText({ file, data, at, devices, host, isMarked, aside }: BackupUsed): string {
  const lines = [
    `${printable(data)} has the state of ${rfc3339(at)} now: ${counted(devices, 'device')}${host === undefined ? '' : `, ${printable(host)}`}.`,
    ...(isMarked ? [] : [`${printable(file)} was not made by ratchet backup: its time is the last its server noted.`]),
    ...(aside.length > 0 ? [`Put aside: ${aside.join(', ')}.`] : []),
    'Start Ratchet: it is held and asks the devices. Look at ratchet plan, then ratchet resume.',
  ];
  return `${lines.join('\n')}\n`;
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

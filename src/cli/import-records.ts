import type { ImportAnswer } from '../engine/answers.ts';
import { type EnrollmentRecords, RecordsError } from '../hosts/enrollment-records.ts';
import type { ApiClient } from './api-client.ts';
import type { ExitCode } from './exit-code.ts';
import { CHUNK, createSender, type ImportFlags } from './import-enrollments.ts';
import { counted } from './text.ts';
import type { CliWorld } from './world.ts';

/** Where the address of the database may stand, so that its password is in no list of processes. */
export const DSN_VARIABLE = 'RATCHET_NANOMDM_DSN';

const TYPES_OF_DEVICES: ReadonlySet<string> = new Set(['Device', 'User Enrollment (Device)']);
const TYPES_OF_USERS: ReadonlySet<string> = new Set(['User', 'Shared iPad', 'User Enrollment']);

export type RecordsImported = { ok: true; value: ImportAnswer } | { ok: false; code: ExitCode; message: string };

/** Goes through the enrollments that NanoMDM has in its database, and names them to the running server. */
export async function importRecords(world: CliWorld, client: ApiClient, flags: ImportFlags): Promise<RecordsImported> {
  const dsn = typeof flags.nanomdm === 'string' ? flags.nanomdm : world.env[DSN_VARIABLE];
  if (dsn === undefined || dsn.trim() === '')
    return { ok: false, code: 2, message: `Expected --nanomdm <dsn>, or --nanomdm alone with the address in ${DSN_VARIABLE}.` };
  if (world.openRecords === undefined) return { ok: false, code: 2, message: 'This program can’t read databases.' };
  let records: EnrollmentRecords | undefined;
  try {
    records = await world.openRecords(dsn);
    return await importAll(world, client, flags, records);
  } catch (error) {
    if (!(error instanceof RecordsError)) throw error;
    return { ok: false, code: error.isUnreached ? 3 : 2, message: error.message };
  } finally {
    await records?.close();
  }
}

async function importAll(world: CliWorld, client: ApiClient, flags: ImportFlags, records: EnrollmentRecords): Promise<RecordsImported> {
  const byType = await records.countByType();
  const countOf = (types: ReadonlySet<string>) => [...byType].reduce((sum, [type, count]) => sum + (types.has(type) ? count : 0), 0);
  const total = countOf(TYPES_OF_DEVICES);
  const sender = createSender(client, flags, 'nanomdm-database', (sent) => {
    if (total > CHUNK) world.stderr(`${sent} of ${total}\n`);
  });
  const malformed: { at: string; reason: string }[] = [...byType].flatMap(([type, count]) =>
    TYPES_OF_DEVICES.has(type) || TYPES_OF_USERS.has(type)
      ? []
      : [{ at: `type "${type.slice(0, 40)}"`, reason: `${counted(count, 'enrollment')} of a type that is not known` }],
  );
  let disabled = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = await records.pageAfter(after);
    if (page.lastId === after) throw new RecordsError('The database does not go on after an id. Nothing more was imported.');
    after = page.lastId;
    disabled += page.named.filter(({ enabled }) => enabled === false).length;
    malformed.push(...page.unusable);
    const failure = (await sender.add(page.named)) ?? (after === undefined ? await sender.finish() : undefined);
    if (failure) {
      const before = `${sender.sent()} of ${total} were imported before; importing them again does no harm.`;
      return { ok: false, code: failure.exitCode, message: `${failure.message}${sender.sent() > 0 ? `\n${before}` : ''}` };
    }
  }
  const rest = { disabled, userChannels: countOf(TYPES_OF_USERS), malformed, ...(flags.dryRun ? { dryRun: true } : {}) };
  return { ok: true, value: { schema: 'ratchet.import/1', ...sender.sum, ...rest } };
}

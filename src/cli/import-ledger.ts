import { LedgerImportAnswer } from '../engine/ledger-answers.ts';
import type { LedgerLine } from '../policy/ledger.ts';
import type { ApiClient } from './api-client.ts';
import type { ExitCode } from './exit-code.ts';
import type { ImportFlags } from './import-enrollments.ts';
import { counted } from './text.ts';
import type { CliWorld } from './world.ts';

/** Lines of one call. */
const CHUNK = 1_000;
/** As many ids as are named. */
const NAMED_MAX = 20;

export type LedgerImported = { ok: true; value: LedgerImportAnswer } | { ok: false; code: ExitCode; message: string };

/** What a ledger in another database says, to the running server: first only counted, then written. */
export async function importLedger(world: CliWorld, client: ApiClient, flags: ImportFlags): Promise<LedgerImported> {
  const file = flags.ledger ?? '';
  const opened = world.openLedger?.(file) ?? { ok: false, message: 'This program can’t read databases.' };
  if (!opened.ok) return { ok: false, code: 2, message: `${opened.message} Nothing was imported.` };
  const { count, lines, close } = opened.value;
  try {
    // What many devices would feel is looked at as a whole, before the first line is written (rule 22).
    const preview = await sendAll(world, client, { ...flags, dryRun: true }, lines, count, 'looked at');
    if (!preview.ok || flags.dryRun === true) return preview;
    const { broughtForward, limit } = preview.value;
    if (broughtForward > limit && flags.acceptSooner !== true)
      return {
        ok: false,
        code: 1,
        message: `Held: ${broughtForward} devices would get a sooner deadline, more than ${limit}. Look at it with --dry-run; --accept-sooner lets it happen. Nothing was written.`,
      };
    return await sendAll(world, client, flags, lines, count, 'carried over');
  } finally {
    close();
  }
}

async function sendAll(
  world: CliWorld,
  client: ApiClient,
  { by, note, dryRun, acceptSooner }: ImportFlags,
  lines: () => Iterable<LedgerLine>,
  count: number,
  word: string,
): Promise<LedgerImported> {
  let sum: LedgerImportAnswer | undefined;
  let sent = 0;
  for (const chunk of chunks(lines())) {
    const body = { lines: chunk, by, note, ...(dryRun ? { dryRun } : {}), ...(acceptSooner ? { acceptSooner } : {}) };
    const answer = await client.post('ledger', body, LedgerImportAnswer);
    if (!answer.ok)
      return {
        ok: false,
        code: answer.exitCode,
        message: `${answer.message}\n${sent} of ${count} lines were ${word} before; again does no harm.`,
      };
    sent += chunk.length;
    sum = sum === undefined ? answer.value : added(sum, answer.value);
    if (count > CHUNK) world.stderr(`${sent} of ${count} ${word}\n`);
  }
  const empty = {
    written: 0,
    sooner: 0,
    same: 0,
    kept: 0,
    broughtForward: 0,
    limit: 0,
    notEnrolled: { devices: 0, ids: [] },
    unknownPolicies: [],
  };
  return { ok: true, value: sum ?? { schema: 'ratchet.import-ledger/1', ...empty, ...(dryRun ? { dryRun } : {}) } };
}

/** All lines of a device are in one call: a device is counted once. */
function* chunks(lines: Iterable<LedgerLine>): Iterable<LedgerLine[]> {
  let chunk: LedgerLine[] = [];
  let ofDevice: LedgerLine[] = [];
  for (const line of lines) {
    if (ofDevice.length > 0 && ofDevice[0]?.enrollmentId !== line.enrollmentId) {
      if (chunk.length + ofDevice.length > CHUNK) {
        yield chunk;
        chunk = [];
      }
      chunk.push(...ofDevice);
      ofDevice = [];
    }
    ofDevice.push(line);
  }
  if (chunk.length > 0 && chunk.length + ofDevice.length > CHUNK) {
    yield chunk;
    chunk = [];
  }
  if (chunk.length + ofDevice.length > 0) yield [...chunk, ...ofDevice];
}

function added(one: LedgerImportAnswer, other: LedgerImportAnswer): LedgerImportAnswer {
  const policies = new Map(one.unknownPolicies.map(({ policy, lines }) => [policy, lines]));
  for (const { policy, lines } of other.unknownPolicies) policies.set(policy, (policies.get(policy) ?? 0) + lines);
  return {
    ...other,
    written: one.written + other.written,
    sooner: one.sooner + other.sooner,
    same: one.same + other.same,
    kept: one.kept + other.kept,
    broughtForward: one.broughtForward + other.broughtForward,
    notEnrolled: {
      devices: one.notEnrolled.devices + other.notEnrolled.devices,
      ids: [...one.notEnrolled.ids, ...other.notEnrolled.ids].slice(0, NAMED_MAX),
    },
    unknownPolicies: [...policies].map(([policy, lines]) => ({ policy, lines })),
  };
}

export function ledgerText({ written, sooner, same, kept, notEnrolled, unknownPolicies, dryRun = false }: LedgerImportAnswer): string {
  const parts = [`${counted(written, 'deadline')} new`, `${sooner} sooner than here`, `${same} the same`];
  if (kept > 0) parts.push(`${kept} later than here: those here stay`);
  const lines = [`${dryRun ? 'Dry run, nothing was written: ' : ''}${parts.join(', ')}.`];
  if (notEnrolled.devices > 0) {
    const more = notEnrolled.devices > notEnrolled.ids.length ? ', …' : '';
    lines.push(
      `Left out: ${counted(notEnrolled.devices, 'device')} not enrolled here (${notEnrolled.ids.join(', ')}${more}). Enroll or import them, then run this again.`,
    );
  }
  for (const { policy, lines: count } of unknownPolicies)
    lines.push(`Left out: ${counted(count, 'deadline')} of policy "${policy}", which is not in force here.`);
  return `${lines.join('\n')}\n`;
}

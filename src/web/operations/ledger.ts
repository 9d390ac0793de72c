import { z } from 'zod';
import { LedgerImportAnswer } from '../../engine/ledger-answers.ts';
import type { CarryLedger } from '../../engine/operate/carry-ledger.ts';
import { isLocalDateTime, isTimeZone } from '../../time/local.ts';
import { ActBy, type Operation, operation } from '../operation.ts';
import { refuse } from '../problem.ts';

/** Of one call; the verb sends a ledger in several. */
export const LINES_PER_CALL_MAX = 1_000;
const BYTES_MAX = 1024 * 1024;

const Text = z.string().min(1).max(200);
const Moment = z.int().nonnegative();

/** As another server has it. */
const Line = z.strictObject({
  policy: Text,
  enrollmentId: z.string().min(1).max(255).describe('UDID of the device.'),
  release: Text,
  version: Text,
  dueLocal: z.string().refine(isLocalDateTime, 'expected yyyy-mm-ddThh:mm:ss'),
  zone: Text.refine(isTimeZone, 'expected the name of a time zone'),
  zoneAssumed: z.boolean(),
  dueAt: Moment,
  clockStartAt: Moment,
  writtenAt: Moment,
  dueSpec: Text,
});

/** Deadlines of devices that moved here from another server. */
export function ledgerOperations(carryLedger: CarryLedger): Operation[] {
  return [
    operation({
      id: 'importLedger',
      group: 'Devices',
      path: '/ledger',
      summary: 'Carry deadlines over from another server, by UDID: no deadline gets later.',
      body: ActBy.extend({
        lines: z.array(Line).min(1).max(LINES_PER_CALL_MAX),
        dryRun: z.boolean().optional().describe('Only count; write nothing.'),
        acceptSooner: z.boolean().optional().describe('Also where more devices get a sooner deadline than may without being asked.'),
      }),
      bodyBytesMax: BYTES_MAX,
      answer: LedgerImportAnswer,
      refusals: { 409: 'Too many devices would get a sooner deadline.' },
      async run({ body: { lines, dryRun = false, acceptSooner = false }, act }) {
        const outcome = await carryLedger(lines, { ...act, isDryRun: dryRun, acceptSooner });
        if (!outcome.ok) return refuse(409, outcome.message);
        return { schema: 'ratchet.import-ledger/1', ...outcome.counts } as LedgerImportAnswer;
      },
    }),
  ];
}

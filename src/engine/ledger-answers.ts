import { z } from 'zod';

/** What `ratchet import --ledger` brought, or would bring. */
export const LedgerImportAnswer = z.looseObject({
  schema: z.literal('ratchet.import-ledger/1'),
  /** Lines that are new here, and that stand in place of a later one. */
  written: z.int(),
  sooner: z.int(),
  /** Lines that stand here already, as they came or sooner. */
  same: z.int(),
  kept: z.int(),
  /** Devices whose line here got sooner, and how many may without being asked (rule 22). */
  broughtForward: z.int(),
  limit: z.int(),
  /** Devices that are not enrolled here: nothing is kept of them. */
  notEnrolled: z.looseObject({ devices: z.int(), ids: z.array(z.string()) }),
  /** Policies that are not in force here, by name. */
  unknownPolicies: z.array(z.looseObject({ policy: z.string(), lines: z.int() })),
  /** True: nothing was written. */
  dryRun: z.boolean().optional(),
});
export type LedgerImportAnswer = z.infer<typeof LedgerImportAnswer>;

import { z } from 'zod';

/** A later server may have others. */
const Outcome = z.string();

export const GateAnswer = z.looseObject({
  schema: z.literal('ratchet.gate/1'),
  since: z.int(),
  /** All contacts kept since then by what became of them, most first; of one device where one was asked for. */
  counts: z.array(z.looseObject({ outcome: Outcome, contacts: z.int() })),
  /** The newest first; `isComplete` is false when there are more. */
  contacts: z.array(
    z.looseObject({
      at: z.int(),
      outcome: Outcome,
      /** What became of it, and what a person can do, if anything. */
      sentence: z.string(),
      remedy: z.string().optional(),
      /** What it said is signed by a device of Apple; nothing of what another said is kept. */
      isVerified: z.boolean(),
      serial: z.string().optional(),
      udid: z.string().optional(),
      productName: z.string().optional(),
      osVersion: z.string().optional(),
      buildVersion: z.string().optional(),
      policy: z.string().optional(),
      /** The version it was sent away for. */
      requires: z.string().optional(),
      /** Setup Assistant will have it updated in any case. */
      isMandatoryAnyway: z.boolean().optional(),
      /** What was wrong with it, or with the server behind. */
      problem: z.string().optional(),
      /** HTTP status of the server behind. */
      answered: z.int().optional(),
    }),
  ),
  isComplete: z.boolean(),
});
export type GateAnswer = z.infer<typeof GateAnswer>;
export type GateContactAnswer = GateAnswer['contacts'][number];

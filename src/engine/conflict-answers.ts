import { z } from 'zod';

/** Something of another tool's that is about updates of a device too. */
export const ConflictAnswer = z.looseObject({
  kind: z.string().describe('enforcement, settings, update-command, deferral or profile; a later version may have more.'),
  outcome: z.string(),
  /** The server or profile it comes from, as far as known. */
  whose: z.string().optional(),
  /** Of a declaration its identifier, of a command its CommandUUID. */
  identifier: z.string().optional(),
  version: z.string().optional(),
  /** What theirs enforces, device wall time, as it stands there. */
  local: z.string().optional(),
  firstSeenAt: z.int(),
  lastSeenAt: z.int(),
  /** What it is, who wins, what a person can do. */
  sentence: z.string(),
  wins: z.string(),
  remedy: z.string(),
});
export type ConflictAnswer = z.infer<typeof ConflictAnswer>;

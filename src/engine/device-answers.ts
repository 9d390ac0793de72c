import { z } from 'zod';
import { REASON_NAMES, type ReasonName } from '../reasons/reasons.ts';

/** What a person ordered for one device and is not over. */
export const OverrideAnswer = z.looseObject({
  kind: z.enum(['paused', 'exempt', 'more-time']),
  /** The last day of an exemption, the first on which its date may fall: yyyy-mm-dd on the device's clock. */
  until: z.string().optional(),
  by: z.string(),
  at: z.int(),
  note: z.string().optional(),
});
export type OverrideAnswer = z.infer<typeof OverrideAnswer>;

export const DeviceActAnswer = z.looseObject({
  schema: z.literal('ratchet.device-act/1'),
  act: z.enum(['recheck', 'ask', 'pause', 'resume', 'exempt', 'more-time']),
  /** Enrollment id. */
  device: z.string(),
  /** What was done, in one sentence. */
  text: z.string(),
  /** Where it stands since. */
  reason: z.enum(REASON_NAMES as [ReasonName, ...ReasonName[]]),
  sentence: z.string(),
  /** Its date since, device wall time. */
  date: z.string().optional(),
  /** What the act did not reach, in sentences; absent: nothing. */
  notes: z.array(z.string()).optional(),
  overrides: z.array(OverrideAnswer),
});
export type DeviceActAnswer = z.infer<typeof DeviceActAnswer>;

export const HistoryAnswer = z.looseObject({
  schema: z.literal('ratchet.history/1'),
  /** Enrollment id. */
  device: z.string(),
  /** Newest first. */
  entries: z.array(
    z.looseObject({
      seq: z.int(),
      at: z.int(),
      /** seen, fact, decision, ledger, command, declaration, progress, operator. */
      kind: z.string(),
      /** A sentence. */
      text: z.string(),
      /** Number of what went over the wire for it, while that is kept. */
      exchange: z.int().optional(),
    }),
  ),
  /** Older entries are those before this one; absent: there are none. */
  before: z.int().optional(),
});
export type HistoryAnswer = z.infer<typeof HistoryAnswer>;

export const ExchangeAnswer = z.looseObject({
  schema: z.literal('ratchet.exchange/1'),
  device: z.string(),
  exchange: z.int(),
  /** `heard`: what the device said; `command`, `declaration`: what it was sent or handed. */
  what: z.enum(['heard', 'command', 'declaration', 'too-large']),
  /** What was heard: decoded, with secrets taken out before it was stored. */
  event: z.looseObject({}).optional(),
  commandUuid: z.string().optional(),
  /** The command as XML. */
  plist: z.string().optional(),
  declaration: z.looseObject({}).optional(),
  /** Of one too large to be kept. */
  bytes: z.int().optional(),
});
export type ExchangeAnswer = z.infer<typeof ExchangeAnswer>;

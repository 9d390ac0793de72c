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
  overrides: z.array(OverrideAnswer),
});
export type DeviceActAnswer = z.infer<typeof DeviceActAnswer>;

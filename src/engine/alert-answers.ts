import { z } from 'zod';
import { ToldAlert } from './alerting/message.ts';

export const AlertTargetAnswer = z.object({
  name: z.string(),
  form: z.enum(['slack', 'webhook']),
  host: z.string().describe('Of its address; the rest of that may be a secret.'),
  waiting: z.int().describe('Messages that it has not taken yet.'),
  takenAt: z.int().optional().describe('When it last took one, since this process began.'),
  failingSince: z.int().optional(),
  said: z.string().optional().describe('What it answered last, where that was no yes.'),
});

export const AlertsAnswer = z.object({
  schema: z.literal('ratchet.alerts/1'),
  /** Raised now, the newest first. */
  alerts: z.array(ToldAlert),
  targets: z.array(AlertTargetAnswer),
});
export type AlertsAnswer = z.infer<typeof AlertsAnswer>;

export const AlertsTestAnswer = z.object({
  schema: z.literal('ratchet.alerts-test/1'),
  results: z.array(
    z.object({
      target: z.string(),
      form: z.enum(['slack', 'webhook']),
      host: z.string(),
      arrived: z.boolean(),
      said: z.string().describe('Its status and words, or why there was no answer.'),
    }),
  ),
});
export type AlertsTestAnswer = z.infer<typeof AlertsTestAnswer>;

import { z } from 'zod';
import { parseDuration } from './duration.ts';

const DAY_MS = 86_400_000;

/** What a problem says was expected at a key; taken out of the JSON Schema. */
export interface KeyMeta {
  description: string;
  expected: string;
  examples: unknown[];
  /** What stands there is not shown, also where it is wrong. */
  isSecret?: true;
}

/** A duration as text, from `atLeastMs` to 90 days or what is given. */
export function duration(atLeastMs: number, meta: KeyMeta, atMostMs = 90 * DAY_MS) {
  return z
    .string()
    .refine((text) => {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= atLeastMs && ms <= atMostMs;
    })
    .meta({ ...meta });
}

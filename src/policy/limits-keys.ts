import { z } from 'zod';
import { TAG } from './match-keys.ts';

/** `limits`, at the top. */

const COUNT_MAX = 1_000_000;

function count(description: string, example: number) {
  return z
    .int()
    .min(1)
    .max(COUNT_MAX)
    .meta({ description, expected: 'a whole number of devices from 1', examples: [example] });
}

export const LimitsKey = z
  .strictObject({
    newPerDay: count(
      'Devices that are newly handed an update on one day of timeZone. Default a tenth of the fleet, at least 50.',
      500,
    ).optional(),
    restartsPerDate: count(
      'Devices whose enforced date falls on the same day of their clocks. Default a tenth of the fleet, at least 50.',
      500,
    ).optional(),
    perTag: z
      .record(z.string().regex(TAG), z.int().min(1).max(COUNT_MAX))
      .meta({
        description: 'The same for the devices of one tag: so many of them on one day.',
        expected: 'tags, each with a whole number of devices from 1',
        examples: [{ 'store-12': 5 }],
      })
      .optional(),
  })
  .meta({
    description: 'How many devices are touched at once; the rest follows on later days.',
    expected: 'newPerDay, restartsPerDate and perTag',
    examples: [{ newPerDay: 500, restartsPerDate: 300, perTag: { 'store-12': 5 } }],
  });

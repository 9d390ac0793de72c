import { z } from 'zod';
import { PLATFORMS } from '../os/platform.ts';
import { parseVersionRange } from '../os/version.ts';
import { duration } from './key-meta.ts';

/** The keys that say which devices are meant: `match` and `except`. */

const LIST_MAX = 10_000;
/** Ten years. */
const AGE_MAX_MS = 3_650 * 86_400_000;
/** What a tag may be, wherever it comes from. */
export const TAG = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

function oneOrMany<T extends z.ZodType>(item: T) {
  return z.union([item, z.array(item).min(1).max(LIST_MAX)]);
}

/** Platforms a policy may name: all but `unknown`. */
export const POLICY_PLATFORMS = PLATFORMS.filter((platform) => platform !== 'unknown');

const MatchKeys = z.strictObject({
  platform: oneOrMany(
    z.enum(POLICY_PLATFORMS as [string, ...string[]]).meta({
      description: 'Platform, or a list of them.',
      expected: `a platform (${POLICY_PLATFORMS.join(', ')}) or a list of them`,
      examples: ['iPadOS'],
    }),
  ).optional(),
  model: oneOrMany(
    z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9,-]{0,40}\*?$/)
      .meta({
        description: 'Product identifier, or a list of them; * at the end stands for the rest.',
        expected: 'a product identifier such as "iPad13,4" or "iPad13,*", or a list of them',
        examples: ['iPad13,*'],
      }),
  ).optional(),
  os: z
    .string()
    .refine((text) => parseVersionRange(text) !== undefined)
    .meta({
      description: 'OS versions the device may run now, as comparisons that must all hold; a bare "26" is any 26.x.',
      expected: 'an OS range such as ">=17 <27" or "26"',
      examples: ['>=17 <27'],
    })
    .optional(),
  supervised: z
    .boolean()
    .meta({ description: 'Whether the device is supervised.', expected: 'true or false', examples: [true] })
    .optional(),
  ids: oneOrMany(
    z
      .string()
      .regex(/^\S{1,128}$/)
      .meta({
        description: 'Enrollment ids (UDIDs), as the MDM server uses them.',
        expected: 'an enrollment id or a list of them, in quotes',
        examples: ['00008110-000A1B2C3D4E5F60'],
      }),
  ).optional(),
  serials: oneOrMany(
    z
      .string()
      .regex(/^[A-Za-z0-9]{1,32}$/)
      .meta({
        description: 'Serial numbers.',
        expected: 'a serial number or a list of them, in quotes',
        examples: ['F9FXXXXXXXXX'],
      }),
  ).optional(),
  tags: oneOrMany(
    z
      .string()
      .regex(TAG)
      .meta({
        description: 'Tags the device has (see docs/operations.md#tags): any of these.',
        expected: 'a tag of letters, digits, dots, dashes and underscores, or a list of them',
        examples: ['pilot'],
      }),
  ).optional(),
  enrolledFor: z
    .strictObject({
      atLeast: duration(
        0,
        {
          description: 'Enrolled so long ago, or longer.',
          expected: 'a duration, such as 30d',
          examples: ['30d'],
        },
        AGE_MAX_MS,
      ).optional(),
      lessThan: duration(
        0,
        {
          description: 'Enrolled less long ago.',
          expected: 'a duration, such as 14d',
          examples: ['14d'],
        },
        AGE_MAX_MS,
      ).optional(),
    })
    .meta({
      description: 'How long ago the device was enrolled, or first heard of, where its enrollment was before Ratchet.',
      expected: 'atLeast, lessThan, or both, each a duration',
      examples: [{ lessThan: '14d' }],
    })
    .optional(),
});

function whichDevices(description: string) {
  return MatchKeys.meta({
    description,
    expected: 'keys such as platform, model, os, supervised, tags, ids, serials',
    examples: [{ platform: 'iPadOS' }],
  });
}

export const MatchKey = whichDevices('Which devices: every key given must match. Without it, or empty, every device.');
export const ExceptKey = whichDevices(
  'Which of them are not meant after all: those that every key given matches. The next policy may match them.',
);

import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { duration } from './key-meta.ts';
import { MatchKey } from './match-keys.ts';
import type { Halt, PolicyMatch, Ring } from './policy.types.ts';
import type { PolicyFinding } from './policy-finding.types.ts';

/** The keys that say who gets a release when: `rings` and `halt` of a policy. */

const HOUR_MS = 3_600_000;
/** Rules 24 and the defaults of the rules: 95 % after 48 h; 5 % failed of at least 10. */
const SUCCESS_PERCENT = 95;
const SOAK_MS = 48 * HOUR_MS;
const FAILED_PERCENT = 5;
const RINGS_MAX = 10;
/** A ring of so many devices names them one by one; larger ones are a percentage. */
const DEVICES_MAX = 200;

const Promote = z
  .union([
    z.literal('by-hand'),
    z.strictObject({
      success: z
        .int()
        .min(1)
        .max(100)
        .meta({
          description: 'So many percent of the devices that got the release run it. Default 95.',
          expected: 'a whole number of percent from 1 to 100',
          examples: [95],
        })
        .optional(),
      soak: duration(0, {
        description: 'The ring has been open for at least this long. Default 48h.',
        expected: 'a duration up to 90d, such as 48h',
        examples: ['48h'],
      }).optional(),
      minimum: z
        .int()
        .min(1)
        .max(10_000)
        .meta({
          description: 'At least so many devices run it, or all of the ring where it is smaller. Default 1.',
          expected: 'a whole number from 1 to 10000',
          examples: [5],
        })
        .optional(),
      atLatest: duration(HOUR_MS, {
        description:
          'So long after this ring the next one opens anyway, unless the rollout was halted. Default: it waits, and an alert says so.',
        expected: 'a duration from 1h to 90d, such as 10d',
        examples: ['10d'],
      }).optional(),
    }),
  ])
  .meta({
    description: 'What has to be seen in this ring before the next one opens; by-hand: somebody approves it (ratchet rollout approve).',
    expected: 'by-hand, or keys such as success, soak, minimum, atLatest',
    examples: [{ success: 95, soak: '48h', minimum: 5 }],
  });

const RingEntry = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,31}$/u)
      .meta({
        description: 'Unique within the policy.',
        expected: 'a name of letters, digits, dots and dashes, at most 32 long',
        examples: ['canary'],
      }),
    devices: z
      .int()
      .min(1)
      .max(DEVICES_MAX)
      .meta({
        description: 'So many devices, chosen by lot when a release begins to roll out.',
        expected: `a whole number of devices from 1 to ${DEVICES_MAX}`,
        examples: [5],
      })
      .optional(),
    percent: z
      .number()
      .gt(0)
      .max(100)
      .meta({
        description: 'So many percent of the policy’s devices, the same ones for every release; a larger number only adds.',
        expected: 'a number of percent above 0, at most 100',
        examples: [10],
      })
      .optional(),
    match: MatchKey.optional(),
    after: duration(0, {
      description:
        'Opens not sooner than this after the ring before it; the first ring, after the release was first seen. Default: at once.',
      expected: 'a duration up to 90d, such as 2d',
      examples: ['2d'],
    }).optional(),
    promote: Promote.optional(),
  })
  .meta({
    description: 'A ring: devices, percent or match say who; the last ring takes everyone who is left.',
    expected: 'a name, and devices, percent or match',
    examples: [{ name: 'canary', devices: 5 }],
  });

export const RingsKey = z
  .array(RingEntry)
  .min(1)
  .max(RINGS_MAX)
  .meta({
    description: 'Who gets a release when, the first ring first. The last takes everyone who is left. Without rings all get it at once.',
    expected: 'a list of rings such as [{name: canary, devices: 5}, {name: everyone}]',
    examples: [[{ name: 'canary', devices: 5 }, { name: 'everyone' }]],
  });

export const HaltKey = z
  .strictObject({
    failed: z
      .number()
      .gt(0)
      .max(100)
      .meta({
        description: 'Halts when so many percent of the devices that got the release failed to install it. Default 5.',
        expected: 'a number of percent above 0, at most 100',
        examples: [5],
      })
      .optional(),
    of: z
      .int()
      .min(1)
      .max(10_000)
      .meta({
        description:
          'Failures count from so many devices on that got the release, or from all in the rings of so many devices that are open. Default 10.',
        expected: 'a whole number of devices from 1 to 10000',
        examples: [10],
      })
      .optional(),
    stuck: z
      .number()
      .gt(0)
      .max(100)
      .meta({
        description: 'Halts also when so many percent were seen and made no progress for two days. Default: never.',
        expected: 'a number of percent above 0, at most 100',
        examples: [20],
      })
      .optional(),
  })
  .meta({
    description: 'When a rollout stops by itself and takes back what has not started. Always on with rings.',
    expected: 'keys such as failed, of, stuck',
    examples: [{ failed: 5, of: 10 }],
  });

type RingFile = z.infer<typeof RingEntry>;

/** Throws only what the schema does not let through. */
export function toRings(rings: readonly RingFile[], toMatch: (match: NonNullable<RingFile['match']>) => PolicyMatch): Ring[] {
  return rings.map(({ name, devices, percent, match, after, promote = {} }, index) => {
    const isLast = index === rings.length - 1;
    return {
      name,
      who:
        isLast || (devices === undefined && percent === undefined && match === undefined)
          ? { kind: 'rest' }
          : devices !== undefined
            ? { kind: 'devices', count: devices }
            : percent !== undefined
              ? { kind: 'percent', percent }
              : { kind: 'match', match: toMatch(match ?? {}) },
      afterMs: durationOf(after, 0),
      promote:
        promote === 'by-hand'
          ? { by: 'person', successPercent: SUCCESS_PERCENT, soakMs: 0, minimum: 1 }
          : {
              by: 'health',
              successPercent: promote.success ?? SUCCESS_PERCENT,
              soakMs: durationOf(promote.soak, SOAK_MS),
              minimum: promote.minimum ?? 1,
              ...(promote.atLatest === undefined ? {} : { atLatestMs: durationOf(promote.atLatest, 0) }),
            },
    };
  });
}

export function toHalt({ failed, of, stuck }: z.infer<typeof HaltKey> = {}): Halt {
  return {
    failedPercent: failed ?? FAILED_PERCENT,
    ...(of === undefined ? {} : { of }),
    ...(stuck === undefined ? {} : { stuckPercent: stuck }),
  };
}

function durationOf(text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : (parseDuration(text) ?? otherwise);
}

type Loose = Record<string, unknown>;

/** What is wrong across the keys of rings; whatever has the wrong type is passed over. */
export function ringProblems(policies: readonly Loose[]): PolicyFinding[] {
  return policies.flatMap(({ rings, halt }, index) => {
    const path = ['policies', index];
    if (halt !== undefined && rings === undefined)
      return [
        {
          path: [...path, 'halt'],
          at: 'key' as const,
          message: 'halt stands without rings',
          expected: 'rings: without them everyone gets a release at once, and there is nothing left to stop',
          fix: 'add rings: [{name: canary, devices: 5}, {name: everyone}], or remove halt',
        },
      ];
    return Array.isArray(rings) ? problemsOf(rings.map(asObject), [...path, 'rings']) : [];
  });
}

function problemsOf(rings: readonly Loose[], path: (string | number)[]): PolicyFinding[] {
  const problems: PolicyFinding[] = [];
  const names = new Map<unknown, number>();
  let percent = 0;
  for (const [index, ring] of rings.entries()) {
    const isLast = index === rings.length - 1;
    const at = [...path, index];
    const first = names.get(ring.name);
    if (typeof ring.name === 'string' && first !== undefined)
      problems.push({
        path: [...at, 'name'],
        at: 'value',
        message: `the name "${ring.name}" is already that of rings[${first}]`,
        expected: 'a name of its own within the policy',
        fix: `write name: ${ring.name}-2`,
      });
    names.set(ring.name, first ?? index);
    const given = ['devices', 'percent', 'match'].filter((key) => ring[key] !== undefined);
    if (given.length > 1)
      problems.push({
        path: [...at, given[1] as string],
        at: 'key',
        message: `${given.join(' and ')} stand together in one ring`,
        expected: 'one of devices, percent, match',
        fix: `remove ${given.slice(1).join(' and ')}, or make another ring of it`,
      });
    if (!isLast && given.length === 0 && typeof ring.name === 'string')
      problems.push({
        path: at,
        at: 'value',
        message: `the ring "${ring.name}" does not say who is in it`,
        expected: 'devices, percent or match: only the last ring takes everyone who is left',
        fix: 'add devices: 5, percent: 10 or match: {tags: pilot}',
      });
    if (isLast && given.length > 0)
      problems.push({
        path: [...at, given[0] as string],
        at: 'key',
        message: 'the last ring takes everyone who is left',
        expected: 'a last ring without devices, percent and match, so that nobody is forgotten',
        fix: `remove ${given[0]}, or add a ring after it: {name: everyone}`,
      });
    if (isLast && ring.promote !== undefined)
      problems.push({
        path: [...at, 'promote'],
        at: 'key',
        message: 'promote stands in the last ring, after which none opens',
        expected: 'promote in a ring before the last',
        fix: 'remove it',
      });
    if (typeof ring.percent === 'number' && !isLast) percent += ring.percent;
  }
  if (percent > 100)
    problems.push({
      path,
      at: 'value',
      message: `the rings before the last take ${percent} % of the devices together`,
      expected: 'at most 100 % together: each percentage is of all devices of the policy',
      fix: 'write smaller percentages: 10 and 20, not 10 and 30 for the next 20',
    });
  return problems;
}

function asObject(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

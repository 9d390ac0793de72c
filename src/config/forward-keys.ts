import { z } from 'zod';
import { FORWARD_DEFAULTS, FORWARD_TOTAL, MEBIBYTE } from '../engine/forward/target.types.ts';
import { duration, type KeyMeta } from '../policy/key-meta.ts';
import type { PolicyFinding } from '../policy/policy-finding.types.ts';
import { DAY_MS, MINUTE_MS } from '../time/local.ts';

/** The block `forward` of ratchet.yaml as a person writes it. */

export const FORWARD_TARGETS_MAX = 10;
/** One webhook may have 20. */
const MEGABYTES_MIN = 32;
const MEGABYTES_MAX = FORWARD_TOTAL.bytes / MEBIBYTE;
const TOPICS_MAX = 20;

const key = <Schema extends z.ZodType>(schema: Schema, meta: KeyMeta) => schema.meta({ ...meta }).optional();

const Queue = z.strictObject({
  events: key(z.int().min(1).max(FORWARD_TOTAL.events), {
    description: `Webhooks that may wait; beyond, the oldest is dropped. Default ${FORWARD_DEFAULTS.events}.`,
    expected: `a whole number from 1 to ${FORWARD_TOTAL.events}`,
    examples: [FORWARD_DEFAULTS.events],
  }),
  megabytes: key(z.int().min(MEGABYTES_MIN).max(MEGABYTES_MAX), {
    description: `What may wait, in MB of memory. Default ${FORWARD_DEFAULTS.bytes / MEBIBYTE}.`,
    expected: `a whole number from ${MEGABYTES_MIN} (one webhook may have 20) to ${MEGABYTES_MAX}`,
    examples: [FORWARD_DEFAULTS.bytes / MEBIBYTE],
  }),
  age: duration(
    MINUTE_MS,
    {
      description: 'A webhook that waited longer is given up. Default 24h.',
      expected: 'a time such as 30m, 24h or 3d, from 1m to 7d',
      examples: ['24h'],
    },
    7 * DAY_MS,
  ).optional(),
});

const TargetEntry = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/)
      .meta({
        description: 'How it is called in lists, the log, metrics and alerts.',
        expected: 'a name of its own, of at most 32 letters, digits, dots, dashes and underscores',
        examples: ['nanocmd'],
      }),
    url: key(z.string().min(1), {
      description: 'Its webhook: what the -webhook-url of the MDM server named before. user:password@ is sent as Basic.',
      expected: 'an http:// or https:// address',
      examples: ['http://127.0.0.1:9003/webhook'],
      isSecret: true,
    }),
    urlFile: key(z.string().min(1), {
      description: 'File that holds that address, where it has a password or is a secret; relative to this one.',
      expected: 'the path of a file that holds it',
      examples: ['/run/secrets/forward-url'],
    }),
    topics: key(z.array(z.string().min(1).max(100)).min(1).max(TOPICS_MAX), {
      description: 'Topics that it is sent, where it does not know all of them. Absent: all.',
      expected: 'a list of topics, such as [mdm.Authenticate, mdm.TokenUpdate, mdm.CheckOut, mdm.Connect]',
      examples: [['mdm.Authenticate', 'mdm.TokenUpdate', 'mdm.CheckOut', 'mdm.Connect']],
    }),
    queue: key(Queue, {
      description: 'What may wait for it.',
      expected: '{events: 20000, megabytes: 64, age: 24h}',
      examples: [{ events: 20_000, megabytes: 64, age: '24h' }],
    }),
  })
  .meta({
    description: 'Another consumer of webhooks.',
    expected: '{name: nanocmd, url: "http://127.0.0.1:9003/webhook"}',
    examples: [{ name: 'nanocmd', url: 'http://127.0.0.1:9003/webhook' }],
    isSecret: true,
  });

export const ForwardKey = z
  .strictObject({
    spool: key(z.enum(['memory', 'encrypted']), {
      description:
        'memory (the default): what waits is lost by a restart. encrypted: it is also kept in the data folder, encrypted by the key of RATCHET_FORWARD_SPOOL_KEY.',
      expected: 'memory or encrypted',
      examples: ['encrypted'],
    }),
    to: z
      .array(TargetEntry)
      .min(1)
      .max(FORWARD_TARGETS_MAX)
      .meta({
        description: 'Who gets each webhook.',
        expected: `a list of 1 to ${FORWARD_TARGETS_MAX} targets, each beginning with "- name: …"`,
        examples: [[{ name: 'nanocmd', url: 'http://127.0.0.1:9003/webhook' }]],
        isSecret: true,
      }),
  })
  .meta({
    description:
      'Other consumers of the MDM server’s webhooks, which has one webhook URL: each gets every webhook as it came. Read at the start of the process.',
    expected: '{to: [{name: nanocmd, url: "http://127.0.0.1:9003/webhook"}]}',
    examples: [{ to: [{ name: 'nanocmd', url: 'http://127.0.0.1:9003/webhook' }] }],
    isSecret: true,
  });
export type ForwardKey = z.infer<typeof ForwardKey>;

/** What is wrong across keys; addresses are not shown. */
export function forwardProblems(input: unknown): PolicyFinding[] {
  const to = (input as { forward?: { to?: unknown } | null }).forward?.to;
  if (!Array.isArray(to)) return [];
  const findings: PolicyFinding[] = [];
  const names = new Set<unknown>();
  for (const [index, entry] of to.entries()) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { name, url, urlFile } = entry as Record<string, unknown>;
    const at = ['forward', 'to', index] as const;
    if ((url === undefined) === (urlFile === undefined))
      findings.push({
        path: [...at],
        at: 'value',
        message: url === undefined ? 'no address is given' : 'url and urlFile are given',
        expected: 'one of url, urlFile',
        fix: url === undefined ? 'add url: "http://127.0.0.1:9003/webhook"' : 'remove one',
      });
    if (typeof name === 'string' && names.has(name))
      findings.push({
        path: [...at, 'name'],
        at: 'value',
        message: `a second target is named ${name.slice(0, 32)}`,
        expected: 'a name of its own for each',
        fix: 'give one of the two another name',
      });
    names.add(name);
  }
  return findings;
}

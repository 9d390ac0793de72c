import { z } from 'zod';
import { type AlertKind, TOLD_KIND_NAMES } from '../engine/alerting/kinds.ts';
import type { KeyMeta } from '../policy/key-meta.ts';
import type { PolicyFinding } from '../policy/policy-finding.types.ts';
import { isTimeZone } from '../time/local.ts';

/** The block `alerts` of ratchet.yaml as a person writes it. */

export const TARGETS_MAX = 10;
const ADDRESS: Pick<KeyMeta, 'expected'> = { expected: 'an http:// or https:// address without user and password' };

const key = <Schema extends z.ZodType>(schema: Schema, meta: KeyMeta) => schema.meta({ ...meta }).optional();

/** The address itself is judged apart: whatever it is, it is never shown. */
const address = (description: string) =>
  key(z.string().min(1), { description, ...ADDRESS, examples: ['https://alerts.example.com/ratchet'], isSecret: true });
const path = (description: string, example: string) =>
  key(z.string().min(1), { description, expected: 'the path of a file that holds it', examples: [example] });

const TargetEntry = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/)
      .meta({
        description: 'How it is called in lists, the log and `ratchet alerts test --to`.',
        expected: 'a name of its own, of at most 32 letters, digits, dots, dashes and underscores',
        examples: ['ops'],
      }),
    slackFile: path(
      'File that holds the address of an incoming webhook as Slack, Mattermost and Rocket.Chat have them; relative to this one.',
      '/run/secrets/slack-webhook',
    ),
    slack: address('That address itself. Whoever knows it can write there: slackFile keeps it out of this file.'),
    webhook: address('Address of a webhook of your own, which is sent signed JSON (ratchet.alert/1). Goes with secretFile.'),
    webhookFile: path('File that holds that address, where it is a secret.', '/run/secrets/alerts-webhook'),
    secretFile: path('File that holds the secret by which a webhook knows that a message is from us.', '/run/secrets/alerts-secret'),
    kinds: key(z.array(z.enum(TOLD_KIND_NAMES as [AlertKind, ...AlertKind[]])).min(1), {
      description: 'Kinds of alert that it is told of. Absent: all.',
      expected: 'a list of kinds that docs/operations.md#alerts names',
      examples: [['rollout-halted', 'host-unreachable']],
    }),
    tell: key(z.enum(['immediate', 'digest', 'both']), {
      description: 'immediate: what is told at once; digest: once a day; both (the default).',
      expected: 'immediate, digest or both',
      examples: ['immediate'],
    }),
  })
  .meta({
    description: 'Somebody who is told.',
    expected: '{name: ops, slackFile: /run/secrets/slack-webhook}',
    examples: [{ name: 'ops', slackFile: '/run/secrets/slack-webhook' }],
    isSecret: true,
  });

export const AlertsKey = z
  .strictObject({
    digest: key(
      z.strictObject({
        at: z
          .string()
          .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
          .meta({ description: 'When it is told.', expected: 'a time of day from 00:00 to 23:59', examples: ['08:00'] }),
        timeZone: key(z.string().refine(isTimeZone), {
          description: 'Zone of that time; the timeZone at the top where it is not given.',
          expected: 'an IANA time zone such as Europe/Berlin',
          examples: ['Europe/Berlin'],
        }),
      }),
      {
        description: 'When what is not urgent is told, once a day. Default 08:00.',
        expected: '{at: "08:00", timeZone: Europe/Berlin}',
        examples: [{ at: '08:00', timeZone: 'Europe/Berlin' }],
      },
    ),
    to: z
      .array(TargetEntry)
      .min(1)
      .max(TARGETS_MAX)
      .meta({
        description: 'Who is told.',
        expected: `a list of 1 to ${TARGETS_MAX} targets, each beginning with "- name: …"`,
        examples: [[{ name: 'ops', slackFile: '/run/secrets/slack-webhook' }]],
        isSecret: true,
      }),
  })
  .meta({
    description: 'Who is told of alerts, by Slack-compatible or signed webhooks. Read at the start of the process.',
    expected: '{to: [{name: ops, slackFile: /run/secrets/slack-webhook}]}',
    examples: [{ to: [{ name: 'ops', slackFile: '/run/secrets/slack-webhook' }] }],
    isSecret: true,
  });
export type AlertsKey = z.infer<typeof AlertsKey>;

export const ADDRESS_KEYS = ['slackFile', 'slack', 'webhook', 'webhookFile'] as const;

/** What is wrong across keys; addresses are not shown. */
export function alertsProblems(input: unknown): PolicyFinding[] {
  const to = (input as { alerts?: { to?: unknown } | null }).alerts?.to;
  if (!Array.isArray(to)) return [];
  const findings: PolicyFinding[] = [];
  const names = new Set<unknown>();
  for (const [index, entry] of to.entries()) {
    if (typeof entry !== 'object' || entry === null) continue;
    const target = entry as Record<string, unknown>;
    const at = ['alerts', 'to', index] as const;
    const given = ADDRESS_KEYS.filter((each) => target[each] !== undefined);
    if (given.length !== 1)
      findings.push({
        path: [...at],
        at: 'value',
        message: given.length === 0 ? 'no address is given' : `${given.join(' and ')} are given`,
        expected: `one of ${ADDRESS_KEYS.join(', ')}`,
        fix: given.length === 0 ? 'add slackFile: /run/secrets/slack-webhook' : 'make two targets of it, or remove one',
      });
    const [form] = given;
    if (given.length === 1 && form?.startsWith('webhook') && target.secretFile === undefined)
      findings.push({
        path: [...at, 'secretFile'],
        at: 'missing',
        message: 'secretFile is missing',
        expected: 'a secret by which the receiver knows that a message is from us',
        fix: 'openssl rand -hex 32 > alerts.secret, and add secretFile: ./alerts.secret',
      });
    if (form?.startsWith('slack') && target.secretFile !== undefined)
      findings.push({
        path: [...at, 'secretFile'],
        at: 'key',
        message: 'nothing is signed for Slack',
        expected: 'no secretFile beside slack: whoever knows the address may write there',
        fix: 'remove it',
      });
    if (typeof target.name === 'string' && names.has(target.name))
      findings.push({
        path: [...at, 'name'],
        at: 'value',
        message: `a second target is named ${target.name.slice(0, 32)}`,
        expected: 'a name of its own for each',
        fix: 'give one of the two another name',
      });
    names.add(target.name);
  }
  return findings;
}

import { z } from 'zod';
import type { KeyMeta } from '../policy/key-meta.ts';
import { PolicyFile } from '../policy/policy-file.ts';
import { AlertsKey } from './alerts-keys.ts';
import { ForwardKey } from './forward-keys.ts';
import { fileKeyOf, SETTING_NAMES, SETTINGS } from './settings.ts';

/** All of ratchet.yaml: the policies, and the process settings that may stand in a file. */

function serverBlock(): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {};
  for (const name of SETTING_NAMES) {
    const key = fileKeyOf(name);
    if (key === undefined) continue;
    const { doc, expected, example, isSecret, value } = SETTINGS[name];
    const meta: KeyMeta = isSecret
      ? {
          description: `Path of a file that holds it. ${doc}`,
          expected: 'the path of a file that holds it',
          examples: [`/run/secrets/${name}`],
        }
      : { description: doc, expected, examples: [value === undefined ? true : value === '<n>' ? Number(example) : example] };
    const type = value === undefined ? z.boolean() : value === '<n>' ? z.number() : z.string().min(1);
    shape[key] = type.meta({ ...meta }).optional();
  }
  return shape;
}

export const RatchetFile = PolicyFile.extend({
  releases: z
    .strictObject({
      source: z
        .enum(['apple', 'off'])
        .meta({
          description: "Apple's own server, as without `releases:`; or nothing: only what `ratchet releases import` brings.",
          expected: 'apple or off',
          examples: ['apple'],
        })
        .optional(),
      url: z
        .string()
        .regex(/^https?:\/\//)
        .meta({
          description: 'Address of a mirror it is read from.',
          expected: 'an http(s) address',
          examples: ['https://mirror.example.com/pmv.json'],
        })
        .optional(),
      file: z
        .string()
        .min(1)
        .meta({ description: 'File it is read from; relative to this one.', expected: 'the path of a file', examples: ['./pmv.json'] })
        .optional(),
      ca: z
        .string()
        .min(1)
        .meta({
          description: "PEM file of the authorities that the mirror's certificate may come from, and no others; relative to this file.",
          expected: 'the path of a PEM file',
          examples: ['./mirror-ca.pem'],
        })
        .optional(),
    })
    .meta({
      description: "Where Apple's lookup-service answer (v2/pmv) comes from, what Apple offers to which device. Absent: from Apple.",
      expected: 'one of source, url and file',
      examples: [{ source: 'apple' }],
    })
    .optional(),
  alerts: AlertsKey.optional(),
  forward: ForwardKey.optional(),
  server: z
    .strictObject(serverBlock())
    .meta({
      description: 'Settings of the process; flags and environment variables overrule them. Secrets only as the path of a file.',
      expected: 'settings such as listen, enqueueUrl, data',
      examples: [{ enqueueUrl: 'http://127.0.0.1:9000/v1/enqueue/' }],
    })
    .optional(),
}).meta({ ...PolicyFile.meta(), description: 'ratchet.yaml: what Ratchet requires of which devices.' });

/** JSON Schema (2020-12) for editors. */
export function ratchetJsonSchema(): object {
  const schema = z.toJSONSchema(RatchetFile, {
    io: 'input',
    override: ({ jsonSchema }) => {
      delete (jsonSchema as { expected?: unknown }).expected;
      delete (jsonSchema as { isSecret?: unknown }).isSecret;
    },
  });
  return { ...schema, title: 'ratchet.yaml' };
}

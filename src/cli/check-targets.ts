import { resolve } from 'node:path';
import { z } from 'zod';
import { judgeTargets } from '../decide/judge-targets.ts';
import { countFleet, overlapsOf } from '../policy/overlaps.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { PolicyFinding } from '../policy/policy-finding.types.ts';
import { readBundle } from '../releases/bundle.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import { DAY_MS } from '../time/local.ts';
import { readInput } from './read-input.ts';
import { counted } from './text.ts';
import type { CliWorld, KnownFleet } from './world.ts';

/** What `ratchet check` says of targets and of who means whom: by a list of releases, and by devices where there are some. */

export const TargetsAnswer = z.object({
  policy: z.string(),
  target: z.string(),
  /** Models of the list that the policy could match, and those for which a release of its target can be installed. */
  models: z.int(),
  modelsOffered: z.int(),
  releases: z.array(z.string()),
  /** Why nothing of it can be installed; that it can't be any more at its date. */
  refused: z.string().optional(),
  ending: z.string().optional(),
});
export const OverlapAnswer = z.object({
  first: z.string(),
  second: z.string(),
  share: z.enum(['some', 'all']),
  /** Counted, with --data. */
  devices: z.int().optional(),
});
export const DevicesAnswer = z.object({
  policies: z.array(z.object({ policy: z.string(), devices: z.int(), meant: z.int() })),
  unmatched: z.int(),
});

export interface JudgedPolicies {
  problems: PolicyFinding[];
  warnings: PolicyFinding[];
  targets?: z.infer<typeof TargetsAnswer>[];
  devices?: z.infer<typeof DevicesAnswer>;
  overlaps: z.infer<typeof OverlapAnswer>[];
}

/** What targets and devices are judged by. */
export interface Known {
  catalogue?: Catalogue;
  subjects?: KnownFleet['subjects'];
}

/** Shorter than this a list says what Apple offers. */
const STALE_MS = 7 * DAY_MS;

/** Reads what --catalogue and --data name. Rejects with a sentence for people. */
export async function readKnown(world: CliWorld, flags: { catalogue?: string; data?: string }): Promise<Known> {
  const known: Known = {};
  if (flags.data !== undefined) {
    const fleet = await world.readFleet?.(resolve(world.cwd, flags.data));
    if (fleet === undefined)
      throw new Error(`--data: there is no database of Ratchet in ${flags.data}; name the folder that serve was given.`);
    Object.assign(known, fleet);
  }
  if (flags.catalogue !== undefined) known.catalogue = await readCatalogue(world, flags.catalogue);
  return known;
}

async function readCatalogue(world: CliWorld, path: string): Promise<Catalogue> {
  const text = await readInput(world, path);
  const expected = 'expected what ratchet releases export prints';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`--catalogue: ${path} is not JSON; ${expected}.`);
  }
  const read = readBundle(value, world.now());
  if (!read.ok) throw new Error(`--catalogue: ${path}: ${read.detail}; ${expected}.`);
  return read.bundle.catalogue;
}

export function judgePolicies(set: PolicySet, { catalogue, subjects }: Known, now: number): JudgedPolicies {
  const judged = catalogue === undefined ? undefined : judgeTargets(set, catalogue, now);
  const fleet = subjects === undefined ? undefined : countFleet(set, subjects);
  const age = now - (catalogue?.lastCheckedAt ?? now);
  const stale: PolicyFinding[] =
    age <= STALE_MS || catalogue === undefined
      ? subjects !== undefined && catalogue === undefined
        ? [
            {
              path: ['policies'],
              at: 'key',
              message: 'the data folder has no list of releases: targets were not judged',
              expected: 'a folder of a server that has read one',
              fix: 'ratchet releases refresh, or name a list with --catalogue',
            },
          ]
        : []
      : [
          {
            path: ['policies'],
            at: 'key',
            message: `the list of releases is ${Math.floor(age / DAY_MS)} days old: what Apple offers since is not in it`,
            expected: 'a list of this week',
            fix: 'ratchet releases refresh, and export it again',
          },
        ];
  return {
    problems: judged?.problems ?? [],
    warnings: [...stale, ...(judged?.warnings ?? []), ...(fleet?.warnings ?? [])],
    ...(judged === undefined ? {} : { targets: judged.targets }),
    ...(fleet === undefined ? {} : { devices: { policies: fleet.devices, unmatched: fleet.unmatched } }),
    overlaps: fleet?.overlaps ?? overlapsOf(set),
  };
}

/** Who decides for whom, a line for each policy. */
export function judgedText({ targets = [], devices, overlaps }: Pick<JudgedPolicies, 'targets' | 'devices' | 'overlaps'>): string[] {
  const lines: string[] = [];
  for (const { policy, target, models, modelsOffered, releases } of targets) {
    const what = releases.length === 0 ? '' : `: ${releases.slice(0, 5).join(', ')}${releases.length > 5 ? ', …' : ''}`;
    lines.push(`"${policy}": ${target} is for ${modelsOffered} of ${counted(models, 'model')}${what}`);
  }
  for (const { policy, devices: decided, meant } of devices?.policies ?? [])
    lines.push(
      `"${policy}": ${counted(decided, 'device')}${meant > decided ? `, and ${meant - decided} that a policy before it decides` : ''}`,
    );
  if (devices !== undefined && devices.unmatched > 0) lines.push(`no policy: ${counted(devices.unmatched, 'device')}`);
  const seconds = [...new Set(overlaps.map(({ second }) => second))];
  for (const second of seconds) {
    const firsts = overlaps.filter((overlap) => overlap.second === second);
    const names = firsts.map(({ first, devices: count }) => `"${first}"${count === undefined ? '' : ` (${counted(count, 'device')})`}`);
    const shown = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
    lines.push(`overlap: ${shown} ${firsts.length === 1 ? 'decides' : 'decide'} before "${second}" where both mean a device`);
  }
  return lines;
}

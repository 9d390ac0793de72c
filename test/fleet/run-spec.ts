import { z } from 'zod';
import { WEEKDAYS } from '../../src/policy/policy.types.ts';
import { SettingsKeyOfFile } from '../../src/policy/settings-keys.ts';
import { parseCap, parseTarget } from '../../src/policy/target-keys.ts';
import { isTimeZone } from '../../src/time/local.ts';
import { FAULT_NAMES, FAULT_RATES_MAX, type FaultName } from './fault-rates.ts';

const Local = z.iso.datetime({ local: true });

const Policy = z.strictObject({
  name: z.string().optional(),
  mode: z.enum(['enforce', 'observe']).optional(),
  days: z.int().min(0).max(30),
  at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  fallbackTimeZone: z.string().refine(isTimeZone),
  detailsUrl: z.string().optional(),
  target: z
    .string()
    .refine((text) => parseTarget(text) !== undefined)
    .optional(),
  floor: z
    .string()
    .regex(/^\d+(\.\d+)*$/)
    .optional(),
  cap: z
    .string()
    .refine((text) => parseCap(text) !== undefined)
    .optional(),
  isByPlatform: z.boolean().optional(),
  severity: z
    .strictObject({
      exploited: z.int().min(0).optional(),
      critical: z.int().min(0).optional(),
      major: z.int().min(0).optional(),
    })
    .optional(),
  weekdays: z.array(z.enum(WEEKDAYS)).min(1).optional(),
  limits: z.strictObject({ newPerDay: z.int().min(1).optional(), restartsPerDate: z.int().min(1).optional() }).optional(),
  rings: z
    .array(
      z.strictObject({
        name: z.string(),
        devices: z.int().min(1).optional(),
        percent: z.number().optional(),
        afterHours: z.int().min(0),
        soakHours: z.int().min(0),
        successPercent: z.int().min(1).max(100),
        atLatestHours: z.int().min(1),
        isByHand: z.boolean().optional(),
      }),
    )
    .min(1)
    .optional(),
  blackouts: z.array(z.strictObject({ from: Local, until: Local })).optional(),
  /** As a file has them. */
  settings: SettingsKeyOfFile.optional(),
  commands: z
    .strictObject({
      notifyOnly: z.boolean().optional(),
      forceRestart: z.boolean().optional(),
      userDeferrals: z.int().min(1).max(10).optional(),
    })
    .optional(),
});

const PerMille = z.int().min(0).max(1_000);

/** In whole milliseconds since the start. */
const Moment = z.int().min(0);

const Kill = z.strictObject({
  at: Moment,
  how: z.union([
    z.enum(['now', 'stop']),
    z.strictObject({ port: z.enum(['store', 'fetch', 'decode', 'any']), nth: z.int().min(1), when: z.enum(['before', 'after']) }),
  ]),
  downMs: z.int().min(0),
});

const Span = z.strictObject({ afterHours: z.int().min(0), forHours: z.int().min(1) });
const Name = z.string().regex(/^[a-z]+$/);

const Neighbour = z.strictObject({
  wiring: z.enum(['merge', 'kmfddm']).optional(),
  downs: z.array(Span),
  losses: z.array(Span),
  changes: z.array(
    z.union([
      z.strictObject({ afterHours: z.int().min(0), act: z.enum(['add', 'change', 'remove']), name: Name }),
      z.strictObject({ afterHours: z.int().min(0), act: z.literal('empty'), device: z.int().min(0) }),
    ]),
  ),
});

/** Everything one run is made of: plain data, so that it can be printed, made smaller, and stored as a case. */
export const RunSpec = z.strictObject({
  /** What the world draws its devices and their fortunes from. */
  seed: z.string().min(1),
  devices: z.int().min(1).max(5_000),
  /** Of these, counted from 0, the ones that are there. */
  keep: z.array(z.int().min(0)).min(1).optional(),
  server: z.enum(['nanomdm', 'micromdm', 'nanohub']),
  policy: Policy,
  /** Another declaration server has some for the same devices: the app stands in front of it, or keeps its own in it. */
  neighbour: Neighbour.optional(),
  newReleaseDays: z.int().min(0).max(30),
  withdraws: z.enum(['never', 'sometimes', 'always']),
  /** SOFA is read: in which layout, changed in mid-run or not, and how it misbehaves, in thousandths. */
  sofa: z
    .strictObject({
      layout: z.enum(['v1', 'v2-old', 'v2']),
      changesAfterHours: z.int().min(0).optional(),
      faults: z.strictObject({
        emptyPerMille: PerMille,
        shrunkenPerMille: PerMille,
        olderPerMille: PerMille,
        surgePerMille: PerMille,
        outagePerMille: PerMille,
      }),
    })
    .optional(),
  legacy: z.boolean(),
  isOnDisk: z.boolean(),
  /** How long the world's first weeks take beside their usual length. Below 1 there are no Macs before macOS 12. */
  pace: z.number().min(0.1).max(1).optional(),
  /** A person says stop, and some time later resume. */
  stop: z.strictObject({ afterHours: z.int().min(0), forHours: z.int().min(1) }).optional(),
  /** A person changes the policies: the file, or over it; in the order of time. */
  edits: z.array(z.strictObject({ afterHours: z.int().min(0), how: z.enum(['load', 'apply']), policy: Policy })).optional(),
  /** A person skips the newest release of a rollout, and some time later takes that back. */
  skip: z.strictObject({ afterHours: z.int().min(0), forHours: z.int().min(1) }).optional(),
  /**
   * A person wants the release that most devices miss within so many hours, by the clock of the policies' zone, for the first
   * ring or for all; and may take that back.
   */
  expedite: z
    .strictObject({
      afterHours: z.int().min(0),
      inHours: z.int().min(1),
      isFirstRingOnly: z.boolean().optional(),
      undoAfterHours: z.int().min(1).optional(),
    })
    .optional(),
  /** What a person does to single devices, counted as in `keep`; refused where it makes no sense. */
  deviceActs: z
    .array(
      z.strictObject({
        afterMinutes: z.int().min(0),
        act: z.enum(['exempt', 'more-time', 'pause', 'resume', 'recheck', 'ask']),
        device: z.int().min(0),
        untilDays: z.int().optional(),
      }),
    )
    .optional(),
  /** Owners have pages: in every life of the app, from the second on, only in the first, or elsewhere in each. */
  ownersPages: z.enum(['stay', 'come', 'go', 'move']).optional(),
  /** When the app dies, and how. */
  kills: z.array(Kill).optional(),
  /** When the clock of its machine is set. */
  clockSteps: z.array(z.strictObject({ at: Moment, skewMs: z.int() })).optional(),
  /** In thousandths. */
  faults: z.partialRecord(z.enum(FAULT_NAMES), z.int().min(0).max(1_000)),
});
export type RunSpec = z.infer<typeof RunSpec>;

/** A run that once went wrong, kept: why, and what it is made of. */
export const RunCase = z.strictObject({
  /** What it showed, for whoever sees it fail again. */
  why: z.string().min(1),
  spec: RunSpec,
});
export type RunCase = z.infer<typeof RunCase>;

/** Throws an Error that says what was expected where. `name`: the file, for the message. */
export function parseCase(text: string, name: string): RunCase {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${(error as Error).message}`);
  }
  const parsed = RunCase.safeParse(value);
  if (!parsed.success) throw new Error(`${name} is not a case ({"why": "…", "spec": {…}}):\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Which faults are on, the most frequent beside its bound first; for people. */
export function faultsText({ faults }: RunSpec): string {
  const on = (Object.entries(faults) as [FaultName, number][]).filter(([, rate]) => rate > 0);
  const share = ([name, rate]: [FaultName, number]) => rate / FAULT_RATES_MAX[name];
  const words = on.sort((a, b) => share(b) - share(a)).map(([name, rate]) => `${name.replace('PerMille', '')} ${rate}‰`);
  return words.join(', ') || 'no faults';
}

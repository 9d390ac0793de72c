import type { FaultName } from './fault-rates.ts';
import type { RunSpec } from './run-spec.ts';
import type { Failure } from './sim-report.ts';

export interface Shrinking {
  /** The failure of that run, when it is like the one that is looked for; undefined when it does not fail so. */
  fails(spec: RunSpec): Promise<Failure | undefined>;
  /** The smallest so far, and how many runs it took. */
  onProgress?(spec: RunSpec, runs: number): void;
  /** Gives up after so many runs. Default 400. */
  runsMax?: number;
}

export interface Shrunken {
  spec: RunSpec;
  failure: Failure;
  runs: number;
}

/**
 * Finds a smaller run that still fails: without most of its devices, then without most faults, then without whatever else
 * is not needed, as long as something goes. Deterministic. Undefined when the run given does not fail.
 */
export async function shrink(given: RunSpec, { fails, onProgress, runsMax = 400 }: Shrinking): Promise<Shrunken | undefined> {
  let runs = 0;
  let best: { spec: RunSpec; failure: Failure } | undefined;

  async function accepts(spec: RunSpec): Promise<boolean> {
    if (runs >= runsMax) return false;
    runs += 1;
    const failure = await fails(spec);
    if (failure === undefined) return false;
    best = { spec, failure };
    onProgress?.(spec, runs);
    return true;
  }

  if (!(await accepts(given))) return undefined;
  const smallest = () => (best as NonNullable<typeof best>).spec;
  const hinted = () => best?.failure.index;
  for (let before = ''; before !== JSON.stringify(smallest()); ) {
    before = JSON.stringify(smallest());
    await leaveOut(devicesOf(smallest()), hinted(), (keep) => (keep.length > 0 ? accepts({ ...smallest(), keep: [...keep] }) : no()));
    await leaveOut(faultsOn(smallest()), undefined, (names) => accepts({ ...smallest(), faults: only(smallest(), names) }));
    await leaveOut(smallest().kills ?? [], undefined, (kills) => accepts({ ...smallest(), kills: [...kills] }));
    await leaveOut(smallest().deviceActs ?? [], undefined, (deviceActs) => accepts({ ...smallest(), deviceActs: [...deviceActs] }));
    for (const simpler of simplerThan(smallest())) await accepts({ ...smallest(), ...simpler });
  }
  return best && { ...best, runs };
}

const no = () => Promise.resolve(false);

/**
 * Delta debugging: leaves out ever smaller parts of a list as long as the rest is accepted. `hint` is an item that likely
 * is enough alone.
 */
async function leaveOut<T>(items: readonly T[], hint: T | undefined, accepts: (rest: readonly T[]) => Promise<boolean>): Promise<void> {
  if (items.length === 0 || (await accepts([]))) return;
  if (hint !== undefined && items.length > 1 && (await accepts([hint]))) return;
  let left = [...items];
  for (let size = Math.ceil(left.length / 2); left.length > 1; size = Math.ceil(size / 2)) {
    for (let from = 0; from < left.length && left.length > 1; ) {
      const rest = [...left.slice(0, from), ...left.slice(from + size)];
      if (rest.length > 0 && (await accepts(rest))) left = rest;
      else from += size;
    }
    if (size === 1) return;
  }
}

function devicesOf({ keep, devices }: RunSpec): readonly number[] {
  return keep ?? Array.from({ length: devices }, (_, index) => index);
}

function faultsOn({ faults }: RunSpec): FaultName[] {
  return (Object.entries(faults) as [FaultName, number][]).filter(([, rate]) => rate > 0).map(([name]) => name);
}

function only({ faults }: RunSpec, names: readonly FaultName[]): RunSpec['faults'] {
  return Object.fromEntries(names.map((name) => [name, faults[name] ?? 0]));
}

/** Each changes one thing to what needs no thought. */
function simplerThan({
  stop,
  skip,
  expedite,
  sofa,
  edits,
  clockSteps,
  ownersPages,
  deviceActs,
  kills,
  withdraws,
  newReleaseDays,
  isOnDisk,
  policy,
  server,
}: RunSpec): Partial<RunSpec>[] {
  const { days, at, fallbackTimeZone, ...more } = policy;
  return [
    ...(stop === undefined ? [] : [{ stop: undefined }]),
    ...(sofa === undefined ? [] : [{ sofa: undefined }]),
    ...(skip === undefined ? [] : [{ skip: undefined }]),
    ...(expedite === undefined ? [] : [{ expedite: undefined }]),
    ...(edits === undefined ? [] : [{ edits: undefined }, ...edits.map((edit) => ({ edits: edits.filter((other) => other !== edit) }))]),
    ...(ownersPages === undefined ? [] : [{ ownersPages: undefined }]),
    ...(clockSteps === undefined ? [] : [{ clockSteps: undefined }]),
    ...(deviceActs?.length === 0 ? [{ deviceActs: undefined }] : []),
    ...(kills?.length === 0 ? [{ kills: undefined }] : []),
    ...(withdraws === 'never' ? [] : [{ withdraws: 'never' as const }]),
    ...(newReleaseDays === 0 ? [] : [{ newReleaseDays: 0 }]),
    ...(isOnDisk ? [{ isOnDisk: false }] : []),
    ...(Object.keys(more).length === 0 ? [] : [{ policy: { days, at, fallbackTimeZone } }]),
    ...(days > 1 ? [{ policy: { ...policy, days: 1 } }] : []),
    ...(server === 'nanomdm' ? [] : [{ server: 'nanomdm' as const }]),
  ];
}

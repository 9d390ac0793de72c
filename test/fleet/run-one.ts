import type { SofaOptions } from '../../src/sim/sofa-feed.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { actsOf } from './acts.ts';
import { CHECKERS } from './checkers/all.ts';
import type { CheckerKind } from './checkers/checker.types.ts';
import type { DeviceActSpec } from './device-acts.ts';
import { fleetFaultsOf } from './fault-rates.ts';
import { createFleet, type Fleet, type FleetParts, START_AT } from './harness.ts';
import { runFleet, type Standings } from './run.ts';
import type { RunSpec } from './run-spec.ts';
import type { Failure, RunResult } from './sim-report.ts';
import { traceOf, watch } from './watch.ts';

export interface RunOneOptions {
  kinds?: readonly CheckerKind[];
  /** Changes what the app works with: a broken rule. */
  breakRule?(parts: FleetParts): void;
  /** Ends at the first violation. */
  stopOnViolation?: boolean;
  /** Ends after so much virtual time, in ms; who is not there yet then has not failed. */
  forMs?: number;
}

/** Longer sleeps cost the time of everyone else's days and show no more. */
const ASLEEP_DAYS_MAX = 14;

/** Runs one fleet as the spec has it. What it throws is a failure like any other. */
export async function runOne(spec: RunSpec, options: RunOneOptions = {}): Promise<RunResult> {
  const before = process.cpuUsage();
  const result = await tryToRun(spec, options).catch((error: unknown) => thrown(spec, error));
  const { user, system } = process.cpuUsage(before);
  return { ...result, cpuSeconds: (user + system) / 1e6 };
}

async function tryToRun(spec: RunSpec, { kinds = CHECKERS, breakRule, stopOnViolation, forMs }: RunOneOptions): Promise<RunResult> {
  const { faults, stop, pace, skip, expedite, sofa, deviceActs: _, ...same } = spec;
  const fleet = await createFleet({
    ...same,
    ...fleetFaultsOf(faults),
    world: { drawsAllSwitches: true, asleepDaysMax: ASLEEP_DAYS_MAX, ...(pace === undefined ? {} : { pace }) },
    ...(sofa ? { sofa: sofaOf(sofa) } : {}),
    ...(breakRule ? { breakRule } : {}),
  });
  const watched = watch(fleet, kinds);
  const standings = await runFleet(fleet, {
    watch: watched,
    acts: actsOf({ stop, skip, expedite, edits: spec.edits }, fleet.startedAt),
    deviceActs: deviceActsOf(spec),
    ...(stopOnViolation ? { stopOnViolation } : {}),
    ...(forMs === undefined ? {} : { until: fleet.startedAt + forMs }),
  });
  const isCutShort = forMs !== undefined || (stopOnViolation === true && watched.count > 0);
  const wrong = isCutShort ? [] : standings.wrong;
  const failures: Failure[] = [
    ...watched.violations.map((violation) => ({ ...violation, ...whoIs(fleet, spec, violation.device) })),
    ...wrong.map((each) => notThere(fleet, spec, each)),
  ];
  const result: RunResult = {
    seed: spec.seed,
    devices: fleet.world.devices.length,
    eligible: standings.eligible,
    verified: standings.verified,
    violations: watched.count,
    isConverged: wrong.length === 0,
    failures,
    virtualDays: Math.round((fleet.scheduler.now() - fleet.startedAt) / DAY_MS),
    events: fleet.world.events.length,
    traceSha256: fleet.world.traceSha256(),
    cpuSeconds: 0,
  };
  await fleet.close();
  return result;
}

/** Each device is as it would be among the others, and so is what is done to it; who is not there has nothing done. */
function deviceActsOf({ deviceActs = [], devices, keep }: RunSpec): DeviceActSpec[] {
  return deviceActs.flatMap((act) => {
    const drawn = act.device % devices;
    const device = keep === undefined ? drawn : keep.indexOf(drawn);
    return device < 0 ? [] : [{ ...act, device }];
  });
}

function sofaOf({ changesAfterHours, ...sofa }: NonNullable<RunSpec['sofa']>): SofaOptions {
  return { ...sofa, ...(changesAfterHours === undefined ? {} : { changesAt: START_AT + changesAfterHours * HOUR_MS }) };
}

function whoIs({ world }: Fleet, { keep }: RunSpec, device: string): Pick<Failure, 'name' | 'index'> {
  const index = world.devices.findIndex(({ id }) => id === device);
  return index < 0 ? { name: '' } : { name: world.devices[index]?.spec.name ?? '', index: keep?.[index] ?? index };
}

function notThere(fleet: Fleet, spec: RunSpec, { id, expected, reason, evidence }: Standings['wrong'][number]): Failure {
  const what = `was expected to end as ${expected} and is ${reason} (${JSON.stringify(evidence)})`;
  const trace = traceOf(fleet, id);
  return { ...whoIs(fleet, spec, id), device: id, at: fleet.scheduler.now(), what, expected, reason, trace };
}

function thrown(spec: RunSpec, error: unknown): RunResult {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const failure: Failure = { device: '', name: '', at: START_AT, what: `threw ${message}`, trace: stack.split('\n').slice(1, 12) };
  const none = { eligible: 0, verified: 0, violations: 0, virtualDays: 0, events: 0, traceSha256: '', cpuSeconds: 0 };
  return { ...none, seed: spec.seed, devices: spec.keep?.length ?? spec.devices, isConverged: false, failures: [failure] };
}

import type { WorldEvent } from '../../src/sim/world.types.ts';
import { traceLine } from '../../src/sim/world-trace.ts';
import { CHECKERS } from './checkers/all.ts';
import type { Checker, CheckerKind } from './checkers/checker.types.ts';
import { createLeftovers } from './checkers/leftovers.ts';
import { createReportsHeard } from './checkers/reports-heard.ts';
import type { Fleet } from './harness.ts';
import type { Notes } from './recorder.ts';

export interface Violation {
  promise: number;
  device: string;
  at: number;
  what: string;
  /** What the world saw of that device before, one line an event. */
  trace: string[];
}

export interface Watch {
  readonly violations: readonly Violation[];
  /** More than are kept. */
  readonly count: number;
  sweep(): Promise<void>;
  end(): Promise<void>;
}

const KEPT_MAX = 20;
const TRACE_LINES = 30;

/** Sets checkers on a fleet before it starts. */
export function watch(fleet: Fleet, kinds: readonly CheckerKind[] = CHECKERS): Watch {
  const violations: Violation[] = [];
  let count = 0;
  const checkers: Checker[] = kinds.map(({ promise, create }) =>
    create({
      fleet,
      violate(device, what) {
        count += 1;
        if (violations.length >= KEPT_MAX) return;
        violations.push({ promise, device, at: fleet.scheduler.now(), what, trace: traceOf(fleet, device) });
      },
    }),
  );
  const listeners = checkers.flatMap((checker) => checker.onEvent?.bind(checker) ?? []);
  /** Webhooks that are in the store: their answers may get lost with the process, the app knows of them all the same. */
  const stored = new Set<string>();
  fleet.notes.add({
    onStored(ids) {
      for (const id of ids) stored.add(id);
    },
  });
  const leftovers = createLeftovers(fleet);
  fleet.notes.add(leftovers);
  const reports = createReportsHeard(fleet, (event) => {
    for (const listener of listeners) listener(event);
  });
  fleet.notes.add(reports);
  fleet.world.onEvent((event: WorldEvent) => {
    if (isNeighbours(fleet, event)) return;
    const isKnown = event.kind === 'webhook' && event.status === 0 && stored.has(event.eventId);
    const seen = isKnown ? { ...event, status: 200 } : leftovers.without(reports.asHeard(event));
    for (const listener of listeners) listener(seen);
  });
  for (const checker of checkers) fleet.notes.add(checker satisfies Notes);
  return {
    violations,
    get count() {
      return count;
    },
    async sweep() {
      for (const checker of checkers) await checker.sweep?.();
    },
    async end() {
      for (const checker of checkers) await checker.sweep?.();
      for (const checker of checkers) await checker.end?.();
    },
  };
}

/** A command that another server queued is no doing of ours. */
function isNeighbours({ neighbour }: Fleet, event: WorldEvent): boolean {
  return (event.kind === 'enqueue' || event.kind === 'command') && neighbour?.commands.has(event.commandUuid) === true;
}

/** The last that the world saw of a device, and of Apple's answers: one line an event. */
export function traceOf({ world }: Fleet, device: string): string[] {
  const lines: string[] = [];
  for (let index = world.events.length - 1; index >= 0 && lines.length < TRACE_LINES; index--) {
    const event = world.events[index] as WorldEvent;
    if (event.device === device || event.kind === 'feed' || event.kind === 'sofa') lines.unshift(traceLine(event));
  }
  return lines;
}

/** For people: what was broken, by which seed, and what led to it. */
export function violationText(seed: string | number, { promise, device, at, what, trace }: Violation): string {
  const head = `promise ${promise} is broken, seed ${seed}, ${new Date(at).toISOString()}, ${device || 'no device'}: ${what}`;
  return [head, ...trace.map((line) => `    ${line}`)].join('\n');
}

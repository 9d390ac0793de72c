import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** As docs/operations.md#limits has it. */
const READS_PER_DAY = 4;
/** No limit of ours: no device of any run needs as many, and a storm has more. */
const COMMANDS_PER_DAY = 60;
/** One in three minutes (docs/operations.md#limits), and one more where a window of an hour begins and ends. */
const PUSHES_PER_HOUR = 21;
/** Ended ones that are kept, and what is under way of each kind. */
const OUTBOX_ENTRIES = 40 + 10;

/**
 * Promise 14: bounded. What the world has to bear of us (reads of Apple's service, commands and pushes of a device) stays
 * below its limits, and so does what is kept of a device's commands.
 */
export const bounded: CheckerKind = { promise: 14, title: 'bounded', file: 'bounded.ts', create };

function create({ fleet: { store, world, isClockSet }, violate }: Watched): Checker {
  // Counted by its own clock: what it read before that was set is long ago, or yet to come.
  const readsPerDay = isClockSet ? 2 * READS_PER_DAY : READS_PER_DAY;
  const reads = createCounter(DAY);
  /** Counted when they come: of two asked a day apart, the second may have been on its way for less. */
  const sofaReads = createCounter(DAY - MINUTE);
  const commands = createCounter(DAY);
  const pushes = createCounter(HOUR);
  /** A server may push with each command it takes; that is its own doing. */
  const pushedFor = createCounter(HOUR);

  function onPush({ device, at }: WorldEvent): void {
    const asked = pushes.add(device, at) - pushedFor.count(device, at);
    if (asked === PUSHES_PER_HOUR + 1) violate(device, `was pushed ${asked} times within an hour`);
  }

  return {
    onEvent(event) {
      const { kind, device, at } = event;
      if (kind === 'feed') {
        const count = reads.add('', at);
        if (count > readsPerDay) violate('', `Apple’s service was read ${count} times within 24 hours`);
      } else if (kind === 'sofa') {
        const count = sofaReads.add(event.platform, at);
        if (count > readsPerDay) violate('', `SOFA’s feed of ${event.platform} was read ${count} times within 24 hours`);
      } else if (kind === 'enqueue' && event.result === 'queued') {
        const count = commands.add(device, at);
        if (count > COMMANDS_PER_DAY) violate(device, `got ${count} commands within 24 hours`);
        if (world.server === 'micromdm') pushedFor.add(device, at);
      } else if (kind === 'push') onPush(event);
    },
    async sweep() {
      for (const { id, commands: entries } of await store.loadForReconcile(world.devices.map((device) => device.id)))
        if (entries.length > OUTBOX_ENTRIES) violate(id, `has ${entries.length} commands in the outbox`);
    },
  };
}

/** How often something happened within the last `windowMs`. */
function createCounter(windowMs: number): { add(key: string, at: number): number; count(key: string, at: number): number } {
  const byKey = new Map<string, number[]>();
  function lately(key: string, at: number): number[] {
    const instants = (byKey.get(key) ?? []).filter((instant) => instant > at - windowMs);
    byKey.set(key, instants);
    return instants;
  }
  return { add: (key, at) => lately(key, at).push(at), count: (key, at) => lately(key, at).length };
}

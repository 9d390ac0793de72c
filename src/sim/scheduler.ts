/**
 * Virtual time for the simulated world and for the application under it. Events run one by one in the order
 * (instant, sequence); after each one all promises that can settle without the passage of time do so.
 * Its `now`, `at`, `cancel` and `turn` are the application's Clock port.
 */
export interface Scheduler {
  /** Milliseconds since the Unix epoch, virtual. */
  now(): number;
  /** Runs once at `instant`, or next if that is past; a second call with the same key replaces the first. */
  at(instant: number, key: string, run: () => unknown): void;
  cancel(key: string): void;
  /** As `at` without a key; the returned function forgets it. */
  schedule(instant: number, run: () => unknown): () => void;
  /** Settles `ms` virtual milliseconds later. */
  sleep(ms: number): Promise<void>;
  /** Settles at the end of the current turn of the event loop. */
  turn(): Promise<void>;
  /** Counts a call as open, so that the current event isn't over before it settles (or hangs). */
  track<T>(call: Promise<T>): Promise<T>;
  /** A `sleep` inside a tracked call, which meanwhile is not open: no event has to wait for what only time brings. */
  delay(ms: number): Promise<void>;
  /** Work outside virtual time (a thread that ends): the current event lasts until it is done, however long that takes. */
  hold<T>(work: Promise<T>): Promise<T>;
  /** Runs the next event; false when there is none. Rejects with what the event's code threw. */
  step(): Promise<boolean>;
  /**
   * Up to and including `instant`, which then is "now"; or until the predicate holds after an event. The answer
   * is false when a predicate did not come true before `limit` or the last event.
   */
  runUntil(goal: number | (() => boolean), limit?: number): Promise<boolean>;
  /** Lets what is under way settle, without an event and without time passing. */
  settle(): Promise<void>;
  /** Events waiting. */
  readonly pending: number;
  /** Events run so far. */
  readonly steps: number;
}

interface Entry {
  instant: number;
  sequence: number;
  key?: string;
  run: (() => unknown) | undefined;
}

/** Turns an event may take while a tracked call is open; a call of a killed application never settles. */
const TURNS_MAX = 50;

export function createScheduler(startEpochMs: number): Scheduler {
  let now = startEpochMs;
  let sequence = 0;
  let open = 0;
  let held = 0;
  let live = 0;
  let steps = 0;
  const heap: Entry[] = [];
  const keyed = new Map<string, Entry>();
  const failures: unknown[] = [];
  let turnWaiters: (() => void)[] = [];

  function add(instant: number, run: () => unknown, key?: string): Entry {
    if (!Number.isFinite(instant)) throw new RangeError(`not an instant: ${instant}`);
    const entry: Entry = { instant: Math.max(instant, now), sequence: sequence++, run, ...(key === undefined ? {} : { key }) };
    push(heap, entry);
    live++;
    return entry;
  }

  // Entries stay in the heap when forgotten; they are skipped when their time comes.
  function forget(entry: Entry): void {
    if (entry.run === undefined) return;
    entry.run = undefined;
    live--;
  }

  function next(): Entry | undefined {
    while (heap.length > 0 && heap[0]?.run === undefined) pop(heap);
    return heap[0];
  }

  async function settle(): Promise<void> {
    // How many turns a thread takes to end differs from machine to machine: what waited for it has all of its own.
    for (let turns = 0; turns < TURNS_MAX; turns = held > 0 ? 0 : turns + 1) {
      await (open <= 0 && held === 0 ? microtasksDone() : eventLoopTurn());
      if (turnWaiters.length > 0) {
        const waiters = turnWaiters;
        turnWaiters = [];
        for (const resolve of waiters) resolve();
        continue;
      }
      if (open <= 0 && held === 0) break;
    }
    if (failures.length > 0) throw failures.splice(0)[0];
  }

  async function step(): Promise<boolean> {
    const entry = next();
    const run = entry?.run;
    if (entry === undefined || run === undefined) return false;
    pop(heap);
    forget(entry);
    if (entry.key !== undefined && keyed.get(entry.key) === entry) keyed.delete(entry.key);
    now = entry.instant;
    steps++;
    try {
      const result = run();
      if (result instanceof Promise) result.catch((error: unknown) => failures.push(error));
    } catch (error) {
      failures.push(error);
    }
    await settle();
    return true;
  }

  return {
    now: () => now,
    at(instant, key, run) {
      const before = keyed.get(key);
      if (before) forget(before);
      keyed.set(key, add(instant, run, key));
    },
    cancel(key) {
      const entry = keyed.get(key);
      if (!entry) return;
      forget(entry);
      keyed.delete(key);
    },
    schedule(instant, run) {
      const entry = add(instant, run);
      return () => forget(entry);
    },
    sleep: (ms) =>
      new Promise((resolve) => {
        add(now + ms, resolve);
      }),
    turn: () => new Promise((resolve) => turnWaiters.push(resolve)),
    async track(call) {
      open++;
      try {
        return await call;
      } finally {
        open--;
      }
    },
    delay(ms) {
      open--;
      return new Promise((resolve) => {
        add(now + ms, () => {
          open++;
          resolve();
        });
      });
    },
    async hold(work) {
      held++;
      try {
        return await work;
      } finally {
        held--;
      }
    },
    step,
    async runUntil(goal, limit = Number.POSITIVE_INFINITY) {
      await settle();
      if (typeof goal === 'number') {
        for (let entry = next(); entry && entry.instant <= goal; entry = next()) await step();
        now = Math.max(now, goal);
        return true;
      }
      while (!goal()) {
        const entry = next();
        if (!entry || entry.instant > limit) {
          if (Number.isFinite(limit)) now = Math.max(now, limit);
          return false;
        }
        await step();
      }
      return true;
    },
    settle,
    get pending() {
      return live;
    },
    get steps() {
      return steps;
    },
  };
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Node runs what waits for its next tick when no microtask is left. A tenth of what a turn of the event loop costs. */
function microtasksDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.instant < b.instant || (a.instant === b.instant && a.sequence < b.sequence);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(entry, heap[parent] as Entry)) break;
    heap[at] = heap[parent] as Entry;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
    if (!isBefore(heap[child] as Entry, last)) break;
    heap[at] = heap[child] as Entry;
    at = child;
  }
  heap[at] = last;
}

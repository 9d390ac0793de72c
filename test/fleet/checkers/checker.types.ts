import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Fleet } from '../harness.ts';
import type { Notes } from '../recorder.ts';

/** Watches one promise of the design over a whole run. Judges by what the world saw, against what had reached the app with a 200. */
export interface Checker extends Notes {
  onEvent?(event: WorldEvent): void;
  /** Once a virtual day, and at the end. */
  sweep?(): Promise<void>;
  /** After the last verdict: may ask the app what no device would. */
  end?(): Promise<void>;
}

export interface Watched {
  fleet: Fleet;
  /** `device` is "" for what concerns none. */
  violate(device: string, what: string): void;
}

export interface CheckerKind {
  /** Number of the promise in the design. */
  promise: number;
  /** The promise in a few words. */
  title: string;
  /** File beside this one. */
  file: string;
  create(watched: Watched): Checker;
}

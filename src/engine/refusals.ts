import type { Clock } from '../runtime.ts';
import type { Instant } from '../time/local.ts';

/**
 * Why a listener of ours refused a call of the MDM server: what says which of its flags is wrong.
 * `wrong-path`: nothing of ours is there. `other-listener`: it belongs to our other port.
 */
export const REFUSALS = ['unsigned', 'wrong-signature', 'no-credentials', 'wrong-credentials', 'wrong-path', 'other-listener'] as const;
export type RefusedBecause = (typeof REFUSALS)[number];

/** What of ours the server meant to call. */
export type Listener = 'webhook' | 'declarations';

/** All refusals of one kind since the start. */
export interface Refusal {
  because: RefusedBecause;
  count: number;
  /** The last one. */
  at: Instant;
  /** Its path, without query. Whoever reaches the port chose it. */
  path: string;
}

/** Notes calls that were refused before anybody looked into them. At most one entry for each reason is kept. */
export interface Refusals {
  note(listener: Listener, because: RefusedBecause, path: string): void;
  /** The latest first. */
  of(listener: Listener): Refusal[];
}

const PATH_MAX = 100;

export function createRefusals(clock: Pick<Clock, 'now'>): Refusals {
  const noted: Record<Listener, Map<RefusedBecause, Refusal>> = { webhook: new Map(), declarations: new Map() };
  return {
    note(listener, because, path) {
      const count = (noted[listener].get(because)?.count ?? 0) + 1;
      noted[listener].set(because, { because, count, at: clock.now(), path: path.slice(0, PATH_MAX) });
    },
    of: (listener) => [...noted[listener].values()].sort((a, b) => b.at - a.at),
  };
}

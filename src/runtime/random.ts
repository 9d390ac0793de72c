import type { Random } from '../runtime.ts';

/** For jitter, not for secrets. */
export function createSystemRandom(): Random {
  return { next: () => Math.random() };
}

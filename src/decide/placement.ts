import type { Instant } from '../time/local.ts';

/**
 * What was placed for one enrollment in the declaration server that answers it in our place (rule 32). What it has there
 * is known by identifiers: these are named after the content, while that server makes tokens of its own.
 */
export interface Placement {
  /** Token of our manifest that is there; absent while it is being changed, or when that failed. */
  token?: string;
  /** Since when it is. */
  at: Instant;
  /** Identifiers of all our declarations that are there; while it is being changed, of those before. */
  identifiers: string[];
  /** Those of them that were not there before. */
  added: string[];
  /** The enforcement among them. */
  enforcement?: string;
  /** Since when that has been there without a break: whoever fetched it before may have given it up since. */
  enforcementSince?: Instant;
  /** How many writes of groups were counted when `at` was noted: what was written later may have been broken in between. */
  writes?: number;
  /** The same for `enforcementSince`. */
  enforcementWrites?: number;
  /** It may have been gone for a while: it was missing, or a change that was to take it away failed. */
  mayHaveGone?: true;
  /** Enforcements that a change which failed was to bring: one may have been there all the same. */
  tried?: string[];
  /** Enforcements that were taken away, or were found missing, the last of them last: they may come back. */
  tookAway?: string[];
  /** Why it could not be placed when that was last tried. */
  problem?: string;
  /** The status report that was last read there. */
  reportId?: string;
}

/** Of so many dates of one enrollment it is known that they were there once. */
const TOOK_AWAY_MAX = 24;

/** `tookAway` when these went as well. The version before kept the name of the last one alone. */
export function tookAwayWith({ tookAway = [] }: Pick<Placement, 'tookAway'>, gone: readonly string[]): string[] {
  return [...[tookAway].flat().filter((identifier) => !gone.includes(identifier)), ...gone].slice(-TOOK_AWAY_MAX);
}

/** How the server that declarations are placed in is reached. */
export interface Placing {
  /** Since when every call has been answered; in between devices may have asked in vain. */
  upSince: Instant;
  /** Why it is not reached. */
  problem?: string;
}

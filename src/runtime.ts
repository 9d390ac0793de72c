/**
 * The ports of time and chance. Nothing else in Ratchet reads a clock, draws a number, makes an id or
 * opens a connection; the simulation replaces all of them. Imports nothing of ours.
 */

/** Wall clock and wake-ups. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Calls `run` once, at or after `instant` (epoch ms; a past instant means "as soon as possible").
   * A second call with the same `key` replaces the first. `run` must not throw.
   */
  at(instant: number, key: string, run: () => void): void;
  /** Forgets the wake-up of that key, if there is one. */
  cancel(key: string): void;
  /** Settles at the end of the current turn of the event loop: how appends of one turn become one transaction. */
  turn(): Promise<void>;
}

/** The machine's clock: `now` may be set, by a person or a time service; `at` waits for as long as it is until then now, whatever is set meanwhile. */
export interface MachineClock extends Clock {
  /** Milliseconds since a moment that stays the same while the process runs; nobody can set it. */
  elapsed(): number;
}

export interface Ids {
  /** A new random RFC 4122 version 4 UUID, lower case. */
  uuid(): string;
  /** 256 bits that nobody can guess, as 64 hexadecimal digits: what opens something. */
  secret(): string;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** The part of WHATWG fetch that hosts and feeds use. */
export type Fetch = (url: string, init?: FetchInit) => Promise<FetchAnswer>;

export interface FetchInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Whole-request limit in milliseconds; passing it rejects with an Error named `TimeoutError`. */
  timeoutMs?: number;
}

export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
}

/**
 * Parses a property list (XML or binary). Large ones go to a worker thread in production, because 7 MB
 * of XML block the thread for two seconds; in simulation it is done inline. Rejects on malformed input.
 */
export type DecodePlist = (bytes: Uint8Array) => Promise<unknown>;

/** Makes bytes unreadable for whoever has not the key. */
export interface Seal {
  seal(bytes: Uint8Array): Uint8Array;
  /** Undefined: sealed with another key, or changed since. */
  open(sealed: Uint8Array): Uint8Array | undefined;
}

export interface Runtime {
  clock: MachineClock;
  ids: Ids;
  random: Random;
  fetch: Fetch;
  decodePlist: DecodePlist;
}

import { DAY_MS } from '../../time/local.ts';

/** Another consumer of the MDM server's webhooks, which gets each of them from us. */
export interface ForwardTarget {
  /** Of the settings; in the log, in lists, in metrics and in the keys of alerts about it. */
  name: string;
  /** Without user and password. It may be a secret itself: shown by its host only. */
  url: string;
  /** Value of Authorization, from the user and password of its address. */
  authorization?: string;
  /** Those that it is sent; absent: all. */
  topics?: readonly string[];
  limits: ForwardLimits;
}

/** What may wait for one target. */
export interface ForwardLimits {
  events: number;
  bytes: number;
  /** An event that waited longer is given up. */
  ageMs: number;
}

export interface ForwardSettings {
  to: readonly ForwardTarget[];
  /** What waits is also on disk, encrypted, and outlives a restart. */
  isSpooled: boolean;
}

export const MEBIBYTE = 1024 * 1024;
export const FORWARD_DEFAULTS: ForwardLimits = { events: 20_000, bytes: 64 * MEBIBYTE, ageMs: DAY_MS };
/** For all targets together, whatever each of them may have. */
export const FORWARD_TOTAL: Pick<ForwardLimits, 'events' | 'bytes'> = { events: 100_000, bytes: 256 * MEBIBYTE };
export const NO_FORWARD_SETTINGS: ForwardSettings = { to: [], isSpooled: false };

/** A webhook as it came. */
export interface ForwardedEvent {
  /** Number of its row in the spool; absent: it is in memory only. */
  seq?: number;
  receivedAt: number;
  topic: string;
  /** What goes on with the body, unchanged: Content-Type and, where it was there, X-Hmac-Signature. */
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/** What became of an event for a target: taken; refused by it; given up because too many or too old ones waited. */
export const FORWARD_RESULTS = ['taken', 'refused', 'full', 'expired'] as const;
export type ForwardResult = (typeof FORWARD_RESULTS)[number];

/** How a target fares, since the process began. */
export interface ForwardState {
  name: string;
  /** Of its address: "nanocmd:9003". */
  host: string;
  waiting: number;
  waitingBytes: number;
  /** When the event came in that waits the longest. */
  oldestAt?: number;
  okAt?: number;
  failedAt?: number;
  /** What was wrong the last time. */
  problem?: string;
  counts: Readonly<Record<ForwardResult, number>>;
}

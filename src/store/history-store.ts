import type { Declaration } from '../ddm/declaration.types.ts';
import type { EnrollmentEvent } from '../enrollment/event.ts';
import type { Instant } from '../time/local.ts';

/** Of one enrollment the newest are kept; of one the first bytes count as JSON. */
export const EXCHANGES_KEPT_MAX = 20;
export const EXCHANGE_BYTES_MAX = 8_192;

/** What went over the wire, decoded and redacted: what the device said, what was sent to it, what it was handed. */
export type Exchange =
  | { what: 'heard'; event: EnrollmentEvent }
  | { what: 'command'; commandUuid: string; plist: string }
  | { what: 'declaration'; declaration: Declaration }
  /** Too large to be kept. */
  | { what: 'too-large'; bytes: number };

export interface TimelineEntry {
  at: Instant;
  /** seen, fact, decision, ledger, command, declaration, progress, operator. */
  kind: string;
  /** A sentence. */
  text: string;
  /** What went over the wire; entries of one exchange have the same value of it. */
  exchange?: Exchange;
}

export interface HistoryEntry {
  /** Grows with time; no two of any enrollment are the same. */
  seq: number;
  at: Instant;
  kind: string;
  text: string;
  /** `findExchange` by it; absent: there was none, or it is not kept any more. */
  exchange?: number;
}

export interface HistoryStore {
  /** What happened to one device, newest first, from before the entry of that `seq`. */
  listHistory(enrollmentId: string, before: number | undefined, limit: number): Promise<HistoryEntry[]>;
  findExchange(enrollmentId: string, seq: number): Promise<Exchange | undefined>;
}

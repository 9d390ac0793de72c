import type { LedgerLine } from '../policy/ledger.ts';
import type { TimelineEntry } from './history-store.ts';
import type { AuditEntry } from './journal-store.ts';

/** A line that was carried here from another server, and how its device's history tells of it. */
export interface CarriedLine {
  line: LedgerLine;
  entry: TimelineEntry;
}

/** Lines are written with the commits of their enrollments; this is for those that come from elsewhere. */
export interface LedgerStore {
  /**
   * Writes these lines, with their audit line. One that stands and is due as soon or sooner stays: no line gets later. Their
   * devices are due at once, decisions under way are stale, and manifests are not answered before the next one. All or nothing.
   */
  carryLines(lines: readonly CarriedLine[], audit: AuditEntry): Promise<void>;
}

import type { Instant } from '../time/local.ts';

export interface JournalStore {
  /** An act of a person or an event of the installation. Append-only. */
  audit(entry: AuditEntry): Promise<void>;
  listAudit(limit: number): Promise<AuditEntry[]>;
  /** The newest first: those before that number, or the last ones. `next`: there are older ones, before it. */
  pageAudit(before: number | undefined, limit: number): Promise<{ entries: NumberedAuditEntry[]; next?: number }>;
  /** Raises an alert, or refreshes what the one of that key says (not since when); true when it was not raised already. */
  raiseAlert(alert: Alert): Promise<boolean>;
  /** Clears it; true when it was raised. */
  clearAlert(key: string, at: Instant): Promise<boolean>;
  listAlerts(): Promise<Alert[]>;
}

export interface AuditEntry {
  at: Instant;
  /** "operator", "ratchet", a user name. */
  by: string;
  act: string;
  detail: Record<string, unknown>;
}

/** Numbers grow, and none is given twice. */
export interface NumberedAuditEntry extends AuditEntry {
  seq: number;
}

export interface Alert {
  key: string;
  at: Instant;
  sentence: string;
  detail: Record<string, unknown>;
}

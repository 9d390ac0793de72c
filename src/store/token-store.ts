import type { Instant } from '../time/local.ts';
import type { AuditEntry } from './journal-store.ts';

/** A token of the API, as it is kept: what opens the API with it is known by its hash only. */
export interface ApiToken {
  id: string;
  name: string;
  role: 'metrics' | 'read' | 'operate';
  /** Of the whole token, hex. */
  sha256: string;
  createdAt: Instant;
  createdBy: string;
  /** Absent: never. */
  expiresAt?: Instant;
  revokedAt?: Instant;
  revokedBy?: string;
  /** To the hour; absent: never used. */
  lastUsedAt?: Instant;
}

export interface TokenStore {
  /** Oldest first. */
  listTokens(): Promise<ApiToken[]>;
  /** Writes one, new or changed, with its audit line, and forgets those of the ids in `gone`. All or nothing. */
  saveToken(token: ApiToken, audit: AuditEntry, gone?: readonly string[]): Promise<void>;
  /** Of a token that is not there nothing is written. */
  noteTokenUse(id: string, at: Instant): Promise<void>;
}

import type { Overrides } from '../decide/overrides.types.ts';
import type { TimelineEntry } from './history-store.ts';
import type { AuditEntry } from './journal-store.ts';

export interface OverrideStore {
  /**
   * What a person ordered for one device, in place of what was there, with its audit line and its entry in the timeline. The
   * device is due at once: a decision under way that does not know of it is stale, and its manifest is not answered before
   * the next one. All or nothing; false when nothing of that id is stored.
   */
  saveOverrides(enrollmentId: string, overrides: Overrides, audit: AuditEntry, entry: TimelineEntry): Promise<boolean>;
}

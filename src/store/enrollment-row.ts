import type { Decision } from '../decide/decide.ts';
import type { VersionText } from '../os/version.ts';
import type { Instant } from '../time/local.ts';

/** One enrollment as lists show it. */
export interface EnrollmentRow {
  id: string;
  summary: EnrollmentSummary;
  decision: StoredDecision;
}

/** A decision without what is stored elsewhere (manifest, lines, memory, wants). */
export type StoredDecision = Omit<
  Decision,
  'manifest' | 'settings' | 'declarations' | 'ledgerLines' | 'memory' | 'wants' | 'claimsFirst' | 'demand' | 'offered' | 'rolloutDevices'
> & {
  /** What was asked for with it, in words. */
  next: string[];
};

/** A calendar date on the device's clock, yyyy-mm-dd. */
export type LocalDate = string;

/** Columns for lists, searches and counts: what was known and decided with its last commit. */
export interface EnrollmentSummary {
  type: string;
  serialNumber: string | undefined;
  deviceName: string | undefined;
  platform: string;
  productName: string | undefined;
  osVersion: string | undefined;
  /** `osVersion` as Ratchet writes versions, with the letter of its improvement: "26.3.1 (a)". */
  runs: VersionText | undefined;
  buildVersion: string | undefined;
  /** Under which Apple's list has it: `lookupKey` of src/os. */
  lookupKey: string | undefined;
  policy: string | undefined;
  /** Of the newest rollout under that policy that it takes part in. */
  ring: string | undefined;
  /** When its update is (or, not handed out, would be) enforced. */
  date: LocalDate | undefined;
  /** That date is in force: it stands in the device's manifest, or commands are sent from then on. */
  isHandedOut: boolean;
  /** It fetched a date and is not known to have given it back. */
  isHolding: boolean;
  /** It misses a release it could install that fixes something exploited; undefined where that can't be told. */
  isExposed: boolean | undefined;
  /** What people call it, whoever says so; sorted. */
  tags: readonly string[];
  lastSeenAt: Instant;
}

import type { DeclarationSet, SoftwareUpdateSettings } from '../ddm/declaration.types.ts';
import type { Instant, LocalDateTime } from '../time/local.ts';

/** One enforcement of one release on one device, with everything its date was derived from. */
export interface Enforcement {
  /** Identifier of the configuration: derived from its content, so another date is another identifier. */
  identifier: string;
  release: string;
  /** TargetOSVersion. */
  version: string;
  /** TargetBuildVersion; only for background improvements. */
  build?: string;
  /** TargetLocalDateTime: the enforced date (rule 12). */
  local: LocalDateTime;
  zone: string;
  /** The device does not tell its zone: the date passes between `earliestAt` and `latestAt`. */
  zoneAssumed: boolean;
  /** First instant at which the device's clock can show the date. */
  earliestAt: Instant;
  /** The date in the known or assumed zone. */
  dueAt: Instant;
  /** By then the date has passed wherever the device is. */
  latestAt: Instant;
  /** DetailsURL: a page for the owner. */
  detailsUrl?: string;
  /** That page is ours; no policy names one. */
  isOwnersPage?: true;
  policy: string;
  /** A person wanted this release sooner (rule 23): its notice is the shorter one. */
  isExpedited?: true;
  /** The ledger's date it was derived from; later dates have adjustments. */
  ledgerLocal: LocalDateTime;
  adjustments: Adjustment[];
}

/** The date from which install commands are sent: an enforcement that is in no declaration. */
export type Order = Omit<Enforcement, 'identifier'>;

/** Why the enforced date is later than the ledger's. */
export interface Adjustment {
  by: 'notice' | 'returning' | 'new-enrollment' | 'fell-back' | 'blackout' | 'limit' | 'operator';
  /** The date could not be earlier than this instant because of it. */
  notBefore: Instant;
}

/** What one device is to hold, as committed: what the -dm listener answers from. */
export interface Manifest {
  token: string;
  /** Time of the last change of the set, by our clock: Timestamp of `tokens`, but for `timestamp`. */
  changedAt: Instant;
  /** Told in place of `changedAt`, which lies before the change that was told before: our clock was set back. */
  timestamp?: Instant;
  /** Sorted (identifier, server token, kind). */
  items: ManifestItem[];
  enforcement?: Enforcement;
  /** Since when that enforcement has been listed without a break; absent in manifests of older versions of Ratchet. */
  enforcementSince?: Instant;
  /** The settings among its items: what stays while nothing new may be handed out. */
  settings?: SoftwareUpdateSettings;
  /**
   * Until then it may be answered as it stands; afterwards only after a fresh decision (an unfetched date
   * may have lost its notice, a device may have come back after its date).
   */
  answerableUntil: Instant;
  /** The device was sent a DeclarativeManagement command of ours in this enrollment: it asks by right (rule 30). */
  isInvited: boolean;
  /** Revisions of policies, catalogue and control it was decided on. */
  basis: string;
  /** Identifiers of earlier manifests that were answered: they stay fetchable for a while (promise 7). */
  former: FormerItem[];
}

export interface ManifestItem {
  identifier: string;
  serverToken: string;
  kind: 'activation' | 'configuration' | 'asset' | 'management';
}

export interface FormerItem extends ManifestItem {
  until: Instant;
  /** Present for an enforcement: it is answered only while it has its notice and is still allowed. */
  enforcement?: Enforcement;
  /** Cleared when a promise forbids handing it out any more: then 500, never another body. */
  fetchable: boolean;
}

/** How long a superseded body stays fetchable. */
export const FORMER_KEPT_MS = 48 * 3_600_000;
export const FORMER_KEPT_MAX = 24;

export interface DesiredDeclarations {
  set: DeclarationSet;
  enforcement?: Enforcement;
}

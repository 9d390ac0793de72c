import type { Instant } from '../time/local.ts';

/**
 * Something of somebody else's that is about updates of this device too. It is named, with who wins; nothing is ever removed,
 * overruled or sent more often because of it.
 */
export interface Conflict {
  kind: ConflictKind;
  /** Who wins, or what becomes of the two. */
  outcome: ConflictOutcome;
  /** The server or profiles it comes from, as people call them; absent where nobody told. */
  whose?: string;
  /** Of a declaration its identifier, of a command its CommandUUID. */
  identifier?: string;
  /** What theirs asks for, as it stands there. */
  version?: string;
  build?: string;
  /** Device wall time, as it stands there. */
  local?: string;
  /** Of a command: what the device said it does. */
  action?: string;
  /** Of settings: the keys that are set on both sides, as Apple spells them. */
  keys?: string[];
  /** Of a deferral, in days. */
  days?: number;
  /** Of a deferral: what it hides from users, until then; RFC 3339. */
  until?: string;
  /** The first and the last time it was told of. */
  firstSeenAt: Instant;
  lastSeenAt: Instant;
}

export type ConflictKind =
  /** Another server's declaration that enforces an update. */
  | 'enforcement'
  /** Another server's declaration of software-update settings. */
  | 'settings'
  /** A ScheduleOSUpdate that Ratchet did not send. */
  | 'update-command'
  /** A profile that hides updates from users for days. */
  | 'deferral'
  /** A profile with settings of automatic updates. */
  | 'profile';

export type ConflictOutcome =
  /** Apple enforces the earlier date first, the other one after it. */
  | 'theirs-first'
  | 'ours-first'
  /** We hand out none. */
  | 'theirs-alone'
  /** Which is first can't be told: one of the dates is not known. */
  | 'earlier-first'
  /** Apple merges settings key by key. */
  | 'combined'
  /** No key of it is set by us. */
  | 'beside'
  /** The device refuses update commands while an enforcement is in force. */
  | 'ours-refuses-it'
  /** The same as soon as it has fetched ours. */
  | 'theirs-until-ours'
  | 'theirs-refuses-ours'
  /** None of ours is sent while theirs may be under way. */
  | 'ours-waits'
  /** It hides updates from users; what MDM enforces is installed all the same. */
  | 'hides-only'
  /** The same from declarations wins over it. */
  | 'declaration-wins';

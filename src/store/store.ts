import type { Declaration } from '../ddm/declaration.types.ts';
import type { Attempt } from '../decide/attempt.types.ts';
import type { Control, Memory, OfferedRelease, PushHistory, Site } from '../decide/input.ts';
import type { Manifest } from '../decide/manifest.ts';
import type { Overrides } from '../decide/overrides.types.ts';
import type { Placement } from '../decide/placement.ts';
import type { OutboxEntry } from '../delivery/outbox-entry.ts';
import type { EnrollmentEvent, EventSubject } from '../enrollment/event.ts';
import type { EnrollmentState } from '../enrollment/state.ts';
import type { LedgerLine } from '../policy/ledger.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import type { Severities } from '../releases/severity.types.ts';
import type { RingHealth, Rollout, RolloutDevice } from '../rollout/rollout.types.ts';
import type { Instant } from '../time/local.ts';
import type { AlertStore } from './alert-store.ts';
import type { ConflictMark, ConflictStore } from './conflict-store.ts';
import type { EnrollmentRow, EnrollmentSummary, StoredDecision } from './enrollment-row.ts';
import type { GateStore } from './gate-store.ts';
import type { HistoryStore, TimelineEntry } from './history-store.ts';
import type { AuditEntry, JournalStore } from './journal-store.ts';
import type { LedgerStore } from './ledger-store.ts';
import type { ListStore } from './list-store.ts';
import type { OverrideStore } from './override-store.ts';
import type { PlacementStore } from './placement-store.ts';
import type { SpoolStore } from './spool-store.ts';
import type { TokenStore } from './token-store.ts';
import type { UpstreamStore } from './upstream-store.ts';

export type * from './alert-store.ts';
export * from './conflict-store.ts';
export * from './enrollment-row.ts';
export * from './gate-store.ts';
export * from './history-store.ts';
export type * from './journal-store.ts';
export type * from './ledger-store.ts';
export * from './list-store.ts';
export type * from './override-store.ts';
export type * from './placement-store.ts';
export type * from './spool-store.ts';
export type * from './token-store.ts';
export type * from './upstream-store.ts';

/**
 * What Ratchet keeps, as small roles. Every method is one atomic operation and async: in simulation each
 * is a point where the process may be killed before or after its effect. One folder per implementation.
 */
export interface Store
  extends InboxStore,
    EnrollmentStore,
    OutboxStore,
    AttemptStore,
    PushStore,
    DeclarationStore,
    SiteStore,
    TagStore,
    RolloutStore,
    TokenStore,
    ListStore,
    JournalStore,
    AlertStore,
    OverrideStore,
    HistoryStore,
    UpstreamStore,
    SpoolStore,
    ConflictStore,
    GateStore,
    LedgerStore,
    PlacementStore {
  /** Resolves when a small write was committed; rejects when the store can't be written. For /healthz. */
  checkWritable(now: Instant): Promise<void>;
  /** Waits for appends under way and closes. Further calls reject. */
  close(): Promise<void>;
}

export interface InboxStore {
  /**
   * Resolves once the events are on disk for good (fsync). Appends of one turn of the event loop are one
   * transaction; if it fails all of them reject with StoreError. Rejects with `InboxFullError` over the limit.
   */
  append(items: readonly InboxItem[]): Promise<void>;
  /** Puts aside what can't be understood: reason, size, hash and topic, never the body. Bounded; the oldest goes. */
  park(item: ParkedItem): Promise<void>;
  listParked(limit: number): Promise<ParkedItem[]>;
  /** Events waiting to be folded. */
  countInbox(): Promise<number>;
}

export interface InboxItem {
  subject: EventSubject;
  event: EnrollmentEvent;
}

export interface ParkedItem {
  receivedAt: Instant;
  topic: string;
  reason: string;
  detail: string;
  bytes: number;
  sha256: string;
  eventId?: string;
}

/** Everything about one enrollment that a decision needs, read at one moment. */
export interface Gathered {
  id: string;
  /** 0 when nothing is stored of it yet. */
  revision: number;
  state: EnrollmentState | undefined;
  memory: Memory | undefined;
  /** The last decision as stored, and how it is listed; absent before the first. */
  decision: StoredDecision | undefined;
  summary: EnrollmentSummary | undefined;
  /** Name of its owner's page, as last committed. */
  ownersPage: string | undefined;
  /** Events not folded yet, oldest first, at most EVENTS_PER_LOAD_MAX. */
  events: InboxItem[];
  /** Sequence number of the last of them: the commit consumes up to it. */
  lastSeq: number;
  lines: LedgerLine[];
  manifest: Manifest | undefined;
  commands: OutboxEntry[];
  /** Records of update commands that are not settled. */
  attempts: Attempt[];
  push: PushHistory;
  /** What a person ordered for it; absent: nothing. */
  overrides?: Overrides;
  /** What was placed for it in a server that answers in our place; absent: nothing. */
  placement?: Placement;
}

export const EVENTS_PER_LOAD_MAX = 500;

/** All or nothing, for one enrollment. */
export interface ReconcileCommit {
  enrollmentId: string;
  /** Revision it was based on; 0 inserts. */
  basedOn: number;
  state: EnrollmentState;
  memory: Memory;
  decision: StoredDecision;
  summary: EnrollmentSummary;
  /** Of reason and summary only `lastSeenAt` differs from the row it is based on: no other index of them need be touched. */
  isListedTheSame?: boolean;
  /** Name of its owner's page; null: it has none any more. Absent: unchanged. */
  ownersPage?: string | null;
  /** What of its conflicts devices are counted by. Absent: unchanged. */
  conflicts?: readonly ConflictMark[];
  recheckAt: Instant;
  consumedSeq: number;
  timeline: TimelineEntry[];
  ledgerLines: LedgerLine[];
  /** Absent: unchanged. */
  manifest?: Manifest;
  declarations: readonly Declaration[];
  outbox: {
    add: OutboxEntry[];
    /** Changed entries; each must still be at `revision - 1`, or the commit is stale. */
    change: OutboxEntry[];
  };
  /** New and changed records of update commands; of one enrollment the newest ATTEMPTS_KEPT_MAX are kept. */
  attempts: Attempt[];
  /** Where the device stands in rollouts, as far as that changed. */
  rolloutDevices: readonly RolloutDevice[];
  push?: { at: Instant; because: string };
  site?: Site;
}

export interface EnrollmentStore {
  /** One entry per id asked for, in the same order; unknown ids come with revision 0. */
  loadForReconcile(ids: readonly string[]): Promise<Gathered[]>;
  /**
   * One transaction for the batch; each commit in it is all or nothing by itself: `stale` when the
   * enrollment or an outbox entry changed meanwhile, then nothing of it is written.
   */
  commitReconciled(commits: readonly ReconcileCommit[]): Promise<('committed' | 'stale')[]>;
  /** Enrollments with events waiting, oldest first. */
  listPending(limit: number): Promise<string[]>;
  /** Enrollments whose recheck is due, earliest first. */
  listDue(now: Instant, limit: number): Promise<string[]>;
  /** When the next recheck is due, or undefined. */
  nextDueAt(): Promise<Instant | undefined>;
  /** Makes all enrollments (or those with that reason) due now: policies, releases or control changed. */
  makeDue(now: Instant, reason?: string): Promise<number>;
  /** The enrollment of that id or, failing that, of that serial number (the one seen last). */
  findEnrollment(idOrSerial: string): Promise<string | undefined>;
  /** The enrollment that was last committed with this name of its owner's page. */
  findByOwnersPage(name: string): Promise<string | undefined>;
  /** After `afterId` in id order. */
  listEnrollments(afterId: string, limit: number): Promise<EnrollmentRow[]>;
  countByReason(): Promise<Record<string, number>>;
  listTimeline(enrollmentId: string, limit: number): Promise<TimelineEntry[]>;
}

export interface OutboxStore {
  /** Entries due for sending, in order of `notBefore`; none of an enrollment twice. */
  listDueCommands(now: Instant, limit: number): Promise<OutboxEntry[]>;
  nextCommandDueAt(): Promise<Instant | undefined>;
  /**
   * Writes a changed entry if it is still at `revision - 1`; false when someone else changed it. With
   * `pushAt` a push of its enrollment is due then, in the same transaction.
   */
  saveCommand(entry: OutboxEntry, pushAt?: Instant): Promise<boolean>;
  /** A command of that enrollment, sent since then, waits for its answer. */
  hasEnqueuedSince(enrollmentId: string, since: Instant): Promise<boolean>;
  /** All that are kept: goes through them. */
  countCommands(): Promise<Record<string, number>>;
  /** Only those under way, in each state: quickly, however many have ended. */
  countOpenCommands(): Promise<Record<OpenState, number>>;
}

/** States of a command that is not over. */
export const OPEN_STATES = ['pending', 'leased', 'enqueued'] as const;
export type OpenState = (typeof OPEN_STATES)[number];

/** Records of update commands kept per enrollment; the oldest go. */
export const ATTEMPTS_KEPT_MAX = 200;

/** What is written of them comes with the commits. */
export interface AttemptStore {
  /** Newest first, of one enrollment or of all. */
  listAttempts(query: AttemptQuery, limit: number): Promise<Attempt[]>;
}

export interface AttemptQuery {
  enrollmentId?: string;
  /** Decided at that time or later. */
  since: Instant;
  /** Only those after this one in the order of the list. */
  after?: Pick<Attempt, 'decidedAt' | 'commandUuid'>;
}

export interface PushStore {
  /** Enrollments to push, earliest due first; those pushed after `notSince` are left for later. */
  listDuePushes(now: Instant, notSince: Instant, limit: number): Promise<PushRow[]>;
  /** When the next one may be sent: no device within `spacingMs` of its last. */
  nextPushDueAt(spacingMs: number): Promise<Instant | undefined>;
  /** Devices that are to be pushed, and since when the first of them is. */
  countPushes(): Promise<{ waiting: number; since?: Instant }>;
  /** Notes pushes as sent (`retryAt` undefined) or to be tried again. Resolves to those that turned out to have no push token, or to have one again. */
  recordPushes(results: readonly PushResult[]): Promise<string[]>;
}

export interface PushRow {
  enrollmentId: string;
  dueAt: Instant;
  tries: number;
}

export interface PushResult {
  enrollmentId: string;
  at: Instant;
  retryAt?: Instant;
  error?: string;
  /** Whether the server has its push token; absent: it did not come to that. */
  hasToken?: boolean;
}

export interface DeclarationStore {
  /** What `tokens` is answered from: the head of the committed manifest, without parsing the rest of it. */
  findManifestHead(enrollmentId: string): Promise<ManifestHead | undefined>;
  /** What the -dm listener answers from. */
  findManifest(enrollmentId: string): Promise<Manifest | undefined>;
  /** Body by identifier; identifiers are content-addressed. */
  findDeclaration(identifier: string): Promise<Declaration | undefined>;
  /** Removes the bodies that no manifest lists, now or as a former item; resolves to how many. */
  pruneDeclarations(): Promise<number>;
}

/** What tells whether a manifest may be answered as it stands, and with which token. */
export type ManifestHead = Pick<Manifest, 'token' | 'changedAt' | 'timestamp' | 'answerableUntil' | 'isInvited' | 'basis'>;

/** What one source (a file, a caller of the API) calls a device. */
export interface TagRow {
  /** Enrollment id or serial number. */
  subject: string;
  tags: readonly string[];
}

export interface TagStore {
  /** Of all sources. */
  listTags(): Promise<(TagRow & { source: string })[]>;
  /** Everything this source says, in place of what it said before; resolves to the new `tagsRevision`. All or nothing. */
  replaceTags(source: string, rows: readonly TagRow[]): Promise<number>;
}

export interface RolloutStore {
  /** All of them, by policy and release. */
  listRollouts(): Promise<Rollout[]>;
  /** Writes these, each in place of what was there, with their audit lines; resolves to the new `rolloutsRevision`. All or nothing. */
  saveRollouts(rollouts: readonly Rollout[], audit: readonly AuditEntry[]): Promise<number>;
  /** How many devices of each ring are in which state; of a ring without devices there is nothing. */
  rolloutHealth(rollout: Pick<Rollout, 'policy' | 'release' | 'failuresSince'>): Promise<ReadonlyMap<string, RingHealth>>;
  /** Those in that state, longest first. */
  listRolloutDevices(
    rollout: Pick<Rollout, 'policy' | 'release'>,
    state: RolloutDevice['state'],
    limit: number,
  ): Promise<RolloutDeviceRow[]>;
}

export type RolloutDeviceRow = Pick<RolloutDevice, 'ring' | 'state' | 'since'> & { enrollmentId: string };

/** What holds for the whole installation. */
export interface SiteStore {
  loadSite(): Promise<SiteRow>;
  /** Merges the given keys. */
  saveSite(changes: Partial<SiteRow>): Promise<void>;
  loadCatalogue(): Promise<Catalogue | undefined>;
  saveCatalogue(catalogue: Catalogue): Promise<void>;
  /** What SOFA told; undefined while nothing was kept. */
  loadSeverities(): Promise<Severities | undefined>;
  saveSeverities(severities: Severities): Promise<void>;
}

export interface SiteRow {
  /** Which host this store belongs to; another one is refused without --adopt. */
  host: string | undefined;
  site: Site;
  control: Control;
  /** The policies in force, when they came into force and by whom. */
  policies: PoliciesInForce | undefined;
  /** A change of them that waits for a person (rule 22). */
  heldPolicies?: HeldChange;
  /** What must be remembered of the source of releases, so that restarts don't ask it more often (rule 6). */
  feed: FeedMemory | undefined;
  /** The same of each feed of SOFA; absent while none was read. */
  sofaFeeds?: readonly FeedMemory[];
  /** The latest our clock ever showed, to the minute: running behind it makes the clock suspect. */
  lastCommitAt: Instant;
  /** The `basis` of what holds for everyone (policies, releases, orders) for which every enrollment was last made due. */
  dueBasis: string | undefined;
  /** Why the clock was in doubt when that was last judged; undefined: it was not. */
  clockDoubt: string | undefined;
  createdAt: Instant;
  /** How often tags were changed. */
  tagsRevision: number;
  /** How often rollouts were changed. */
  rolloutsRevision: number;
  /** New releases and the models that were offered them; absent while there are none. */
  offered?: readonly OfferedRelease[];
  /** What pages of owners are named with: who has it and knows ids can tell their addresses. Absent while there are none. */
  ownersSecret?: string;
  /** The mark of a backup: this store is a copy made then, and has not been started on since. */
  backup?: BackupMark;
}

export interface PoliciesInForce {
  /** Names what they mean. */
  hash: string;
  at: Instant;
  /** Who put them into force: a person, or the name of the server's file. */
  by: string;
  /** Read back by later versions of Ratchet: what they add to a PolicySet must be optional in it. */
  set: PolicySet;
  /** Of the policies in the server's file at that time: while these are the same, a start changes nothing. */
  configHash?: string;
}

export interface HeldChange {
  /** The id it is accepted by. */
  plan: string;
  file: string;
  hash: string;
  at: Instant;
  /** Devices. */
  handedOut: number;
  broughtForward: number;
  limit: number;
}

/** Written into a backup when it is made; taken out by the start that finds it (rule 35). */
export interface BackupMark {
  at: Instant;
  /** Version of Ratchet that made it. */
  version: string;
}

export interface FeedMemory {
  /** Name of the source; of another one nothing of this holds. */
  source: string;
  /** Of the last answer that was folded into the catalogue. */
  etag?: string;
  /** When it was asked, oldest first; the last day's. */
  askedAt: Instant[];
  /** It asked to be left alone until then (Retry-After). */
  notBefore?: Instant;
}

/** The inbox is at its limit: the caller answers 503 and the host's event is lost, as its sender was told. */
export class InboxFullError extends Error {
  override name = 'InboxFullError';
}

/** The store could not be written or read; nothing of the operation is in it. */
export class StoreError extends Error {
  override name = 'StoreError';
}

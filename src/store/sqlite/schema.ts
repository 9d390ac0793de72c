import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/**
 * The tables. Values that only our own code reads as a whole are JSON text; what is searched or sorted has
 * a column. `npm run migrations` writes drizzle/ from this file.
 */

export const meta = sqliteTable('meta', { key: text().primaryKey(), value: text().notNull() });

/** Events answered 200 and not folded yet. Deleted by the commit that folds them. */
export const inbox = sqliteTable(
  'inbox',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    enrollmentId: text('enrollment_id').notNull(),
    type: text().notNull(),
    event: text().notNull(),
  },
  (table) => [index('inbox_by_enrollment').on(table.enrollmentId, table.seq)],
);

/** What could not be understood: never the body. */
export const parked = sqliteTable('parked', {
  seq: integer().primaryKey({ autoIncrement: true }),
  receivedAt: integer('received_at').notNull(),
  topic: text().notNull(),
  reason: text().notNull(),
  detail: text().notNull(),
  bytes: integer().notNull(),
  sha256: text().notNull(),
  eventId: text('event_id'),
});

export const enrollments = sqliteTable(
  'enrollments',
  {
    id: text().primaryKey(),
    revision: integer().notNull(),
    type: text().notNull(),
    serialNumber: text('serial_number'),
    platform: text().notNull(),
    productName: text('product_name'),
    osVersion: text('os_version'),
    buildVersion: text('build_version'),
    lastSeenAt: integer('last_seen_at').notNull(),
    reason: text().notNull(),
    recheckAt: integer('recheck_at').notNull(),
    state: text().notNull(),
    memory: text().notNull(),
    decision: text().notNull(),
    deviceName: text('device_name'),
    /** `versionKeyOf` what it runs. */
    versionKey: integer('version_key'),
    policy: text(),
    ring: text(),
    /** yyyy-mm-dd, device wall time. */
    dueDate: text('due_date'),
    isHandedOut: integer('is_handed_out').notNull().default(0),
    isHolding: integer('is_holding').notNull().default(0),
    isExposed: integer('is_exposed'),
    /** A line each, and a line break before the first: "\npilot\nlab\n". */
    tags: text().notNull().default(''),
    /** Its name as `foldText` has it; null when it has none. */
    nameKey: text('name_key'),
    /** `searchTextOf` it. */
    search: text().notNull().default(''),
    /** Under which Apple's list has it. */
    lookupKey: text('lookup_key'),
    /** Name of its owner's page; null when it has none. */
    ownersPage: text('owners_page'),
    /** Kinds and owners of the conflicts of its decision, as JSON; null when it has none. */
    conflicts: text(),
  },
  (table) => [
    index('enrollments_by_recheck').on(table.recheckAt),
    index('enrollments_by_serial').on(table.serialNumber),
    index('enrollments_by_page').on(table.ownersPage).where(sql`${table.ownersPage} IS NOT NULL`),
    // Of the few that have some.
    index('enrollments_by_conflicts').on(table.conflicts, table.id).where(sql`${table.conflicts} IS NOT NULL`),
    // Written with every sign of life, so it has nothing else in it.
    index('enrollments_by_seen').on(table.lastSeenAt, table.id),
    // All that lists are filtered, sorted and counted by: 17 MB for 100,000 devices are read through in 10 to 15 ms, whatever
    // is asked, where the rows themselves are 500 MB. One index for each sort would be written as often and gain little.
    index('enrollments_listed').on(
      table.reason,
      table.platform,
      table.versionKey,
      table.policy,
      table.dueDate,
      table.isHandedOut,
      table.isHolding,
      table.isExposed,
      table.ring,
      table.tags,
      table.nameKey,
      table.search,
      table.serialNumber,
      table.lookupKey,
      table.id,
    ),
  ],
);

/** Bounded per enrollment. */
export const timeline = sqliteTable(
  'timeline',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    enrollmentId: text('enrollment_id').notNull(),
    at: integer().notNull(),
    kind: text().notNull(),
    text: text().notNull(),
    /** What went over the wire for it: `seq` of exchanges, which may be gone already. */
    exchange: integer(),
  },
  (table) => [index('timeline_by_enrollment').on(table.enrollmentId, table.seq)],
);

/** What went over the wire, as JSON: redacted before it was ever stored. Bounded per enrollment, and in size. */
export const exchanges = sqliteTable(
  'exchanges',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    enrollmentId: text('enrollment_id').notNull(),
    exchange: text().notNull(),
  },
  (table) => [index('exchanges_by_enrollment').on(table.enrollmentId, table.seq)],
);

/** The deadline ledger. */
export const ledger = sqliteTable(
  'ledger',
  {
    policy: text().notNull(),
    enrollmentId: text('enrollment_id').notNull(),
    release: text().notNull(),
    version: text().notNull(),
    dueLocal: text('due_local').notNull(),
    zone: text().notNull(),
    zoneAssumed: integer('zone_assumed').notNull(),
    dueAt: integer('due_at').notNull(),
    clockStartAt: integer('clock_start_at').notNull(),
    writtenAt: integer('written_at').notNull(),
    dueSpec: text('due_spec').notNull(),
  },
  (table) => [primaryKey({ columns: [table.enrollmentId, table.policy, table.release] })],
);

/** The head has columns of its own: every device that asks for its tokens reads it, and nothing more. */
export const manifests = sqliteTable('manifests', {
  enrollmentId: text('enrollment_id').primaryKey(),
  token: text().notNull(),
  changedAt: integer('changed_at').notNull(),
  answerableUntil: integer('answerable_until').notNull(),
  isInvited: integer('is_invited').notNull(),
  basis: text().notNull(),
  manifest: text().notNull(),
});

/** Bodies by content: many devices share one, where their owners have no pages of their own. */
export const declarations = sqliteTable('declarations', { identifier: text().primaryKey(), body: text().notNull() });

/** What another declarative-management server last listed for a device: only where we stand in front of one. */
export const upstream = sqliteTable(
  'upstream',
  {
    enrollmentId: text('enrollment_id').primaryKey(),
    lists: text().notNull(),
    heardAt: integer('heard_at').notNull(),
    token: text().notNull(),
    changedAt: integer('changed_at').notNull(),
    isEmpty: integer('is_empty').notNull(),
  },
  (table) => [index('upstream_by_heard').on(table.isEmpty, table.heardAt)],
);

/** What is placed for a device in a declaration server that answers it in our place. `token`: null while that is not known. */
export const placements = sqliteTable('placements', {
  enrollmentId: text('enrollment_id').primaryKey(),
  token: text(),
  placement: text().notNull(),
});

/** Groups of declarations that this store has had placed there. */
export const placedGroups = sqliteTable('placed_groups', {
  name: text().primaryKey(),
  /** Number of its last write, counted over all groups: it was new there, or other than it is to be. */
  lastWrite: integer('last_write'),
});

export const outbox = sqliteTable(
  'outbox',
  {
    commandUuid: text('command_uuid').primaryKey(),
    enrollmentId: text('enrollment_id').notNull(),
    state: text().notNull(),
    /** When it is to be looked at by the sender: notBefore, or the end of its lease; null when ended or enqueued. */
    dueAt: integer('due_at'),
    revision: integer().notNull(),
    createdAt: integer('created_at').notNull(),
    entry: text().notNull(),
  },
  (table) => [
    index('outbox_by_due').on(table.dueAt),
    index('outbox_by_enrollment').on(table.enrollmentId, table.createdAt),
    // Counted with every scrape: among 2,000,000 commands that ended, a few thousand.
    index('outbox_open').on(table.state).where(sql`${table.state} IN ('pending', 'leased', 'enqueued')`),
  ],
);

/** One row per ScheduleOSUpdate, kept longer than its command. Bounded per enrollment. */
export const attempts = sqliteTable(
  'attempts',
  {
    commandUuid: text('command_uuid').primaryKey(),
    enrollmentId: text('enrollment_id').notNull(),
    decidedAt: integer('decided_at').notNull(),
    isSettled: integer('is_settled').notNull(),
    attempt: text().notNull(),
  },
  (table) => [
    index('attempts_by_time').on(table.decidedAt, table.commandUuid),
    index('attempts_by_enrollment').on(table.enrollmentId, table.decidedAt, table.commandUuid),
    // Read with every look at a device: few have any.
    index('attempts_unsettled').on(table.enrollmentId).where(sql`${table.isSettled} = 0`),
  ],
);

export const pushes = sqliteTable(
  'pushes',
  {
    enrollmentId: text('enrollment_id').primaryKey(),
    /** Null when none is wanted. */
    dueAt: integer('due_at'),
    lastSentAt: integer('last_sent_at').notNull(),
    tries: integer().notNull(),
    lastError: text('last_error'),
    /** When the server last said that it has no push token of it; null once it has. */
    noTokenAt: integer('no_token_at'),
  },
  (table) => [index('pushes_by_due').on(table.dueAt)],
);

export const audit = sqliteTable('audit', {
  seq: integer().primaryKey({ autoIncrement: true }),
  at: integer().notNull(),
  by: text().notNull(),
  act: text().notNull(),
  detail: text().notNull(),
});

export const alerts = sqliteTable('alerts', {
  key: text().primaryKey(),
  at: integer().notNull(),
  sentence: text().notNull(),
  detail: text().notNull(),
});

/** What a person ordered for one device, as JSON. */
export const overrides = sqliteTable('overrides', { enrollmentId: text('enrollment_id').primaryKey(), overrides: text().notNull() });
/** Alerts as they are told to targets, as JSON. Bounded by the sender. */
export const alertEpisodes = sqliteTable('alert_episodes', { id: text().primaryKey(), episode: text().notNull() });

/** Messages that a target of alerts has not taken yet. Bounded by the sender. */
export const alertDeliveries = sqliteTable(
  'alert_deliveries',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    id: text().notNull(),
    target: text().notNull(),
    at: integer().notNull(),
    body: text().notNull(),
  },
  (table) => [uniqueIndex('alert_deliveries_by_target').on(table.target, table.id)],
);

/** Webhooks that wait for targets of `forward:`, each encrypted by a key that is not here. Bounded by the sender. */
export const forwardEvents = sqliteTable('forward_events', {
  seq: integer().primaryKey({ autoIncrement: true }),
  sealed: blob({ mode: 'buffer' }).notNull(),
});

/** The targets that each of them waits for. */
export const forwardWaiting = sqliteTable('forward_waiting', { seq: integer().notNull(), target: text().notNull() }, (table) => [
  primaryKey({ columns: [table.seq, table.target] }),
]);
/** Who asked to be enrolled at the gate, and what became of it. Bounded. */
export const gateContacts = sqliteTable(
  'gate_contacts',
  {
    seq: integer().primaryKey({ autoIncrement: true }),
    at: integer().notNull(),
    /** Its serial number; its UDID where it told none; null where nothing was believed. */
    device: text(),
    udid: text(),
    outcome: text().notNull(),
    isVerified: integer('is_verified').notNull(),
    contact: text().notNull(),
  },
  (table) => [
    // Counted before anybody is sent away.
    index('gate_contacts_by_device').on(table.device, table.outcome, table.at),
    index('gate_contacts_by_trust').on(table.isVerified, table.seq),
  ],
);

/** What people call devices, by who says so. */
export const tags = sqliteTable(
  'tags',
  {
    source: text().notNull(),
    /** Enrollment id or serial number. */
    subject: text().notNull(),
    tags: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.source, table.subject] })],
);

/** Releases on their way through the rings of a policy, as JSON. */
export const rollouts = sqliteTable(
  'rollouts',
  { policy: text().notNull(), release: text().notNull(), rollout: text().notNull() },
  (table) => [primaryKey({ columns: [table.policy, table.release] })],
);

/** Tokens of the API: never what opens it, only its SHA-256. */
export const apiTokens = sqliteTable('api_tokens', {
  id: text().primaryKey(),
  name: text().notNull(),
  role: text().notNull(),
  sha256: text().notNull(),
  createdAt: integer('created_at').notNull(),
  createdBy: text('created_by').notNull(),
  expiresAt: integer('expires_at'),
  revokedAt: integer('revoked_at'),
  revokedBy: text('revoked_by'),
  lastUsedAt: integer('last_used_at'),
});

/** Where each device stands in them: what the health of rings is counted from. */
export const rolloutDevices = sqliteTable(
  'rollout_devices',
  {
    policy: text().notNull(),
    release: text().notNull(),
    enrollmentId: text('enrollment_id').notNull(),
    ring: text().notNull(),
    state: text().notNull(),
    since: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.policy, table.release, table.enrollmentId] }),
    // Counted with every look at a rollout and every page of them, and the longest in a state are named: all from this.
    index('rollout_devices_by_state').on(table.policy, table.release, table.state, table.since, table.enrollmentId, table.ring),
  ],
);

/** How the fleet was, counted once a day. Bounded by days. */
export const fleetDays = sqliteTable('fleet_days', {
  /** UTC, yyyy-mm-dd. */
  day: text().primaryKey(),
  at: integer().notNull(),
  /** JSON: devices by group. */
  groups: text().notNull(),
  exposed: integer(),
});

/** What it ran on those days. */
export const fleetVersions = sqliteTable(
  'fleet_versions',
  {
    day: text().notNull(),
    platform: text().notNull(),
    /** "" where it was not known. */
    version: text().notNull(),
    devices: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.platform, table.version] })],
);

import type { LedgerLine } from '../../policy/ledger.ts';
import { EVENTS_PER_LOAD_MAX, type Gathered, type InboxItem, type StoredDecision } from '../store.ts';
import type { Sqlite } from './database.ts';
import { SUMMARY_COLUMNS, type SummaryRow, summaryOfRow } from './summary-columns.ts';

/**
 * Commands read with an enrollment: all outstanding ones and those taken for lost, which may turn out to be outstanding; the
 * newest, the newest of each type, and every ScheduleOSUpdate kept (rule 28).
 */
const COMMANDS_PER_LOAD_MAX = 10;
const MAY_BE_OUTSTANDING: ReadonlySet<string> = new Set(['pending', 'leased', 'enqueued', 'lost']);

interface Row extends SummaryRow {
  revision: number | null;
  state: string;
  memory: string;
  decision: string;
  manifest: string | null;
  lastSentAt: number | null;
  noTokenAt: number | null;
  ownersPage: string | null;
  overrides: string | null;
  placement: string | null;
}

/**
 * Everything about one enrollment, for the reconciler. Five statements instead of one per table and no sub-query: they
 * are half of what reading costs, the other half is parsing JSON.
 */
export function createLoad(db: Sqlite): (id: string) => Gathered {
  const selectRow = db.prepare(
    `SELECT ${SUMMARY_COLUMNS}, e.revision, e.state, e.memory, e.decision, e.owners_page AS ownersPage, m.manifest, p.last_sent_at AS lastSentAt, p.no_token_at AS noTokenAt, o.overrides, l.placement
     FROM (SELECT ? AS id) LEFT JOIN enrollments e USING (id)
       LEFT JOIN manifests m ON m.enrollment_id = id LEFT JOIN pushes p ON p.enrollment_id = id
       LEFT JOIN overrides o ON o.enrollment_id = id LEFT JOIN placements l ON l.enrollment_id = id`,
  );
  const selectEvents = db.prepare(`SELECT seq, type, event FROM inbox WHERE enrollment_id = ? ORDER BY seq LIMIT ${EVENTS_PER_LOAD_MAX}`);
  const selectLines = db.prepare(
    `SELECT policy, enrollment_id AS enrollmentId, release, version, due_local AS dueLocal, zone, zone_assumed AS zoneAssumed,
       due_at AS dueAt, clock_start_at AS clockStartAt, written_at AS writtenAt, due_spec AS dueSpec
     FROM ledger WHERE enrollment_id = ? ORDER BY policy, release`,
  );
  // A few dozen at most are kept of one enrollment.
  const selectCommands = db.prepare('SELECT state, entry FROM outbox WHERE enrollment_id = ? ORDER BY created_at DESC, command_uuid');
  const selectAttempts = db
    .prepare('SELECT attempt FROM attempts WHERE enrollment_id = ? AND is_settled = 0 ORDER BY decided_at, command_uuid')
    .pluck();

  return function load(id) {
    const row = selectRow.get(id) as Row;
    const isKnown = row.revision !== null;
    const events = selectEvents.all(id) as { seq: number; type: string; event: string }[];
    const commands = selectCommands.all(id) as { state: string; entry: string }[];
    return {
      id,
      revision: row.revision ?? 0,
      state: isKnown ? JSON.parse(row.state) : undefined,
      memory: isKnown ? JSON.parse(row.memory) : undefined,
      decision: isKnown ? (JSON.parse(row.decision) as StoredDecision) : undefined,
      summary: isKnown ? summaryOfRow(row) : undefined,
      ownersPage: row.ownersPage ?? undefined,
      events: events.map(({ type, event }) => ({
        subject: { id, type: type as InboxItem['subject']['type'] },
        event: JSON.parse(event),
      })),
      lastSeq: events.at(-1)?.seq ?? 0,
      lines: (selectLines.all(id) as (LedgerLine & { zoneAssumed: number | boolean })[]).map((line) => ({
        ...line,
        zoneAssumed: Boolean(line.zoneAssumed),
      })),
      manifest: row.manifest === null ? undefined : JSON.parse(row.manifest),
      commands: withoutOld(commands).map(({ entry }) => JSON.parse(entry)),
      attempts: (selectAttempts.all(id) as string[]).map((text) => JSON.parse(text)),
      push: { lastSentAt: row.lastSentAt ?? 0, ...(row.noTokenAt === null ? {} : { noTokenAt: row.noTokenAt }) },
      ...(row.overrides === null ? {} : { overrides: JSON.parse(row.overrides) }),
      ...(row.placement === null ? {} : { placement: JSON.parse(row.placement) }),
    };
  };
}

function withoutOld<Row extends { state: string; entry: string }>(newestFirst: readonly Row[]): readonly Row[] {
  if (newestFirst.length <= COMMANDS_PER_LOAD_MAX) return newestFirst;
  const types = new Set<string>();
  return newestFirst.filter(({ state, entry }, index) => {
    // Cheaper than parsing what is left out.
    const type = /"requestType":"(\w+)"/.exec(entry)?.[1] ?? '';
    const isNewest = !types.has(type);
    types.add(type);
    return index < COMMANDS_PER_LOAD_MAX || MAY_BE_OUTSTANDING.has(state) || isNewest || type === 'ScheduleOSUpdate';
  });
}

import type { Declaration } from '../../ddm/declaration.types.ts';
import type { Manifest } from '../../decide/manifest.ts';
import type { Severities } from '../../releases/severity.types.ts';
import type { Alert, AuditEntry, DeclarationStore, JournalStore, ManifestHead, NumberedAuditEntry, SiteRow, SiteStore } from '../store.ts';
import type { Sqlite } from './database.ts';

const ALERTS_MAX = 1_000;

interface ManifestHeadRow extends Omit<ManifestHead, 'isInvited' | 'timestamp'> {
  timestamp: number | null;
  isInvited: number;
}

export function createSite(db: Sqlite): SiteStore & JournalStore & DeclarationStore {
  const get = db.prepare('SELECT value FROM meta WHERE key = ?').pluck();
  const put = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
  const putAll = db.transaction((changes: Partial<SiteRow>) => {
    for (const [key, value] of Object.entries(changes)) put.run(key, JSON.stringify(value ?? null));
  });
  const insertAudit = db.prepare('INSERT INTO audit (at, by, act, detail) VALUES (?, ?, ?, ?)');
  const selectAudit = db.prepare('SELECT at, by, act, detail FROM audit ORDER BY seq DESC LIMIT ?');
  const selectPage = db.prepare('SELECT seq, at, by, act, detail FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?');
  const insertAlert = db.prepare('INSERT INTO alerts (key, at, sentence, detail) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING');
  const refreshAlert = db.prepare('UPDATE alerts SET sentence = ?, detail = ? WHERE key = ?');
  const deleteAlert = db.prepare('DELETE FROM alerts WHERE key = ?');
  const selectAlerts = db.prepare(`SELECT key, at, sentence, detail FROM alerts ORDER BY at DESC LIMIT ${ALERTS_MAX}`);
  const selectHead = db.prepare(
    `SELECT token, changed_at AS changedAt, manifest ->> '$.timestamp' AS timestamp, answerable_until AS answerableUntil,
       is_invited AS isInvited, basis FROM manifests WHERE enrollment_id = ?`,
  );
  const selectManifest = db.prepare('SELECT manifest FROM manifests WHERE enrollment_id = ?').pluck();
  // One statement: a body listed again at the same moment must not be lost.
  const pruneBodies = db.prepare(
    ['$.items', '$.former']
      .map((list) => `SELECT listed.value ->> '$.identifier' FROM manifests, json_each(manifest, '${list}') AS listed`)
      .reduce((items, former) => `DELETE FROM declarations WHERE identifier NOT IN (${items} UNION ${former})`),
  );
  const selectDeclaration = db.prepare('SELECT body FROM declarations WHERE identifier = ?').pluck();

  function read<T>(key: keyof SiteRow | 'catalogue' | 'severities', fallback: T): T {
    const text = get.get(key) as string | undefined;
    return text === undefined ? fallback : ((JSON.parse(text) as T | null) ?? fallback);
  }

  return {
    async loadSite() {
      const heldPolicies = read<SiteRow['heldPolicies']>('heldPolicies', undefined);
      const backup = read<SiteRow['backup']>('backup', undefined);
      const sofaFeeds = read<SiteRow['sofaFeeds']>('sofaFeeds', undefined);
      const ownersSecret = read<SiteRow['ownersSecret']>('ownersSecret', undefined);
      const offered = read<SiteRow['offered']>('offered', undefined);
      return {
        host: read<string | undefined>('host', undefined),
        site: read('site', { dmReached: false }),
        control: { held: undefined, ...read<Omit<SiteRow['control'], 'held'>>('control', { state: 'running', pausedPolicies: [] }) },
        policies: read<SiteRow['policies']>('policies', undefined),
        feed: read<SiteRow['feed']>('feed', undefined),
        lastCommitAt: read('lastCommitAt', 0),
        dueBasis: read<string | undefined>('dueBasis', undefined),
        clockDoubt: read<string | undefined>('clockDoubt', undefined),
        createdAt: read('createdAt', 0),
        tagsRevision: read('tagsRevision', 0),
        rolloutsRevision: read('rolloutsRevision', 0),
        ...(heldPolicies === undefined ? {} : { heldPolicies }),
        ...(backup === undefined ? {} : { backup }),
        ...(sofaFeeds === undefined ? {} : { sofaFeeds }),
        ...(offered === undefined ? {} : { offered }),
        ...(ownersSecret === undefined ? {} : { ownersSecret }),
      };
    },
    async saveSite(changes) {
      putAll.immediate(changes);
    },
    async loadCatalogue() {
      return read<never | undefined>('catalogue', undefined);
    },
    async saveCatalogue(catalogue) {
      db.transaction(() => {
        put.run('catalogue', JSON.stringify(catalogue));
      }).immediate();
    },
    async loadSeverities() {
      return read<Severities | undefined>('severities', undefined);
    },
    async saveSeverities(severities) {
      put.run('severities', JSON.stringify(severities));
    },
    async audit(entry) {
      insertAudit.run(entry.at, entry.by, entry.act, JSON.stringify(entry.detail));
    },
    async listAudit(limit) {
      return (selectAudit.all(limit) as (AuditEntry & { detail: unknown })[]).map((row) => ({
        ...row,
        detail: JSON.parse(String(row.detail)),
      }));
    },
    async pageAudit(before = Number.MAX_SAFE_INTEGER, limit) {
      // One more than asked for tells whether there are older ones.
      const rows = selectPage.all(before, limit + 1) as (NumberedAuditEntry & { detail: unknown })[];
      const entries = rows.slice(0, limit).map((row) => ({ ...row, detail: JSON.parse(String(row.detail)) }));
      const last = entries.at(-1);
      return { entries, ...(rows.length > limit && last ? { next: last.seq } : {}) };
    },
    async raiseAlert(alert) {
      const detail = JSON.stringify(alert.detail);
      if (insertAlert.run(alert.key, alert.at, alert.sentence, detail).changes === 1) return true;
      refreshAlert.run(alert.sentence, detail, alert.key);
      return false;
    },
    async clearAlert(key) {
      return deleteAlert.run(key).changes === 1;
    },
    async listAlerts() {
      return (selectAlerts.all() as (Alert & { detail: unknown })[]).map((row) => ({ ...row, detail: JSON.parse(String(row.detail)) }));
    },
    async findManifestHead(enrollmentId) {
      const head = selectHead.get(enrollmentId) as ManifestHeadRow | undefined;
      if (head === undefined) return undefined;
      const { timestamp, isInvited, ...same } = head;
      return { ...same, ...(timestamp === null ? {} : { timestamp }), isInvited: isInvited === 1 };
    },
    async findManifest(enrollmentId) {
      const text = selectManifest.get(enrollmentId) as string | undefined;
      return text === undefined ? undefined : (JSON.parse(text) as Manifest);
    },
    async findDeclaration(identifier) {
      const text = selectDeclaration.get(identifier) as string | undefined;
      return text === undefined ? undefined : (JSON.parse(text) as Declaration);
    },
    async pruneDeclarations() {
      return pruneBodies.run().changes;
    },
  };
}

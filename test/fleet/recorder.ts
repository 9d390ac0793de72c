import type { Manifest } from '../../src/decide/manifest.ts';
import type { OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import type { LedgerLine } from '../../src/policy/ledger.ts';
import type { Rollout } from '../../src/rollout/rollout.types.ts';
import { type Store, type StoredDecision, StoreError } from '../../src/store/store.ts';
import type { Act } from './acts.ts';
import type { DeviceActAnswered, DeviceActSaid } from './device-acts.ts';

/**
 * What goes through the ports of the app, noted where it takes effect: below everything a control may break.
 * The world sees what leaves the app; these are the few things that stay inside and that promises are about.
 */
export interface Notes {
  /** An answer of the -dm listener, before the host makes of it what the device gets. */
  onAnswer?(answer: DmAnswer): void;
  /** A call of the host's API has ended. */
  onCall?(call: HostCall): void;
  /** One of another declaration server's did nothing. */
  onPlacingFailed?(at: number): void;
  /** Events are in the store for good; ids as the host gave them. */
  onStored?(eventIds: readonly string[]): void;
  /** So is a status report, however it came. */
  onReportStored?(report: { device: string; osVersion: string | undefined }): void;
  onCommit?(commit: NotedCommit): void;
  /** What became of a command is in the store. */
  onCommandSaved?(entry: OutboxEntry): void;
  /** What an answer of the feed was made into is in the store. */
  onCatalogueSaved?(what: undefined): void;
  /** What an answer of SOFA was made into is in the store. */
  onSeveritiesSaved?(what: undefined): void;
  /** Rollouts are in the store, as they are now. */
  onRolloutsSaved?(rollouts: readonly Rollout[]): void;
  /** A person begins to say it; it may have to be said again. */
  onActBegun?(act: Act): void;
  /** A person was answered that it is done. */
  onAct?(act: Act): void;
  /** The same of what is said of one device. */
  onDeviceActBegun?(said: DeviceActSaid): void;
  /** A person was answered: it is done, or it is refused. */
  onDeviceAct?(answered: DeviceActAnswered): void;
}

export interface DmAnswer {
  at: number;
  enrollmentId: string;
  /** "tokens", "declaration/configuration/…". */
  endpoint: string;
  status: number;
}

export interface HostCall {
  at: number;
  path: string;
  body: string;
  /** HTTP status; 0 when nothing came back. */
  status: number;
  answer: string;
  /** Which life of the app called. */
  life: number;
}

export interface NotedCommit {
  enrollmentId: string;
  decision: StoredDecision;
  ledgerLines: readonly LedgerLine[];
  /** Absent: unchanged. */
  manifest?: Manifest;
}

/** The store with every append and commit noted once it has succeeded. */
export function recordStore(store: Store, notes: Notes): Store {
  return {
    ...store,
    async append(items) {
      await store.append(items);
      notes.onStored?.(items.flatMap((item) => item.event.eventId ?? []));
      for (const { subject, event } of items)
        if (event.body.kind === 'status-report') notes.onReportStored?.({ device: subject.id, osVersion: event.body.report.osVersion });
    },
    async park(item) {
      await store.park(item);
      if (item.eventId !== undefined) notes.onStored?.([item.eventId]);
    },
    async saveCommand(entry, pushAt) {
      const isSaved = await store.saveCommand(entry, pushAt);
      if (isSaved) notes.onCommandSaved?.(entry);
      return isSaved;
    },
    async saveCatalogue(catalogue) {
      await store.saveCatalogue(catalogue);
      notes.onCatalogueSaved?.(undefined);
    },
    async saveSeverities(severities) {
      await store.saveSeverities(severities);
      notes.onSeveritiesSaved?.(undefined);
    },
    async saveRollouts(rollouts, audit) {
      const revision = await store.saveRollouts(rollouts, audit);
      notes.onRolloutsSaved?.(rollouts);
      return revision;
    },
    async commitReconciled(commits) {
      const answers = await store.commitReconciled(commits);
      for (const [index, { enrollmentId, decision, ledgerLines, manifest }] of commits.entries()) {
        if (answers[index] === 'committed') notes.onCommit?.({ enrollmentId, decision, ledgerLines, ...(manifest ? { manifest } : {}) });
      }
      return answers;
    },
  };
}

/** The store failing now and then, before it has done anything; `isHit` draws. What only notes an answer of the host never fails. */
export function failingStore(store: Store, isHit: () => boolean): Store {
  const failing = <Call extends (...given: never[]) => Promise<unknown>>(call: Call): Call =>
    ((...given: Parameters<Call>) => (isHit() ? Promise.reject(new StoreError('disk I/O error')) : call(...given))) as Call;
  return {
    ...store,
    append: failing(store.append),
    loadForReconcile: failing(store.loadForReconcile),
    commitReconciled: failing(store.commitReconciled),
    saveRollouts: failing(store.saveRollouts),
    rolloutHealth: failing(store.rolloutHealth),
    findManifest: failing(store.findManifest),
    findDeclaration: failing(store.findDeclaration),
    pruneDeclarations: failing(store.pruneDeclarations),
    listDue: failing(store.listDue),
    listDueCommands: failing(store.listDueCommands),
  };
}

import type { Attempt } from '../../src/decide/attempt.types.ts';
import { newMemory } from '../../src/decide/input.ts';
import type { Manifest } from '../../src/decide/manifest.ts';
import type { OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import { newEnrollment } from '../../src/enrollment/state.ts';
import type { LedgerLine } from '../../src/policy/ledger.ts';
import type { InboxItem, ReconcileCommit } from '../../src/store/store.ts';

/** Valid values with a default for everything; a test changes the one thing it is about. */

export const NOON = Date.UTC(2026, 10, 20, 12);

export function inboxItem(id: string, at = NOON, eventId = `event ${at}`): InboxItem {
  return {
    subject: { id, type: 'Device' },
    event: { observedAt: at, receivedAt: at, eventId, body: { kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } } },
  };
}

export function outboxEntry(commandUuid: string, changes: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    commandUuid,
    enrollmentId: 'D1',
    requestType: 'DeviceInformation',
    plist: '<plist/>',
    state: 'pending',
    createdAt: NOON,
    attempt: 1,
    notBefore: NOON,
    enqueueTries: 0,
    notNowCount: 0,
    revision: 1,
    ...changes,
  };
}

export function attempt(commandUuid: string, changes: Partial<Attempt> = {}): Attempt {
  return {
    commandUuid,
    enrollmentId: 'D1',
    model: 'iPhone10,1',
    fromVersion: '16.7',
    release: 'iOS 16.7.9',
    toVersion: '16.7.9',
    action: 'InstallASAP',
    attempt: 1,
    decidedAt: NOON,
    notNowCount: 0,
    isLate: false,
    outcome: 'open',
    isSettled: false,
    ...changes,
  };
}

export function ledgerLine(changes: Partial<LedgerLine> = {}): LedgerLine {
  return {
    policy: 'everyone',
    enrollmentId: 'D1',
    release: 'iOS 26.6.1',
    version: '26.6.1',
    dueLocal: '2026-12-01T18:00:00',
    zone: 'Europe/Berlin',
    zoneAssumed: false,
    dueAt: NOON + 1,
    clockStartAt: NOON - 1,
    writtenAt: NOON,
    dueSpec: '7 days at 18:00',
    ...changes,
  };
}

export function manifest(token: string, changes: Partial<Manifest> = {}): Manifest {
  return {
    token,
    changedAt: NOON,
    items: [{ identifier: `item.${token}`, serverToken: token, kind: 'configuration' }],
    answerableUntil: NOON + 1,
    isInvited: true,
    basis: 'basis',
    former: [],
    ...changes,
  };
}

export function commitOf(enrollmentId: string, changes: Partial<ReconcileCommit> = {}): ReconcileCommit {
  const recheckAt = changes.recheckAt ?? NOON + 1_000;
  return {
    enrollmentId,
    basedOn: 0,
    state: newEnrollment(enrollmentId, 'Device'),
    memory: newMemory(),
    decision: {
      reason: 'inventory-missing',
      check: 'its model and OS are known',
      evidence: { missing: ['OSVersion'] },
      decidedAt: NOON,
      mode: 'enforce',
      channel: 'declarations',
      isHandedOut: false,
      recheckAt,
      next: [],
    },
    summary: {
      type: 'Device',
      serialNumber: undefined,
      deviceName: undefined,
      platform: 'iOS',
      productName: undefined,
      osVersion: undefined,
      runs: undefined,
      buildVersion: undefined,
      lookupKey: undefined,
      policy: undefined,
      ring: undefined,
      date: undefined,
      isHandedOut: false,
      isHolding: false,
      isExposed: undefined,
      tags: [],
      lastSeenAt: NOON,
    },
    recheckAt,
    consumedSeq: 0,
    timeline: [],
    ledgerLines: [],
    rolloutDevices: [],
    declarations: [],
    outbox: { add: [], change: [] },
    attempts: [],
    ...changes,
  };
}

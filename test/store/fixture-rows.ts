import type { Store } from '../../src/store/store.ts';
import { rollout } from '../rollout/builders.ts';
import { attempt, commitOf, inboxItem, ledgerLine, manifest, NOON, outboxEntry } from './builders.ts';

/** A few rows of each table, by the calls that the server makes. */
export async function fillStore(store: Store): Promise<void> {
  await store.saveSite({ host: 'nanomdm http://127.0.0.1:9000/v1/enqueue/', createdAt: NOON, lastCommitAt: NOON });
  await store.commitReconciled(
    ['D1', 'D2', 'D3'].map((id, index) =>
      commitOf(id, {
        summary: {
          ...commitOf(id).summary,
          serialNumber: `SERIAL${index}`,
          osVersion: '26.5',
          runs: '26.5',
          buildVersion: '23F79',
          lookupKey: 'iPhone15,2',
        },
        timeline: [{ at: NOON, kind: 'seen', text: 'Seen for the first time.', exchange: { what: 'heard', event: inboxItem(id).event } }],
        ledgerLines: [ledgerLine({ enrollmentId: id })],
        manifest: manifest(`token ${id}`),
        declarations: [{ Type: 'com.apple.x', Identifier: `item.token ${id}`, ServerToken: `token ${id}`, Payload: {} }],
        outbox: { add: [outboxEntry(`uuid-${id}`, { enrollmentId: id })], change: [] },
        attempts: [attempt(`uuid-${id}`, { enrollmentId: id })],
        rolloutDevices: [{ policy: 'everyone', release: 'iOS 40.6', version: '40.6', ring: 'canary', state: 'verified', since: NOON }],
        ownersPage: `page-of-${id}`,
        conflicts: [{ kind: 'enforcement', whose: 'http://127.0.0.1:9002/' }],
        push: { at: NOON, because: 'a command waits' },
      }),
    ),
  );
  await store.append([inboxItem('D1'), inboxItem('D4')]);
  await store.park({ receivedAt: NOON, topic: 'mdm.Connect', reason: 'plist', detail: 'no plist', bytes: 3, sha256: 'abc' });
  await store.saveToken(
    { id: '0a1b2c3d', name: 'grafana', role: 'read', sha256: 'ab'.repeat(32), createdAt: NOON, createdBy: 'jane', lastUsedAt: NOON },
    { at: NOON, by: 'jane', act: 'token-create', detail: { id: '0a1b2c3d' } },
  );
  await store.saveOverrides(
    'D2',
    { exempt: { by: 'jane', at: NOON, note: 'trade fair', until: '2026-12-01' } },
    { at: NOON, by: 'jane', act: 'device-exempt', detail: { device: 'D2' } },
    { at: NOON, kind: 'operator', text: 'Exempt to the end of 2026-12-01, by jane.' },
  );
  await store.audit({ at: NOON, by: 'operator', act: 'pause', detail: { note: 'exams' } });
  await store.replaceTags('inventory', [{ subject: 'SERIAL1', tags: ['pilot'] }]);
  await store.saveRollouts([rollout()], []);
  await store.saveFleetDay(
    { day: '2026-11-20', at: NOON, groups: { 'on-the-way': 3 }, versions: [{ platform: 'iOS', runs: '26.5', devices: 3 }] },
    '2026-01-01',
  );
  const wifi = [{ Identifier: 'com.example.wifi', ServerToken: 'w1' }];
  const lists = { Activations: [], Assets: [], Configurations: wifi, Management: [] };
  await store.saveUpstream('D1', { lists, heardAt: NOON, token: 'union', changedAt: NOON });
  await store.addToSpool(new Uint8Array([1, 2, 3]), ['nanocmd']);
  await store.addGateContact({
    at: NOON,
    outcome: 'sent-away',
    isVerified: true,
    serialNumber: 'SERIAL9',
    policy: 'everyone',
    requires: '40.6',
  });
  await store.savePlacement('D1', { token: 'token D1', at: NOON, identifiers: ['item.token D1'], added: ['item.token D1'] }, [
    'item.token D1',
  ]);
  await store.raiseAlert({ key: 'held', at: NOON, sentence: 'Ratchet is held.', detail: {} });
  await store.saveAlertBook({
    episodes: [{ id: 'e1', key: 'held', since: NOON, sentence: 'Ratchet is held.', detail: {} }],
    add: [{ id: 'm1', target: 'ops', at: NOON, body: '{"schema":"ratchet.alert/1","event":"raised"}' }],
  });
}

import { describe, expect, it } from 'vitest';
import type { Declaration } from '../../src/ddm/declaration.types.ts';
import type { ReconcileCommit } from '../../src/store/store.ts';
import { attempt, commitOf, inboxItem, ledgerLine, manifest, NOON, outboxEntry } from './builders.ts';
import type { Bench } from './contract.ts';

const declaration = (identifier: string, version = '26.6.1'): Declaration =>
  ({
    Type: 'com.apple.configuration.softwareupdate.enforcement.specific',
    Identifier: identifier,
    ServerToken: `token of ${identifier}`,
    Payload: { TargetOSVersion: version },
  }) as Declaration;

/** Touches every table. */
function everything(id: string, changes: Partial<ReconcileCommit> = {}): ReconcileCommit {
  return commitOf(id, {
    memory: { lastSeenAt: NOON, invitedAt: NOON - 1 },
    summary: {
      type: 'Device',
      serialNumber: `SERIAL-${id}`,
      deviceName: `Jane’s ${id}`,
      platform: 'iOS',
      productName: 'iPhone15,2',
      osVersion: '26.5',
      runs: '26.5 (a)',
      buildVersion: '23F1',
      lookupKey: 'iPhone15,2',
      policy: 'everyone',
      ring: 'canary',
      date: '2026-12-01',
      isHandedOut: true,
      isHolding: true,
      isExposed: false,
      tags: ['lab', 'pilot'],
      lastSeenAt: NOON,
    },
    timeline: [{ at: NOON, kind: 'seen', text: 'Seen for the first time.' }],
    ledgerLines: [ledgerLine({ enrollmentId: id })],
    manifest: manifest('m1'),
    declarations: [declaration('item.m1')],
    outbox: { add: [outboxEntry(`command-${id}`, { enrollmentId: id })], change: [] },
    attempts: [attempt(`command-${id}`, { enrollmentId: id })],
    push: { at: NOON, because: 'a command waits' },
    site: { dmReached: true },
    ...changes,
  });
}

export function testEnrollments(bench: Bench): void {
  const load = async (id: string) => (await bench.store.loadForReconcile([id]))[0];

  describe('an enrollment', () => {
    it('is stored whole by one commit and read at one moment', async () => {
      const { store } = bench;
      const commit = everything('D1');
      expect(await store.commitReconciled([commit])).toEqual(['committed']);

      expect(await load('D1')).toStrictEqual({
        id: 'D1',
        revision: 1,
        state: commit.state,
        memory: commit.memory,
        decision: commit.decision,
        summary: commit.summary,
        ownersPage: undefined,
        events: [],
        lastSeq: 0,
        lines: commit.ledgerLines,
        manifest: commit.manifest,
        commands: commit.outbox.add,
        attempts: commit.attempts,
        push: { lastSentAt: 0 },
      });
      expect(await store.findManifest('D1')).toStrictEqual(commit.manifest);
      expect(await store.findDeclaration('item.m1')).toStrictEqual(declaration('item.m1'));
      expect(await store.listTimeline('D1', 10)).toStrictEqual(commit.timeline);
      expect(await store.listEnrollments('', 10)).toStrictEqual([{ id: 'D1', summary: commit.summary, decision: commit.decision }]);
      expect((await store.loadSite()).site).toEqual({ dmReached: true });
      expect((await store.listDuePushes(NOON, NOON, 10)).map(({ enrollmentId }) => enrollmentId)).toEqual(['D1']);
    });

    it('is found by the page of its owner, until it has another one or none', async () => {
      const { store } = bench;
      await store.commitReconciled([everything('D1', { ownersPage: 'one' }), everything('D2', { ownersPage: 'two' })]);
      expect([await store.findByOwnersPage('one'), await store.findByOwnersPage('two')]).toEqual(['D1', 'D2']);
      expect((await load('D1'))?.ownersPage).toBe('one');

      const listedTheSame = { basedOn: 1, isListedTheSame: true, outbox: { add: [], change: [] } };
      await store.commitReconciled([everything('D1', listedTheSame), everything('D2', { ...listedTheSame, ownersPage: null })]);
      expect([await store.findByOwnersPage('one'), await store.findByOwnersPage('two')]).toEqual(['D1', undefined]);
      await store.commitReconciled([everything('D1', { ...listedTheSame, basedOn: 2, ownersPage: 'another' })]);
      expect([await store.findByOwnersPage('one'), await store.findByOwnersPage('another')]).toEqual([undefined, 'D1']);
      expect((await load('D2'))?.ownersPage).toBeUndefined();
    });

    it('is still there, whole, when the store is opened again', async (context) => {
      const { store, reopen } = bench;
      if (reopen === undefined) return context.skip('nothing outlives a store in memory');
      const commit = everything('D1');
      await store.commitReconciled([commit]);
      await store.append([inboxItem('D1', NOON, 'waiting')]);
      await store.park({ receivedAt: NOON, topic: 't', reason: 'r', detail: 'd', bytes: 1, sha256: 's' });
      const before = await load('D1');

      const reopened = await reopen();
      expect(await reopened.loadForReconcile(['D1'])).toStrictEqual([before]);
      expect(before?.events.map(({ event }) => event.eventId)).toEqual(['waiting']);
      expect(await reopened.listPending(10)).toEqual(['D1']);
      expect(await reopened.countInbox()).toBe(1);
      expect(await reopened.listParked(10)).toHaveLength(1);
      expect(await reopened.findDeclaration('item.m1')).toStrictEqual(declaration('item.m1'));
      expect(await reopened.listTimeline('D1', 10)).toStrictEqual(commit.timeline);
    });

    it.each<[string, ReconcileCommit]>([
      ['an older revision', everything('D1', { basedOn: 1, outbox: { add: [outboxEntry('new')], change: [] } })],
      ['no revision, as if it were new', everything('D1', { basedOn: 0, outbox: { add: [outboxEntry('new')], change: [] } })],
      [
        'an outbox entry that was changed meanwhile',
        everything('D1', { basedOn: 2, outbox: { add: [outboxEntry('new')], change: [outboxEntry('command-D1', { revision: 2 })] } }),
      ],
      [
        'an outbox entry that is gone',
        everything('D1', { basedOn: 2, outbox: { add: [outboxEntry('new')], change: [outboxEntry('never was', { revision: 2 })] } }),
      ],
    ])('refuses a commit based on %s, and writes nothing of it', async (_name, stale) => {
      const { store } = bench;
      await store.commitReconciled([everything('D1')]);
      await store.append([inboxItem('D1', NOON, 'waiting')]);
      const entry = outboxEntry('command-D1', { state: 'leased', leaseUntil: NOON + 9, revision: 2 });
      await store.commitReconciled([commitOf('D1', { basedOn: 1, outbox: { add: [], change: [entry] } })]);
      const before = await load('D1');
      expect(before).toMatchObject({ revision: 2, commands: [{ state: 'leased', revision: 2 }] });

      const attempt: ReconcileCommit = {
        ...stale,
        consumedSeq: before?.lastSeq ?? 0,
        manifest: manifest('m2'),
        declarations: [declaration('item.m2')],
        ledgerLines: [ledgerLine({ dueLocal: '2027-01-01T00:00:00' })],
        site: { dmReached: false },
        recheckAt: NOON + 77,
      };
      expect(await store.commitReconciled([attempt])).toEqual(['stale']);
      expect(await load('D1')).toStrictEqual(before);
      expect(await store.findDeclaration('item.m2')).toBeUndefined();
      expect((await store.loadSite()).site).toEqual({ dmReached: true });
      expect(await store.listTimeline('D1', 10)).toHaveLength(1);
      expect(await store.nextDueAt()).toBe(NOON + 1_000);

      // The same on the right revision goes through: it was the revision that was refused.
      const retried = {
        ...attempt,
        basedOn: 2,
        outbox: { add: [outboxEntry('new')], change: [outboxEntry('command-D1', { revision: 3 })] },
      };
      expect(await store.commitReconciled([retried])).toEqual(['committed']);
      expect(await load('D1')).toMatchObject({ revision: 3, events: [], manifest: { token: 'm2' } });
    });

    it('is committed beside a stale one of the same batch', async () => {
      const { store } = bench;
      await store.commitReconciled([everything('D2')]);
      const answers = await store.commitReconciled([everything('D1'), everything('D2', { manifest: manifest('lost') }), everything('D3')]);
      expect(answers).toEqual(['committed', 'stale', 'committed']);
      expect((await store.loadForReconcile(['D1', 'D2', 'D3'])).map(({ revision, manifest: kept }) => [revision, kept?.token])).toEqual([
        [1, 'm1'],
        [1, 'm1'],
        [1, 'm1'],
      ]);
      expect(await store.commitReconciled([])).toEqual([]);
    });

    it('keeps one ledger line per policy and release, with the newest date and the first clock', async () => {
      const { store } = bench;
      const line = ledgerLine();
      const other = ledgerLine({ release: 'iOS 27.0', version: '27.0', zoneAssumed: true });
      await store.commitReconciled([commitOf('D1', { ledgerLines: [line, other, ledgerLine({ policy: 'second' })] })]);
      const moved = { ...line, dueLocal: '2026-11-28T18:00:00', dueAt: NOON - 9, writtenAt: NOON + 5, dueSpec: '3 days at 18:00' };
      await store.commitReconciled([commitOf('D1', { basedOn: 1, ledgerLines: [moved] })]);
      expect((await load('D1'))?.lines).toStrictEqual([moved, other, ledgerLine({ policy: 'second' })]);
    });

    it('tells with the head what the device is told of the time of the change, where that is another', async () => {
      const { store } = bench;
      await store.commitReconciled([commitOf('D1', { manifest: manifest('m1') })]);
      expect(await store.findManifestHead('D1')).not.toHaveProperty('timestamp');
      await store.commitReconciled([commitOf('D1', { manifest: manifest('m2', { timestamp: NOON + 1_000 }), basedOn: 1 })]);
      expect(await store.findManifestHead('D1')).toMatchObject({ token: 'm2', timestamp: NOON + 1_000 });
    });

    it('keeps the manifest when a commit brings none, and every body it ever named', async () => {
      const { store } = bench;
      await store.commitReconciled([commitOf('D1', { manifest: manifest('m1'), declarations: [declaration('a')] })]);
      await store.commitReconciled([commitOf('D1', { basedOn: 1 })]);
      expect((await store.findManifest('D1'))?.token).toBe('m1');
      await store.commitReconciled([commitOf('D1', { basedOn: 2, manifest: manifest('m2'), declarations: [declaration('b')] })]);
      expect((await store.findManifest('D1'))?.token).toBe('m2');
      expect(await store.findDeclaration('a')).toStrictEqual(declaration('a'));
      expect(await store.findManifest('D2')).toBeUndefined();
      expect(await store.findDeclaration('c')).toBeUndefined();
    });

    it('has a body stored once: an identifier stands for its content, the first one stays', async () => {
      const { store } = bench;
      await store.commitReconciled([
        commitOf('D1', { declarations: [declaration('a')] }),
        commitOf('D2', { declarations: [declaration('a', '99')] }),
      ]);
      expect(await store.findDeclaration('a')).toStrictEqual(declaration('a'));
    });

    it('keeps the bodies that a manifest lists or listed, and no others, when they are pruned', async () => {
      const { store } = bench;
      const former = (identifier: string) =>
        ({ identifier, serverToken: 't', kind: 'configuration', fetchable: false, until: NOON }) as const;
      const bodies = ['item.m1', 'item.m2', 'was', 'never'].map((identifier) => declaration(identifier));
      await store.commitReconciled([
        commitOf('D1', { manifest: manifest('m1', { former: [former('was')] }), declarations: bodies }),
        commitOf('D2', { manifest: manifest('m2') }),
      ]);
      expect(await store.pruneDeclarations()).toBe(1);
      expect(await store.findDeclaration('never')).toBeUndefined();
      for (const identifier of ['item.m1', 'item.m2', 'was']) expect(await store.findDeclaration(identifier)).toBeDefined();
      await store.commitReconciled([commitOf('D1', { basedOn: 1, manifest: manifest('m2') })]);
      expect(await store.pruneDeclarations()).toBe(2);
    });

    it('has a bounded timeline: the oldest goes, other devices keep theirs', async () => {
      const { store } = bench;
      const entries = (from: number) =>
        Array.from({ length: 150 }, (_, index) => ({ at: NOON + from + index, kind: 'fact', text: String(from + index) }));
      await store.commitReconciled([commitOf('D1', { timeline: entries(0) }), commitOf('D2', { timeline: entries(0).slice(0, 2) })]);
      await store.commitReconciled([commitOf('D1', { basedOn: 1, timeline: entries(150) })]);
      const kept = await store.listTimeline('D1', 1_000);
      expect([kept.length, kept[0]?.text, kept.at(-1)?.text]).toEqual([200, '100', '299']);
      expect((await store.listTimeline('D1', 3)).map(({ text }) => text)).toEqual(['297', '298', '299']);
      expect(await store.listTimeline('D2', 10)).toHaveLength(2);
    });
  });

  describe('rechecks', () => {
    it('are due at their instant, earliest first', async () => {
      const { store } = bench;
      expect(await store.nextDueAt()).toBeUndefined();
      await store.commitReconciled([
        commitOf('D1', { recheckAt: NOON + 30 }),
        commitOf('D2', { recheckAt: NOON + 10 }),
        commitOf('D3', { recheckAt: NOON + 20 }),
      ]);
      expect(await store.nextDueAt()).toBe(NOON + 10);
      expect(await store.listDue(NOON + 9, 10)).toEqual([]);
      expect(await store.listDue(NOON + 20, 10)).toEqual(['D2', 'D3']);
      expect(await store.listDue(NOON + 99, 2)).toEqual(['D2', 'D3']);
    });

    it('can be made due now, for all or by reason, and are never put off by it', async () => {
      const { store } = bench;
      const paused = commitOf('D1', { recheckAt: NOON + 30 });
      paused.decision.reason = 'paused';
      await store.commitReconciled([paused, commitOf('D2', { recheckAt: NOON + 30 }), commitOf('D3', { recheckAt: NOON - 30 })]);
      expect(await store.makeDue(NOON, 'paused')).toBe(1);
      expect(await store.listDue(NOON, 10)).toEqual(['D3', 'D1']);
      expect(await store.makeDue(NOON + 1)).toBe(1);
      expect(await store.listDue(NOON + 1, 10)).toEqual(['D3', 'D1', 'D2']);
      expect(await store.nextDueAt()).toBe(NOON - 30);
    });
  });

  describe('looking for devices', () => {
    it('finds them by id, then by serial number: the one seen last', async () => {
      const { store } = bench;
      const with_ = (id: string, serialNumber: string | undefined, lastSeenAt: number) =>
        commitOf(id, { summary: { ...commitOf(id).summary, serialNumber, lastSeenAt } });
      await store.commitReconciled([
        with_('OLD', 'C02', NOON),
        with_('NEW', 'C02', NOON + 1),
        with_('C03', undefined, NOON),
        with_('D4', 'C03', NOON),
      ]);
      expect(await store.findEnrollment('OLD')).toBe('OLD');
      expect(await store.findEnrollment('C02')).toBe('NEW');
      expect(await store.findEnrollment('C03')).toBe('C03');
      expect(await store.findEnrollment('c02')).toBeUndefined();
    });

    it('pages through all of them by id, and counts them by reason', async () => {
      const { store } = bench;
      const ids = Array.from({ length: 7 }, (_, index) => `D${index}`);
      const commits = ids.map((id) => commitOf(id));
      for (const commit of commits.slice(0, 3)) commit.decision.reason = 'verified';
      await store.commitReconciled(commits);
      const seen: string[] = [];
      for (let page = await store.listEnrollments('', 3); page.length > 0; page = await store.listEnrollments(seen.at(-1) ?? '', 3))
        seen.push(...page.map(({ id }) => id));
      expect(seen).toEqual(ids);
      expect(await store.countByReason()).toEqual({ 'inventory-missing': 4, verified: 3 });
    });
  });
}

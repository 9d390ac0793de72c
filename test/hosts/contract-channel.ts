import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groupsOf } from '../../src/ddm/declaration-groups.ts';
import { buildDeclarations, type WantedDeclarations } from '../../src/ddm/declarations.ts';
import { basicAuthorization } from '../../src/hosts/ask.ts';
import type { DeclarationChannel } from '../../src/hosts/declaration-channel.ts';
import { createKmfddmChannel } from '../../src/hosts/kmfddm-api/client.ts';
import { createSystemFetch } from '../../src/runtime/fetch.ts';

/** A declaration server that runs, as a person and a device reach it. */
export interface RunningChannel {
  /** Of its API, ends in a slash. */
  apiUrl: string;
  user: 'kmfddm' | 'nanohub';
  key: string;
  /** What devices ask: `tokens`, `declaration-items`, `declaration/…`, `status`. */
  ofDevice(enrollmentId: string, endpoint: string, body?: string): Promise<{ status: number; body: string }>;
  /** DeclarativeManagement commands that it, not we, had queued so far; absent: nobody counts. */
  notified?(): number;
  stop(): Promise<void>;
}

const SUBSCRIBED: WantedDeclarations = { subscriptions: ['device.operating-system.version', 'softwareupdate.install-state'] };
const dated = (day: number): WantedDeclarations => ({
  ...SUBSCRIBED,
  enforcement: { TargetOSVersion: '26.1', TargetLocalDateTime: `2026-11-2${day}T18:00:00` },
});
const groups = (wanted: WantedDeclarations) => groupsOf(buildDeclarations(wanted).declarations);
const namesOf = (wanted: WantedDeclarations) => groups(wanted).map(({ name }) => name);

/**
 * What Ratchet relies on in a declaration server that answers devices in its place (KMFDDM 0.8, NanoHUB 0.2). It runs against
 * the simulated ones always, and against real ones when there are some: a difference is a defect of the simulation.
 */
export function testDeclarationChannel(name: string, start: () => Promise<RunningChannel>): void {
  describe(name, () => {
    let running: RunningChannel;
    let channel: DeclarationChannel;
    const channelWith = (key: string) =>
      createKmfddmChannel({ fetch: createSystemFetch(), url: running.apiUrl, user: running.user, key, timeoutMs: 5_000 });
    beforeAll(async () => {
      running = await start();
      channel = channelWith(running.key);
    }, 60_000);
    afterAll(() => running?.stop());

    /** What a person does there beside us. */
    async function person(method: string, path: string, body?: unknown): Promise<{ status: number; body: string }> {
      const separator = path.includes('?') ? '&' : '?';
      const answer = await fetch(`${running.apiUrl}${path}${separator}nonotify=1`, {
        method,
        headers: { authorization: basicAuthorization(running.user, running.key) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: await answer.text() };
    }

    async function items(id: string): Promise<string[]> {
      const { status, body } = await running.ofDevice(id, 'declaration-items');
      expect(status).toBe(200);
      const { Declarations } = JSON.parse(body) as { Declarations: Record<string, { Identifier: string; ServerToken: string }[]> };
      return Object.values(Declarations)
        .flatMap((list) => (list ?? []).map(({ Identifier }) => Identifier))
        .sort();
    }
    const identifiersOf = (wanted: WantedDeclarations) =>
      buildDeclarations(wanted)
        .declarations.map(({ Identifier }) => Identifier)
        .sort();

    async function giveTheirs(id: string, name: string): Promise<void> {
      await person('PUT', 'declarations', { Identifier: name, Type: 'com.apple.configuration.management.test', Payload: { Echo: name } });
      await person('PUT', `set-declarations/theirs-${name}?declaration=${name}`);
      await person('PUT', `enrollment-sets/${id}?set=theirs-${name}`);
    }

    it('takes our key, and no other', async () => {
      expect(await channel.probe()).toStrictEqual({ reachable: true, authorized: true, version: expect.stringMatching(/./) });
      expect(await channelWith('wrong').probe()).toMatchObject({ reachable: true, authorized: false });
      expect(await channelWith('wrong').place(randomUUID(), groups(SUBSCRIBED))).toMatchObject({ kind: 'unauthorized' });
    });

    it('has what was placed for a device, whole, and for no other', async () => {
      const [id, other] = [randomUUID(), randomUUID()];
      expect(await channel.place(id, groups(dated(1)))).toStrictEqual({ kind: 'done', before: [], isChanged: true });
      expect(await items(id)).toStrictEqual(identifiersOf(dated(1)));
      expect(await items(other)).toStrictEqual([]);
      expect(await channel.listPlaced(id)).toStrictEqual({ kind: 'done', groups: namesOf(dated(1)) });
      expect(await channel.listPlaced(other)).toStrictEqual({ kind: 'done', groups: [] });
      for (const { Identifier, Type, Payload } of buildDeclarations(dated(1)).declarations) {
        const answer = await running.ofDevice(id, `declaration/${Type.split('.')[2]}/${Identifier}`);
        expect(answer.status).toBe(200);
        expect(JSON.parse(answer.body)).toMatchObject({ Identifier, Type, Payload });
      }
    });

    it('changes nothing when it has it already, also for a process that knows nothing of it', async () => {
      const id = randomUUID();
      await channel.place(id, groups(dated(2)));
      const again = { kind: 'done', before: namesOf(dated(2)), isChanged: false };
      expect(await channel.place(id, groups(dated(2)))).toStrictEqual(again);
      expect(await channelWith(running.key).place(id, groups(dated(2)))).toStrictEqual(again);
    });

    it('has another date in place of the one before, and then none', async () => {
      const id = randomUUID();
      await channel.place(id, groups(dated(3)));
      expect(await channel.place(id, groups(dated(4)))).toMatchObject({ kind: 'done', isChanged: true });
      expect(await items(id)).toStrictEqual(identifiersOf(dated(4)));
      expect(await channel.place(id, groups(SUBSCRIBED))).toMatchObject({ kind: 'done', isChanged: true });
      expect(await items(id)).toStrictEqual(identifiersOf(SUBSCRIBED));
      expect(await channel.place(id, [])).toMatchObject({ kind: 'done', isChanged: true });
      expect(await items(id)).toStrictEqual([]);
    });

    it('keeps what it has of others, for devices and for user channels', async () => {
      const id = randomUUID();
      const user = `${id}:${randomUUID()}`;
      await giveTheirs(id, 'com.example.wifi');
      await giveTheirs(user, 'com.example.mail');
      await channel.place(id, groups(dated(5)));
      expect(await items(id)).toStrictEqual(['com.example.wifi', ...identifiersOf(dated(5))]);
      await channel.place(id, []);
      expect(await items(id)).toStrictEqual(['com.example.wifi']);
      expect(await items(user)).toStrictEqual(['com.example.mail']);
    });

    it('mends a group that somebody changed, emptied or took from a device', async () => {
      const id = randomUUID();
      const [group] = groups(SUBSCRIBED);
      if (group === undefined) throw new Error('no group');
      await channel.place(id, groups(SUBSCRIBED));
      expect(await channel.repairGroup(group)).toStrictEqual({ kind: 'done', isChanged: false });
      const [configuration] = group.declarations;
      await person('PUT', 'declarations', { ...configuration, Payload: { StatusItems: [] } });
      expect(await channel.repairGroup(group)).toStrictEqual({ kind: 'done', isChanged: true });
      const answer = await running.ofDevice(id, `declaration/configuration/${configuration?.Identifier}`);
      expect(JSON.parse(answer.body)).toMatchObject({ Payload: configuration?.Payload });
      await person('DELETE', `set-declarations/${group.name}?declaration=${configuration?.Identifier}`);
      expect(await channel.repairGroup(group)).toStrictEqual({ kind: 'done', isChanged: true });
      await person('DELETE', `enrollment-sets/${id}?set=${group.name}`);
      expect(await channel.place(id, groups(SUBSCRIBED))).toMatchObject({ kind: 'done', before: [], isChanged: true });
      expect(await items(id)).toStrictEqual(identifiersOf(SUBSCRIBED));
    });

    it('tells of a group before it writes it, once, though several devices get it at the same time', async () => {
      const written: string[] = [];
      const onWrite = async (group: string) => {
        // Nothing of it is there yet, or it is as somebody left it.
        const [first] = JSON.parse((await person('GET', `set-declarations/${group}`)).body ?? 'null') ?? [];
        written.push(`${group} ${first === undefined ? 'new' : 'other'}`);
      };
      const ids = Array.from({ length: 4 }, () => randomUUID());
      await Promise.all(ids.map((id) => channel.place(id, groups(dated(7)), onWrite)));
      for (const id of ids) expect(await items(id)).toStrictEqual(identifiersOf(dated(7)));
      const date = namesOf(dated(7)).find((name) => name.startsWith('ratchet.enforcement.')) ?? '';
      expect(written.filter((each) => each.startsWith(date))).toStrictEqual([`${date} new`]);
      await person('DELETE', `set-declarations/${date}?declaration=${date}`);
      written.length = 0;
      // A process that has not looked at it yet.
      const another = channelWith(running.key);
      await Promise.all(ids.slice(0, 2).map((id) => another.place(id, groups(dated(7)), onWrite)));
      expect(written).toStrictEqual([`${date} other`]);
      expect(await items(String(ids[3]))).toStrictEqual(identifiersOf(dated(7)));
    });

    it('writes nothing of a group when that can’t be noted first', async () => {
      const id = randomUUID();
      const cant = async () => Promise.reject(new Error('disk full'));
      expect(await channel.place(id, groups(dated(8)), cant)).toMatchObject({
        kind: 'refused',
        message: expect.stringContaining('disk full'),
      });
      expect(JSON.parse((await person('GET', 'declarations')).body) ?? []).not.toContain(identifiersOf(dated(8))[0]);
      expect(await items(id)).toStrictEqual([]);
    });

    it('lists our groups alone, and forgets one with its declarations', async () => {
      const id = randomUUID();
      await giveTheirs(id, 'com.example.vpn');
      await channel.place(id, groups(dated(6)));
      const listed = await channel.listGroups();
      expect(listed).toMatchObject({ kind: 'done', groups: expect.arrayContaining(namesOf(dated(6))) });
      expect(JSON.stringify(listed)).not.toContain('theirs');
      await channel.place(id, groups(SUBSCRIBED));
      const gone = namesOf(dated(6)).find((name) => name.startsWith('ratchet.enforcement.')) ?? '';
      expect(await channel.removeGroup(gone)).toStrictEqual({ kind: 'done' });
      expect(await channel.removeGroup(gone)).toStrictEqual({ kind: 'done' });
      expect(JSON.stringify(await channel.listGroups())).not.toContain(gone);
      const left = JSON.parse((await person('GET', 'declarations')).body) as string[];
      expect(left).not.toContain(gone);
      expect(left).toEqual(expect.arrayContaining(['com.example.vpn', ...identifiersOf(SUBSCRIBED)]));
      // It comes back whole when it is wanted again.
      await channel.place(id, groups(dated(6)));
      expect(await items(id)).toStrictEqual(['com.example.vpn', ...identifiersOf(dated(6))].sort());
    });

    it('keeps status reports, the newest first', async () => {
      const id = randomUUID();
      expect(await channel.readReport(id, 0)).toStrictEqual({ kind: 'done', report: undefined });
      if ((await running.ofDevice(id, 'status', '{"StatusItems":{},"Errors":[]}')).status !== 200) return;
      await running.ofDevice(id, 'status', '{"StatusItems":{"device":{"operating-system":{"version":"26.1"}}},"Errors":[]}');
      const newest = await channel.readReport(id, 0);
      expect(newest).toMatchObject({ kind: 'done', report: { id: expect.stringMatching(/./), body: expect.stringContaining('26.1') } });
      expect(newest).toMatchObject({ report: { ageMs: expect.any(Number) } });
      expect(newest.kind === 'done' && (newest.report?.ageMs ?? Number.NaN) < 60_000).toBe(true);
      expect(await channel.readReport(id, 1)).toMatchObject({ kind: 'done', report: { body: '{"StatusItems":{},"Errors":[]}' } });
      expect(await channel.readReport(id, 2)).toStrictEqual({ kind: 'done', report: undefined });
    });

    it('tells devices nothing by itself of what we write', () => {
      expect(running.notified?.() ?? 0).toBe(0);
    });

    it('is down when it is not there', async () => {
      const nobody = createKmfddmChannel({ fetch: createSystemFetch(), url: 'http://127.0.0.1:9/v1/', user: 'kmfddm', key: 'x' });
      expect(await nobody.place(randomUUID(), [])).toMatchObject({ kind: 'down' });
      expect(await nobody.probe()).toMatchObject({ reachable: false });
    });
  });
}

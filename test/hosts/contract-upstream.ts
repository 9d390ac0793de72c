import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpointPath, parseEndpoint } from '../../src/ddm/endpoint.ts';
import { readItemLists, tokenIn, unionOf } from '../../src/ddm/union.ts';
import { createHttpUpstream } from '../../src/hosts/ddm-upstream/http-upstream.ts';
import type { DdmUpstream, UpstreamRequest } from '../../src/hosts/ddm-upstream.ts';
import type { Fetch } from '../../src/runtime.ts';

export const KMFDDM_KEY = 'kmfddm-key';

export interface RunningKmfddm {
  /** "http://127.0.0.1:9002/" */
  url: string;
  fetch: Fetch;
  stop(): Promise<void>;
}

const NOTHING = new Uint8Array();
const NO_ITEMS = { Activations: [], Assets: [], Configurations: [], Management: [] };

/** What KMFDDM answers whoever stands in front of it, for the simulated one and for a real one alike. */
export function testUpstreamContract(name: string, start: () => Promise<RunningKmfddm>): void {
  describe(name, () => {
    let kmfddm: RunningKmfddm;
    let upstream: DdmUpstream;
    let devices = 0;
    beforeAll(async () => {
      kmfddm = await start();
      upstream = createHttpUpstream({ fetch: kmfddm.fetch, url: kmfddm.url });
    });
    afterAll(() => kmfddm?.stop());

    const newId = () => {
      devices += 1;
      return `0000000${devices}-1111-4111-8111-000000000001`;
    };
    const api = async (method: string, path: string, content?: unknown) => {
      const Authorization = `Basic ${Buffer.from(`kmfddm:${KMFDDM_KEY}`).toString('base64')}`;
      const body = content === undefined ? {} : { body: JSON.stringify(content) };
      const answer = await kmfddm.fetch(`${kmfddm.url}v1/${path}`, { method, headers: { Authorization }, ...body });
      return { status: answer.status, text: await answer.text() };
    };

    async function give(ids: readonly string[], set: string, declarations: readonly { Type: string; Identifier: string }[]): Promise<void> {
      for (const declaration of declarations) {
        await api('PUT', 'declarations?nonotify=1', { ...declaration, Payload: { Echo: declaration.Identifier } });
        await api('PUT', `set-declarations/${set}?nonotify=1&declaration=${encodeURIComponent(declaration.Identifier)}`);
      }
      for (const id of ids) await api('PUT', `enrollment-sets/${id}?nonotify=1&set=${set}`);
    }

    const test = (Identifier: string) => ({ Type: 'com.apple.configuration.management.test', Identifier });

    async function answerTo(enrollmentId: string, path: string, body = NOTHING): Promise<string> {
      const answer = await upstream.ask(request(enrollmentId, path, body));
      if (answer.kind !== 'answer') throw new Error(`${path}: ${answer.kind} ${answer.message}`);
      return answer.body;
    }

    async function listsOf(enrollmentId: string) {
      const read = readItemLists(await answerTo(enrollmentId, 'declaration-items'));
      if (!read.ok) throw new Error(read.detail);
      return read.lists;
    }

    it('lists nothing for one it does not know', async () => {
      expect(await listsOf(newId())).toEqual(NO_ITEMS);
    });

    it('lists what a device has by kind, and hands it out under the token listed', async () => {
      const id = newId();
      const activation = { Type: 'com.apple.activation.simple', Identifier: 'kinds.activation' };
      const asset = { Type: 'com.apple.asset.data', Identifier: 'kinds.asset' };
      const management = { Type: 'com.apple.management.organization-info', Identifier: 'kinds.management' };
      await give([id], 'kinds', [test('kinds.configuration'), activation, asset, management]);
      const lists = await listsOf(id);
      expect(Object.values(lists).map((items) => items.map(({ Identifier }) => Identifier))).toEqual([
        ['kinds.activation'],
        ['kinds.asset'],
        ['kinds.configuration'],
        ['kinds.management'],
      ]);
      for (const [kind, items] of Object.entries(lists))
        for (const { Identifier, ServerToken } of items) {
          const path = `declaration/${kind.toLowerCase().replace(/(activation|asset|configuration)s/, '$1')}/${Identifier}`;
          expect(JSON.parse(await answerTo(id, path))).toMatchObject({ Identifier, ServerToken, Payload: { Echo: Identifier } });
        }
    });

    it.each(['with space', 'café', 'a+b&c=d@e:f'])('hands out a declaration called “%s”', async (identifier) => {
      const id = newId();
      await give([id], 'odd', [test(identifier)]);
      expect(tokenIn(await listsOf(id), identifier)).toMatch(/./);
      expect(JSON.parse(await answerTo(id, `declaration/configuration/${encodeURIComponent(identifier)}`))).toMatchObject({
        Identifier: identifier,
      });
    });

    it('refuses what the device does not have with 404', async () => {
      const [id, other] = [newId(), newId()];
      await give([other], 'others', [test('others.configuration')]);
      for (const path of ['others.configuration', 'absent'])
        expect(await upstream.ask(request(id, `declaration/configuration/${path}`))).toMatchObject({ kind: 'refused', status: 404 });
      expect(await upstream.ask(request(other, 'declaration/asset/others.configuration'))).toMatchObject({ kind: 'refused', status: 404 });
    });

    it('calls the same set by another token from call to call, which a union does not', async () => {
      const id = newId();
      await give(
        [id],
        'many',
        Array.from({ length: 12 }, (_, index) => test(`many.${index}`)),
      );
      const answers = await Promise.all(Array.from({ length: 20 }, () => answerTo(id, 'declaration-items')));
      const tokens = answers.map((answer) => (JSON.parse(answer) as { DeclarationsToken: string }).DeclarationsToken);
      expect(new Set(tokens).size).toBeGreaterThan(1);
      const unions = answers.map((answer) => {
        const read = readItemLists(answer);
        return read.ok ? unionOf(NO_ITEMS, read.lists).DeclarationsToken : read.detail;
      });
      expect(new Set(unions).size).toBe(1);
    });

    it('lists a changed declaration under another token at once', async () => {
      const id = newId();
      await give([id], 'changing', [test('changing.configuration')]);
      const before = tokenIn(await listsOf(id), 'changing.configuration');
      await api('PUT', 'declarations?nonotify=1', { ...test('changing.configuration'), Payload: { Echo: 'changed' } });
      const after = tokenIn(await listsOf(id), 'changing.configuration');
      expect(after).not.toBe(before);
      expect(JSON.parse(await answerTo(id, 'declaration/configuration/changing.configuration'))).toMatchObject({ ServerToken: after });
    });

    it('has declarations of its own for a user channel', async () => {
      const id = newId();
      const user = `${id}:BBBBBBBB-2222-4222-8222-000000000009`;
      await give([user], 'users', [test('users.configuration')]);
      expect(await listsOf(id)).toEqual(NO_ITEMS);
      expect(tokenIn(await listsOf(user), 'users.configuration')).toMatch(/./);
    });

    it('takes a status report as it was, and refuses one that is no JSON', async () => {
      const id = newId();
      const report = '{ "StatusItems": {"device": {"model": {"family": "Mac"}}}, "Errors": [] }';
      expect(await answerTo(id, 'status', new Uint8Array(Buffer.from(report)))).toBe('');
      expect(await api('GET', `status-report/${id}?index=0`)).toEqual({ status: 200, text: report });
      expect(await upstream.ask(request(id, 'status', new Uint8Array(Buffer.from('{nope'))))).toMatchObject({
        kind: 'refused',
        status: 500,
      });
    });
  });
}

function request(enrollmentId: string, path: string, body = NOTHING): UpstreamRequest {
  const endpoint = parseEndpoint(path);
  if (endpoint === undefined || endpointPath(endpoint).length === 0) throw new Error(`${path} is no endpoint`);
  return { endpoint, enrollmentId, body, type: enrollmentId.includes(':') ? 'User' : 'Device' };
}

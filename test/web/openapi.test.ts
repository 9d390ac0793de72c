import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { SofaFeed } from '../../src/feeds/sofa.ts';
import type { OpenApiDocument } from '../../src/web/openapi.ts';
import { createWebBench, NOW, type WebBench } from './bench.ts';
import { initOf, OPERATIONS, pathOf, RINGED, registeredRoutes, VALID, type ValidRequest } from './requests.ts';

/** The document against what the server really does. */

let bench: WebBench;
afterEach(() => bench.close());

async function documentOf(): Promise<OpenApiDocument> {
  return (await (await bench.api('/openapi.json')).json()) as OpenApiDocument;
}

/** Judges JSON by a schema of the document; answers what is wrong. */
function judgeBy(document: OpenApiDocument) {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  ajv.addVocabulary(['components']);
  const { components } = document;
  return (schema: object | undefined, value: unknown): unknown => {
    const judge = ajv.compile({ ...schema, components: { schemas: components.schemas } });
    return judge(value) ? undefined : judge.errors;
  };
}

/** Runs one operation and judges request and answer by the document. */
async function runBy(document: OpenApiDocument, id: string, request: ValidRequest = VALID[id] ?? {}): Promise<number> {
  const operation = OPERATIONS.find((each) => each.id === id);
  if (operation === undefined) throw new Error(`no operation ${id}`);
  const described = document.paths[operation.path]?.[operation.method];
  const judge = judgeBy(document);
  if (request.body) expect([id, judge(described?.requestBody?.content['application/json']?.schema, request.body)]).toEqual([id, undefined]);
  const [init, type] = initOf(operation, request);
  const answer = await bench.api(pathOf(operation.path, request), init, type);
  const media = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const schema = described?.responses[answer.status]?.content[media]?.schema;
  expect([id, answer.status, media, schema === undefined ? 'not in the document' : 'known']).toEqual([id, answer.status, media, 'known']);
  const value: unknown = media.startsWith('text/') ? await answer.text() : await answer.json();
  expect([id, answer.status, judge(schema, value)]).toEqual([id, answer.status, undefined]);
  return answer.status;
}

describe('the document', () => {
  it('has every route, and no other', async () => {
    bench = await createWebBench();
    const { paths } = await documentOf();
    const listed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = registeredRoutes().filter(([method, path]) => method !== 'ALL' && path !== '/*');
    expect(listed.sort()).toEqual(routes.map(([method, path]) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`).sort());
  });

  it('is whole: each reference leads somewhere, each parameter of a path is told, each operation has its own name', async () => {
    bench = await createWebBench();
    const document = await documentOf();
    expect([document.openapi, document.info.version]).toEqual(['3.1.1', '1.2.3']);
    const refs = [...new Set(JSON.stringify(document).match(/"\$ref":"[^"]+"/g))].map((ref) => ref.slice(8, -1));
    expect(refs.length).toBeGreaterThan(30);
    for (const ref of refs)
      expect([ref, document.components.schemas[ref.replace('#/components/schemas/', '')] !== undefined]).toEqual([ref, true]);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((each) => ({ path, ...each })),
    );
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { path, parameters = [] } of operations)
      expect(parameters.filter(({ in: place }) => place === 'path').map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
    for (const schema of Object.values(document.components.schemas)) expect(judgeBy(document)(schema, 5)).toBeDefined();
  });

  it('says who may call what, as the server does', async () => {
    bench = await createWebBench();
    const { paths } = await documentOf();
    for (const { path, method, access } of OPERATIONS) {
      const { security, 'x-ratchet-access': told } = paths[path]?.[method] ?? {};
      const schemes = access === 'password' ? ['password'] : ['password', 'token'];
      expect([path, method, told, security?.flatMap(Object.keys)]).toEqual([path, method, access, schemes]);
    }
  });

  it('would notice an answer of another shape', async () => {
    bench = await createWebBench();
    const document = await documentOf();
    const judge = judgeBy(document);
    const schema = document.paths['/status']?.get?.responses[200]?.content['application/json']?.schema;
    const status = (await (await bench.api('/status')).json()) as Record<string, unknown>;
    expect(judge(schema, status)).toBeUndefined();
    expect(judge(schema, { ...status, state: 'gone' })).toMatchObject([{ instancePath: '/state' }]);
    expect(judge(schema, { ...status, inbox: undefined })).toBeDefined();
  });
});

/** After these others are refused. */
const LATE = ['haltRollout', 'skipRollout', 'applyPolicies', 'stop', 'leave'];

describe('every operation answers as the document says', () => {
  it('with rings, tags, tokens and attempts', async () => {
    bench = await createWebBench(RINGED);
    await bench.enroll('D1');
    await bench.enroll('D2');
    await bench.settle();
    const document = await documentOf();
    const statuses: Record<string, number> = {};
    const order = OPERATIONS.map(({ id }) => id).filter((id) => !LATE.includes(id));
    for (const id of [...order, ...LATE]) {
      // What is taken back needs something that was doubtful before.
      if (id === 'acceptReleases') expect(await importEmpty(document)).toBe(200);
      const request = id === 'stop' ? { body: {} } : undefined;
      statuses[id] = await runBy(document, id, request);
    }
    const refused = Object.entries(statuses).filter(([, status]) => status !== 200);
    // It needs 51 devices: below.
    expect(refused).toEqual([['acceptSeverities', 409]]);
    for (const id of OPERATIONS.filter(({ method }) => method === 'get').map((each) => each.id))
      expect([id, await runBy(document, id)]).toEqual([id, 200]);
  });

  it('when it refuses', async () => {
    bench = await createWebBench(RINGED);
    const document = await documentOf();
    const met = new Set<number>();
    for (const { id, params } of OPERATIONS) {
      const valid = VALID[id] ?? {};
      met.add(await runBy(document, id, { ...valid, query: { nonsense: '1' } }));
      if ('device' in params.shape) met.add(await runBy(document, id, { ...valid, params: { device: 'nobody' } }));
    }
    for (const id of ['pauseRollout', 'acceptReleases', 'pause', 'revokeToken', 'acceptSeverities']) {
      const body = { ...VALID[id]?.body, ...(id === 'pause' ? { policy: 'nobody' } : {}) };
      met.add(await runBy(document, id, { body }));
    }
    expect([...met].sort()).toEqual([400, 404, 409]);
  });

  it('when a severity is held', async () => {
    const due = { kind: 'days' as const, days: 14, at: '18:00', severity: { exploited: 4 } };
    const policy = { name: 'everyone', match: {}, target: { kind: 'latest' as const }, due, mode: 'enforce' as const, paused: false };
    const policies = { policies: [policy] };
    const body = JSON.stringify({ OSVersions: [{ SecurityReleases: [{ ProductVersion: '26.6.1', CVEs: { 'CVE-2026-0001': true } }] }] });
    const sofa: SofaFeed[] = [
      { platform: 'iOS', feed: { name: 'sofa', read: async () => ({ kind: 'answer', body, etag: '"1"', at: NOW }) } },
    ];
    bench = await createWebBench({ policies });
    for (let n = 0; n < 51; n++) await bench.enroll(`D${n}`);
    const { store } = bench;
    await bench.ratchet.stop();
    bench = await createWebBench({ policies, openStore: () => store, sofa, life: 1 });
    while (bench.ratchet.standing.severitiesTold === undefined) await new Promise((resolve) => setImmediate(resolve));
    await bench.settle();
    const document = await documentOf();
    expect([await runBy(document, 'listSeverities'), await runBy(document, 'listReleases')]).toEqual([200, 200]);
    const { held } = (await (await bench.api('/severities')).json()) as { held: { difference: { guard: { plan: string } } }[] };
    expect(await runBy(document, 'acceptSeverities', { body: { plan: held[0]?.difference.guard.plan } })).toBe(200);
  });
});

/** A newer list with nothing in it: held back as doubtful. */
async function importEmpty(document: OpenApiDocument): Promise<number> {
  const bundle = { ...(VALID.importReleases?.body?.bundle as { catalogue: object }) };
  const catalogue = { ...bundle.catalogue, releases: [], heldDigest: 'empty', heldAt: NOW + 1, lastCheckedAt: NOW + 1 };
  return runBy(document, 'importReleases', { body: { bundle: { ...bundle, catalogue } } });
}

describe('the page of it', () => {
  it('needs no script, nothing from elsewhere, and names every operation and schema', async () => {
    bench = await createWebBench();
    expect((await bench.api('/', { redirect: 'manual' })).headers.get('location')).toBe('/api/v1/reference');
    const answer = await bench.api('/reference');
    const text = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8']);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'; style-src 'self'");
    expect(text).not.toMatch(/<script|style=|https?:\/\//);
    const { paths, components } = await documentOf();
    for (const path of Object.keys(paths)) expect(text).toContain(`/api/v1${path}`);
    for (const name of Object.keys(components.schemas)) expect(text).toContain(`id="${name}"`);
    // Code is marked as such, not shown in the signs of another format.
    expect(text).toContain('<code>exchange</code> of an entry.');
    expect(text).not.toContain('`');
    const style = await bench.ratchet.fetch(new Request(`http://r${/href="(\/assets[^"]+)"/.exec(text)?.[1]}`));
    expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
  });
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PushOutcome } from '../../src/sim/host.types.ts';
import { createSimNanoMdm } from '../../src/sim/nanomdm-host.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { answerOf, bytesOf, NOTHING, textOf } from '../../src/sim/wire.ts';

/** What a real NanoMDM was asked, answered and sent, replayed against the simulated one. */

const folder = join(import.meta.dirname, '../../../shared/data/recorded/nanomdm');
const isThere = existsSync(folder);

type RecordedBody = string | { base64: string };
interface Exchange {
  request: { method: string; path: string; headers: Record<string, string>; body: RecordedBody };
  response: { status: number; headers: [string, string][]; body: RecordedBody };
}

function read(directory: string): { name: string; exchange: Exchange }[] {
  return readdirSync(directory)
    .filter((name) => /^\d\d-.*\.json$/.test(name))
    .sort()
    .map((name) => ({ name, exchange: JSON.parse(readFileSync(join(directory, name), 'utf8')) }));
}

function bytes(body: RecordedBody): Uint8Array {
  return typeof body === 'string' ? bytesOf(body) : new Uint8Array(Buffer.from(body.base64, 'base64'));
}

/** One certificate has two spellings: URL-escaped PEM and RFC 9440. */
function sameSpelling(headers: Record<string, string>): Record<string, string> {
  const value = headers['X-Client-Cert'];
  if (value === undefined) return headers;
  return { ...headers, 'X-Client-Cert': decodeURIComponent(value).replace(/-----[A-Z ]+-----|[\s:]/g, '') };
}

/** What no two servers say alike. */
function masked(text: string): string {
  return text
    .replace(/"push_result": "[0-9A-F-]{36}"/g, '"push_result": "…"')
    .replace(/"push_error": "Post .*"/g, '"push_error": "Post …"')
    .replace(/timestamp \d+/g, 'timestamp …')
    .replace(/parse error: .*: raw content/, 'parse error: …: raw content')
    .replace(/"created_at":"[^"]*","event_id":"[0-9a-f]{16}"/, '"created_at":"…","event_id":"…"')
    .replace(/"version":"[^"]*"/, '"version":"…"');
}

async function replay(directory: string, push: (id: string) => PushOutcome, skip: RegExp) {
  const exchanges = read(directory).filter(({ name }) => !skip.test(name));
  const dmAnswers = new Map<string, { status: number; body: Uint8Array }>([
    ['declaration/configuration/nope', { status: 404, body: bytesOf('no such declaration\n') }],
    ['status', { status: 200, body: NOTHING }],
  ]);
  for (const { name, exchange } of exchanges) {
    const endpoint = {
      '63-dm-tokens.json': 'tokens',
      '64-dm-declaration-items.json': 'declaration-items',
      '65-dm-declaration.json': 'declaration/configuration/c1',
    }[name];
    if (endpoint !== undefined) dmAnswers.set(endpoint, { status: 200, body: bytes(exchange.response.body) });
  }
  const webhooks: string[] = [];
  const host = createSimNanoMdm({
    now: () => Date.parse('2026-11-20T23:54:00Z'),
    random: createPrng('recorded').next,
    apiKey: 'apikey',
    webhookUrl: 'http://127.0.0.1:9210/webhook',
    dmUrl: 'http://127.0.0.1:9210/dm/',
    push,
    async fetch(url, init) {
      const path = new URL(url).pathname;
      if (path === '/webhook') {
        webhooks.push(masked(textOf(init.body ?? NOTHING)));
        return answerOf(200, {}, NOTHING);
      }
      const answer = dmAnswers.get(path.replace('/dm/', '')) ?? { status: 404, body: NOTHING };
      return answerOf(answer.status, {}, answer.body);
    },
  });
  const results: { name: string; got: unknown; want: unknown }[] = [];
  for (const { name, exchange } of exchanges) {
    const { request, response } = exchange;
    if (name.startsWith('44-')) {
      // 40 to 43 are not in the recordings; one of them queued this, which 55 delivers.
      const delivered = exchanges.find((other) => other.name.startsWith('55-'))?.exchange.response.body ?? '';
      const headers = { Authorization: `Basic ${btoa('nanomdm:apikey')}` };
      await host.handle({
        method: 'PUT',
        path: '/v1/enqueue/AAAAAAAA-1111-4111-8111-000000000001?nopush=1',
        headers,
        body: bytes(delivered),
      });
    }
    const got = await host.handle({
      method: request.method,
      path: request.path,
      headers: sameSpelling(request.headers),
      body: bytes(request.body),
    });
    await host.quiet();
    const type = response.headers.find(([header]) => header === 'Content-Type')?.[1];
    results.push({
      name,
      got: { status: got.status, body: masked(textOf(got.body)), type: got.headers['Content-Type'] },
      want: { status: response.status, body: masked(textOf(bytes(response.body))), type },
    });
  }
  return { results, webhooks };
}

describe.skipIf(!isThere)('recorded NanoMDM (needs ../shared/data)', () => {
  it('answers as the real one did', async () => {
    // 95-97: /migration is not simulated. 02: /v1/pushcert is not.
    const { results } = await replay(folder, () => 'unreachable', /^9[567]-|^02-/);
    expect(results.length).toBeGreaterThan(80);
    for (const { name, got, want } of results) expect({ name, ...(got as object) }).toEqual({ name, ...(want as object) });
  });

  it('sends the webhooks the real one sent', async () => {
    const { webhooks } = await replay(folder, () => 'unreachable', /^9[567]-|^02-/);
    const recorded = readdirSync(folder)
      .filter((name) => /^webhook-.*\.body\.json$/.test(name))
      .sort()
      .map((name) => masked(readFileSync(join(folder, name), 'utf8')));
    expect(recorded.length).toBeGreaterThan(40);
    // Those sent while nobody listened are in no recording, and two at once may be recorded in either order.
    const left = [...webhooks];
    for (const body of recorded) {
      const at = left.indexOf(body);
      expect(at, body.slice(0, 200)).toBeGreaterThanOrEqual(0);
      left.splice(at, 1);
    }
  });

  it('reports pushes as the real one did', async () => {
    const outcomes: PushOutcome[] = ['ok', 'unregistered', 'bad-device-token', 'unavailable'];
    const { results } = await replay(join(folder, 'push'), (id) => outcomes[Number(id.slice(-1)) - 1] ?? 'ok', /^never$/);
    for (const { name, got, want } of results) expect({ name, ...(got as object) }).toEqual({ name, ...(want as object) });
  });
});

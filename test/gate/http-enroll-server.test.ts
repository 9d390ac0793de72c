import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { EnrollRequest } from '../../src/gate/enroll-server.ts';
import { createHttpEnrollServer } from '../../src/gate/http/http-enroll-server.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serverOf(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mdm/enroll`;
}

const REQUEST: EnrollRequest = {
  method: 'POST',
  search: '?site=berlin&x=%2F',
  headers: [
    ['Host', 'mdm.example.org'],
    ['Content-Type', 'application/pkcs7-signature'],
    ['X-Twice', '1'],
    ['X-Twice', '2'],
    ['Connection', 'close, X-Hop'],
    ['X-Hop', 'of this connection'],
    ['Transfer-Encoding', 'chunked'],
  ],
  body: Buffer.from([0, 1, 2, 255]),
};

describe('the server behind the gate', () => {
  it('is asked as the device asked: method, query, headers and bytes, without those of the connection', async () => {
    const seen: { method?: string | undefined; url?: string | undefined; raw?: string[]; body?: Buffer } = {};
    const url = await serverOf((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        Object.assign(seen, { method: request.method, url: request.url, raw: request.rawHeaders, body: Buffer.concat(chunks) });
        response.end('profile');
      });
    });
    await createHttpEnrollServer({ url }).pass(REQUEST);
    expect(seen).toMatchObject({ method: 'POST', url: '/mdm/enroll?site=berlin&x=%2F', body: Buffer.from([0, 1, 2, 255]) });
    const told = seen.raw?.join('\n');
    for (const text of ['Host\nmdm.example.org', 'X-Twice\n1', 'X-Twice\n2', 'Content-Length\n4']) expect(told).toContain(text);
    for (const text of ['X-Hop', 'chunked']) expect(told).not.toContain(text);
  });

  it('answers what it answers: status, headers in their order, packed bytes, redirects', async () => {
    const packed = gzipSync('profile');
    const url = await serverOf((_request, response) => {
      response.writeHead(302, [
        ...['Location', '/sign-in'],
        ...['Set-Cookie', 'a=1'],
        ...['Set-Cookie', 'b=2'],
        ...['Content-Encoding', 'gzip'],
      ]);
      response.end(packed);
    });
    const answer = await createHttpEnrollServer({ url }).pass({ ...REQUEST, method: 'GET', body: new Uint8Array() });
    expect(answer).toMatchObject({ kind: 'answer', status: 302, body: packed });
    const headers = answer.kind === 'answer' ? answer.headers : [];
    expect(headers.filter(([name]) => name !== 'Date')).toEqual([
      ['Location', '/sign-in'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['Content-Encoding', 'gzip'],
    ]);
  });

  it.each<[string, RequestListener, object, string]>([
    ['hangs', () => undefined, { timeoutMs: 30 }, 'no answer in 0.03 s'],
    ['answers too much', (_q, response) => response.end(Buffer.alloc(2_000)), { bytesMax: 1_000 }, 'its answer has more than 1000 bytes'],
    [
      'breaks off',
      (_q, response) => response.writeHead(200, { 'Content-Length': 10 }).write('x', () => response.destroy()),
      {},
      'its answer broke off',
    ],
    ['hangs up', (request) => request.destroy(), {}, 'socket hang up'],
  ])('is down when it %s', async (_what, answer, settings, message) => {
    const url = await serverOf(answer);
    expect(await createHttpEnrollServer({ url, ...settings }).pass(REQUEST)).toEqual({ kind: 'down', message });
  });

  it('is down when nobody listens there, or the request can not be sent', async () => {
    const url = await serverOf(() => undefined);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    expect(await createHttpEnrollServer({ url }).pass(REQUEST)).toMatchObject({
      kind: 'down',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const odd = { ...REQUEST, headers: [['X-Odd', 'a\nb']] as const };
    expect(await createHttpEnrollServer({ url }).pass(odd)).toMatchObject({ kind: 'down' });
  });
});

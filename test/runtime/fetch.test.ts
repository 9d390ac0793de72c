import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSystemFetch } from '../../src/runtime/fetch.ts';

let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/silent') return;
    if (request.url === '/half') {
      response.write('half');
      return;
    }
    if (request.url === '/away') {
      response.writeHead(302, { location: '/echo' }).end('moved');
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('x-method', request.method ?? '');
      response.end(Buffer.concat(chunks));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const fetch = createSystemFetch();

describe('fetch', () => {
  it('sends and answers bytes', async () => {
    const answer = await fetch(`${base}/echo`, { method: 'PUT', body: new Uint8Array([0, 255, 1]) });
    expect([answer.status, answer.headers.get('X-Method')]).toEqual([200, 'PUT']);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(new Uint8Array([0, 255, 1]));
  });

  it('answers text', async () => {
    expect(await (await fetch(`${base}/echo`, { method: 'POST', body: 'grüß' })).text()).toBe('grüß');
  });

  it('answers a redirect and does not follow it', async () => {
    expect((await fetch(`${base}/away`)).status).toBe(302);
  });

  it.each(['/silent', '/half'])('gives up on %s by a TimeoutError, wherever the answer hangs', async (path) => {
    const asked = (async () => (await fetch(base + path, { timeoutMs: 50 })).text())();
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('says why nobody was reached', async () => {
    await expect(fetch('http://127.0.0.1:1/')).rejects.toThrow(/ECONNREFUSED|bad port/);
  });
});

import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { APPLE_LOOKUP_URL, isApple } from '../../src/feeds/apple.ts';
import { FEED_BODY_BYTES_MAX } from '../../src/feeds/feed.ts';
import { APPLE_ROOT_CA } from '../../src/feeds/gdmf/apple-root-ca.ts';
import { createGdmfHttpFeed } from '../../src/feeds/gdmf/http.ts';
import { openGdmfFeed } from '../../src/feeds/gdmf/open-feed.ts';
import { createPinnedFetch } from '../../src/runtime/pinned-fetch.ts';
import type { Fetch } from '../../src/runtime.ts';
import { createAuthority } from './certificates.ts';

/** A server under a root of our own plays Apple's: the same trust, and everything it may answer. */

const NOW = Date.parse('2040-03-01T09:00:00Z');
const BODY = '{"PublicAssetSets":{"iOS":[]},"AssetSets":{}}';
const root = createAuthority('Root of the test');
const right = root.issue();
const open: { server: Server; sockets: Set<Duplex> }[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

type Answer = Parameters<typeof createServer>[1];

async function serve(answer: Answer, { certificate, key } = right): Promise<string> {
  const server = createServer({ cert: certificate, key }, answer);
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => sockets.add(socket));
  open.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://localhost:${(server.address() as AddressInfo).port}/v2/pmv`;
}

const readFrom = (
  url: string,
  { ca = root.certificate, timeoutMs = 10_000, etag }: { ca?: string; timeoutMs?: number; etag?: string } = {},
) => createGdmfHttpFeed({ url, fetch: createPinnedFetch(ca), clock: { now: () => NOW }, timeoutMs }).read(etag);

describe('Apple Root CA', () => {
  const certificate = new X509Certificate(APPLE_ROOT_CA);

  it('is the one with the published fingerprint, and signed by itself', () => {
    expect(certificate.fingerprint256.replaceAll(':', '')).toBe('B0B1730ECBC7FF4505142C49F1295E6EDA6BCAED7E2C68C5BE91B5A11001F024');
    expect(certificate.subject).toContain('CN=Apple Root CA');
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(true);
  });

  it('is the only one in the file', () => {
    expect(APPLE_ROOT_CA.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
  });
});

describe('which trust a source gets', () => {
  const system: Fetch = () => Promise.reject(new Error('the system’s trust'));
  const trustOf = async (source: Parameters<typeof openGdmfFeed>[0]['source']) => {
    const pins: string[] = [];
    const pinnedFetch = (ca: string): Fetch => {
      pins.push(ca);
      return () => Promise.reject(new Error('pinned'));
    };
    const answer = await openGdmfFeed({ source, clock: { now: () => NOW }, fetch: system, pinnedFetch, userAgent: 'ratchet/1' }).read();
    return { pins, message: answer.kind === 'outage' ? answer.message : answer.kind };
  };

  it.each([APPLE_LOOKUP_URL, 'https://GDMF.apple.com./v2/pmv', 'https://gdmf.apple.com:443/v2/pmv?x'])(
    '%s: Apple’s root only',
    async (url) => {
      expect(await trustOf({ kind: 'url', url })).toEqual({ pins: [APPLE_ROOT_CA], message: 'Error: pinned' });
    },
  );

  it('a CA file does not loosen the pin of Apple’s server', async () => {
    expect((await trustOf({ kind: 'url', url: APPLE_LOOKUP_URL, ca: root.certificate })).pins).toEqual([APPLE_ROOT_CA]);
  });

  it('a mirror: the system’s, or its own', async () => {
    const url = 'https://mirror.example/pmv.json';
    expect(await trustOf({ kind: 'url', url })).toEqual({ pins: [], message: 'Error: the system’s trust' });
    expect(await trustOf({ kind: 'url', url, ca: root.certificate })).toEqual({ pins: [root.certificate], message: 'Error: pinned' });
  });

  it('names like Apple’s are not Apple’s', () => {
    expect(['https://gdmf.apple.com.example/x', 'https://xgdmf.apple.com/', 'https://apple.com/'].map(isApple)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('a server under the right root', () => {
  it('is read: body, etag, date; without redirects, compression or old connections', async () => {
    let asked: Record<string, unknown> = {};
    const url = await serve((request, response) => {
      asked = { ...request.headers, url: request.url };
      response.setHeader('ETag', '"1"').setHeader('Date', 'Thu, 01 Mar 2040 08:59:30 GMT').end(BODY);
    });
    expect(await readFrom(url)).toEqual({ kind: 'answer', body: BODY, etag: '"1"', date: NOW - 30_000, at: NOW });
    expect(asked).toMatchObject({ url: '/v2/pmv', accept: 'application/json', connection: 'close' });
    expect(asked).not.toHaveProperty('if-none-match');
  });

  it('says 304 to the etag it gave', async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.headers['if-none-match'] === '"1"' ? 304 : 200).end();
    });
    expect(await readFrom(url, { etag: '"1"' })).toMatchObject({ kind: 'not-modified', at: NOW });
    expect(await readFrom(url, { etag: '"2"' })).toMatchObject({ kind: 'answer', body: '' });
  });

  it('says 304 to the Last-Modified it gave, when it has no etag', async () => {
    const since = 'Wed, 29 Feb 2040 10:00:00 GMT';
    const url = await serve((request, response) => {
      response
        .setHeader('Last-Modified', since)
        .writeHead(request.headers['if-modified-since'] === since ? 304 : 200)
        .end(BODY);
    });
    const first = await readFrom(url);
    expect(first).toMatchObject({ kind: 'answer', etag: since });
    expect(await readFrom(url, { etag: since })).toMatchObject({ kind: 'not-modified' });
  });

  it.each<[string, Answer, object]>([
    ['403', (_, response) => response.writeHead(403).end('no'), { message: 'The server answered 403.' }],
    ['429', (_, response) => response.writeHead(429, { 'Retry-After': '7200' }).end(), { retryAfterMs: 7_200_000 }],
    ['500', (_, response) => response.writeHead(500).end('{}'), { message: 'The server answered 500.' }],
    ['a redirect', (_, response) => response.writeHead(302, { Location: '/other' }).end(), { message: 'The server answered 302.' }],
    [
      'a truncated body',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': '1000' });
        response.write(BODY, () => response.socket?.destroy());
      },
      { message: expect.stringMatching(/aborted|ECONNRESET/) },
    ],
    [
      'a body that says it is over the limit',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': String(FEED_BODY_BYTES_MAX + 1) });
        response.write('x');
      },
      { message: expect.stringContaining('larger than') },
    ],
    [
      'a body without end',
      (_, response) => {
        const more = Buffer.alloc(1024 * 1024);
        const pour = () => {
          while (!response.destroyed && response.write(more));
          if (!response.destroyed) response.once('drain', pour);
        };
        pour();
      },
      { message: expect.stringContaining('over 33554432 bytes') },
    ],
  ])('%s is an outage, and counts as asked', async (_name, answer, expected) => {
    const outage = await readFrom(await serve(answer));
    expect(outage).toMatchObject({ kind: 'outage', ...expected });
    expect(outage).not.toHaveProperty('isUnreached');
  });

  it.each<[string, Answer]>([
    ['that never answers', () => undefined],
    ['that stops within the body', (_, response) => void response.writeHead(200).write(BODY.slice(0, 10))],
  ])('%s is an outage when the time is over', async (_name, answer) => {
    const outage = await readFrom(await serve(answer), { timeoutMs: 150 });
    expect(outage).toEqual({ kind: 'outage', message: 'TimeoutError: no answer in 150 ms' });
  });

  it('an empty body is an answer: the reader of it says what it is', async () => {
    expect(await readFrom(await serve((_, response) => response.end()))).toMatchObject({ kind: 'answer', body: '' });
  });
});

describe('a server that is not to be trusted', () => {
  const other = createAuthority('Root of somebody else');
  const namesake = createAuthority('Root of the test');
  const day = 86_400_000;

  it.each([
    ['another root', other.issue(), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['a root of the same name', namesake.issue(), 'CERT_SIGNATURE_FAILURE'],
    ['the right root for another host', root.issue({ hosts: ['gdmf.example'] }), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    [
      'the right root, expired',
      root.issue({ notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) }),
      'CERT_HAS_EXPIRED',
    ],
    ['the right root, not valid yet', root.issue({ notBefore: new Date(Date.now() + day) }), 'CERT_NOT_YET_VALID'],
  ])('%s: not asked at all', async (_name, leaf, code) => {
    const requests: string[] = [];
    const url = await serve((request, response) => {
      requests.push(request.url ?? '');
      response.end(BODY);
    }, leaf);
    const outage = await readFrom(url);
    expect(outage).toEqual({ kind: 'outage', message: expect.stringContaining(`certificate is not trusted (${code}`), isUnreached: true });
    expect(requests).toEqual([]);
  });

  it('nor by a switch that turns checking off for the rest of Node', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const url = await serve((_, response) => response.end(BODY), other.issue());
    expect(await readFrom(url)).toMatchObject({ kind: 'outage', isUnreached: true });
  });

  it('the root of the test is none for Apple’s name', async () => {
    const url = await serve((_, response) => response.end(BODY));
    expect(await readFrom(url, { ca: APPLE_ROOT_CA })).toMatchObject({ kind: 'outage', isUnreached: true });
  });

  it('plain HTTP, nobody there', async () => {
    const url = await serve((_, response) => response.end(BODY));
    expect(await readFrom(url.replace('https', 'http'))).toMatchObject({
      message: 'Error: only https: is trusted here',
      isUnreached: true,
    });
    const [{ server }] = open as [(typeof open)[0]];
    await new Promise((resolve) => server.close(resolve));
    expect(await readFrom(url)).toMatchObject({ message: expect.stringContaining('ECONNREFUSED'), isUnreached: true });
  });
});

import { describe, expect, it } from 'vitest';
import { FEED_BODY_BYTES_MAX } from '../../src/feeds/feed.ts';
import { createGdmfHttpFeed } from '../../src/feeds/gdmf/http.ts';
import type { Fetch, FetchInit } from '../../src/runtime.ts';
import { DAY_MS } from '../../src/time/local.ts';

const NOW = Date.parse('2040-03-01T09:00:00Z');
const URL_GIVEN = 'https://lookup.example/v2/pmv';

interface Request {
  url: string;
  init?: FetchInit;
}

/** A Fetch that gives one answer and keeps what it was asked. */
function answering(
  status: number,
  headers: Record<string, string> = {},
  body: string | ArrayBuffer = '',
): { fetch: Fetch; requests: Request[] } {
  const requests: Request[] = [];
  const known = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body).buffer : body;
  return {
    requests,
    fetch: async (url, init) => {
      requests.push({ url, init });
      return {
        status,
        headers: { get: (name) => known.get(name.toLowerCase()) ?? null },
        arrayBuffer: async () => bytes as ArrayBuffer,
        text: async () => new TextDecoder().decode(bytes as ArrayBuffer),
      };
    },
  };
}

const feedOver = (fetch: Fetch) => createGdmfHttpFeed({ url: URL_GIVEN, fetch, clock: { now: () => NOW } });

describe('reading', () => {
  it('gives body, etag, the date of the server and ours', async () => {
    const { fetch } = answering(200, { ETag: ' "abc" ', Date: 'Thu, 01 Mar 2040 08:59:30 GMT' }, '{"AssetSets":{"iOS":"ä"}}');

    expect(await feedOver(fetch).read()).toEqual({
      kind: 'answer',
      body: '{"AssetSets":{"iOS":"ä"}}',
      etag: '"abc"',
      date: NOW - 30_000,
      at: NOW,
    });
  });

  it('gives no etag and no date where there is none, or an unreadable one', async () => {
    const { fetch } = answering(200, { ETag: '', Date: 'yesterday' }, '{}');

    expect(await feedOver(fetch).read()).toEqual({ kind: 'answer', body: '{}', at: NOW });
  });

  it('asks unconditionally the first time, and by ETag after', async () => {
    const { fetch, requests } = answering(304, { Date: 'Thu, 01 Mar 2040 09:00:00 GMT' });
    const feed = feedOver(fetch);

    await feed.read();
    const second = await feed.read('"abc"');

    expect(requests.map(({ url }) => url)).toEqual([URL_GIVEN, URL_GIVEN]);
    expect(requests[0]?.init?.headers).not.toHaveProperty('If-None-Match');
    expect(requests[1]?.init?.headers).toMatchObject({ 'If-None-Match': '"abc"', Accept: 'application/json' });
    expect(requests[1]?.init?.timeoutMs).toBeGreaterThan(0);
    expect(second).toEqual({ kind: 'not-modified', date: NOW, at: NOW });
  });

  it('does not look into the body', async () => {
    expect(await feedOver(answering(200, {}, '<html>').fetch).read()).toMatchObject({ kind: 'answer', body: '<html>' });
  });
});

describe('outages', () => {
  it.each([301, 304, 400, 401, 403, 404, 429, 500, 502, 503, 666])('%d', async (status) => {
    expect(await feedOver(answering(status, {}, '{}').fetch).read()).toEqual({ kind: 'outage', message: `The server answered ${status}.` });
  });

  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Thu, 01 Mar 2040 10:00:00 GMT', 3_600_000],
    ['Thu, 01 Mar 2040 08:00:00 GMT', 0],
    ['99999999999999999999', 7 * DAY_MS],
    ['soon', undefined],
    ['-5', undefined],
    ['', undefined],
  ])('Retry-After %j waits %s ms', async (header, retryAfterMs) => {
    const answer = await feedOver(answering(429, { 'Retry-After': header, Date: 'Thu, 01 Mar 2040 09:00:00 GMT' }).fetch).read();

    expect(answer).toMatchObject({ kind: 'outage', retryAfterMs });
  });

  it('a Retry-After date counts from the clock of the server', async () => {
    const headers = { 'Retry-After': 'Thu, 01 Mar 2040 12:10:00 GMT', Date: 'Thu, 01 Mar 2040 12:00:00 GMT' };

    expect(await feedOver(answering(503, headers).fetch).read()).toMatchObject({ retryAfterMs: 600_000 });
  });

  it.each([
    [Object.assign(new Error('no answer in 60000 ms'), { name: 'TimeoutError' }), { message: 'TimeoutError: no answer in 60000 ms' }],
    [new TypeError('fetch failed'), { message: 'TypeError: fetch failed', isUnreached: true }],
    ['odd', { message: 'odd', isUnreached: true }],
  ])('a fetch that rejects with %s', async (error, more) => {
    expect(await feedOver(() => Promise.reject(error)).read()).toEqual({ kind: 'outage', ...more });
  });

  it('a connection that breaks within the body', async () => {
    const fetch: Fetch = async () => ({
      status: 200,
      headers: { get: () => null },
      arrayBuffer: () => Promise.reject(new TypeError('terminated')),
      text: () => Promise.reject(new TypeError('terminated')),
    });

    expect(await feedOver(fetch).read()).toEqual({ kind: 'outage', message: 'TypeError: terminated' });
  });

  it('a body over the limit, told or not', async () => {
    const told = answering(200, { 'Content-Length': String(FEED_BODY_BYTES_MAX + 1) }, '{}');
    const untold = answering(200, {}, new ArrayBuffer(FEED_BODY_BYTES_MAX + 1));
    const atLimit = answering(200, { 'Content-Length': String(FEED_BODY_BYTES_MAX) }, new ArrayBuffer(FEED_BODY_BYTES_MAX));

    expect(await feedOver(told.fetch).read()).toMatchObject({ kind: 'outage', message: expect.stringContaining('larger') });
    expect(await feedOver(untold.fetch).read()).toMatchObject({ kind: 'outage', message: expect.stringContaining('larger') });
    expect(await feedOver(atLimit.fetch).read()).toMatchObject({ kind: 'answer' });
  });
});

describe('the name', () => {
  it.each([
    ['https://user:secret@mirror.example:8443/v2/pmv?token=secret#x', 'https://mirror.example:8443/v2/pmv'],
    ['not a url with a secret', 'gdmf'],
  ])('of %s holds no credential', (url, name) => {
    const { fetch } = answering(200);

    expect(createGdmfHttpFeed({ url, fetch, clock: { now: () => NOW } }).name).toBe(name);
  });
});

describe('asked whether it is there', () => {
  const reached = (status: number, headers: Record<string, string> = {}) => {
    const methods: (string | undefined)[] = [];
    const fetch: Fetch = async (_url, init) => {
      methods.push(init?.method);
      const read = () => Promise.reject(new Error('the body is not wanted'));
      return { status, headers: { get: (name) => headers[name] ?? null }, text: read, arrayBuffer: read };
    };
    return { methods, answer: feedOver(fetch).reach?.() };
  };

  it('fetches nothing, and hears the time', async () => {
    const { methods, answer } = reached(200, { Date: 'Fri, 20 Nov 2026 12:00:00 GMT' });
    expect(await answer).toEqual({ kind: 'reached', at: NOW, date: Date.UTC(2026, 10, 20, 12) });
    expect(methods).toEqual(['HEAD']);
  });

  it('is there where it takes GET alone', async () => {
    expect(await reached(405).answer).toEqual({ kind: 'reached', at: NOW });
  });

  it('is no source that refuses', async () => {
    expect(await reached(403).answer).toEqual({ kind: 'outage', message: 'The server answered 403.', isUnreached: false });
  });

  it('is out of reach without a connection or trust', async () => {
    const fetch: Fetch = () => Promise.reject(new Error('not trusted'));
    expect(await feedOver(fetch).reach?.()).toEqual({ kind: 'outage', message: 'not trusted', isUnreached: true });
  });
});

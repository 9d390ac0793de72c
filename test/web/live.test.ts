import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listen } from '../../src/runtime/listen.ts';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { createLive, EVENT_EVERY_MS, HEARTBEAT_MS, STREAM_MS, STREAMS_MAX } from '../../src/web/live.ts';
import { LIVE_SCRIPT, LIVE_SCRIPT_PATH } from '../../src/web/pages/live-script.ts';
import { API_PASSWORD, basic, createWebBench, NOW, type WebBench } from './bench.ts';

/** What keeps open pages up to date. */

function bench() {
  const scheduler = createScheduler(NOW);
  const listeners = new Set<() => void>();
  let revision = 0;
  const changes = {
    revision: () => `r${revision}`,
    listen(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const live = createLive({ changes, clock: scheduler });
  return {
    live,
    scheduler,
    listeners,
    change() {
      revision += 1;
      for (const listener of listeners) listener();
    },
    /** Reads everything as it comes. */
    follow() {
      const told: string[] = [];
      const reader = live.open()?.getReader();
      const read = { told, isOver: false, leave: () => reader?.cancel() };
      void (async () => {
        for (;;) {
          const piece = await reader?.read();
          if (piece === undefined || piece.done) break;
          told.push(Buffer.from(piece.value).toString());
        }
        read.isOver = true;
      })();
      return read;
    },
  };
}

const event = (revision: number) => `event: revision\ndata: r${revision}\n\n`;

describe('a stream', () => {
  it('begins with what is shown now, and tells many changes as one, at most every few seconds', async () => {
    const { change, follow, scheduler } = bench();
    const { told } = follow();
    await scheduler.settle();
    expect(told).toEqual([`retry: 5000\n${event(0)}`]);
    change();
    await scheduler.runUntil(scheduler.now());
    expect(told.slice(1)).toEqual([event(1)]);
    for (let after = 0; after < EVENT_EVERY_MS; after += 100) {
      change();
      await scheduler.runUntil(NOW + after);
    }
    expect(told).toHaveLength(2);
    await scheduler.runUntil(NOW + EVENT_EVERY_MS);
    expect(told.slice(2)).toEqual([event(51)]);
    await scheduler.runUntil(NOW + 4 * EVENT_EVERY_MS);
    expect(told).toHaveLength(3);
    change();
    await scheduler.runUntil(scheduler.now());
    expect(told).toHaveLength(4);
  });

  it('is never quiet for long, and ends after a while, so that who was signed out gets no more', async () => {
    const { follow, scheduler, live } = bench();
    const { told, ...read } = follow();
    await scheduler.runUntil(NOW + HEARTBEAT_MS);
    expect(told.slice(1)).toEqual([': still here\n\n']);
    await scheduler.runUntil(NOW + STREAM_MS - 1);
    expect([live.streams, read.isOver]).toEqual([1, false]);
    await scheduler.runUntil(NOW + STREAM_MS + HEARTBEAT_MS);
    expect(live.streams).toBe(0);
  });

  it('leaves nothing that wakes or listens when its reader goes', async () => {
    const { change, follow, scheduler, listeners, live } = bench();
    const [one, other] = [follow(), follow()];
    change();
    await one.leave();
    expect([live.streams, listeners.size, scheduler.pending]).toEqual([1, 1, 2]);
    await other.leave();
    expect([live.streams, listeners.size, scheduler.pending]).toEqual([0, 0, 0]);
    // The next one is told as if it were the first.
    const next = follow();
    change();
    await scheduler.runUntil(NOW + EVENT_EVERY_MS);
    expect(next.told.at(-1)).toBe(event(2));
  });

  it('is ended when its reader takes nothing', async () => {
    const { live, scheduler } = bench();
    live.open();
    await scheduler.runUntil(NOW + 10 * HEARTBEAT_MS);
    expect([live.streams, scheduler.pending]).toEqual([0, 0]);
  });

  it(`is refused beside ${STREAMS_MAX} others, until one of them ends`, async () => {
    const { follow, live } = bench();
    const all = Array.from({ length: STREAMS_MAX }, follow);
    expect(live.open()).toBeUndefined();
    await all[0]?.leave();
    expect(live.open()).toBeDefined();
  });

  it('ends with all others when Ratchet stops, and no other is opened', async () => {
    const { follow, live, scheduler, change } = bench();
    const reads = [follow(), follow()];
    change();
    live.hangUp();
    await scheduler.settle();
    expect(reads.map(({ isOver }) => isOver)).toEqual([true, true]);
    expect([live.open(), live.streams, scheduler.pending]).toEqual([undefined, 0, 0]);
  });
});

describe('served', () => {
  let web: WebBench;
  afterEach(() => web.close());
  const authorization = basic('ratchet', API_PASSWORD);

  it('is a stream that caches and proxies leave alone, for whoever may read', async () => {
    web = await createWebBench();
    const answer = await web.ask('/events', { headers: { authorization } });
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toMatch(/^retry: 5000\nevent: revision\ndata: \S+\n\n$/);
    await reader?.cancel();
  });

  it('is refused without a session, with the wrong password, and while the API is off', async () => {
    web = await createWebBench();
    expect((await web.ask('/events')).status).toBe(401);
    expect((await web.ask('/events', { headers: { authorization: basic('ratchet', 'x') } })).status).toBe(401);
    await web.close();
    web = await createWebBench({ api: { password: undefined, open: false } });
    expect((await web.ask('/events', { headers: { authorization } })).status).toBe(403);
  });

  it('says 503 when there are too many', async () => {
    web = await createWebBench({ api: { password: undefined, open: true } });
    for (let count = 0; count < STREAMS_MAX; count++) expect((await web.ask('/events')).status).toBe(200);
    const answer = await web.ask('/events');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60']);
  });

  it('is not opened for who asks for its headers alone', async () => {
    web = await createWebBench({ api: { password: undefined, open: true } });
    for (let count = 0; count <= STREAMS_MAX; count++) {
      const { status, headers } = await web.ask('/events', { method: 'HEAD' });
      expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    }
    expect((await web.ask('/events')).status).toBe(200);
  });

  it('does not keep the listener from closing', async () => {
    web = await createWebBench({ api: { password: undefined, open: true } });
    const server = await listen({ host: '127.0.0.1', port: 0 }, (request) => web.ratchet.fetch(request));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
    const answer = await fetch(url);
    const reader = answer.body?.getReader();
    await reader?.read();
    web.ratchet.hangUp();
    expect((await reader?.read())?.done).toBe(true);
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await closed;
  });

  it('is forgotten when its browser goes', async () => {
    web = await createWebBench();
    const { live } = bench();
    const server = await listen({ host: '127.0.0.1', port: 0 }, () => new Response(live.open()));
    const leaving = new AbortController();
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { signal: leaving.signal });
    expect(live.streams).toBe(1);
    leaving.abort();
    while (live.streams > 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });

  it('has its script under a path that names its content, kept for good, and linked by pages that change', async () => {
    web = await createWebBench({ api: { password: undefined, open: true } });
    const answer = await web.ask(LIVE_SCRIPT_PATH);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      LIVE_SCRIPT,
    ]);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect((await web.ask('/assets/live.000000000000.js')).status).toBe(404);
    const tag = `<script type="module" src="${LIVE_SCRIPT_PATH}">`;
    for (const [path, isLinked] of [
      ['/', true],
      ['/devices', true],
      ['/sign-in', false],
      ['/api/v1/reference', false],
    ] as const)
      expect([path, (await (await web.ask(path)).text()).includes(tag)]).toEqual([path, isLinked]);
  });

  it('has a script that can be read, and nothing in it that the policy of pages refuses', () => {
    // A syntax error of a module is told by nobody.
    expect(() => new Function(LIVE_SCRIPT)).not.toThrow();
    expect(LIVE_SCRIPT).not.toMatch(/innerHTML|\.style\b|https?:|eval\(|import\b/);
  });
});

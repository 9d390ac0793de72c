import { afterEach, describe, expect, it } from 'vitest';
import { FORWARD_DEFAULTS, type ForwardTarget } from '../../src/engine/forward/target.types.ts';
import { SystemAnswer } from '../../src/engine/system-answers.ts';
import { sign, verifySignature } from '../../src/hosts/body-signature.ts';
import { StoreError } from '../../src/store/store.ts';
import { API_PASSWORD, basic, checkIn, createWebBench, envelope, WEBHOOK_KEY, type WebBench, type WebOptions } from './bench.ts';

/** The whole app before and behind other consumers of the same webhooks. */

const open: WebBench[] = [];
/** Releases what hangs, lest a stop waits for it. */
let wake: () => void = () => undefined;
afterEach(async () => {
  wake();
  for (const bench of open.splice(0)) await bench.close();
});

const target = (name: string): ForwardTarget => ({ name, url: `http://${name}/webhook`, limits: FORWARD_DEFAULTS });

interface Got {
  to: string;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** `answer` is given by the target's name; 200 unless told otherwise. */
async function start(names: string[], answer: (name: string) => Promise<number> = async () => 200, options: WebOptions = {}) {
  const got: Got[] = [];
  const bench = await createWebBench({
    ...options,
    forward: { to: names.map(target), isSpooled: false },
    async fetch(url, { headers = {}, body } = {}) {
      const to = new URL(url).hostname;
      got.push({ to, headers, body: body as Uint8Array });
      const status = await answer(to);
      return { status, headers: { get: () => null }, text: async () => '', arrayBuffer: async () => new ArrayBuffer() };
    },
  });
  open.push(bench);
  return { bench, got };
}

const AUTHENTICATE = checkIn('Authenticate', { UDID: 'D1', ProductName: 'iPhone15,2', OSVersion: '26.5' });
const turns = async () => {
  for (let round = 0; round < 10; round++) await new Promise((resolve) => setImmediate(resolve));
};

describe('before other consumers', () => {
  it('the server is answered first, and a consumer that hangs changes nothing for it, for us or for the others', async () => {
    const hung = new Promise<number>((resolve) => {
      wake = () => resolve(200);
    });
    const { bench, got } = await start(['hung', 'other'], (name) => (name === 'hung' ? hung : Promise.resolve(200)));
    expect((await bench.webhook(AUTHENTICATE)).status).toBe(200);
    expect(got).toEqual([]);
    expect((await bench.webhook(checkIn('TokenUpdate', { UDID: 'D1' }))).status).toBe(200);
    await turns();
    expect(got.map(({ to }) => to)).toEqual(['hung', 'other', 'other']);
    expect(await bench.store.countInbox()).toBe(2);
    wake();
    await bench.settle();
    expect((await bench.store.listEnrollments('', 10)).map(({ id }) => id)).toEqual(['D1']);
  });

  it('they get what we do not understand, and nothing whose sender is not known or that was not kept', async () => {
    const { bench, got } = await start(['other']);
    const unknown = '  {"topic":"mdm.Brand.New","thing":[1]}\n';
    const odd = envelope('mdm.Authenticate', { raw_payload: '!' });
    expect((await bench.webhook(unknown)).status).toBe(200);
    expect((await bench.webhook(odd)).status).toBe(200);
    expect((await bench.webhook(AUTHENTICATE, { 'X-Hmac-Signature': 'AAAA' })).status).toBe(403);
    expect((await bench.webhook('no JSON')).status).toBe(400);
    await bench.settle();
    expect(got.map(({ body }) => Buffer.from(body).toString())).toEqual([unknown, odd]);
    for (const { headers, body } of got) expect(verifySignature(headers['X-Hmac-Signature'], body, [WEBHOOK_KEY])).toBe(true);
  });

  it('they get nothing that was answered 503: the server’s log says that it is lost', async () => {
    const { bench, got } = await start(['other'], undefined, {
      breakStore(store) {
        store.append = () => Promise.reject(new StoreError('disk full'));
      },
    });
    expect((await bench.webhook(AUTHENTICATE)).status).toBe(503);
    await bench.settle();
    expect(got).toEqual([]);
  });

  it('our own credentials stay with us', async () => {
    const { bench, got } = await start(['other'], undefined, { webhook: { hmacKeys: [], basic: { user: 'nano', password: 'mdm' } } });
    const headers = {
      'X-Hmac-Signature': undefined,
      Authorization: basic('nano', 'mdm'),
      Cookie: 'a=b',
      'Content-Type': 'application/json',
    };
    expect((await bench.webhook(AUTHENTICATE, headers)).status).toBe(200);
    await bench.settle();
    expect(got.map((each) => each.headers)).toEqual([{ 'Content-Type': 'application/json', 'User-Agent': 'ratchet/1.2.3' }]);
  });

  it('the page of the system, its API and the metrics say how each fares, but no path of an address', async () => {
    const { bench } = await start(['dead', 'other'], async (name) => (name === 'dead' ? 503 : 200));
    await bench.webhook(AUTHENTICATE);
    await bench.settle();
    const init = { headers: { authorization: basic('ratchet', API_PASSWORD) } };
    expect(SystemAnswer.parse(await (await bench.api('/system')).json()).forward).toMatchObject([
      { name: 'dead', host: 'dead', waiting: 1, problem: '503', counts: { taken: 0, refused: 0, full: 0, expired: 0 } },
      { name: 'other', host: 'other', waiting: 0, counts: { taken: 1 } },
    ]);
    const page = await (await bench.ask('/system', init)).text();
    expect(page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')).toMatch(
      /Webhooks sent on .* dead dead failing Last failure just now : 503 1 .* other other ok/,
    );
    expect(page).not.toContain('http://dead');
    const metrics = await (await bench.ask('/metrics', init)).text();
    expect(metrics).toContain('ratchet_forwarded_total{target="other",result="taken"} 1');
    expect(metrics).toContain('ratchet_forwarded_total{target="dead",result="taken"} 0');
    expect(metrics).toContain('ratchet_forward_waiting{target="dead"} 1');
    expect(metrics).toMatch(/ratchet_forward_oldest_timestamp_seconds\{target="dead"\} \d+/);
    expect(metrics).not.toContain('ratchet_forward_oldest_timestamp_seconds{target="other"}');
  });
});

describe('behind another consumer', () => {
  it('that sends on the same bytes with the signature we take them as from the server itself', async () => {
    const behind = await createWebBench();
    open.push(behind);
    const statuses: number[] = [];
    const front = await createWebBench({
      forward: { to: [target('behind')], isSpooled: false },
      async fetch(_url, { headers = {}, body = '' } = {}) {
        const answer = await behind.webhook(body, { 'X-Hmac-Signature': undefined, ...headers });
        statuses.push(answer.status);
        return { status: answer.status, headers: answer.headers, text: () => answer.text(), arrayBuffer: () => answer.arrayBuffer() };
      },
    });
    open.push(front);
    await front.enroll('D1');
    await front.webhook(` ${AUTHENTICATE}\n`);
    await front.settle();
    expect(statuses).toEqual([200, 200, 200]);
    await behind.settle();
    expect((await behind.store.listEnrollments('', 10)).map(({ id }) => id)).toEqual(['D1']);
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['calls them something else', { 'Content-Type': 'application/octet-stream' }],
    ['says nothing of what they are', { 'Content-Type': undefined }],
    ['adds headers of its own', { Via: '1.1 consumer', 'X-Request-Id': '1', Authorization: 'Bearer of-the-consumer' }],
  ])('that %s we take them too: the signature says that they are the server’s', async (_what, headers) => {
    const { bench } = await start([]);
    expect((await bench.webhook(AUTHENTICATE, headers)).status).toBe(200);
    await bench.settle();
    expect(await bench.store.listEnrollments('', 10)).toHaveLength(1);
  });

  it('that changed a byte we refuse it', async () => {
    const { bench } = await start([]);
    const signature = sign(Buffer.from(AUTHENTICATE), WEBHOOK_KEY);
    expect((await bench.webhook(`${AUTHENTICATE} `, { 'X-Hmac-Signature': signature })).status).toBe(403);
  });
});

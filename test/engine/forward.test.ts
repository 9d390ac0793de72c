import { describe, expect, it } from 'vitest';
import { sign, verifySignature } from '../../src/hosts/body-signature.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { createForwardSite, type Got, target } from './forward-site.ts';

/** Webhooks sent on to other consumers: every byte, in order, each target in its own time (rule 34). */

const numbered = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => `{"n":${from + n}}`);
const KEY = 'webhook-secret';

/** What a target got wrong of what was sent: empty when it got all of it, byte for byte and in order. */
function mistakes(sent: readonly Uint8Array[], got: readonly Pick<Got, 'body' | 'answer'>[]): string[] {
  const taken = got.filter(({ answer }) => answer === 200).map(({ body }) => Buffer.from(body).toString('hex'));
  const wanted = sent.map((body) => Buffer.from(body).toString('hex'));
  const wrong = wanted.flatMap((body, index) =>
    taken[index] === body ? [] : [`${index}: ${taken[index] ?? 'nothing'} instead of ${body}`],
  );
  return taken.length === wanted.length ? wrong : [...wrong, `${taken.length} instead of ${wanted.length}`];
}

describe('a webhook that was answered 200', () => {
  it('is sent on byte for byte with its signature, whatever the bytes are', async () => {
    const site = await createForwardSite();
    const odd = [
      Buffer.from('{"topic":"mdm.Connect"}'),
      Buffer.from(' \r\n\t{ "topic" : "mdm.Connect" }\n\n'),
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x00, 0xc3, 0x28, 0x22, 0x7d]),
      Buffer.from('\ufeff{"ü":"\u2028"}'),
      Buffer.alloc(0),
      Buffer.alloc(300_000, 0x80),
    ];
    for (const body of odd) await site.hear(body, { headers: { 'X-Hmac-Signature': sign(body, KEY) } });
    await site.settle();
    for (const name of ['one', 'two']) {
      const got = site.got.filter((each) => each.target === name);
      expect(mistakes(odd, got)).toEqual([]);
      for (const { headers, body } of got) {
        expect(verifySignature(headers['X-Hmac-Signature'], body, [KEY])).toBe(true);
        expect(headers['Content-Type']).toBe('application/json; charset=utf-8');
      }
    }
  });

  it('control: another byte, another order and one missing are seen', () => {
    const [a, b] = [Buffer.from('{"a":1}'), Buffer.from('{"b":2}')];
    const got = (...bodies: Uint8Array[]) => bodies.map((body) => ({ body, answer: 200 }));
    expect(mistakes([a, b], got(a, b))).toEqual([]);
    expect(mistakes([a, b], got(b, a))).toHaveLength(2);
    expect(mistakes([a, b], got(a, Buffer.from('{"b": 2}')))).toHaveLength(1);
    expect(mistakes([a, b], got(a))).toHaveLength(2);
    expect(mistakes([a], got(a, a))).toHaveLength(1);
    // What JSON.parse and JSON.stringify make of bytes is not what came.
    const odd = Buffer.from(' {"a": 1}');
    expect(mistakes([odd], got(Buffer.from(JSON.stringify(JSON.parse(odd.toString())))))).toHaveLength(1);
  });

  it('goes with the credentials of the target, and without a signature where there was none', async () => {
    const site = await createForwardSite({ targets: [target('one', { authorization: 'Basic bmFubzpjbWQ=' }), target('two')] });
    await site.hear('{}');
    await site.settle();
    expect(site.got.map(({ headers }) => headers)).toEqual([
      { 'Content-Type': 'application/json; charset=utf-8', 'User-Agent': 'ratchet/1.2.3', Authorization: 'Basic bmFubzpjbWQ=' },
      { 'Content-Type': 'application/json; charset=utf-8', 'User-Agent': 'ratchet/1.2.3' },
    ]);
  });

  it('is sent on too when we do not know its topic or understand its payload, and to none that is not to get that topic', async () => {
    const site = await createForwardSite({ targets: [target('one'), target('two', { topics: ['mdm.Connect'] })] });
    await site.hear('new', { result: { kind: 'ignored', topic: 'mdm.New' } });
    await site.hear('connect');
    await site.settle();
    expect([site.taken('one'), site.taken('two')]).toEqual([['new', 'connect'], ['connect']]);
  });

  it.each(['malformed', 'unavailable'] as const)('is none when it is %s: nothing is sent on', async (kind) => {
    const site = await createForwardSite();
    await site.hear('{}', { result: { kind, message: 'no' } });
    await site.settle();
    expect(site.got).toEqual([]);
  });

  it('is answered before anything is sent on', async () => {
    const site = await createForwardSite();
    await site.hear('{}');
    expect(site.got).toEqual([]);
    await site.settle();
    expect(site.got).toHaveLength(2);
  });
});

describe('a target that hangs for ever', () => {
  it('delays nobody: the others get every byte in order, at once', async () => {
    const site = await createForwardSite({ targets: [target('hung'), target('one'), target('two')] });
    site.answers.set('hung', () => 'never');
    const all = numbered(1, 300);
    for (const body of all) await site.hear(body);
    await site.pass(0);
    const sent = all.map((body) => new TextEncoder().encode(body));
    for (const name of ['one', 'two'])
      expect(
        mistakes(
          sent,
          site.got.filter((each) => each.target === name),
        ),
      ).toEqual([]);
    expect(site.got.filter((each) => each.target === 'hung')).toHaveLength(1);
  });

  it('is tried again after half a minute, and gets all of it when it wakes', async () => {
    const site = await createForwardSite({ targets: [target('hung')] });
    site.answers.set('hung', () => 'never');
    for (const body of numbered(1, 5)) await site.hear(body);
    await site.pass(10 * MINUTE_MS);
    expect(site.got.length).toBeGreaterThan(5);
    expect(new Set(site.got.map(({ body }) => body.toString())).size).toBe(1);
    expect(site.forwarding.states()[0]).toMatchObject({ waiting: 5, problem: 'no answer within 30 s' });
    site.answers.clear();
    await site.pass(10 * MINUTE_MS);
    expect(site.taken('hung')).toEqual(numbered(1, 5));
  });
});

describe('a target that fails for a while', () => {
  it.each<[string, number | Error]>([
    ['is not there', new Error('connect ECONNREFUSED 127.0.0.1:9003')],
    ['is busy', 429],
    ['is behind a proxy without it', 502],
    ['does not let us in', 401],
    ['is somewhere else now', 307],
  ])('because it %s gets everything in order after', async (_what, answer) => {
    const site = await createForwardSite();
    site.answers.set('one', () => answer);
    for (const body of numbered(1, 20)) await site.hear(body);
    await site.pass(2 * HOUR_MS);
    for (const body of numbered(21, 25)) await site.hear(body);
    expect(site.taken('two')).toEqual(numbered(1, 20));
    site.answers.clear();
    await site.pass(5 * MINUTE_MS);
    expect(site.taken('one')).toEqual(numbered(1, 25));
    expect(site.taken('two')).toEqual(numbered(1, 25));
    // Said when it began and when it ended, not with every try.
    expect(site.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('is left alone for longer and longer, up to five minutes, less by chance, or as it asks', async () => {
    const site = await createForwardSite({ targets: [target('one')] });
    site.answers.set('one', () => 503);
    await site.hear('{}');
    await site.pass(HOUR_MS);
    const waits = site.got.map(({ at }, index) => (at - (site.got[index - 1]?.at ?? at)) / 1_000);
    expect(waits.slice(0, 12)).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    site.setChance(1);
    await site.pass(5 * MINUTE_MS);
    const before = site.got.length;
    await site.pass(4 * MINUTE_MS);
    expect(site.got.length - before).toBe(1);
    site.answers.set('one', () => ({ status: 429, headers: { 'Retry-After': '1800' } }));
    await site.pass(4 * MINUTE_MS);
    const asked = site.got.length;
    await site.pass(25 * MINUTE_MS);
    expect(site.got.length).toBe(asked);
  });

  it('is an alert after a quarter of an hour, over when it has caught up', async () => {
    const site = await createForwardSite();
    site.answers.set('one', () => ({ status: 503, text: 'try later' }));
    await site.hear('{}');
    await site.pass(10 * MINUTE_MS);
    expect(await site.alerts()).toEqual([]);
    await site.pass(15 * MINUTE_MS);
    expect(await site.store.listAlerts()).toMatchObject([
      {
        key: 'forward-behind one',
        sentence: expect.stringMatching(
          /^Webhooks for the target one of forward \(one\.example\) have waited for 1\d minutes\. It says: 503: try later\.$/,
        ),
      },
    ]);
    site.answers.clear();
    await site.pass(5 * MINUTE_MS);
    expect(await site.alerts()).toEqual([]);
  });
});

describe('an event that a target refuses', () => {
  it.each([400, 405, 413, 422])('with %i is given up at once, and the next ones go on', async (status) => {
    const site = await createForwardSite({ targets: [target('one')] });
    site.answers.set('one', ({ body }) =>
      body.toString() === Buffer.from('bad').toString() || Buffer.from(body).equals(Buffer.from('bad')) ? status : 200,
    );
    for (const body of ['a', 'bad', 'b']) await site.hear(body);
    await site.pass(0);
    expect(site.taken('one')).toEqual(['a', 'b']);
    expect(site.results).toEqual(['one taken', 'one refused', 'one taken']);
    expect(await site.alerts()).toEqual(['forward-refused one']);
    await site.pass(DAY_MS + 1);
    expect(await site.alerts()).toEqual([]);
  });

  it.each([
    ['as it came', ''],
    ['cut off in the middle of a word', 'x '.repeat(80)],
  ])('has nothing of it in log and alert that its answer repeats: %s', async (_name, before) => {
    const site = await createForwardSite({ targets: [target('one')] });
    const token = Buffer.from('the unlock token of a device').toString('base64');
    site.answers.set('one', ({ body }) => ({ status: 400, text: `${before}not read: ${Buffer.from(body).toString()}` }));
    await site.hear(`{"raw_payload":"${token}"}`);
    await site.pass(0);
    const told = JSON.stringify([site.lines, await site.store.listAlerts(), site.forwarding.states()]);
    expect(told).toContain('400: ');
    expect(told).not.toContain(token.slice(0, 8));
  });

  it.each([500, 501, 404])('with %i is tried five times, so that one event can’t hold up the others', async (status) => {
    const site = await createForwardSite({ targets: [target('one')] });
    const isBad = ({ body }: { body: Uint8Array }) => Buffer.from(body).equals(Buffer.from('bad'));
    site.answers.set('one', (got) => (isBad(got) ? status : 200));
    for (const body of ['a', 'bad', 'b', 'bad', 'c']) await site.hear(body);
    await site.pass(MINUTE_MS);
    expect(site.taken('one')).toEqual(['a', 'b', 'c']);
    // Of a topic that it has taken before, each is given its tries.
    expect(site.got.filter(isBad)).toHaveLength(10);
  });

  it('is tried but once when it never took one of that topic, and failed at one for good', async () => {
    const site = await createForwardSite({ targets: [target('one')] });
    const ddm = { result: { kind: 'committed', topic: 'mdm.DeclarativeManagement' } } as const;
    const isDdm = ({ body }: { body: Uint8Array }) => Buffer.from(body).toString().startsWith('ddm');
    site.answers.set('one', (got) => (isDdm(got) ? 500 : 200));
    await site.hear('ddm 1', ddm);
    await site.pass(MINUTE_MS);
    expect(site.got).toHaveLength(5);
    for (const n of [2, 3, 4]) await site.hear(`ddm ${n}`, ddm);
    await site.hear('connect');
    await site.pass(0);
    expect(site.got).toHaveLength(9);
    expect(site.taken('one')).toEqual(['connect']);
  });
});

describe('a queue that is full', () => {
  const small = { events: 3, bytes: 64 * 1024 * 1024, ageMs: DAY_MS };

  it('drops the oldest, counts them and says so; the rest arrives in order', async () => {
    const site = await createForwardSite({ targets: [target('one', { limits: small }), target('two')] });
    site.answers.set('one', () => 503);
    for (const body of numbered(1, 10)) await site.hear(body);
    await site.pass(2 * MINUTE_MS);
    expect(await site.alerts()).toEqual(['forward-dropping one']);
    expect(site.forwarding.states()).toMatchObject([
      { name: 'one', waiting: 3, counts: { full: 7 } },
      { waiting: 0, counts: { taken: 10 } },
    ]);
    site.answers.clear();
    await site.pass(5 * MINUTE_MS);
    expect(site.taken('one')).toEqual(numbered(8, 10));
    expect(site.taken('two')).toEqual(numbered(1, 10));
    expect(site.results.filter((result) => result === 'one full')).toHaveLength(7);
    await site.pass(HOUR_MS);
    expect(await site.alerts()).toEqual([]);
  });

  it('is full by bytes, too', async () => {
    const site = await createForwardSite({ targets: [target('one', { limits: { ...small, events: 100, bytes: 10_000 } })] });
    site.answers.set('one', () => 503);
    for (const letter of ['a', 'b', 'c', 'd']) await site.hear(letter.repeat(3_000));
    await site.pass(0);
    site.answers.clear();
    await site.pass(5 * MINUTE_MS);
    expect(site.taken('one').map((body) => body[0])).toEqual(['c', 'd']);
  });

  it('keeps the limit for all targets together by dropping from whoever has the most waiting', async () => {
    const wide = { events: 100_000, bytes: 256 * 1024 * 1024, ageMs: DAY_MS };
    const targets = [target('dead', { limits: wide }), target('slow', { limits: wide, topics: ['mdm.New'] }), target('well')];
    const site = await createForwardSite({ targets });
    for (const name of ['dead', 'slow']) site.answers.set(name, () => 'never');
    const body = new Uint8Array(14 * 1024 * 1024);
    for (let n = 0; n < 3; n++) await site.hear(body, { result: { kind: 'ignored', topic: 'mdm.New' } });
    await site.settle();
    for (let n = 0; n < 17; n++) {
      await site.hear(body);
      await site.settle();
    }
    expect(site.forwarding.states()).toMatchObject([
      // 18 of 14 MB are the 256: 15 and 2, and the one that the third had for a moment. What is under way is no part of a queue.
      { name: 'dead', waiting: 16, counts: { full: 4 } },
      { name: 'slow', waiting: 3, counts: { full: 0 } },
      { name: 'well', waiting: 0, counts: { taken: 20, full: 0 } },
    ]);
  });

  it('gives up what has waited for too long', async () => {
    const site = await createForwardSite({ targets: [target('one', { limits: { ...small, ageMs: HOUR_MS } })] });
    site.answers.set('one', () => 503);
    await site.hear('old');
    await site.pass(50 * MINUTE_MS);
    await site.hear('new');
    await site.pass(20 * MINUTE_MS);
    site.answers.clear();
    await site.pass(5 * MINUTE_MS);
    expect(site.taken('one')).toEqual(['new']);
    expect(site.results).toEqual(['one expired', 'one taken']);
  });
});

describe('a stop', () => {
  it('sends what it can within three seconds, and says how much is lost', async () => {
    const site = await createForwardSite({ targets: [target('hung'), target('one')] });
    site.answers.set('hung', () => 'never');
    for (const body of numbered(1, 50)) await site.hear(body);
    const stopped = site.forwarding.stop();
    await site.pass(3_000);
    await stopped;
    expect(site.taken('one')).toEqual(numbered(1, 50));
    expect(site.lines.at(-1)).toMatchObject({ level: 'warn', fields: { count: 50 }, message: expect.stringContaining('are lost') });
    // Nothing begins after it.
    const before = site.got.length;
    await site.pass(HOUR_MS);
    expect(site.got).toHaveLength(before);
  });

  it('is over at once when nothing waits', async () => {
    const site = await createForwardSite();
    await site.hear('{}');
    await site.settle();
    await site.forwarding.stop();
    expect(site.taken('one')).toEqual(['{}']);
  });
});

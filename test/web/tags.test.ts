import { afterEach, describe, expect, it } from 'vitest';
import { TagsActAnswer, TagsAnswer } from '../../src/engine/answers.ts';
import { checkIn, createWebBench, NOW, type WebBench, type WebOptions } from './bench.ts';

let bench: WebBench;
afterEach(() => bench.close());

const put = (source: string, body: unknown) =>
  bench.api(`/tags/${source}`, { method: 'PUT', body: JSON.stringify(body) }, { 'Content-Type': 'application/json' });
const policyOf = async (id: string) => ((await (await bench.api(`/why/${id}`)).json()) as { wants?: { policy: string } }).wants?.policy;

const rest = {
  target: { kind: 'latest' as const },
  due: { kind: 'days' as const, days: 7, at: '18:00' },
  mode: 'observe' as const,
  paused: false,
};
const POLICIES = {
  policies: [
    { name: 'pilot', match: { tags: ['pilot'] }, ...rest },
    { name: 'everyone', match: {}, except: { tags: ['kiosk'] }, ...rest },
  ],
};

describe('tags', () => {
  it('decide about the policy of devices at once, and are audited', async () => {
    bench = await createWebBench({ policies: POLICIES });
    await bench.enroll('D1');
    await bench.settle();
    expect(await policyOf('D1')).toBe('everyone');

    const answer = await put('inventory', { devices: [{ subject: 'D1', tags: ['pilot'] }], by: 'jane', note: 'first ring' });
    expect([answer.status, TagsActAnswer.parse(await answer.json())]).toEqual([
      200,
      {
        ...{ schema: 'ratchet.tags-act/1', result: 'applied', source: 'inventory', devices: 1, before: 0 },
        difference: expect.objectContaining({ handedOut: 0, other: 1, guard: expect.objectContaining({ isHeld: false }) }),
      },
    ]);
    expect(await policyOf('D1')).toBe('pilot');
    expect(await (await bench.api('/why/D1')).json()).toMatchObject({ device: { tags: ['pilot'] } });
    expect(await bench.store.listAudit(1)).toMatchObject([
      { by: 'jane', act: 'tags', detail: { source: 'inventory', devices: 1, before: 0, note: 'first ring' } },
    ]);

    await put('inventory', { devices: [{ subject: 'D1', tags: ['kiosk'] }] });
    expect(await policyOf('D1')).toBeUndefined();
    await put('inventory', { devices: [] });
    expect(await policyOf('D1')).toBe('everyone');
  });

  it('of several sources add up, by id and by serial number', async () => {
    bench = await createWebBench({ policies: POLICIES });
    await bench.enroll('D1');
    await put('a', {
      devices: [
        { subject: 'D1', tags: ['pilot', 'berlin'] },
        { subject: 'GONE', tags: ['pilot'] },
      ],
    });
    await put('b', { devices: [{ subject: 'D1', tags: ['berlin', 'exec'] }] });
    expect(TagsAnswer.parse(await (await bench.api('/tags')).json())).toEqual({
      schema: 'ratchet.tags/1',
      tags: [
        { tag: 'berlin', devices: 1 },
        { tag: 'exec', devices: 1 },
        { tag: 'pilot', devices: 2 },
      ],
      sources: [
        { source: 'a', devices: 2, unknown: ['GONE'] },
        { source: 'b', devices: 1, unknown: [] },
      ],
    });
  });

  it('of the URL a device talks to count as well, and go with it', async () => {
    bench = await createWebBench({ policies: POLICIES });
    await bench.enroll('D1');
    let at = NOW;
    const checksInAt = async (url_params: object) => {
      at += 60_000;
      bench.setNow(at);
      const event = JSON.parse(checkIn('TokenUpdate', { UDID: 'D1' }, { token_update_tally: 2, url_params }));
      await bench.webhook(JSON.stringify({ ...event, created_at: new Date(at).toISOString() }));
      await bench.settle();
      return policyOf('D1');
    };
    expect(await checksInAt({ tag: 'pilot,no tag!,berlin' })).toBe('pilot');
    expect(await (await bench.api('/why/D1')).json()).toMatchObject({ device: { tags: ['berlin', 'pilot'] } });
    await put('a', { devices: [{ subject: 'D1', tags: ['exec'] }] });
    expect(await (await bench.api('/why/D1')).json()).toMatchObject({ device: { tags: ['berlin', 'exec', 'pilot'] } });
    expect(await checksInAt({ site: 'hq' })).toBe('everyone');
  });

  it('a device named twice in one list has both tags', async () => {
    bench = await createWebBench({ policies: POLICIES });
    await bench.enroll('D1');
    await put('a', {
      devices: [
        { subject: 'D1', tags: ['x'] },
        { subject: 'D1', tags: ['pilot'] },
      ],
    });
    expect(await policyOf('D1')).toBe('pilot');
  });

  it.each<[string, string, unknown]>([
    ['no list', 'a', {}],
    ['a tag with a blank', 'a', { devices: [{ subject: 'D1', tags: ['a b'] }] }],
    ['no device', 'a', { devices: [{ tags: ['a'] }] }],
    ['33 tags', 'a', { devices: [{ subject: 'D1', tags: Array.from({ length: 33 }, (_, n) => `t${n}`) }] }],
    ['a source of dots', '..%2F', { devices: [] }],
  ])('%s: 400, and nothing is changed', async (_name, source, body) => {
    bench = await createWebBench({ policies: POLICIES });
    expect((await put(source, body)).status).toBe(400);
    expect(await bench.store.listTags()).toEqual([]);
  });
});

describe('a list of tags that touches more than 50 devices and a tenth of the fleet', () => {
  const enforced = { policies: [{ name: 'pilot', match: { tags: ['pilot'] }, ...rest, mode: 'enforce' as const }] };
  const ids = (count: number) => Array.from({ length: count }, (_, n) => `D${String(n + 1).padStart(3, '0')}`);
  const pilots = (count: number) => ids(count).map((subject) => ({ subject, tags: ['pilot'] }));
  const handedOut = async () => (await bench.store.listEnrollments('', 100)).filter(({ decision }) => decision.isHandedOut).length;
  const told = async (body: object) => TagsActAnswer.parse(await (await put('inventory', body)).json());

  async function open(devices: number, options: WebOptions = {}): Promise<void> {
    bench = await createWebBench({ policies: enforced, ...options });
    for (const id of ids(devices)) await bench.enroll(id);
    await bench.settle();
  }

  it('waits for a yes to that very plan, and nothing is changed until then', async () => {
    await open(52);
    expect((await told({ devices: pilots(1) })).result).toBe('applied');
    const held = await told({ devices: pilots(52), by: 'jane' });
    expect(held).toMatchObject({
      ...{ result: 'held', devices: 52, before: 1 },
      difference: { handedOut: 51, broughtForward: 0, guard: { isHeld: true, limit: 50 } },
    });
    const plan = held.difference?.guard?.plan;
    expect([await handedOut(), (await bench.store.listTags()).length]).toEqual([1, 1]);
    expect(await bench.store.listAudit(1)).toMatchObject([
      { by: 'jane', act: 'tags-held', detail: { source: 'inventory', plan, handedOut: 51 } },
    ]);

    // Another list, or the same one of another source, is another plan.
    const fewer = await put('inventory', { devices: pilots(51), accept: plan });
    expect([fewer.status, await fewer.json()]).toMatchObject([
      409,
      { detail: expect.stringContaining(`Plan ${plan} is not what this list would do`) },
    ]);
    expect((await put('other', { devices: pilots(52), accept: plan })).status).toBe(409);
    expect(await handedOut()).toBe(1);

    const reversed = pilots(52).reverse();
    expect((await told({ devices: reversed, accept: plan })).result).toBe('applied');
    expect(await handedOut()).toBe(52);
    expect(await bench.store.listAudit(1)).toMatchObject([{ act: 'tags', detail: { plan, handedOut: 51 } }]);
  });

  it('also when it takes tags away that kept devices out; taking an update back never waits', async () => {
    const kiosks = ids(51).map((subject) => ({ subject, tags: ['kiosk'] }));
    const policies = [{ name: 'everyone', match: {}, except: { tags: ['kiosk'] }, ...rest, mode: 'enforce' as const }];
    bench = await createWebBench({ policies: { policies } });
    await put('inventory', { devices: kiosks });
    for (const id of ids(51)) await bench.enroll(id);
    expect(await told({ devices: [] })).toMatchObject({ result: 'held', difference: { handedOut: 51 } });
    expect(await told({ devices: kiosks })).toEqual({
      schema: 'ratchet.tags-act/1',
      ...{ result: 'applied', source: 'inventory', devices: 51, before: 51 },
    });
    expect(await handedOut()).toBe(0);
    const plan = (await told({ devices: [] })).difference?.guard?.plan;
    await told({ devices: [], accept: plan });
    expect(await handedOut()).toBe(51);
    expect(await told({ devices: kiosks })).toMatchObject({ result: 'applied', difference: { takenBack: 51 } });
    expect(await handedOut()).toBe(0);
  });

  it('may be accepted in advance, as demos do', async () => {
    await open(51, { acceptPlan: 'any' });
    expect((await told({ devices: pilots(51) })).result).toBe('applied');
    expect(await handedOut()).toBe(51);
  });
});

import { afterEach, describe, expect, it } from 'vitest';
import { RolloutExpediteAnswer, RolloutsAnswer } from '../../src/engine/answers.ts';
import { HALT, ring } from '../rollout/builders.ts';
import { createWebBench, type WebBench, type WebOptions } from './bench.ts';

/** Rule 23 through the whole app: Friday 2026-11-20 13:00 in Berlin. */

let bench: WebBench;
afterEach(() => bench.close());

const everyone = {
  name: 'everyone',
  match: {},
  target: { kind: 'latest' as const },
  due: { kind: 'days' as const, days: 7, at: '18:00' },
  mode: 'enforce' as const,
  paused: false,
};
const RINGS = [ring('canary', { who: { kind: 'devices', count: 1 } }), ring('everyone')];
const DUE = '2026-11-21T18:00';

async function open(devices: number, rings = false, options: WebOptions = {}): Promise<void> {
  bench = await createWebBench({ policies: { policies: [rings ? { ...everyone, rings: RINGS, halt: HALT } : everyone] }, ...options });
  for (let n = 1; n <= devices; n++) await bench.enroll(`D${String(n).padStart(3, '0')}`);
  await bench.settle();
}
async function post(body: object) {
  const given = { release: '26.6.1', by: 'jane', note: 'exploited', ...body };
  return bench.api('/rollouts/expedite', { method: 'POST', body: JSON.stringify(given) }, { 'Content-Type': 'application/json' });
}
const expedite = async (body: object) => RolloutExpediteAnswer.parse(await (await post(body)).json());
const shown = async () => RolloutsAnswer.parse(await (await bench.api('/rollouts')).json()).rollouts;
const why = async (id: string) =>
  (await (await bench.api(`/why/${id}`)).json()) as { reason: string; date?: { enforced: string; steps: string[] } };
const dates = async () =>
  (await bench.store.listEnrollments('', 100)).map(({ decision }) => (decision.isHandedOut ? decision.enforcement?.local : undefined));

describe('an expedite', () => {
  it('opens all rings and hands out the nearer date, audited', async () => {
    await open(2, true);
    expect(await expedite({ due: DUE })).toMatchObject({
      result: 'expedited',
      policy: 'everyone',
      release: 'iOS 26.6.1',
      due: `${DUE}:00`,
      difference: { handedOut: 1, broughtForward: 1, guard: { isHeld: false } },
    });
    expect((await shown())[0]).toMatchObject({ expedite: { due: `${DUE}:00`, by: 'jane', because: 'exploited' } });
    expect((await shown())[0]?.rings.every(({ opened }) => opened !== undefined)).toBe(true);
    expect((await why('D001')).date?.steps.join('\n')).toContain('because a person expedited it');
    expect(await bench.store.listAudit(1)).toMatchObject([
      {
        by: 'jane',
        act: 'rollout expedite',
        detail: { release: 'iOS 26.6.1', because: 'exploited', after: { due: `${DUE}:00` }, handedOut: 1 },
      },
    ]);
  });

  it('needs no rings, waits out the grace of a new enrollment (in a zone it has not told), and is taken back', async () => {
    await open(1);
    expect((await expedite({ due: DUE })).result).toBe('expedited');
    expect((await why('D001')).date).toMatchObject({ enforced: '2026-11-24T18:00:00' });
    expect(await expedite({ undo: true })).toEqual({
      schema: 'ratchet.rollout-expedite/1',
      result: 'undone',
      policy: 'everyone',
      release: 'iOS 26.6.1',
    });
    expect((await why('D001')).date).toMatchObject({ enforced: '2026-11-27T18:00:00' });
    expect(await bench.store.listAudit(1)).toMatchObject([{ act: 'rollout expedite-undone', detail: { before: { due: `${DUE}:00` } } }]);
    expect((await shown())[0]).not.toHaveProperty('expedite');
  });

  it('that is only previewed says what it would do, and changes and writes nothing', async () => {
    await open(2, true);
    const before = [await bench.store.listAudit(100), await shown(), await dates()];
    const previewed = await expedite({ due: DUE, preview: true });
    expect(previewed).toMatchObject({ result: 'previewed', difference: { handedOut: 1, broughtForward: 1 } });
    expect([await bench.store.listAudit(100), await shown(), await dates()]).toEqual(before);
    expect((await post({ due: DUE, preview: false })).status).toBe(400);
    expect((await expedite({ due: DUE, accept: previewed.difference?.guard?.plan })).result).toBe('expedited');
  });

  it('that touches more than 50 devices and a tenth of the fleet waits for a yes to that very plan', async () => {
    await open(51);
    const before = await dates();
    const held = await expedite({ due: DUE });
    expect(held).toMatchObject({ result: 'held', difference: { broughtForward: 51, guard: { isHeld: true, limit: 50 } } });
    expect(await dates()).toEqual(before);
    expect(await shown()).toEqual([]);
    expect(await bench.store.listAudit(1)).toMatchObject([{ act: 'rollout expedite-held', detail: { broughtForward: 51 } }]);
    const plan = held.difference?.guard?.plan;
    expect((await post({ due: '2026-11-22T18:00', accept: plan })).status).toBe(409);
    expect((await expedite({ due: DUE, accept: plan })).result).toBe('expedited');
    expect(new Set(await dates())).toEqual(new Set(['2026-11-24T18:00:00']));
  });

  it('may be accepted in advance, as demos do', async () => {
    await open(51, false, { acceptPlan: 'any' });
    expect((await expedite({ due: DUE })).result).toBe('expedited');
  });

  it.each<[string, object, number, RegExp]>([
    ['no date', {}, 400, /either "due"/],
    ['a date and an undo', { due: DUE, undo: true }, 400, /either "due"/],
    ['a date that is none', { due: 'tonight' }, 409, /no local time. Expected yyyy-mm-ddThh:mm/],
    ['a date that has passed', { due: '2026-11-19T18:00' }, 409, /has passed everywhere/],
    ['a release nobody has', { due: DUE, release: '99.9' }, 409, /no release "99.9"/],
    ['a policy there is not', { due: DUE, policy: 'macs' }, 409, /no policy named "macs"/],
    ['no reason', { due: DUE, note: '' }, 400, /note/],
    ['an undo of nothing', { undo: true }, 409, /is not expedited/],
  ])('is refused: %s', async (_, body, status, message) => {
    await open(0);
    const answer = await post(body);
    expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([status, expect.stringMatching(message)]);
  });

  it('under a policy that only observes would do nothing', async () => {
    await open(0, false, { policies: { mode: 'observe' } });
    expect(((await (await post({ due: DUE })).json()) as { detail: string }).detail).toMatch(/No policy in mode enforce/);
  });
});

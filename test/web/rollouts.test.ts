import { afterEach, describe, expect, it } from 'vitest';
import { RolloutActAnswer, RolloutsAnswer } from '../../src/engine/answers.ts';
import { HALT, ring } from '../rollout/builders.ts';
import { createWebBench, NOW, type WebBench } from './bench.ts';

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

const act = (what: string, body: unknown = { release: '26.6.1', by: 'jane', note: 'exams' }) =>
  bench.api(`/rollouts/${what}`, { method: 'POST', body: JSON.stringify(body) }, { 'Content-Type': 'application/json' });
const shown = async () => RolloutsAnswer.parse(await (await bench.api('/rollouts')).json()).rollouts;
const reasonOf = async (id: string) => ((await (await bench.api(`/why/${id}`)).json()) as { reason: string }).reason;

async function begin() {
  bench = await createWebBench({ policies: { policies: [{ ...everyone, rings: RINGS, halt: HALT }] } });
  await bench.enroll('D1');
  await bench.enroll('D2');
  await bench.settle();
}

describe('a rollout', () => {
  it('begins with the first device that wants a release, and goes to the canary alone', async () => {
    await begin();
    const [rollout, ...more] = await shown();
    expect(more).toEqual([]);
    expect(rollout).toMatchObject({ policy: 'everyone', release: 'iOS 26.6.1', state: 'running', began: NOW });
    expect(rollout?.rings.map(({ ring: name, opened }) => [name, opened])).toEqual([
      ['canary', NOW],
      ['everyone', undefined],
    ]);
    expect([await reasonOf('D1'), await reasonOf('D2')].filter((reason) => reason === 'ring-not-open')).toHaveLength(1);
    expect(await bench.store.listAudit(1)).toMatchObject([
      { by: 'ratchet', act: 'rollout open', detail: { ring: 'canary', release: 'iOS 26.6.1' } },
    ]);
  });

  it.each([
    ['pause', 'paused', 'rollout-paused'],
    ['halt', 'halted', 'rollout-halted'],
    ['skip', 'skipped', 'verified'],
  ])('is stopped by a person at once: %s', async (what, state, reason) => {
    await begin();
    const answer = await act(what);
    expect([answer.status, RolloutActAnswer.parse(await answer.json())]).toEqual([
      200,
      { schema: 'ratchet.rollout-act/1', act: what, policy: 'everyone', release: 'iOS 26.6.1', state, approved: [] },
    ]);
    const reasons = [await reasonOf('D1'), await reasonOf('D2')];
    if (what !== 'skip') expect(reasons).toContain(reason);
    expect(reasons).not.toContain('ring-not-open');
    expect(await bench.store.listAudit(1)).toMatchObject([
      { by: 'jane', act: `rollout ${what}`, detail: { because: 'exams', after: state } },
    ]);
    expect(await shown()).toMatchObject([{ state, by: 'jane', because: 'exams' }]);
    expect((await act('resume')).status).toBe(200);
    expect([await reasonOf('D1'), await reasonOf('D2')]).toContain('ring-not-open');
  });

  it('says what it waits for, and goes on when a person approves it', async () => {
    await begin();
    expect(await shown()).toMatchObject([{ waitsFor: 'canary to have been open long enough' }]);
    expect(RolloutActAnswer.parse(await (await act('approve')).json()).approved).toEqual(['canary']);
  });

  it.each([
    ['one that is none', { release: '99.9' }, 409, /No rollout of "99.9".*iOS 26.6.1 under everyone/],
    ['one of another policy', { release: '26.6.1', policy: 'macs' }, 409, /under macs/],
    ['nothing', {}, 400, /release/],
  ])('is refused: %s', async (_, body, status, message) => {
    await begin();
    const answer = await act('halt', body);
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { detail: string }).detail).toMatch(message);
    expect(await shown()).toMatchObject([{ state: 'running' }]);
  });

  it('survives a restart', async () => {
    await begin();
    await act('halt');
    expect(await bench.store.listRollouts()).toMatchObject([
      { release: 'iOS 26.6.1', state: 'halted', chosen: { canary: [expect.any(String)] } },
    ]);
  });
});

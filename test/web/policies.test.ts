import { afterEach, describe, expect, it } from 'vitest';
import { readPolicyText } from '../../src/config/read-policy-file.ts';
import { ApplyAnswer, PlanAnswer } from '../../src/engine/answers.ts';
import { shortHash } from '../../src/engine/reconcile/reconcile-one.ts';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { createWebBench, NOW, type WebBench, type WebOptions } from './bench.ts';

/** Plan, apply and the change guard over the whole app. */

let bench: WebBench;
afterEach(() => bench.close());

const file = (mode: string, days = 7, more = '') =>
  `mode: ${mode}\ntimeZone: Europe/Berlin\npolicies:\n  - {name: everyone, target: latest, due: {days: ${days}, at: "18:00"}${more}}\n`;
const OBSERVE = file('observe');
const ENFORCE = file('enforce');

function setOf(text: string): PolicySet {
  const { policySet } = readPolicyText(text, 'ratchet.yaml', NOW);
  if (policySet === undefined) throw new Error('a wrong file');
  return policySet;
}

/** That many devices behind, under these policies. */
async function open(devices: number, policies: string, options: WebOptions = {}): Promise<void> {
  bench = await createWebBench({ policies: setOf(policies), ...options });
  for (let n = 1; n <= devices; n++) await bench.enroll(`D${String(n).padStart(3, '0')}`);
}

const post = (path: string, body: object) =>
  bench.api(path, { method: 'POST', body: JSON.stringify(body) }, { 'Content-Type': 'application/json' });
async function plan(text: string | undefined, more: object = {}) {
  const answer = PlanAnswer.parse(await (await post('/plan', { ...(text === undefined ? {} : { file: text }), ...more })).json());
  const { difference } = answer;
  return { ...answer, difference, guard: difference?.guard };
}
const apply = async (text: string, more: object = {}) => ApplyAnswer.parse(await (await post('/apply', { file: text, ...more })).json());
const status = async () =>
  (await (await bench.api('/status')).json()) as {
    policies: { hash: string; by: string; held?: { plan: string } };
    alerts: { key: string }[];
  };
const alerts = async () => (await status()).alerts.map(({ key }) => key);
const inForce = () => bench.ratchet.standing.policies;

describe('a plan of a file', () => {
  it('says of every device what would be different, in sums too, and writes nothing', async () => {
    await open(2, OBSERVE);
    const before = { rows: await bench.store.listEnrollments('', 10), audit: await bench.store.listAudit(10), sent: [...bench.enqueued] };
    const { devices, difference, counts, guard } = await plan(ENFORCE, { name: 'new.yaml' });
    expect(devices).toMatchObject(
      ['D001', 'D002'].map((id) => ({
        id,
        change: 'handed-out',
        before: { reason: 'observe-only', target: '26.6.1', policy: 'everyone' },
      })),
    );
    expect(difference).toMatchObject({
      file: 'new.yaml',
      handedOut: 2,
      broughtForward: 0,
      putOff: 0,
      takenBack: 0,
      other: 0,
      unchanged: 0,
    });
    expect(difference?.countsBefore).toEqual({ 'observe-only': 2 });
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(2);
    expect(difference?.restarts).toEqual([{ date: '2026-11-27', before: 0, after: 2 }]);
    expect(guard).toMatchObject({ fleet: 2, limit: 50, isHeld: false });
    expect({ rows: await bench.store.listEnrollments('', 10), audit: await bench.store.listAudit(10), sent: bench.enqueued }).toEqual(
      before,
    );
  });

  it.each<[string, string, string, object]>([
    ['brought forward', file('enforce', 14), file('enforce', 5), { broughtForward: 1, unchanged: 0 }],
    ['put off', file('enforce', 7), file('enforce', 14), { putOff: 1, unchanged: 0 }],
    ['taken back', ENFORCE, OBSERVE, { takenBack: 1, restarts: [{ date: '2026-11-27', before: 1, after: 0 }] }],
    ['only foreseen otherwise', OBSERVE, file('observe', 14), { other: 1, restarts: [] }],
    ['as it was', ENFORCE, `# a comment\n${ENFORCE}`, { unchanged: 1 }],
    ['not handed out by a policy that is paused', OBSERVE, file('enforce', 7, ', paused: true'), { handedOut: 0, other: 1 }],
  ])('a device is %s', async (_, before, after, expected) => {
    await open(1, before);
    expect((await plan(after)).difference).toMatchObject(expected);
  });

  it('is made as if Ratchet ran: what a pause hides is handed out after it', async () => {
    await open(1, OBSERVE);
    await post('/stop', {});
    const { difference } = await plan(ENFORCE);
    expect(difference).toMatchObject({ handedOut: 1, notes: ['Ratchet is stopped: this is how it will be after ratchet resume.'] });
  });

  it('for another time tells how it will be then, if nobody installs anything', async () => {
    const ages = `mode: observe\npolicies:\n  - {name: new, match: {enrolledFor: {lessThan: 3d}}, target: latest, due: {days: 30, at: "18:00"}}\n`;
    await open(1, ages);
    expect((await plan(ages)).devices).toMatchObject([{ policy: 'new', reason: 'observe-only' }]);
    expect(await plan(ages, { at: NOW + 5 * DAY_MS })).toMatchObject({ at: NOW + 5 * DAY_MS, devices: [{ reason: 'no-policy' }] });
    expect(await plan(undefined, { at: NOW + DAY_MS })).toMatchObject({ at: NOW + DAY_MS, devices: [{ policy: 'new' }] });
  });

  it('for another time keeps the dates that are set now, and takes nobody for silent', async () => {
    await open(1, ENFORCE);
    const { devices, guard } = await plan(file('enforce', 10), { at: NOW + 6 * DAY_MS });
    expect(devices).toMatchObject([{ change: 'put-off', before: { date: '2026-11-27T18:00:00' }, date: '2026-11-30T18:00:00' }]);
    expect(devices[0]?.reason).not.toBe('not-seen');
    expect(guard).toBeUndefined();
  });
});

describe('apply', () => {
  it('puts a small change into force at once, with who, what and how many in the audit log', async () => {
    await open(2, OBSERVE);
    expect(await apply(ENFORCE, { name: 'new.yaml', by: 'jane', note: 'go' })).toMatchObject({
      result: 'applied',
      difference: { handedOut: 2 },
    });
    expect(inForce().mode).toBe('enforce');
    expect(await bench.store.listAudit(1)).toMatchObject([
      {
        act: 'apply',
        by: 'jane',
        detail: {
          file: 'new.yaml',
          hash: shortHash(setOf(ENFORCE)),
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
          before: shortHash(setOf(OBSERVE)),
          handedOut: 2,
          note: 'go',
        },
      },
    ]);
    expect((await bench.store.loadSite()).policies).toMatchObject({
      hash: shortHash(setOf(ENFORCE)),
      by: 'jane',
      set: { mode: 'enforce' },
    });
    const [row] = await bench.store.listEnrollments('', 1);
    expect(row?.decision.mode).toBe('enforce');
    expect(await apply(ENFORCE)).toMatchObject({ result: 'unchanged' });
  });

  it('holds what would touch more than 50 devices and a tenth of the fleet, until that very plan is accepted', async () => {
    await open(51, OBSERVE);
    const held = await apply(ENFORCE, { name: 'new.yaml' });
    const id = held.difference?.guard?.plan ?? '';
    expect(held).toMatchObject({ result: 'held', difference: { handedOut: 51, guard: { limit: 50, fleet: 51, isHeld: true } } });
    expect(inForce().mode).toBe('observe');
    expect(await status()).toMatchObject({
      policies: { hash: shortHash(setOf(OBSERVE)), held: { plan: id, file: 'new.yaml', handedOut: 51 } },
    });
    expect(await alerts()).toEqual(['policies-held']);
    expect(await (await bench.api('/plan')).json()).toMatchObject({ held: { plan: id } });
    expect(await bench.store.listAudit(1)).toMatchObject([{ act: 'apply-held', detail: { plan: id, handedOut: 51 } }]);

    expect((await post('/apply', { file: ENFORCE, accept: 'any' })).status).toBe(409);
    await bench.enroll('E001');
    const refused = await post('/apply', { file: ENFORCE, accept: id });
    expect(refused.status).toBe(409);
    const now = (await plan(ENFORCE)).guard?.plan ?? '';
    expect(await refused.json()).toMatchObject({ detail: expect.stringContaining(`that is plan ${now}`) });
    expect(inForce().mode).toBe('observe');

    expect(await apply(ENFORCE, { accept: now })).toMatchObject({ result: 'applied' });
    expect(inForce().mode).toBe('enforce');
    expect([await alerts(), (await status()).policies.held]).toEqual([[], undefined]);
  });

  it.each<[string, { before: string; after: string; result: string }]>([
    ['brought forward for all is held', { before: file('enforce', 14), after: file('enforce', 5), result: 'held' }],
    ['put off for all is not', { before: ENFORCE, after: file('enforce', 14), result: 'applied' }],
    ['taken back from all is not', { before: ENFORCE, after: OBSERVE, result: 'applied' }],
  ])('what is %s', async (_, { before, after, result }) => {
    await open(51, before);
    expect(await apply(after)).toMatchObject({ result });
  });

  it('a change held in a pause is not let through by it', async () => {
    await open(51, OBSERVE);
    await post('/pause', {});
    expect(await apply(ENFORCE)).toMatchObject({ result: 'held' });
  });

  it('what was held is forgotten when the file is as it was', async () => {
    await open(51, OBSERVE);
    await apply(ENFORCE);
    expect(await apply(OBSERVE)).toMatchObject({ result: 'unchanged' });
    expect([await alerts(), (await status()).policies.held]).toEqual([[], undefined]);
  });
});

describe('the file of the server', () => {
  const load = (text: string) => {
    const policies = setOf(text);
    return bench.ratchet.operatePolicies.load({ policies, hash: shortHash(policies), file: 'ratchet.yaml' });
  };

  it('loaded again counts at once', async () => {
    await open(1, OBSERVE);
    expect(await load(ENFORCE)).toMatchObject({ kind: 'applied' });
    expect([inForce().mode, (await status()).policies.by]).toEqual(['enforce', 'ratchet.yaml']);
  });

  it('with problems changes nothing, and an alert says so until it is mended', async () => {
    await open(1, OBSERVE);
    await bench.ratchet.operatePolicies.refuse('ratchet.yaml', ['ratchet.yaml:1:7  mode: …']);
    expect([inForce().mode, await alerts()]).toEqual(['observe', ['policies-refused']]);
    await load(OBSERVE);
    expect(await alerts()).toEqual([]);
  });

  let lives = 0;
  /** The process ends, and another one starts over its store. */
  async function restart(policies: string, acceptPlan?: string): Promise<void> {
    const { store, ratchet } = bench;
    await ratchet.stop();
    lives += 1;
    const accepting = acceptPlan === undefined ? {} : { acceptPlan };
    bench = await createWebBench({ policies: setOf(policies), openStore: () => store, life: lives, ...accepting });
  }
  const shared = (): WebOptions => ({ openStore: (clock): Store => openSqliteStore({ file: ':memory:', clock }) });

  it('changed while stopped meets the same guard: it starts with what was in force', async () => {
    await open(51, OBSERVE, shared());
    await restart(ENFORCE);
    expect([inForce().mode, await alerts()]).toEqual(['observe', ['policies-held']]);
    const { plan: id } = (await status()).policies.held ?? {};
    await restart(ENFORCE);
    expect([inForce().mode, (await status()).policies.held?.plan]).toEqual(['observe', id]);
    await restart(ENFORCE, '000000000000');
    expect(inForce().mode).toBe('observe');
    await restart(ENFORCE, id);
    expect([inForce().mode, await alerts()]).toEqual(['enforce', []]);
    const rows = await bench.store.listEnrollments('', 100);
    expect(new Set(rows.map(({ decision }) => decision.mode))).toEqual(new Set(['enforce']));
  });

  it('changed while stopped and back again: nothing waits any more', async () => {
    await open(51, OBSERVE, shared());
    await restart(ENFORCE);
    await restart(OBSERVE);
    expect([inForce().mode, await alerts(), (await status()).policies.held]).toEqual(['observe', [], undefined]);
  });

  it('changed a little while stopped counts from the start', async () => {
    await open(3, OBSERVE, shared());
    await restart(ENFORCE);
    expect([inForce().mode, await alerts()]).toEqual(['enforce', []]);
  });

  it('any plan may be accepted in advance', async () => {
    await open(51, OBSERVE, shared());
    await restart(ENFORCE, 'any');
    expect(inForce().mode).toBe('enforce');
  });

  it('as it was when another was applied over it, does not undo that; changed since, it does', async () => {
    await open(1, OBSERVE, shared());
    await apply(ENFORCE);
    await restart(OBSERVE);
    expect(inForce().mode).toBe('enforce');
    await restart(file('observe', 9));
    expect(inForce().mode).toBe('observe');
  });
});

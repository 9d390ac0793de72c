import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaveAnswer } from '../../src/engine/leave-answers.ts';
import { createWebBench, type WebBench } from './bench.ts';

let bench: WebBench;
beforeEach(async () => {
  bench = await createWebBench();
  await bench.enroll('D1');
  await bench.enroll('D2');
});
afterEach(() => bench.close());

const call = (method: string, path: string, body?: object) =>
  bench.api(path, { method, ...(body ? { body: JSON.stringify(body) } : {}) }, { 'Content-Type': 'application/json' });
const status = async () => LeaveAnswer.parse(await (await call('GET', '/leave')).json());
const leave = async () => LeaveAnswer.parse(await (await call('POST', '/leave', { confirm: 'leave', by: 'jane', note: 'moving' })).json());
const dm = (path: string) => bench.dm(`/ddm/${path}`, { 'X-Enrollment-ID': 'D1', 'X-Enrollment-Type': 'Device' });
const items = async () => {
  const answer = await dm('declaration-items');
  return ((await answer.json()) as { Declarations: { Configurations: { Identifier: string }[] } }).Declarations.Configurations;
};

describe('leaving', () => {
  it('is confirmed by a word, and audited', async () => {
    const refused = await call('POST', '/leave', {});
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('Nothing was changed')]);
    expect((await status()).state).toBe('running');
    expect((await leave()).state).toBe('left');
    expect(await bench.store.listAudit(1)).toMatchObject([
      { by: 'jane', act: 'leave', detail: { note: 'moving', after: { state: 'left' } } },
    ]);
    await leave();
    expect((await bench.store.listAudit(10)).filter(({ act }) => act === 'leave')).toHaveLength(1);
  });

  it('waits for a device until it has fetched the empty list; one that fetched nothing is free at once', async () => {
    expect((await items()).length).toBeGreaterThan(0);
    await bench.settle();
    expect(await leave()).toMatchObject({ devices: 2, free: 1, waiting: 1, isDone: false, waitingFor: [{ device: 'D1', serial: 'SD1' }] });
    await bench.settle();
    expect(await items()).toEqual([]);
    await bench.settle();
    expect(await status()).toMatchObject({
      free: 2,
      waiting: 0,
      isDone: true,
      notes: [expect.stringContaining('remove -dm and its keys')],
    });
  });

  it('hands out no body that was listed before', async () => {
    const listed = (await items()).map(({ Identifier }) => Identifier);
    const enforcement = listed.find((identifier) => identifier.startsWith('ratchet.enforcement.')) ?? '';
    expect((await dm(`declaration/configuration/${enforcement}`)).status).toBe(200);
    await leave();
    expect((await dm(`declaration/configuration/${enforcement}`)).status).toBe(500);
  });

  it('asks a device nothing any more', async () => {
    await leave();
    await bench.settle();
    const before = bench.enqueued.length;
    await bench.enroll('D3');
    expect(bench.enqueued.length).toBe(before);
  });

  it.each([
    ['/resume', {}],
    ['/pause', {}],
    ['/pause', { policy: 'everyone' }],
    ['/stop', {}],
  ])('%s %j is refused once it has left: an order that its undoing forgets would be lost', async (act, body) => {
    await leave();
    const { control } = bench.ratchet.standing;
    const refused = await call('POST', act, body);
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringMatching(/Ratchet has left: .*Nothing was changed/)]);
    expect(bench.ratchet.standing.control).toEqual(control);
    expect(await bench.store.listAudit(1)).toMatchObject([{ act: 'leave' }]);
  });

  it('is ended by its own undoing alone', async () => {
    await leave();
    const undone = LeaveAnswer.parse(await (await call('POST', '/leave', { undo: true })).json());
    expect([undone.state, undone.isDone, undone.notes]).toEqual(['running', false, []]);
    expect((await items()).length).toBeGreaterThan(0);
    const again = await call('POST', '/leave', { undo: true });
    expect([again.status, await again.text()]).toEqual([409, expect.stringContaining('nothing to undo')]);
  });

  it('undone it is as before: who had stopped has not said go on', async () => {
    await call('POST', '/stop', {});
    await leave();
    expect(LeaveAnswer.parse(await (await call('POST', '/leave', { undo: true })).json()).state).toBe('stopped');
    expect(bench.ratchet.standing.control).toEqual({ state: 'stopped', pausedPolicies: [], held: undefined });
  });
});

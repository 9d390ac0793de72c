import { afterEach, describe, expect, it } from 'vitest';
import { ImportAnswer } from '../../src/engine/answers.ts';
import { InboxFullError } from '../../src/store/store.ts';
import { checkIn, createWebBench, NOW, type WebBench } from './bench.ts';

let bench: WebBench;
afterEach(() => bench.close());

const post = (body: unknown) =>
  bench.api('/enrollments', { method: 'POST', body: JSON.stringify(body) }, { 'Content-Type': 'application/json' });
const why = async (id: string) => (await bench.api(`/why/${encodeURIComponent(id)}`)).json() as Promise<Record<string, never>>;
const deviceInformation = () => bench.enqueued.filter((command) => command.endsWith(' DeviceInformation'));

describe('devices that only the server’s list has', () => {
  it('are known, asked once and decided', async () => {
    bench = await createWebBench();
    const answer = await post({ enrollments: [{ id: 'D1', serial: 'C02LAB0001' }, { id: 'D2' }], by: 'jane', note: 'first' });
    expect([answer.status, ImportAnswer.parse(await answer.json())]).toEqual([
      200,
      { schema: 'ratchet.import/1', new: 2, changed: 0, known: 0 },
    ]);
    await bench.settle();

    expect(deviceInformation().sort()).toEqual(['D1 DeviceInformation', 'D2 DeviceInformation']);
    expect(await why('C02LAB0001')).toMatchObject({
      device: { id: 'D1', serial: 'C02LAB0001', lastSeenAt: 0 },
      reason: 'inventory-missing',
      timeline: expect.arrayContaining([{ at: NOW, kind: 'seen', text: 'Named by a list of devices; not heard of yet.' }]),
    });
    expect(await bench.store.listAudit(1)).toMatchObject([{ by: 'jane', act: 'import', detail: { new: 2, known: 0, note: 'first' } }]);

    expect(await (await post({ enrollments: [{ id: 'D1' }, { id: 'D3' }, { id: 'D3' }] })).json()).toMatchObject({ new: 1, known: 1 });
    await bench.settle();
    expect(deviceInformation()).toHaveLength(3);
  });

  it('are not seen by that, and nothing but a question is sent to them', async () => {
    bench = await createWebBench();
    await post({ enrollments: [{ id: 'D1' }] });
    await bench.settle();
    expect(bench.enqueued).toEqual(['D1 DeviceInformation']);
    expect(bench.ratchet.standing.site).not.toHaveProperty('first');
  });

  it('become devices like any as soon as they talk', async () => {
    bench = await createWebBench();
    await post({ enrollments: [{ id: 'D1', serial: 'WRONG' }] });
    await bench.settle();
    bench.setNow(NOW + 60_000);
    const created_at = new Date(NOW + 60_000).toISOString();
    const hardware = { UDID: 'D1', ProductName: 'iPhone15,2', OSVersion: '26.5', BuildVersion: '23F79', SerialNumber: 'C02LAB0001' };
    const authenticate = { ...JSON.parse(checkIn('Authenticate', hardware)), created_at };
    await bench.webhook(JSON.stringify(authenticate));
    await bench.webhook(JSON.stringify({ ...JSON.parse(checkIn('TokenUpdate', { UDID: 'D1' }, { token_update_tally: 1 })), created_at }));
    await bench.settle();
    const told = await why('D1');
    expect(told).toMatchObject({ device: { serial: 'C02LAB0001', lastSeenAt: NOW + 60_000 }, runs: { version: '26.5' } });
    expect((told.timeline as unknown as { text: string }[]).map(({ text }) => text)).toContain('Seen for the first time.');
  });

  it('User Enrollments are known, and left alone', async () => {
    bench = await createWebBench();
    await post({ enrollments: [{ id: 'E1', type: 'User Enrollment (Device)' }] });
    await bench.settle();
    expect(await why('E1')).toMatchObject({ reason: 'user-enrollment' });
  });

  it('a known one is not changed, heard of or only named', async () => {
    bench = await createWebBench();
    await bench.enroll('D1');
    const before = await why('D1');
    expect(await (await post({ enrollments: [{ id: 'D1', serial: 'OTHER' }] })).json()).toMatchObject({ new: 0, known: 1 });
    await bench.settle();
    expect(await why('D1')).toEqual(before);
  });

  it('named before their events were folded are not named twice', async () => {
    bench = await createWebBench();
    await bench.webhook(checkIn('Authenticate', { UDID: 'D1' }));
    expect(await (await post({ enrollments: [{ id: 'D1' }] })).json()).toMatchObject({ new: 0, known: 1 });
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['an empty list', { enrollments: [] }],
    ['too many', { enrollments: Array.from({ length: 1_001 }, (_, index) => ({ id: `D${index}` })) }],
    ['no id', { enrollments: [{ serial: 'S' }] }],
    ['an id with a comma, which NanoMDM would split', { enrollments: [{ id: 'D1,D2' }] }],
    ['a user channel', { enrollments: [{ id: 'D1:jane' }] }],
    ['an unknown key', { enrollments: [{ id: 'D1', name: 'Jane’s iPad' }] }],
    ['dots', { enrollments: [{ id: '..' }] }],
  ])('%s: 400, and nothing is named', async (_name, body) => {
    bench = await createWebBench();
    const answer = await post(body);
    expect([answer.status, await answer.json()]).toMatchObject([400, { detail: expect.stringContaining('"enrollments"') }]);
    expect(await bench.store.countInbox()).toBe(0);
  });

  it('says to come back when the inbox is full', async () => {
    bench = await createWebBench({
      breakStore(store) {
        store.append = () => Promise.reject(new InboxFullError('full'));
      },
    });
    expect((await post({ enrollments: [{ id: 'D1' }] })).status).toBe(503);
  });
});

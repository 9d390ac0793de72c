import { afterEach, expect, it } from 'vitest';
import { createWebBench, type WebBench } from './bench.ts';

/** GET /api/v1/devices, /fleet and /fleet/history: what is behind them has tests of its own in test/store and test/engine. */

let bench: WebBench;
afterEach(() => bench.close());

async function get(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await bench.api(path);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

it('lists devices by what is asked for', async () => {
  bench = await createWebBench();
  await bench.enroll('D1');
  const all = await get('/devices');
  expect([all.status, all.body.total]).toEqual([200, 1]);
  const [device] = all.body.devices as { id: string; reason: string; platform: string }[];
  expect(device?.id).toBe('D1');
  expect((await get(`/devices?reason=${device?.reason}&reason=verified&platform=${device?.platform}`)).body.total).toBe(1);
  expect((await get('/devices?q=no%20such%20device')).body).toMatchObject({ total: 0, devices: [] });
});

it.each([
  ['/devices?sort=age', 'sort is "age"; expected one of id,'],
  ['/devices?from=tomorrow', 'from is "tomorrow"; expected a date such as 2026-12-01'],
  ['/devices?sort=id&sort=date', 'sort'],
  ['/devices?cursor=nonsense', 'cursor'],
  ['/devices?platfrom=iOS', 'platfrom: there is no such field'],
  ['/fleet/history?days=0', 'days: expected a number of days from 1 to 400'],
  ['/fleet/history?days=401', 'days'],
])('%s is refused and says what was expected', async (path, expected) => {
  bench = await createWebBench();
  const { status, body } = await get(path);
  expect(status).toBe(400);
  expect(body.detail).toContain(expected);
});

it('counts the fleet, and has no earlier days before the first was counted', async () => {
  bench = await createWebBench();
  await bench.enroll('D1');
  expect((await get('/fleet')).body).toMatchObject({ schema: 'ratchet.fleet/1', devices: 1, state: 'running' });
  expect((await get('/fleet/history?days=7')).body).toMatchObject({ schema: 'ratchet.fleet-history/1' });
});

import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { LogFields } from '../../src/logger.ts';
import { silentLogger } from '../../src/logger.ts';
import { logRefusals } from '../../src/web/log-refusals.ts';

it('logs a refusal with its reason, once a minute for each status, and counts the others', async () => {
  const lines: LogFields[] = [];
  let now = 0;
  const app = new Hono();
  app.use(
    logRefusals({ ...silentLogger, warn: (fields, message) => void lines.push({ ...fields, message }) }, { now: () => now }, 'refused'),
  );
  app.get('/fine', (c) => c.body(null, 200));
  app.get('/ours', (c) => c.json({ error: 'our own fault' }, 500));
  app.all('*', (c) => c.json({ error: 'the keys differ' }, c.req.path.startsWith('/missing') ? 401 : 403));

  await app.request('/fine');
  await app.request('/ours');
  expect(lines).toEqual([]);
  for (let count = 0; count < 5; count += 1) await app.request('/webhook', { method: 'POST' });
  expect(lines).toEqual([{ status: 403, method: 'POST', path: '/webhook', reason: 'the keys differ', count: 1, message: 'refused' }]);
  await app.request(`/missing/${'x'.repeat(500)}`);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({ status: 401, count: 1, path: `/missing/${'x'.repeat(91)}` });
  now += 60_000;
  const answer = await app.request('/webhook', { method: 'POST' });
  expect(lines[2]).toMatchObject({ status: 403, count: 5 });
  expect(await answer.json()).toEqual({ error: 'the keys differ' });
});

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PlanAnswer } from '../../src/engine/answers.ts';
import { startBurst } from '../process/burst.ts';
import { api, createSite, type Serving, type Site } from '../process/ratchet-process.ts';

/** `ratchet backup` beside a server under load, and `ratchet restore`, as an operator runs them. */

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

let site: Site;
let serving: Serving | undefined;

beforeEach(async () => {
  site = await createSite();
});
afterEach(async () => {
  serving?.kill('SIGKILL');
  await serving?.ended;
  site.dispose();
});

async function stop(): Promise<void> {
  serving?.kill('SIGTERM');
  expect((await serving?.ended)?.code).toBe(0);
}

it('a backup taken under load is whole, overwrites nothing, and what is restored from it starts held', async () => {
  const file = join(site.folder, 'backup.db');
  const data = ['--data', site.data];
  expect(await site.run('backup', ...data, file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no database of Ratchet'),
  });
  serving = await site.serve();
  const burst = startBurst(site.url, 'B', 8);
  while (burst.answered.length < 200) await pause(5);
  const before = [...burst.answered];
  const made = await site.run('backup', ...data, '--json', file);
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(JSON.parse(made.stdout)).toMatchObject({ schema: 'ratchet.backup/1', file, bytes: statSync(file).size, host: expect.any(String) });
  const after = burst.answered.length;
  while (burst.answered.length < after + 100) await pause(5);
  burst.stop();
  await burst.ended;
  expect(burst.unanswered).toEqual([]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(site.folder).filter((name) => name.startsWith('backup'))).toEqual(['backup.db']);

  const db = new Database(file, { readonly: true });
  const inIt = new Set(db.prepare('SELECT id FROM enrollments UNION SELECT enrollment_id FROM inbox').pluck().all());
  expect(before.filter((id) => !inIt.has(id))).toEqual([]);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();

  const again = await site.run('backup', ...data, file);
  expect([again.code, again.stdout]).toEqual([2, '']);
  expect(again.stderr).toContain('is there already; nothing is overwritten');
  const running = await site.run('restore', ...data, file);
  expect(running.code).toBe(2);
  expect(running.stderr).toMatch(new RegExp(`^Stop the server first: .* is in use by process ${serving.pid} on `));
  await stop();

  const restored = await site.run('restore', ...data, file);
  expect([restored.code, restored.stderr]).toEqual([0, '']);
  expect(restored.stdout).toContain('it is held and asks the devices');
  expect(readdirSync(site.data).filter((name) => name.includes('.before-'))).toHaveLength(1);
  serving = await site.serve();
  expect(await api(site.url, 'status')).toMatchObject({ state: 'held', alerts: [expect.objectContaining({ key: 'held' })] });
  expect(serving.log()).toContain('Ratchet is held: nothing is handed out until ratchet resume.');
  expect((await site.run('resume')).stdout).toContain('Resumed: now running.');
  await stop();
  // The mark is gone: the next start is one like any other.
  serving = await site.serve();
  expect(await api(site.url, 'status')).toMatchObject({ state: 'running' });
  const { devices } = await api<PlanAnswer>(site.url, 'plan');
  const known = new Set(devices.map(({ id }) => id));
  expect(before.filter((id) => !known.has(id))).toEqual([]);
});

it('what is no backup is not restored, and a plain copy is taken for one', async () => {
  serving = await site.serve();
  await stop();
  const plain = join(site.folder, 'plain.db');
  new Database(join(site.data, 'ratchet.db')).exec(`VACUUM INTO '${plain}'`).close();
  const other = join(site.folder, 'other.db');
  new Database(other).exec('CREATE TABLE t (x)').close();
  const said: (string | number | null | undefined)[][] = [];
  for (const file of [join(site.folder, 'missing.db'), join(site.folder, 'ratchet.yaml'), other]) {
    const { code, stderr } = await site.run('restore', '--data', site.data, file);
    said.push([code, stderr.trimEnd().split(': ').at(-1)]);
  }
  expect(said).toEqual([
    [2, expect.stringContaining('There is no file')],
    [2, expect.stringContaining('it is damaged or no database')],
    [2, 'it is no database of Ratchet.'],
  ]);
  const restored = await site.run('restore', '--data', site.data, '--json', plain);
  expect(JSON.parse(restored.stdout)).toMatchObject({
    schema: 'ratchet.restore/1',
    isMarked: false,
    aside: [expect.stringContaining('ratchet.db.before-')],
  });
  expect(existsSync(plain)).toBe(true);
  serving = await site.serve();
  expect(await api(site.url, 'status')).toMatchObject({ state: 'held' });
});

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PlanAnswer } from '../../src/engine/answers.ts';
import { openReadOnly } from '../../src/read-only.ts';
import { type Burst, startBurst } from '../process/burst.ts';
import { api, createSite, type Serving, type Site } from '../process/ratchet-process.ts';

/** Promise 1: what was answered 200 survives the process. (Power loss: fsync.test.ts.) */

const KILLS = 3;
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

/** Waits until something happened; what it waits for is looked at, not the clock. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(5);
}

/** Every webhook is of a device of its own, so a lost one is a device that is missing. */
function missingFrom({ devices }: PlanAnswer, answered: readonly string[]): string[] {
  const known = new Set(devices.map(({ id }) => id));
  return answered.filter((id) => !known.has(id));
}

async function settledPlan(): Promise<PlanAnswer> {
  await until(async () => (await api<{ inbox: number }>(site.url, 'status')).inbox === 0);
  return api<PlanAnswer>(site.url, 'plan');
}

it('kill -9 in the middle of a burst, again and again, loses no answered webhook', async () => {
  const bursts: Burst[] = [];
  for (let round = 1; round <= KILLS; round++) {
    serving = await site.serve();
    const burst = startBurst(site.url, `K${round}`);
    bursts.push(burst);
    // Anywhere between the first answers and thousands, so that inbox, folding and checkpoints are all met.
    const killAfter = 20 + Math.floor(Math.random() * 1_000);
    await until(() => burst.answered.length >= killAfter);
    serving.kill('SIGKILL');
    await burst.ended;
    expect((await serving.ended).signal).toBe('SIGKILL');
    // Otherwise it was no kill in the middle of anything.
    expect(burst.unanswered.length, `kill ${round} after ${burst.answered.length} answers`).toBeGreaterThan(0);
  }

  serving = await site.serve();
  const answered = bursts.flatMap((burst) => burst.answered);
  const plan = await settledPlan();
  expect(missingFrom(plan, answered)).toEqual([]);
  expect(plan.devices.length).toBeGreaterThanOrEqual(answered.length);

  // The control: one answered webhook taken out of the database is noticed.
  serving.kill('SIGTERM');
  await serving.ended;
  const victim = answered[Math.floor(answered.length / 2)];
  const db = new Database(join(site.data, 'ratchet.db'));
  expect(db.prepare('DELETE FROM enrollments WHERE id = ?').run(victim).changes).toBe(1);
  db.close();
  const source = await openReadOnly(site.data);
  const read = await source?.plan();
  expect(read?.ok && missingFrom(read.value, answered)).toEqual([victim]);
}, 120_000);

it('SIGTERM in the middle of a burst finishes what is under way and exits 0', async () => {
  serving = await site.serve();
  const burst = startBurst(site.url, 'T');
  await until(() => burst.answered.length >= 500);
  serving.kill('SIGTERM');
  const ended = await serving.ended;
  burst.stop();
  await burst.ended;
  expect([ended.code, ended.signal], ended.stderr).toEqual([0, null]);
  expect(ended.stderr).toContain('"msg":"stopped"');

  serving = await site.serve();
  expect(missingFrom(await settledPlan(), burst.answered)).toEqual([]);
}, 120_000);

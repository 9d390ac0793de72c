import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileProgram } from './compiled.ts';
import { killText, runKills } from './kills.ts';

/** A handful of what `npm run crash` does 200 times. */

let compiled: ReturnType<typeof compileProgram>;
beforeAll(() => {
  compiled = compileProgram();
}, 120_000);
afterAll(() => compiled.dispose());

it('kill -9 at moments drawn from a seed, while it starts and under load, loses nothing that was answered', async () => {
  const kills = await runKills({ kills: 6, seed: 4, program: compiled.program });
  expect(kills.map(({ when }) => when)).toEqual(expect.arrayContaining(['first start', 'start', 'load']));
  expect(kills.filter(({ lost, problems }) => lost.length + problems.length > 0).map(killText)).toEqual([]);
  expect(kills.at(-1)?.answered).toBeGreaterThan(0);
}, 240_000);

it('and of a server that answers before it commits, losses are found', async () => {
  const preload = [new URL('answers-first.mjs', import.meta.url).href];
  const kills = await runKills({ kills: 6, seed: 4, program: compiled.program, preload });
  expect(kills.reduce((sum, { lost }) => sum + lost.length, 0)).toBeGreaterThan(0);
}, 240_000);

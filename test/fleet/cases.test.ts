import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runOne } from './run-one.ts';
import { parseCase } from './run-spec.ts';
import { failureText } from './sim-text.ts';

/** Runs that once went wrong, or that are worth their time in every test: each file says why it is there. */
const FOLDER = new URL('cases/', import.meta.url);
const cases = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => ({ name, ...parseCase(readFileSync(new URL(name, FOLDER), 'utf8'), name) }));

it('there are some', () => {
  expect(cases.length).toBeGreaterThan(0);
});

it.each(cases)(
  '$name',
  async ({ spec }) => {
    const { failures, isConverged, devices } = await runOne(spec);
    expect(failures.map((failure) => failureText(spec.seed, failure))).toEqual([]);
    expect(isConverged).toBe(true);
    expect(devices).toBeGreaterThan(0);
  },
  240_000,
);

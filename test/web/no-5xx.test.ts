import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiProblem } from '../../src/engine/answers.ts';
import { createWebBench, type WebBench } from './bench.ts';
import { mutationsOf } from './mutations.ts';
import { initOf, OPERATIONS, pathOf, RINGED, VALID } from './requests.ts';

/** Whatever is sent to an operation, the answer is its own or a problem of whoever asked: never a 5xx. */

/** Of each operation: the same every time; and others with every run of the tests, whose seed a failure tells. */
const FIXED = { numRuns: 1_000, seed: 20_261_120 };
const DRAWN = { numRuns: 250 };

let bench: WebBench;
beforeAll(async () => {
  bench = await createWebBench(RINGED);
  await bench.enroll('D1');
});
afterAll(() => bench.close());

describe.each(OPERATIONS.map((operation) => [operation.id, operation] as const))('%s', (id, operation) => {
  const valid = VALID[id] ?? {};

  it.each([
    ['the same every time', FIXED],
    ['drawn anew', DRAWN],
  ])('answers mutations of a valid request with 2xx or 4xx: %s', async (_which, parameters) => {
    const met = new Set<number>();
    await fc.assert(
      fc.asyncProperty(mutationsOf(operation, valid), async ({ path, init, headers }) => {
        const answer = await bench.api(path, init, headers);
        met.add(answer.status);
        const text = await answer.text();
        // ".." in a path is resolved before it is sent: the root of the API leads to its page.
        const isRoot = answer.status === 302 && new URL(`http://r/api/v1${path}`).pathname === '/api/v1/';
        if (isRoot || (answer.status >= 200 && answer.status <= 299)) return;
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThanOrEqual(499);
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
        expect(ApiProblem.parse(JSON.parse(text)).status).toBe(answer.status);
      }),
      parameters,
    );
    expect(bench.errors).not.toContain('request failed; answered 500');
    // Nothing was learnt from requests that all failed at the door.
    expect(met.size).toBeGreaterThan(1);
  });

  it('would take the request as it was', async () => {
    const [init, type] = initOf(operation, valid);
    expect((await bench.api(pathOf(operation.path, valid), init, type)).status).toBeLessThan(500);
  });
});

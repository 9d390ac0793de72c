import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';

async function run(args: string[], body: unknown = ANSWER, status = 200) {
  const told = { stdout: '', stderr: '' };
  const calls: { method: string; url: string; body: unknown }[] = [];
  const world: CliWorld = {
    env: { USER: 'jane' },
    cwd: '/work',
    version: '1.2.3',
    now: () => 0,
    stdout: (text) => {
      told.stdout += text;
    },
    stderr: (text) => {
      told.stderr += text;
    },
    readFile: async () => Promise.reject(new Error('nothing is read')),
    stdin: async () => Buffer.from(''),
    fetch: async (url, init = {}) => {
      calls.push({ method: init.method ?? 'GET', url, body: init.body === undefined ? undefined : JSON.parse(String(init.body)) });
      return { status, headers: { get: () => null }, text: async () => JSON.stringify(body), arrayBuffer: async () => new ArrayBuffer() };
    },
    serve: async () => 0,
  };
  const code = await runProgram(['device', ...args, '--api=s'], world);
  return { code, ...told, calls };
}

const ANSWER = {
  schema: 'ratchet.device-act/1',
  act: 'more-time',
  device: 'D1',
  text: 'Given more time: no date before 2026-12-24.',
  reason: 'waiting-for-date',
  sentence: 'All is ready; the date is to come.',
  date: '2026-12-24T18:00:00',
  overrides: [{ kind: 'more-time', until: '2026-12-24', by: 'jane', at: 0, note: 'away' }],
};

describe('ratchet device', () => {
  it.each([
    ['exempt', ['--until', '2026-12-24', '--note', 'away'], { until: '2026-12-24', by: 'jane', note: 'away' }],
    ['more-time', ['--until', '2026-12-24', '--note', 'away', '--by', 'joe'], { until: '2026-12-24', by: 'joe', note: 'away' }],
    ['pause', [], { by: 'jane' }],
    ['resume', ['--note', 'repaired'], { by: 'jane', note: 'repaired' }],
    ['recheck', [], { by: 'jane' }],
    ['ask', [], { by: 'jane' }],
  ])('%s posts who, what and why', async (verb, flags, body) => {
    const { code, calls } = await run([verb, 'C02/LAB', ...flags]);
    expect([code, calls]).toEqual([
      0,
      [{ method: 'POST', url: expect.stringMatching(new RegExp(`/api/v1/devices/C02%2FLAB/${verb}$`)), body }],
    ]);
  });

  it('says what was done, where the device stands since, and its date', async () => {
    const flags = ['more-time', 'D1', '--until', '2026-12-24', '--note', 'away'];
    expect((await run(flags)).stdout).toBe(
      'D1: Given more time: no date before 2026-12-24.\nwaiting-for-date: All is ready; the date is to come. Its date: 2026-12-24 18:00 device time.\n',
    );
    expect((await run([...flags, '--json'])).stdout).toBe(`${JSON.stringify(ANSWER, null, 2)}\n`);
  });

  it.each([
    ['without a day', ['exempt', 'D1', '--note', 'away'], /^Expected --until: the last day of it: 2026-12-24\. Nothing was changed\.\n$/],
    ['without a reason', ['more-time', 'D1', '--until', '2026-12-24'], /^Expected --note: why\. Nothing was changed\.\n$/],
    ['without a device', ['pause'], /missing required argument/],
  ])('%s asks nobody', async (_what, args, words) => {
    const { code, stderr, calls } = await run(args);
    expect([code, stderr, calls]).toEqual([2, expect.stringMatching(words), []]);
  });

  it('refused says why, and ends with 2', async () => {
    const problem = { type: 'about:blank', title: 'Not Found', status: 404, detail: 'No device has the id or serial number "D9".' };
    const { code, stderr } = await run(['ask', 'D9'], problem, 404);
    expect([code, stderr]).toEqual([2, 'No device has the id or serial number "D9".\n']);
  });
});

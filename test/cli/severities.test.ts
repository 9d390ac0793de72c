import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';

async function run(args: string[], body: unknown, status = 200) {
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
  const code = await runProgram(['severities', ...args, '--api=s'], world);
  return { code, ...told, calls };
}

const HELD = {
  platform: 'iOS',
  since: Date.UTC(2026, 10, 20, 12),
  releases: [{ version: '26.6.1', from: 'standard', to: 'exploited' }],
  difference: {
    ...{ file: 'severities of iOS', hash: 'abc', inForce: 'def', handedOut: 0, broughtForward: 312 },
    ...{ putOff: 0, takenBack: 0, other: 0, unchanged: 188, countsBefore: {}, restarts: [] },
    guard: { plan: '3f9c2a7be041', fleet: 500, limit: 50, isHeld: true },
    notes: [],
  },
};

describe('severities show', () => {
  it('says what is held, what it would do and how to let it; ends with 1', async () => {
    const body = { schema: 'ratchet.severities/1', held: [HELD] };
    const { code, stdout, calls } = await run(['show'], body);
    expect([code, calls[0]?.url]).toEqual([1, expect.stringMatching(/\/api\/v1\/severities$/)]);
    expect(stdout).toBe(
      `Held since 2026-11-20 12:00:00Z: iOS 26.6.1 exploited (was standard).
500 devices: 312 brought forward, 188 unchanged.
Without a person's yes 50 of 500 devices may be handed out to or brought forward. ratchet severities accept 3f9c2a7be041 lets it count.
`,
    );
    expect((await run(['show', '--json'], body)).stdout).toBe(`${JSON.stringify(body, null, 2)}\n`);
  });

  it('says so when nothing is', async () => {
    const { code, stdout } = await run(['show'], { schema: 'ratchet.severities/1', held: [] });
    expect([code, stdout]).toEqual([0, 'Nothing is held: what SOFA told is in force.\n']);
  });
});

describe('severities accept', () => {
  it('says who accepts which plan, and what that does', async () => {
    const body = { ...HELD, schema: 'ratchet.severities-act/1', result: 'accepted' };
    const { code, stdout, calls } = await run(['accept', '3f9c2a7be041', '--note=why'], body);
    expect([code, stdout]).toEqual([
      0,
      'Accepted: iOS 26.6.1 exploited (was standard). 500 devices: 312 brought forward, 188 unchanged.\n',
    ]);
    expect(calls).toEqual([
      {
        method: 'POST',
        url: expect.stringMatching(/\/api\/v1\/severities\/accept$/),
        body: { plan: '3f9c2a7be041', by: 'jane', note: 'why' },
      },
    ]);
    expect(JSON.parse((await run(['accept', '3f9c2a7be041', '--json'], body)).stdout)).toEqual(body);
  });

  it('says what the server says', async () => {
    const { code, stderr } = await run(
      ['accept', 'x'],
      { type: 'about:blank', title: 'Refused', status: 400, detail: 'No severity is held.' },
      409,
    );
    expect([code, stderr]).toEqual([2, 'No severity is held.\n']);
  });
});

import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';

async function run(args: readonly string[], { status = 200, body }: { status?: number; body?: unknown } = {}) {
  const told = { stdout: '', stderr: '' };
  const calls: { url: string; body: unknown }[] = [];
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
    readFile: async () => {
      throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    },
    stdin: async () => Buffer.alloc(0),
    fetch: async (url, init = {}) => {
      calls.push({ url, body: init.body === undefined ? undefined : JSON.parse(String(init.body)) });
      return { status, headers: { get: () => null }, text: async () => JSON.stringify(body), arrayBuffer: async () => new ArrayBuffer() };
    },
    serve: async () => 0,
  };
  const code = await runProgram(['rollout', ...args, '--api=s'], world);
  return { code, ...told, calls };
}

const AT = Date.UTC(2026, 10, 20, 12);
const NONE = { waiting: 0, delivered: 0, stuck: 0, verified: 0, failed: 0, excused: 0 };
const ROLLOUT = {
  policy: 'everyone',
  release: 'iOS 27.0.1',
  state: 'halted',
  since: AT,
  by: 'ratchet',
  because: '2 of 12 devices failed to install it',
  began: AT,
  rings: [
    { ring: 'canary', opened: AT, because: 'it is the first', ...NONE, delivered: 3, verified: 7, failed: 2, excused: 1 },
    { ring: 'everyone', ...NONE, waiting: 90 },
  ],
  troubled: [{ id: 'D1', ring: 'canary', state: 'failed', since: AT }],
};

describe('ratchet rollout show', () => {
  it('tells how rings fare, and who is to be looked at', async () => {
    const { code, stdout } = await run(['show'], { body: { schema: 'ratchet.rollouts/1', rollouts: [ROLLOUT] } });
    expect(code).toBe(0);
    expect(stdout).toBe(`iOS 27.0.1 under everyone: halted since 2026-11-20 12:00:00Z by ratchet (2 of 12 devices failed to install it)
RING      OPENED                WAITING  GOT IT  RUN IT  FAILED  STUCK  EXCUSED
canary    2026-11-20 12:00:00Z  0        12      7       2       0      1
everyone  not yet               90       0       0       0       0      0
1 device to look at: D1 (failed). ratchet why <id> says more.
`);
  });

  it('tells what the next ring waits for', async () => {
    const running = {
      ...ROLLOUT,
      state: 'running',
      because: undefined,
      troubled: [],
      waitsFor: '3 of canary to run it; 1 do',
      opensAt: AT,
    };
    const { stdout } = await run(['show'], { body: { schema: 'ratchet.rollouts/1', rollouts: [running] } });
    expect(stdout).toContain('iOS 27.0.1 under everyone: running\n');
    expect(stdout).toContain('The next ring waits for 3 of canary to run it; 1 do (2026-11-20 12:00:00Z).\n');
  });

  it('says what to do when there is none', async () => {
    const { stdout } = await run(['show'], { body: { schema: 'ratchet.rollouts/1', rollouts: [] } });
    expect(stdout).toMatch(/^Nothing rolls out: no policy with rings/);
  });
});

describe('an act', () => {
  it('is said with who and why', async () => {
    const body = { schema: 'ratchet.rollout-act/1', act: 'halt', policy: 'everyone', release: 'iOS 27.0.1', state: 'halted', approved: [] };
    const { code, stdout, calls } = await run(['halt', '27.0.1', '--because=printers'], { body });
    expect([code, stdout]).toEqual([0, 'Halted: iOS 27.0.1 under everyone, now halted.\n']);
    expect(calls).toMatchObject([
      { url: expect.stringMatching(/\/api\/v1\/rollouts\/halt$/), body: { release: '27.0.1', by: 'jane', note: 'printers' } },
    ]);
  });

  it('that is refused says why', async () => {
    const { code, stderr } = await run(['resume', '9'], { status: 409, body: { error: 'No rollout of "9". There are: none.' } });
    expect([code, stderr]).toEqual([2, 'No rollout of "9". There are: none.\n']);
  });
});

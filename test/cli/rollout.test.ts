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
    const { code, stderr } = await run(['resume', '9'], {
      status: 409,
      body: { type: 'about:blank', title: 'Refused', status: 400, detail: 'No rollout of "9". There are: none.' },
    });
    expect([code, stderr]).toEqual([2, 'No rollout of "9". There are: none.\n']);
  });
});

describe('expedite', () => {
  const difference = {
    ...{ file: 'expedite of iOS 27.0.1 under everyone', hash: 'h', inForce: 'h' },
    ...{ handedOut: 40, broughtForward: 60, putOff: 0, takenBack: 0, other: 0, unchanged: 20 },
    ...{ countsBefore: {}, restarts: [], notes: [], guard: { plan: '3f9c2a7be041', fleet: 120, limit: 50, isHeld: true } },
  };
  const body = {
    ...{ schema: 'ratchet.rollout-expedite/1', result: 'held', policy: 'everyone', release: 'iOS 27.0.1' },
    ...{ due: '2026-11-27T18:00:00', rings: ['pilot'], difference },
  };

  it('that is held says how to let it happen', async () => {
    const { code, stdout, calls } = await run(
      ['expedite', '27.0.1', '--by=2026-11-27T18:00', '--rings=canary, pilot', '--reason=exploited'],
      { body },
    );
    expect([code, stdout]).toEqual([
      1,
      `Held, nothing was changed: iOS 27.0.1 under everyone by 2026-11-27 18:00 device time, rings up to pilot.
120 devices: 40 newly handed out, 60 brought forward, 20 unchanged.
Without a person's yes 50 of 120 devices may be handed out to or brought forward. The same again with --accept 3f9c2a7be041 does it.
`,
    ]);
    expect(calls).toMatchObject([
      {
        url: expect.stringMatching(/\/api\/v1\/rollouts\/expedite$/),
        body: { release: '27.0.1', due: '2026-11-27T18:00', rings: ['canary', 'pilot'], by: 'jane', note: 'exploited' },
      },
    ]);
  });

  it('is taken back', async () => {
    const { code, stdout, calls } = await run(['expedite', '27.0.1', '--undo', '--reason=tills'], {
      body: { schema: body.schema, result: 'undone', policy: 'everyone', release: 'iOS 27.0.1' },
    });
    expect([code, stdout]).toEqual([0, 'Taken back: iOS 27.0.1 under everyone has the dates of its policy again.\n']);
    expect(calls[0]?.body).toEqual({ release: '27.0.1', undo: true, by: 'jane', note: 'tills' });
  });

  it.each([
    ['no date', ['--reason=x'], /either --by/],
    ['no reason', ['--by=2026-11-27T18:00'], /Expected --reason/],
  ])('is refused without calling: %s', async (_, flags, message) => {
    const { code, stderr, calls } = await run(['expedite', '27.0.1', ...flags]);
    expect([code, calls]).toEqual([2, []]);
    expect(stderr).toMatch(message);
  });

  it('stands beside its rollout', async () => {
    const expedite = { due: '2026-11-27T18:00:00', by: 'jane', at: AT, because: 'exploited' };
    const { stdout } = await run(['show'], { body: { schema: 'ratchet.rollouts/1', rollouts: [{ ...ROLLOUT, expedite }] } });
    expect(stdout).toContain('Expedited: by 2026-11-27 18:00 device time, said jane at 2026-11-20 12:00:00Z (exploited)\n');
  });
});

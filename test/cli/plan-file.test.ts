import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import { ApplyAnswer, PlanAnswer } from '../../src/engine/answers.ts';

const FILE = 'mode: observe\npolicies:\n  - {name: all, target: latest, due: {days: 7, at: "18:00"}}\n';
const NOW = Date.UTC(2026, 10, 20);

const GUARD = { plan: '3f9c2a7be041', fleet: 120, limit: 50, isHeld: true };
const DIFFERENCE = {
  file: 'new.yaml',
  hash: 'bbbb',
  inForce: 'aaaa',
  handedOut: 100,
  broughtForward: 1,
  putOff: 0,
  takenBack: 1,
  other: 0,
  unchanged: 18,
  countsBefore: { 'observe-only': 101, verified: 19 },
  restarts: [{ date: '2026-12-01', before: 0, after: 101 }],
  guard: GUARD,
  notes: ['Ratchet is paused: this is how it will be after ratchet resume.'],
};
const PLAN = {
  schema: 'ratchet.plan/1',
  devices: [
    {
      id: 'ID-1',
      serial: '=EVIL()\u001b[2J',
      platform: 'iPadOS',
      osVersion: '26.1',
      target: '26.2',
      policy: 'pads',
      date: '2026-12-01T18:00:00',
      reason: 'waiting-for-date',
      change: 'handed-out',
      before: { target: '26.2', policy: 'all', reason: 'observe-only' },
    },
    {
      id: 'ID-2',
      policy: 'all',
      reason: 'no-policy',
      change: 'taken-back',
      before: { date: '2026-12-01T18:00:00', policy: 'all', reason: 'overdue' },
    },
    { id: 'ID-3', serial: 'S3', policy: 'all', reason: 'verified', target: '26.2' },
  ],
  counts: { 'waiting-for-date': 101, verified: 19 },
  difference: DIFFERENCE,
};
const HELD = { plan: '3f9c2a7be041', file: 'ratchet.yaml', hash: 'bbbb', at: 0, handedOut: 100, broughtForward: 1, limit: 50 };

async function run(args: string[], body: unknown = PLAN, { status = 200, input = FILE, change = {} as Partial<CliWorld> } = {}) {
  const told = { stdout: '', stderr: '' };
  const calls: { method: string; url: string; body: unknown }[] = [];
  const world: CliWorld = {
    env: { USER: 'jane' },
    cwd: '/work',
    version: '1.2.3',
    now: () => NOW,
    stdout: (text) => {
      told.stdout += text;
    },
    stderr: (text) => {
      told.stderr += text;
    },
    readFile: async () => Buffer.from(input),
    stdin: async () => Buffer.from(input),
    fetch: async (url, init = {}) => {
      calls.push({ method: init.method ?? 'GET', url, body: init.body === undefined ? undefined : JSON.parse(String(init.body)) });
      return { status, headers: { get: () => null }, text: async () => JSON.stringify(body), arrayBuffer: async () => new ArrayBuffer() };
    },
    serve: async () => 0,
    ...change,
  };
  const code = await runProgram([...args, '--api=s'], world);
  return { code, ...told, calls };
}

describe('plan with a file', () => {
  it('shows who is touched how, the sums, and that it would be held', async () => {
    const { code, stdout, calls } = await run(['plan', 'new.yaml']);
    expect(calls).toEqual([{ method: 'POST', url: expect.stringMatching(/\/api\/v1\/plan$/), body: { file: FILE, name: 'new.yaml' } }]);
    expect(code).toBe(1);
    expect(stdout).toBe(`SERIAL       PLATFORM  RUNS  CHANGE            POLICY      TARGET  DATE                  REASON
=EVIL()\uFFFD[2J  iPadOS    26.1  newly handed out  all → pads  26.2    - → 2026-12-01 18:00  observe-only → waiting-for-date
ID-2         -         -     taken back        all         -       2026-12-01 18:00 → -  overdue → no-policy

120 devices: 100 newly handed out, 1 brought forward, 1 taken back, 18 unchanged

REASON            BEFORE  AFTER
waiting-for-date  0       101
verified          19      19
observe-only      101     0

INSTALL ON  BEFORE  AFTER
2026-12-01  0       101

Ratchet is paused: this is how it will be after ratchet resume.

Plan 3f9c2a7be041 would be held: without a person's yes 50 of 120 devices may be handed out to or brought forward. ratchet apply new.yaml --accept 3f9c2a7be041 puts it into force.
`);
  });

  it.each<[string, object, RegExp]>([
    ['a small change', { guard: { ...GUARD, isHeld: false } }, /\n\nPlan 3f9c2a7be041: ratchet apply new\.yaml puts it into force\.\n$/],
    ['no change', { hash: 'aaaa', guard: { ...GUARD, isHeld: false } }, /\n\nThese policies are in force\.\n$/],
    ['another time', { guard: undefined }, /\n\nRatchet is paused: this is how it will be after ratchet resume\.\n$/],
  ])('of %s ends with 0', async (_, changes, end) => {
    const { code, stdout } = await run(['plan', '-'], { ...PLAN, difference: { ...DIFFERENCE, ...changes } });
    expect(code).toBe(0);
    expect(stdout).toMatch(end);
  });

  it('prints CSV of every device, that a spreadsheet does not run', async () => {
    const { stdout } = await run(['plan', 'new.yaml', '--csv']);
    const [head, first, , third] = stdout.split('\r\n');
    expect(head).toBe(
      'id,serial,platform,osVersion,target,policy,date,reason,next,change,targetBefore,policyBefore,dateBefore,reasonBefore',
    );
    expect(first).toBe(
      "ID-1,'=EVIL()\u001b[2J,iPadOS,26.1,26.2,pads,2026-12-01T18:00:00,waiting-for-date,,handed-out,26.2,all,,observe-only",
    );
    expect(third).toBe('ID-3,S3,,,26.2,all,,verified,,,26.2,all,,verified');
  });

  it('prints one object', async () => {
    const { stdout } = await run(['plan', 'new.yaml', '--json']);
    expect(PlanAnswer.strict().parse(JSON.parse(stdout))).toEqual(PLAN);
  });

  it('shows 40 devices and says where the others are', async () => {
    const devices = Array.from({ length: 45 }, (_, n) => ({
      id: `D${n}`,
      reason: 'verified',
      change: 'other',
      before: { reason: 'overdue' },
    }));
    const { stdout } = await run(['plan', 'new.yaml'], { ...PLAN, devices });
    expect(stdout.split('\n').filter((line) => line.startsWith('D'))).toHaveLength(40);
    expect(stdout).toContain('\n… and 5 more devices; --csv and --json have them all.\n');
  });

  it.each<[string, string[], object]>([
    ['a day', ['plan', '--at=2026-12-01'], { at: Date.UTC(2026, 11, 1) }],
    ['a minute', ['plan', 'new.yaml', '--at=2026-12-01T18:30'], { at: Date.UTC(2026, 11, 1, 18, 30), file: FILE, name: 'new.yaml' }],
  ])('--at takes %s, and says for when it is', async (_, args, body) => {
    const { calls, stdout } = await run(args, { ...PLAN, at: Date.UTC(2026, 11, 1) });
    expect(calls[0]?.body).toEqual(body);
    expect(stdout).toMatch(/^As of 2026-12-01 00:00:00Z, if nothing else changes until then\n\n/);
  });

  it.each<[string, string[], string, RegExp]>([
    ['a wrong file', ['plan', 'new.yaml'], 'mode: enfroce\n', /^new\.yaml:1:7 {2}mode: .*; fix: write mode: enforce\n/],
    ['a day that is none', ['plan', 'new.yaml', '--at=2026-02-30'], FILE, /^--at: "2026-02-30" is no time; expected/],
    ['two forms', ['plan', 'new.yaml', '--csv', '--json'], FILE, /not both/],
  ])('refuses %s before it asks anybody', async (_, args, input, message) => {
    const { code, stdout, stderr, calls } = await run(args, PLAN, { input });
    expect([code, stdout, calls]).toEqual([2, '', []]);
    expect(stderr).toMatch(message);
  });

  it('asks the data folder while no server runs', async () => {
    const asked: unknown[] = [];
    const source = {
      plan: async (wanted: unknown) => {
        asked.push(wanted);
        return { ok: true, value: PLAN };
      },
    };
    const change = {
      fetch: () => Promise.reject(new Error('connect ECONNREFUSED')),
      openReadOnly: async () => source,
    } as unknown as Partial<CliWorld>;
    expect((await run(['plan', 'new.yaml', '--data=/data'], PLAN, { change })).code).toBe(1);
    expect(asked).toEqual([{ file: FILE, name: 'new.yaml' }]);
  });
});

it('every plan says that a change is held', async () => {
  const { code, stdout } = await run(['plan'], { schema: 'ratchet.plan/1', devices: [], counts: {}, held: HELD });
  expect(code).toBe(0);
  expect(stdout).toBe(
    "0 devices\n\nA change of the policies is held (ratchet.yaml): it would hand out to, or bring forward, 101 devices, and 50 may be without a person's yes. ratchet plan ratchet.yaml shows it, ratchet apply ratchet.yaml --accept 3f9c2a7be041 lets it happen.\n",
  );
});

describe('apply', () => {
  const APPLIED = { schema: 'ratchet.apply/1', result: 'applied', file: 'new.yaml', hash: 'bbbb', difference: DIFFERENCE };

  it('sends the file, who, why and which plan', async () => {
    const { calls, code } = await run(['apply', 'new.yaml', '--accept=3f9c2a7be041', '--note=go'], APPLIED);
    expect(code).toBe(0);
    expect(calls).toEqual([
      {
        method: 'POST',
        url: expect.stringMatching(/\/api\/v1\/apply$/),
        body: { file: FILE, name: 'new.yaml', accept: '3f9c2a7be041', by: 'jane', note: 'go' },
      },
    ]);
  });

  it.each<[string, number, string]>([
    [
      'applied',
      0,
      'The policies of new.yaml are in force.\n120 devices: 100 newly handed out, 1 brought forward, 1 taken back, 18 unchanged.\nRatchet is paused: this is how it will be after ratchet resume.\n',
    ],
    [
      'held',
      1,
      "Held: the policies before stay in force.\n120 devices: 100 newly handed out, 1 brought forward, 1 taken back, 18 unchanged.\nWithout a person's yes 50 of 120 devices may be handed out to or brought forward.\nLook at it: ratchet plan new.yaml. Then: ratchet apply new.yaml --accept 3f9c2a7be041\nRatchet is paused: this is how it will be after ratchet resume.\n",
    ],
  ])('%s', async (result, code, stdout) => {
    expect(await run(['apply', 'new.yaml'], { ...APPLIED, result })).toMatchObject({ code, stdout, stderr: '' });
  });

  it('of what is in force says so', async () => {
    const { difference: _, ...same } = APPLIED;
    expect(await run(['apply', 'new.yaml'], { ...same, result: 'unchanged' })).toMatchObject({
      code: 0,
      stdout: 'The policies of new.yaml are in force already: nothing was changed.\n',
    });
  });

  it('prints one object', async () => {
    const { stdout } = await run(['apply', 'new.yaml', '--json'], APPLIED);
    expect(ApplyAnswer.strict().parse(JSON.parse(stdout))).toEqual(APPLIED);
  });

  it('without a file takes that of --config', async () => {
    const read: string[] = [];
    const readFile = async (path: string) => {
      read.push(path);
      return Buffer.from(FILE);
    };
    await run(['apply', '--config=etc/ratchet.yaml'], APPLIED, { change: { readFile } });
    expect(read).toEqual(['/work/etc/ratchet.yaml']);
  });

  it('refuses a wrong file before it asks anybody', async () => {
    const { code, stdout, stderr, calls } = await run(['apply', 'new.yaml'], APPLIED, { input: 'mode: enfroce\n' });
    expect([code, stdout, calls]).toEqual([2, '', []]);
    expect(stderr).toMatch(/^new\.yaml:1:7 .*\nnew\.yaml: 1 problem\.\n$/);
  });

  it('of another plan than was accepted ends with 2', async () => {
    const detail = 'Plan 3f9c2a7be041 is not what new.yaml would do now';
    expect(
      await run(['apply', 'new.yaml', '--accept=x'], { type: 'about:blank', title: 'Conflict', status: 409, detail }, { status: 409 }),
    ).toMatchObject({ code: 2, stderr: `${detail}\n` });
  });
});

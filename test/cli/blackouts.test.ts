import { expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';

async function run(args: readonly string[], body: unknown) {
  const told = { stdout: '', stderr: '' };
  const world: CliWorld = {
    env: {},
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
    fetch: async () => ({
      status: 200,
      headers: { get: () => null },
      text: async () => JSON.stringify(body),
      arrayBuffer: async () => new ArrayBuffer(),
    }),
    serve: async () => 0,
  };
  return { code: await runProgram(['blackouts', ...args, '--api=s'], world), ...told };
}

const AT = Date.UTC(2026, 10, 20, 12);
const EXAMS = { name: 'exams', from: '2027-01-11T00:00:00', until: '2027-01-23T00:00:00', isNear: true };
const DAY = { policy: 'labs', from: '2027-03-01T08:00:00', until: '2027-03-01T17:00:00', isNear: false };
const DEVICE = {
  ...{ id: 'D1', serial: 'DMQLAB000001', policy: 'school-ipads', holds: '2027-01-07T15:45:00', blackout: 'exams' },
  ...{ beginsAt: AT, endsAt: AT, lastSeenAt: AT, reason: 'not-seen' },
};
const answer = (blackouts: unknown[], devices: unknown[]) => ({ schema: 'ratchet.blackouts/1', blackouts, devices });

it('names the devices that may install in one', async () => {
  const { code, stdout } = await run([], answer([EXAMS, DAY], [DEVICE]));
  expect(code).toBe(1);
  expect(stdout).toBe(`BLACKOUT  POLICY  FROM              UNTIL             NEAR OR ON
exams     all     2027-01-11 00:00  2027-01-23 00:00  yes
-         labs    2027-03-01 08:00  2027-03-01 17:00  no

1 device may install in one: it is not known to have given its date back.
SERIAL        POLICY        HOLDS             BLACKOUT  LAST SEEN             REASON
DMQLAB000001  school-ipads  2027-01-07 15:45  exams     2026-11-20 12:00:00Z  not-seen
`);
});

it.each([
  ['there is no blackout', [], /^No blackout is to come: .*\n$/],
  ['none is near', [DAY], /\n\nNone is near\.\n$/],
  ['all gave their dates back', [EXAMS], /\n\nNo device holds a date that may come true in one\.\n$/],
])('says so when %s', async (_, blackouts, expected) => {
  const { code, stdout } = await run([], answer(blackouts, []));
  expect(code).toBe(0);
  expect(stdout).toMatch(expected);
});

it('prints the answer as it is with --json', async () => {
  const { code, stdout } = await run(['--json'], answer([EXAMS], [DEVICE]));
  expect([code, JSON.parse(stdout)]).toEqual([1, answer([EXAMS], [DEVICE])]);
});

import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import type { LeaveAnswer } from '../../src/engine/leave-answers.ts';

const WAITING: LeaveAnswer = {
  ...{ schema: 'ratchet.leave/1', state: 'left', devices: 4, free: 2, waiting: 1, unenrolled: 1, isDone: false },
  waitingFor: [{ device: 'D1', serial: 'C02\u001b[2J', lastSeenAt: 0, holdsUntil: '2026-12-01T18:00:00' }],
  notes: ['1 device has not fetched yet that there is nothing more.'],
};
const DONE: LeaveAnswer = { ...WAITING, free: 3, waiting: 0, waitingFor: [], isDone: true, notes: ['At the MDM server: remove -dm.'] };
const RUNNING: LeaveAnswer = { ...DONE, state: 'running', free: 0, waiting: 4, isDone: false, notes: [] };

async function run(args: string[], answers: (LeaveAnswer | number)[], typed?: string) {
  let stdout = '';
  let stderr = '';
  const asked: [string | undefined, unknown][] = [];
  const questions: string[] = [];
  const world: CliWorld = {
    ...{ env: { USER: 'jane' }, cwd: '/work', version: '1.2.3', now: () => 0 },
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    ask: async (question) => {
      questions.push(question);
      return typed;
    },
    sleep: async () => undefined,
    readFile: () => Promise.reject(new Error('no file is read')),
    stdin: () => Promise.reject(new Error('nothing is read')),
    fetch: async (_url, init = {}) => {
      asked.push([init.method, init.body === undefined ? undefined : JSON.parse(String(init.body))]);
      const answer = answers[asked.length - 1] ?? answers.at(-1);
      if (answer === 0) throw new Error('connect ECONNREFUSED');
      const isProblem = typeof answer === 'number';
      const text = JSON.stringify(
        isProblem ? { type: 'about:blank', title: 'No', status: answer, detail: 'There is nothing to undo.' } : answer,
      );
      const status = isProblem ? answer : 200;
      return { status, headers: { get: () => null }, text: async () => text, arrayBuffer: async () => new ArrayBuffer() };
    },
    serve: async () => 0,
  };
  const code = await runProgram(['leave', ...args, '--api=s'], world);
  return { code, stdout, stderr, asked, questions };
}

describe('leave', () => {
  it.each(['no', '', undefined])('asks, and %j is no yes: 2, nobody is called', async (typed) => {
    const { code, stderr, asked, questions } = await run([], [WAITING], typed);
    expect([code, asked, questions.length]).toEqual([2, [], 1]);
    expect(stderr).toContain('Nothing was changed');
  });

  it('says who is waited for, and ends with 1 while there is anyone', async () => {
    const { code, stdout, asked } = await run(['--note=moving'], [WAITING], 'yes');
    expect(asked).toEqual([['POST', { confirm: 'leave', by: 'jane', note: 'moving' }]]);
    expect([code, stdout]).toEqual([
      1,
      '2 devices with nothing of Ratchet, 1 to go, 1 not enrolled any more.\n  C02\uFFFD[2J (D1): never seen, holds the date 2026-12-01 18:00 device time\n1 device has not fetched yet that there is nothing more.\n',
    ]);
  });

  it('--wait looks until all have, and says then what to change at the server', async () => {
    const { code, stdout, stderr, asked } = await run(['--yes', '--wait'], [WAITING, WAITING, DONE]);
    expect(asked.map(([method]) => method)).toEqual(['POST', 'GET', 'GET']);
    expect(stderr).toBe('2 of 3 devices hold nothing more, 1 to go\n');
    expect([code, stdout]).toEqual([
      0,
      '3 devices with nothing of Ratchet, 0 to go, 1 not enrolled any more.\nAt the MDM server: remove -dm.\n',
    ]);
  });

  it('--wait that loses the server says that what was begun goes on', async () => {
    const { code, stderr } = await run(['--yes', '--wait'], [WAITING, 0]);
    expect(code).toBe(3);
    expect(stderr).toContain('What was begun goes on: ratchet leave --status.');
  });

  it.each<[string, string[], LeaveAnswer, number, unknown[]]>([
    ['--status only looks, and asks nobody', ['--status'], WAITING, 1, [['GET', undefined]]],
    ['--status of one that has not left', ['--status'], RUNNING, 0, [['GET', undefined]]],
    ['--undo', ['--undo', '--yes'], RUNNING, 0, [['POST', { undo: true, by: 'jane' }]]],
  ])('%s', async (_name, args, answer, expected, calls) => {
    const { code, asked, questions } = await run(args, [answer]);
    expect([code, asked, questions]).toEqual([expected, calls, []]);
  });

  it.each([
    [['--undo', '--status', '--yes'], /one of --status and --undo/],
    [['--status', '--wait'], /one of --status and --wait/],
    [['--undo', '--wait', '--yes'], /one of --undo and --wait/],
    [['--status', '--yes'], /expected no --yes beside it/],
    [['--status', '--note=x'], /expected no --note beside it/],
  ])('%j contradict each other: 2, nobody is asked or called', async (args, message) => {
    const { code, stdout, stderr, asked, questions } = await run(args, [WAITING], 'yes');
    expect([code, stdout, asked, questions]).toEqual([2, '', [], []]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('Nothing was changed.');
  });

  it('prints one object', async () => {
    const { code, stdout } = await run(['--status', '--json'], [DONE]);
    expect([code, JSON.parse(stdout)]).toEqual([0, DONE]);
  });

  it('refused: 2, with the reason', async () => {
    const { code, stderr, stdout } = await run(['--undo', '--yes'], [409]);
    expect([code, stdout, stderr]).toEqual([2, '', 'There is nothing to undo.\n']);
  });
});

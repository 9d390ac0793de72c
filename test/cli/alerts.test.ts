import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

async function run(args: string[], body: unknown, status = 200) {
  const told = { stdout: '', stderr: '' };
  const calls: { method: string; url: string; body: unknown }[] = [];
  const world: CliWorld = {
    env: { USER: 'jane', RATCHET_API: 's' },
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
    fetch: async (url, { method = 'GET', body: sent } = {}) => {
      if (body instanceof Error) throw body;
      calls.push({ method, url, body: sent === undefined ? undefined : JSON.parse(String(sent)) });
      return { status, headers: { get: () => null }, text: async () => JSON.stringify(body), arrayBuffer: async () => new ArrayBuffer() };
    },
    serve: async () => 0,
  };
  return { code: await runProgram(args, world), ...told, calls };
}

const ALERT = {
  ...{ key: 'host-unreachable', kind: 'host-unreachable', title: 'The MDM server is not reached', urgency: 'immediate', since: NOON },
  ...{ sentence: 'The MDM server does not take commands.', remedy: 'Is it running?', detail: { message: 'ECONNREFUSED\u001b[31m' } },
};
const OPS = { name: 'ops', form: 'slack', host: 'hooks.slack.com', waiting: 2, failingSince: NOON, said: '503' };
const PAGER = { name: 'pager', form: 'webhook', host: 'alerts.example', waiting: 0, takenAt: NOON };

describe('ratchet alerts', () => {
  it('lists what is raised and what to do, and who is told', async () => {
    const digest = { ...ALERT, key: 'sofa-silent', urgency: 'digest', detail: {} };
    const { code, stdout, calls } = await run(['alerts'], { schema: 'ratchet.alerts/1', alerts: [ALERT, digest], targets: [OPS, PAGER] });
    expect([code, calls]).toEqual([1, [{ method: 'GET', url: 'http://127.0.0.1:9006/api/v1/alerts', body: undefined }]]);
    expect(stdout).toBe(`2 alerts are raised.

host-unreachable, since 2026-11-20 12:00:00Z
  The MDM server does not take commands.
  It says: ECONNREFUSED\uFFFD[31m
  What to do: Is it running?

sofa-silent, since 2026-11-20 12:00:00Z, told in the digest
  The MDM server does not take commands.
  What to do: Is it running?

TARGET  FORM     HOST             WAITING  LAST TAKEN            TROUBLE
ops     slack    hooks.slack.com  2        -                     since 2026-11-20 12:00:00Z: 503
pager   webhook  alerts.example   0        2026-11-20 12:00:00Z  -
`);
  });

  it('says when there is nothing, and nobody', async () => {
    const body = { schema: 'ratchet.alerts/1', alerts: [], targets: [] };
    expect(await run(['alerts'], body)).toMatchObject({
      code: 0,
      stdout: 'No alert is raised.\n\nNobody is told of alerts: alerts: in ratchet.yaml names no target.\n',
    });
    expect(JSON.parse((await run(['alerts', '--json'], body)).stdout)).toEqual(body);
  });

  it('test prints what each target answered', async () => {
    const results = [
      { target: 'ops', form: 'slack', host: 'hooks.slack.com', arrived: false, said: '404: no_service' },
      { target: 'pager', form: 'webhook', host: 'alerts.example', arrived: true, said: '204' },
    ];
    const { code, stdout, calls } = await run(['alerts', 'test', '--note=new'], { schema: 'ratchet.alerts-test/1', results });
    expect([code, calls]).toEqual([
      1,
      [{ method: 'POST', url: 'http://127.0.0.1:9006/api/v1/alerts/test', body: { by: 'jane', note: 'new' } }],
    ]);
    expect(stdout).toBe(`TARGET  FORM     HOST             TEST            IT SAID
ops     slack    hooks.slack.com  did not arrive  404: no_service
pager   webhook  alerts.example   arrived         204
`);
    const arrived = { schema: 'ratchet.alerts-test/1', results: results.slice(1) };
    const one = await run(['alerts', 'test', '--to', 'pager', '--json'], arrived);
    expect([one.code, JSON.parse(one.stdout), one.calls[0]?.body]).toEqual([0, arrived, { to: 'pager', by: 'jane' }]);
  });

  it.each<[string, unknown, number, number, RegExp]>([
    ['no such target', { title: 'No', status: 404, detail: 'There is no target "x".' }, 404, 2, /^There is no target "x"\.\n$/],
    ['no server', new Error('ECONNREFUSED'), 0, 3, /No Ratchet answers/],
  ])('test with %s', async (_what, body, status, expected, message) => {
    const answer = body instanceof Error ? body : { type: 'about:blank', ...(body as object) };
    const { code, stderr } = await run(['alerts', 'test', '--to=x'], answer, status);
    expect([code, stderr]).toEqual([expected, expect.stringMatching(message)]);
  });

  it.each([['alerts'], ['alerts', 'test']])('%s %s helps, with an example and the exit codes', async (...verb) => {
    const { code, stdout } = await run([...verb.filter(Boolean), '--help'], {});
    expect(code).toBe(0);
    for (const text of ['Examples:\n  ratchet alerts', 'Exit codes: 0']) expect(stdout).toContain(text);
  });
});

import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const TOKEN = `ratchet_0a1b2c3d_${'f'.repeat(64)}`;
const ROW = { id: '0a1b2c3d', name: 'grafana', role: 'read', state: 'live', createdAt: NOON, createdBy: 'jane' };

async function run(args: string[], body: unknown, status = 200, api = 's') {
  const told = { stdout: '', stderr: '' };
  const calls: { method: string; url: string; body: unknown; authorization: string | undefined }[] = [];
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
    fetch: async (url, { method = 'GET', headers = {}, body: sent } = {}) => {
      calls.push({ method, url, body: sent === undefined ? undefined : JSON.parse(String(sent)), authorization: headers.authorization });
      return { status, headers: { get: () => null }, text: async () => JSON.stringify(body), arrayBuffer: async () => new ArrayBuffer() };
    },
    serve: async () => 0,
  };
  const code = await runProgram([...args, `--api=${api}`], world);
  return { code, ...told, calls };
}

const problem = (status: number, detail: string) => ({ type: 'about:blank', title: 'No', status, detail });

describe('ratchet token', () => {
  it('create prints the token alone, so that it can go into a file, and the rest beside it', async () => {
    const body = { schema: 'ratchet.token-create/1', ...ROW, expiresAt: NOON + 86_400_000, token: TOKEN };
    const { code, stdout, stderr, calls } = await run(['token', 'create', '--name=grafana', '--role=read', '--expires=1d'], body);
    expect([code, stdout]).toEqual([0, `${TOKEN}\n`]);
    expect(stderr).toBe('grafana (0a1b2c3d), role read until 2026-11-21 12:00:00Z. It is not shown again.\n');
    expect(calls).toMatchObject([
      { method: 'POST', url: 'http://127.0.0.1:9006/api/v1/tokens', body: { name: 'grafana', role: 'read', expires: '1d', by: 'jane' } },
    ]);
  });

  it('list shows what is known of each, and never what opens anything', async () => {
    const ended = { ...ROW, id: 'ffffffff', name: 'old', state: 'revoked', revokedAt: NOON, lastUsedAt: NOON - 3_600_000 };
    const { code, stdout } = await run(['token', 'list'], { schema: 'ratchet.tokens/1', tokens: [ROW, ended] });
    expect(code).toBe(0);
    expect(stdout).toBe(
      `ID        NAME     ROLE  STATE                         LAST USED             MADE BY
0a1b2c3d  grafana  read  live                          never                 jane
ffffffff  old      read  revoked 2026-11-20 12:00:00Z  2026-11-20 11:00:00Z  jane
`,
    );
    expect((await run(['token', 'list'], { schema: 'ratchet.tokens/1', tokens: [] })).stdout).toContain('There are no tokens.');
  });

  it('revoke says which one', async () => {
    const body = { schema: 'ratchet.token-revoke/1', ...ROW, state: 'revoked', revokedAt: NOON };
    const { code, stdout, calls } = await run(['token', 'revoke', 'grafana', '--note=left'], body);
    expect([code, stdout]).toEqual([0, 'Revoked: grafana (0a1b2c3d).\n']);
    expect(calls).toMatchObject([{ url: 'http://127.0.0.1:9006/api/v1/tokens/revoke', body: { token: 'grafana', note: 'left' } }]);
  });

  it.each([
    ['a role that is none', ['token', 'create', '--name=a', '--role=admin'], 0, /expected metrics, read, operate/],
    ['without a name', ['token', 'create', '--role=read'], 0, /--name/],
    ['for a token', ['token', 'list'], 403, /^only the password\n$/],
  ])('is refused: %s', async (_what, args, status, message) => {
    const { code, stderr } = await run(args, problem(status, 'only the password'), status);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe('a verb', () => {
  it('takes a token in place of the password', async () => {
    const { calls } = await run(['inbox'], { schema: 'ratchet.inbox/1', items: [] }, 200, TOKEN);
    expect(calls[0]?.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('says why a token opens nothing', async () => {
    const { code, stderr } = await run(['inbox'], problem(401, 'The token ci was revoked.'), 401, TOKEN);
    expect([code, stderr]).toEqual([2, 'http://127.0.0.1:9006 refuses the token given as --api: The token ci was revoked.\n']);
  });
});

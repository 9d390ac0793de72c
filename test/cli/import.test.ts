import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';

interface Sent {
  enrollments: { id: string }[];
  by?: string;
  note?: string;
}

/** A server to which every id that ends in an even digit is new; `failAt` is the call that fails. */
async function run(args: string[], input: string | Error, { status = 503, failAt = Number.POSITIVE_INFINITY } = {}) {
  let stdout = '';
  let stderr = '';
  const sent: Sent[] = [];
  const give = async () => {
    if (input instanceof Error) throw input;
    return Buffer.from(input);
  };
  const world: CliWorld = {
    env: { USER: 'jane' },
    cwd: '/work',
    version: '1.2.3',
    now: () => 0,
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    readFile: give,
    stdin: give,
    fetch: async (_url, init = {}) => {
      const body = JSON.parse(String(init.body)) as Sent;
      if (sent.length >= failAt) {
        if (status === 0) throw new Error('connect ECONNREFUSED');
        const text = JSON.stringify({ type: 'about:blank', title: 'Refused', status: 400, detail: 'No.' });
        return { status, headers: { get: () => null }, text: async () => text, arrayBuffer: async () => new ArrayBuffer() };
      }
      sent.push(body);
      const added = body.enrollments.filter(({ id }) => /[02468]$/.test(id)).length;
      const text = JSON.stringify({ schema: 'ratchet.import/1', new: added, known: body.enrollments.length - added });
      return { status: 200, headers: { get: () => null }, text: async () => text, arrayBuffer: async () => new ArrayBuffer() };
    },
    serve: async () => 0,
  };
  const code = await runProgram(['import', ...args, '--api=s'], world);
  return { code, stdout, stderr, sent };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `00008112-${String(index).padStart(16, '0')}`).join('\n');

describe('import', () => {
  it.each(['ids.csv', '-'])('of %s sends what it read, and says the numbers', async (path) => {
    const { code, stdout, stderr, sent } = await run([path, '--note=first'], 'id,serial\nID1,S1\nID2,\nID2,\nID1:jane,\n');
    expect([code, stdout, stderr]).toEqual([
      0,
      '1 new, 1 known already, 1 more than once, 1 user channel left out (their devices count).\n',
      '',
    ]);
    expect(sent).toEqual([{ enrollments: [{ id: 'ID1', serial: 'S1' }, { id: 'ID2' }], by: 'jane', note: 'first' }]);
  });

  it('sends a long list in parts, and says how far it is', async () => {
    const { code, stdout, stderr, sent } = await run(['ids'], ids(1_200));
    expect([code, stdout, stderr]).toEqual([0, '600 new, 600 known already.\n', '500 of 1200\n1000 of 1200\n1200 of 1200\n']);
    expect(sent.map(({ enrollments }) => enrollments.length)).toEqual([500, 500, 200]);
  });

  it('names what it left out, and ends with 1', async () => {
    const { code, stdout, stderr } = await run(['ids.csv'], 'id,serial\nID1,S1\nID\u001b[2J,S2\n,S3\nID3,\n');
    expect([code, stdout]).toEqual([1, '0 new, 2 known already, 2 malformed.\n']);
    expect(stderr).toBe(
      'skipped line 3: "ID\uFFFD[2J" is no id; expected the UDID, without blanks, commas and slashes\nskipped line 4: there is no id\n',
    );
  });

  it('names twenty of many', async () => {
    const { stderr, stdout } = await run(['ids.csv'], `id\n${ids(30)}\n${'a b\n'.repeat(30)}`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(21);
    expect(stderr).toContain('… and 10 more; --json names them all');
    expect(stdout).toContain('30 malformed');
  });

  it('prints one object', async () => {
    const { code, stdout } = await run(['ids.csv', '--json'], 'id,serial\nID2,S1\n,S3\n');
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      {
        schema: 'ratchet.import/1',
        new: 1,
        changed: 0,
        known: 0,
        userChannels: 0,
        duplicates: 0,
        malformed: [{ at: 'line 3', reason: 'there is no id' }],
      },
    ]);
  });

  it('of which less than half can be used: nothing is imported, and what is wrong is named', async () => {
    const { code, stderr, stdout, sent } = await run(['ids.csv'], `id\nID1\n${'a b\n'.repeat(30)}`);
    expect([code, stdout, sent]).toEqual([2, '', []]);
    expect(stderr).toContain('skipped line 3: "a b" is no id');
    expect(stderr).toMatch(/… and 10 more\nids\.csv: only 1 of 31 lines can be used; .*Nothing was imported\.\n$/);
  });

  it.each<[string, string | Error, RegExp]>([
    [
      'a certificate',
      `subject=CN\n-----BEGIN CERTIFICATE-----\n${'QUJD'.repeat(16)}\n`,
      /found a key or a certificate .*Nothing was imported/,
    ],
    [
      'a file with a key',
      `${'3f2a91bc'.repeat(8)}\n`,
      /"3f2a91bc…" does not look like a UDID.*\n.*no device is in it.* Nothing was imported/,
    ],
    ['numbers', '[1, 2]', /skipped entry 1: 1 is no id; expected a text/],
    ['no file', Object.assign(new Error('x'), { code: 'ENOENT' }), /ids\.csv can't be read: there is no such file/],
    ['an empty one', '', /no device is in it; expected CSV/],
    ['one of which nothing can be used', 'id\na b\n', /skipped line 2: .*\n.*no device is in it/],
    ['a table of something else', 'name,model\nx,y\n', /expected a header with a column "id" or "udid", found: name, model/],
  ])('%s: 2, and nobody is asked', async (_name, input, message) => {
    const { code, stderr, stdout, sent } = await run(['ids.csv'], input);
    expect([code, stdout, sent]).toEqual([2, '', []]);
    expect(stderr).toMatch(message);
  });

  it.each([['ids.csv'], ['--nanomdm=postgres://x/y']])('%s --accept-sooner: 2, deadlines come with a ledger alone', async (source) => {
    const { code, stderr, stdout, sent } = await run([source, '--accept-sooner'], ids(3));
    expect([code, stdout, sent]).toEqual([2, '', []]);
    expect(stderr).toBe('--accept-sooner goes with --ledger: a list of devices brings no deadlines. Nothing was imported.\n');
  });

  it.each([
    ['busy', 503, 3],
    ['of another mind', 401, 2],
    ['gone', 0, 3],
  ])('a server that is %s in the middle: says how far it was', async (_name, status, expected) => {
    const { code, stderr, stdout } = await run(['ids'], ids(1_200), { status, failAt: 1 });
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain('500 of 1200 were imported before; importing them again does no harm.');
  });
});

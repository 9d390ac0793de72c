import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';
import type { FetchInit } from '../../src/runtime.ts';

const NOW = Date.UTC(2040, 2, 1, 9);

async function run(args: string[], answer: { status: number; body: unknown } | Error, input: Uint8Array | Error = new Uint8Array()) {
  let stdout = '';
  let stderr = '';
  const calls: { path: string; init: FetchInit }[] = [];
  const give = async () => {
    if (input instanceof Error) throw input;
    return input;
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
    fetch: async (url, init = {}) => {
      calls.push({ path: new URL(url).pathname, init });
      if (answer instanceof Error) throw answer;
      const text = JSON.stringify(answer.body);
      return { status: answer.status, headers: { get: () => null }, text: async () => text, arrayBuffer: async () => new ArrayBuffer() };
    },
    serve: async () => 0,
  };
  const code = await runProgram([...args, '--api=s'], world);
  return { code, stdout, stderr, calls, body: calls[0]?.init.body === undefined ? undefined : JSON.parse(String(calls[0].init.body)) };
}

const row = {
  release: 'iOS 40.1',
  platform: 'iOS',
  version: '40.1',
  builds: ['40B10', '40B6010'],
  isListed: true,
  isImprovement: false,
  models: 6,
  publicModels: 6,
  managedModels: 6,
  withdrawnModels: 0,
  firstSeenAt: NOW,
  postingDate: '2040-02-28',
  expirationDate: '2040-05-30',
  expirationRolls: true,
};
const SHOWN = {
  schema: 'ratchet.releases/1',
  source: 'https://gdmf.apple.com/v2/pmv',
  checkedAt: NOW,
  heldAt: NOW,
  releases: [
    row,
    {
      ...row,
      release: 'iOS 40.0',
      builds: ['40A20'],
      publicModels: 0,
      withdrawnModels: 2,
      expirationDate: '2040-05-01',
      expirationRolls: false,
    },
    { ...row, release: 'iOS 39.0', isListed: false, models: 0 },
    { ...row, release: 'macOS 40.1\u001b[2J', platform: 'macOS', builds: ['40B11'], models: 1, publicModels: 1 },
  ],
};

describe('releases show', () => {
  it('is a table of what is offered, that nothing in it can redecorate', async () => {
    const { code, stdout, calls } = await run(['releases', 'show'], { status: 200, body: SHOWN });
    expect([code, calls[0]?.path]).toEqual([0, '/api/v1/releases']);
    expect(stdout.split('\n')).toEqual([
      'Source: https://gdmf.apple.com/v2/pmv. Last read: 2040-03-01 09:00:00Z.',
      '',
      'RELEASE         BUILDS         MODELS  FOR              FIRST SEEN            POSTED      EXPIRES             NOTE',
      'iOS 40.1        40B10 40B6010  6       all              2040-03-01 09:00:00Z  2040-02-28  2040-05-30 (rolls)',
      'iOS 40.0        40A20          6       supervised only  2040-03-01 09:00:00Z  2040-02-28  2040-05-01          withdrawn from 2 models',
      'macOS 40.1\uFFFD[2J  40B11          1       all              2040-03-01 09:00:00Z  2040-02-28  2040-05-30 (rolls)',
      '',
    ]);
  });

  it.each<[string[], string[]]>([
    [['--platform', 'macos'], ['macOS 40.1']],
    [
      ['--all', '--platform=iOS'],
      ['iOS 40.1', 'iOS 40.0', 'iOS 39.0'],
    ],
  ])('%j', async (flags, expected) => {
    const { stdout } = await run(['releases', 'show', ...flags], { status: 200, body: SHOWN });
    expect(stdout.match(/^(iOS|macOS) [\d.]+/gm)).toEqual(expected);
  });

  it('prints one object, with everything', async () => {
    expect(JSON.parse((await run(['releases', 'show', '--json'], { status: 200, body: SHOWN })).stdout)).toEqual(SHOWN);
  });

  it('ends with 1 while the last answer is doubtful, and while there is none', async () => {
    const doubt = { kind: 'empty', detail: 'The answer lists nothing at all.', since: NOW };
    const doubtful = await run(['releases', 'show'], { status: 200, body: { ...SHOWN, doubt } });
    expect([doubtful.code, doubtful.stdout.split('\n')[1]]).toEqual([
      1,
      'Doubtful since 2040-03-01 09:00:00Z: The answer lists nothing at all. Shown is what is held.',
    ]);
    const none = await run(['releases', 'show'], { status: 200, body: { schema: 'ratchet.releases/1', releases: [] } });
    expect([none.code, none.stdout]).toEqual([1, 'Source: none. Last read: never.\nNothing is listed.\n']);
  });
});

describe('releases that act', () => {
  const done = (rest: object) => ({ status: 200, body: { schema: 'ratchet.releases-act/1', ...rest } });

  it.each<[string, object, number, RegExp]>([
    ['refresh', { act: 'refresh', result: 'changed' }, 0, /something else is offered/],
    ['refresh', { act: 'refresh', result: 'unchanged' }, 0, /nothing has changed/],
    ['refresh', { act: 'refresh', result: 'doubtful' }, 1, /looks wrong/],
    ['refresh', { act: 'refresh', result: 'failed', message: 'The server answered 403.', nextAt: NOW }, 1, /403\)\. Next try 2040-03-01/],
    ['accept', { act: 'accept', result: 'accepted' }, 0, /^Accepted/],
  ])('%s: %j', async (verb, answer, code, text) => {
    const result = await run(['releases', verb, '--note=why'], done(answer));
    expect([result.code, result.calls[0]?.path, result.calls[0]?.init.method]).toEqual([code, `/api/v1/releases/${verb}`, 'POST']);
    expect(result.body).toEqual({ by: 'jane', note: 'why' });
    expect(result.stdout).toMatch(text);
    expect(JSON.parse((await run(['releases', verb, '--json'], done(answer))).stdout)).toMatchObject(answer);
  });

  it.each([
    [404, 'There is no doubtful answer to accept.', 2],
    [429, 'Apple was asked often enough for a day; again from 2040-03-02T09:00:00Z.', 2],
    [503, 'The store is not writable.', 3],
  ])('refused with %d: says why', async (status, detail, code) => {
    expect(await run(['releases', 'refresh'], { status, body: { type: 'about:blank', title: 'Refused', status, detail } })).toMatchObject({
      code,
      stderr: `${detail}\n`,
      stdout: '',
    });
  });

  it('imports a file, or standard input', async () => {
    const bundle = { schema: 'ratchet.releases-bundle/1' };
    const answer = done({ act: 'import', result: 'imported', taken: 'newer', earlier: 1 });
    for (const path of ['releases.json', '-']) {
      const { code, stdout, body, calls } = await run(['releases', 'import', path], answer, Buffer.from(`\uFEFF${JSON.stringify(bundle)}`));
      expect([code, calls[0]?.path]).toEqual([0, '/api/v1/releases/import']);
      expect(body).toEqual({ bundle, by: 'jane' });
      expect(stdout).toMatch(/newer than the one held here\. 1 pair of release and model were seen there earlier/);
    }
  });

  it.each<[string, Uint8Array | Error, RegExp]>([
    ['what is no JSON', Buffer.from('{'), /releases\.json is not JSON; expected what ratchet releases export prints/],
    ['what is no text', Buffer.from([0xff, 0xfe]), /releases\.json is not UTF-8/],
    ['what is not there', Object.assign(new Error('x'), { code: 'ENOENT' }), /releases\.json can't be read: there is no such file/],
  ])('does not import %s, and asks nobody', async (_name, input, message) => {
    const result = await run(['releases', 'import', 'releases.json'], done({}), input);
    expect(result).toMatchObject({ code: 2, calls: [], stdout: '' });
    expect(result.stderr).toMatch(message);
  });

  it('exports what the server gives', async () => {
    const refused = await run(['releases', 'export'], {
      status: 404,
      body: { type: 'about:blank', title: 'Refused', status: 400, detail: 'There is nothing to export.' },
    });
    expect([refused.code, refused.stderr]).toEqual([2, 'There is nothing to export.\n']);
  });
});

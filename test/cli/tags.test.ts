import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { readTagList } from '../../src/cli/tags.ts';
import type { CliWorld } from '../../src/cli/world.ts';

interface Call {
  method: string;
  url: string;
  body: unknown;
}

async function run(args: string[], input = '', { status = 200, body }: { status?: number; body?: unknown } = {}) {
  const told = { stdout: '', stderr: '' };
  const calls: Call[] = [];
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
    readFile: async () => Buffer.from(input),
    stdin: async () => Buffer.from(input),
    fetch: async (url, init = {}) => {
      const sent = init.body === undefined ? undefined : (JSON.parse(String(init.body)) as { devices: unknown[] });
      calls.push({ method: init.method ?? 'GET', url, body: sent });
      const answer = body ?? {
        schema: 'ratchet.tags-act/1',
        result: 'applied',
        source: 'inventory',
        devices: sent?.devices.length ?? 0,
        before: 3,
      };
      return { status, headers: { get: () => null }, text: async () => JSON.stringify(answer), arrayBuffer: async () => new ArrayBuffer() };
    },
    serve: async () => 0,
  };
  const code = await runProgram(['tags', ...args, '--api=s'], world);
  return { code, ...told, calls };
}

describe('a list of tags', () => {
  it.each([
    [
      'CSV by serial number',
      'Serial Number,Tags\nS1,pilot berlin\nS2,"exec, berlin"\nS3,\n',
      [['S1', 'pilot', 'berlin'], ['S2', 'exec', 'berlin'], ['S3']],
    ],
    ['CSV by id', 'udid;tag\nD1;kiosk\n', [['D1', 'kiosk']]],
    [
      'by serial number where both are told',
      'id,serial,tags\nD1,S1,pilot\nD2,,pilot\n',
      [
        ['S1', 'pilot'],
        ['D2', 'pilot'],
      ],
    ],
    [
      'JSON',
      '[{"serial":"S1","tags":["pilot","exec"]},{"id":"D2","tags":"a b"}]',
      [
        ['S1', 'pilot', 'exec'],
        ['D2', 'a', 'b'],
      ],
    ],
    ['JSON lines', '{"serial_number":"S1","groups":["Straße"]}\n', [['S1', 'Straße']]],
    ['nothing', '', []],
  ])('%s', (_, text, expected) => {
    const { devices, malformed } = readTagList(text);
    expect(devices.map(({ subject, tags }) => [subject, ...tags])).toEqual(expected);
    expect(malformed).toEqual([]);
  });

  it.each([
    ['a tag with a slash', 'serial,tags\nS1,a/b\n', 'line 2', /a tag has letters/],
    ['no device', 'serial,tags\n,pilot\n', 'line 2', /no serial number and no id/],
    ['a blank in the id', '[{"id":"D 1","tags":["a"]}]', 'entry 1', /no serial number or id/],
    ['33 tags', `serial,tags\nS1,${Array.from({ length: 33 }, (_, n) => `t${n}`).join(' ')}\n`, 'line 2', /32 at most/],
  ])('%s can’t be used', (_, text, at, reason) => {
    expect(readTagList(text).malformed).toEqual([{ at, reason: expect.stringMatching(reason) }]);
  });

  it.each([
    ['no tags', 'serial,model\nS1,iPad\n', /a column "tags"/],
    ['no device', 'name,tags\nJane,exec\n', /a column "serial" or "id"/],
  ])('a table with %s is none', (_, text, message) => {
    expect(() => readTagList(text)).toThrow(message);
  });
});

describe('tags import', () => {
  it('sends the whole list as what that source says', async () => {
    const { code, stdout, stderr, calls } = await run(
      ['import', 'pilot.csv', '--source', 'inventory', '--note=why'],
      'serial,tags\nS1,pilot\n',
    );
    expect([code, stdout, stderr]).toEqual([0, 'inventory: 1 device (before: 3).\n', '']);
    expect(calls).toEqual([
      {
        method: 'PUT',
        url: expect.stringMatching(/\/api\/v1\/tags\/inventory$/),
        body: { devices: [{ subject: 'S1', tags: ['pilot'] }], by: 'jane', note: 'why' },
      },
    ]);
  });

  it.each([
    [
      'a line that can’t be used: somebody would lose a tag',
      ['--source', 'a'],
      'serial,tags\nS1,pilot\nS2,a/b\n',
      /line 3.*\n.*1 line can’t be used\. Nothing was changed/s,
    ],
    ['a name with a slash', ['--source', 'a/b'], 'serial,tags\nS1,pilot\n', /--source "a\/b"/],
    ['no source', [], 'serial,tags\nS1,pilot\n', /--source/],
    ['no list', ['--source', 'a'], 'x,y\n1,2\n', /expected a header.*Nothing was changed/],
  ])('refuses %s', async (_, flags, text, message) => {
    const { code, stderr, calls } = await run(['import', 'f.csv', ...flags], text);
    expect([code, calls]).toEqual([2, []]);
    expect(stderr).toMatch(message);
  });

  it('that is held says what it would do and how to let it, and ends with 1', async () => {
    const difference = {
      ...{
        file: 'tags of inventory',
        hash: 'abc',
        inForce: 'def',
        handedOut: 51,
        broughtForward: 2,
        putOff: 0,
        takenBack: 0,
        other: 0,
        unchanged: 7,
      },
      ...{ countsBefore: {}, restarts: [] },
      guard: { plan: '3f9c2a7be041', fleet: 60, limit: 50, isHeld: true },
      notes: ['Ratchet is paused: this is how it will be after ratchet resume.'],
    };
    const body = { schema: 'ratchet.tags-act/1', result: 'held', source: 'inventory', devices: 53, before: 0, difference };
    const args = ['import', '-', '--source', 'inventory'];
    const { code, stdout, stderr } = await run(args, 'serial,tags\nS1,pilot\n', { body });
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toBe(
      `Held, nothing was changed: inventory: 53 devices (before: 0).
60 devices: 51 newly handed out, 2 brought forward, 7 unchanged.
Without a person's yes 50 of 60 devices may be handed out to or brought forward. The same again with --accept 3f9c2a7be041 does it.
Ratchet is paused: this is how it will be after ratchet resume.
`,
    );
    expect((await run([...args, '--json'], 'serial,tags\n', { body })).stdout).toBe(`${JSON.stringify(body, null, 2)}\n`);
    const { calls } = await run([...args, '--accept', '3f9c2a7be041'], 'serial,tags\nS1,pilot\n');
    expect(calls[0]?.body).toMatchObject({ accept: '3f9c2a7be041' });
  });

  it('says what the server says', async () => {
    const { code, stderr } = await run(['import', '-', '--source', 'a'], 'serial,tags\nS1,x\n', {
      status: 400,
      body: { type: 'about:blank', title: 'Refused', status: 400, detail: 'No.' },
    });
    expect([code, stderr]).toEqual([2, 'No.\n']);
  });
});

describe('tags show', () => {
  it('lists tags, sources and who is not known', async () => {
    const body = {
      schema: 'ratchet.tags/1',
      tags: [
        { tag: 'exec', devices: 1 },
        { tag: 'pilot', devices: 12 },
      ],
      sources: [
        { source: 'by hand', devices: 1, unknown: [] },
        { source: 'inventory', devices: 13, unknown: ['S1', 'S2', 'S3', 'S4', 'S5', 'S6'] },
      ],
    };
    const { code, stdout } = await run(['show'], '', { body });
    expect(code).toBe(0);
    expect(stdout).toBe(
      'TAG    DEVICES\nexec   1\npilot  12\n\nby hand: 1 device\n\ninventory: 13 devices; not known: S1, S2, S3, S4, S5, … and 1 more\n',
    );
    expect((await run(['show', '--json'], '', { body })).stdout).toBe(`${JSON.stringify(body, null, 2)}\n`);
  });

  it('says what to do when there are none', async () => {
    const { stdout } = await run(['show'], '', { body: { schema: 'ratchet.tags/1', tags: [], sources: [] } });
    expect(stdout).toBe('No device has a tag. ratchet tags import <file> --source <name> gives some.\n');
  });
});

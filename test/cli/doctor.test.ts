import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { DoctorAnswer } from '../../src/cli/doctor/doctor.ts';
import type { DoctorPorts } from '../../src/cli/doctor/doctor.types.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { Fetch } from '../../src/runtime.ts';

/** The verb's forms and ends; what each link prints is the matter of test/doctor. */

const NOW = Date.UTC(2026, 10, 20, 12);

const PORTS: DoctorPorts = {
  inspectData: async () => ({ isThere: false, isWritable: false, lock: 'free', database: { kind: 'none' } }),
  examineHost: () => undefined,
  examineKmfddm: () => undefined,
  signatureOf: () => undefined,
  upstreamOf: () => undefined,
  feedOf: () => undefined,
  sofaOf: () => [],
};

const NOBODY: Fetch = () => Promise.reject(new Error('connect ECONNREFUSED'));

async function doctor(
  args: readonly string[],
  { ports = PORTS, hasColours = false, fetch = NOBODY }: { ports?: DoctorPorts; hasColours?: boolean; fetch?: Fetch } = {},
) {
  let stdout = '';
  let stderr = '';
  const code = await runProgram(['doctor', ...args], {
    ...{ env: {}, cwd: '/nowhere', version: '1.2.3', now: () => NOW, readFile, hasColours, doctor: ports },
    fetch,
    stdin: async () => new Uint8Array(),
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    serve: async () => 0,
  });
  return { code, stdout, stderr };
}

it('asks the server behind the gate once, with a plain GET, and takes any answer below 500 for one', async () => {
  const url = 'http://mdm:8080/mdm/enroll';
  const asked: unknown[] = [];
  const gateOf = async (fetch: Fetch) =>
    (await doctor(['--gate-url', url, '--listen-public', '127.0.0.1:9008'], { fetch })).stdout
      .split('\n')
      .filter((line) => / gate {2}/.test(line));
  const answering = (status: number) =>
    gateOf(async (to, init) => {
      if (to !== url) throw new Error('connect ECONNREFUSED');
      asked.push(init);
      return new Response('profile', { status });
    });
  expect(await answering(401)).toEqual([
    'ok       gate              http://mdm:8080/mdm/enroll answers (401); the proxy has to send /mdm/enroll to 127.0.0.1:9008',
  ]);
  expect(asked).toEqual([{ timeoutMs: 10_000 }]);
  expect(await answering(502)).toMatchObject([expect.stringMatching(/^broken .* answers 502: .*; fix: .* --gate-url http:\/\/mdm:8080/)]);
  expect(await gateOf(() => Promise.reject(new Error('getaddrinfo ENOTFOUND mdm')))).toMatchObject([
    expect.stringMatching(/^broken .* is not reached \(getaddrinfo ENOTFOUND mdm\): .*; fix: .* --gate-url http:\/\/mdm:8080/),
  ]);
});

it('prints one object', async () => {
  const { code, stdout } = await doctor(['--json', '--enqueue-url=http://mdm/v1/enqueue/']);
  const answer = DoctorAnswer.strict().parse(JSON.parse(stdout));
  expect(code).toBe(1);
  expect({ ...answer, links: answer.links.filter(({ link }) => ['store', 'ratchet', 'clock', 'webhook'].includes(link)) }).toEqual({
    schema: 'ratchet.doctor/1',
    at: NOW,
    ok: false,
    links: [
      { link: 'store', status: 'unknown', finding: '/nowhere/data has no database yet', fix: 'the first ratchet serve makes it' },
      {
        link: 'ratchet',
        status: 'broken',
        finding: 'does not run: nobody answers at http://127.0.0.1:9006 (connect ECONNREFUSED), and what the MDM server sends is lost',
        fix: 'ratchet serve',
      },
      { link: 'clock', status: 'unknown', finding: 'nobody who tells the time was reached' },
      { link: 'webhook', status: 'skipped', finding: 'Ratchet does not run' },
    ],
  });
});

it('ends each page with the count, and is coloured for a terminal alone', async () => {
  const plain = await doctor([]);
  expect(plain.stdout).toMatch(/\n\n0 ok, 2 broken, 4 unknown, 10 skipped of 16 links\n$/);
  expect(plain.stdout).not.toContain('\u001b');
  const coloured = await doctor([], { hasColours: true });
  expect(coloured.stdout).toContain('\u001b[31mbroken \u001b[0m  ratchet ');
  const escapes = new RegExp(String.raw`${'\u001b'}\[\d+m`, 'g');
  expect(coloured.stdout.replaceAll(escapes, '')).toBe(plain.stdout);
});

it('helps with its settings and exit codes', async () => {
  const { code, stdout } = await doctor(['--help']);
  expect(code).toBe(0);
  for (const text of ['--push-topic', '--enqueue-url', '--server', 'Exit codes: 0 nothing is broken']) expect(stdout).toContain(text);
});

it('does not take a flag that is none', async () => {
  expect(await doctor(['--fix-it'])).toMatchObject({ code: 2, stdout: '' });
});

it('lets nobody else’s text redecorate the terminal', async () => {
  const ports: DoctorPorts = {
    ...PORTS,
    feedOf: () => ({ name: 'evil\u001b[2J', read: async () => ({ kind: 'outage', message: 'x\u001b[2J' }) }),
  };
  const { stdout } = await doctor([], { ports });
  expect(stdout).toContain('evil\uFFFD[2J: x\uFFFD[2J');
});

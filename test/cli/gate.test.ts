import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld } from '../../src/cli/world.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

async function run(args: string[], body: unknown) {
  const told = { stdout: '', stderr: '', url: '' };
  const world: CliWorld = {
    ...{
      env: { RATCHET_API: 's' },
      cwd: '/work',
      version: '1.2.3',
      now: () => 0,
      serve: async () => 0,
      stdin: async () => Buffer.from(''),
    },
    stdout: (text) => {
      told.stdout += text;
    },
    stderr: (text) => {
      told.stderr += text;
    },
    readFile: async () => Promise.reject(new Error('nothing is read')),
    fetch: async (url) => {
      told.url = url;
      return {
        status: 200,
        headers: { get: () => null },
        text: async () => JSON.stringify(body),
        arrayBuffer: async () => new ArrayBuffer(),
      };
    },
  };
  return { code: await runProgram(args, world), ...told };
}

const AWAY = {
  ...{ at: NOON, outcome: 'sent-away', sentence: 'Sent away.', isVerified: true, serial: 'S1', productName: 'iPhone15,2' },
  ...{ osVersion: '26.5', policy: 'phones', requires: '26.6.1' },
};
const NOBODY = { at: NOON, outcome: 'unverified', sentence: 'Let in.', remedy: 'Look there.', isVerified: false, answered: 502 };
const { answered: _none, ...LOST } = NOBODY;
const ANSWER = {
  ...{ schema: 'ratchet.gate/1', since: 0, contacts: [AWAY, NOBODY, LOST], isComplete: true },
  counts: [
    { outcome: 'sent-away', contacts: 1 },
    { outcome: 'unverified', contacts: 1 },
  ],
};

describe('ratchet gate', () => {
  it('lists who came, and what became of them', async () => {
    const { code, stdout, url } = await run(['gate', '--device', 'S/1', '--since', '7d'], ANSWER);
    expect([code, url]).toEqual([0, 'http://127.0.0.1:9006/api/v1/gate?since=7d&device=S%2F1']);
    expect(stdout).toBe(`WHEN                  DEVICE  MODEL       RUNS  OUTCOME            POLICY  ANSWERED
2026-11-20 12:00:00Z  S1      iPhone15,2  26.5  sent-away: 26.6.1  phones  -
2026-11-20 12:00:00Z  -       -           -     unverified         -       502
2026-11-20 12:00:00Z  -       -           -     unverified         -       not reached

2 requests in the last 7d:
    1  sent-away         Sent away.
    1  unverified        Let in.
                         → Look there.
`);
  });

  it('says when there are more than it shows', async () => {
    const contacts = Array.from({ length: 60 }, () => AWAY);
    expect((await run(['gate'], { ...ANSWER, contacts })).stdout).toContain('\nThe last 50 are shown; --json has all.\n');
    expect((await run(['gate'], { ...ANSWER, contacts, isComplete: false })).stdout).toContain('\nThe last 50 are shown.\n');
  });

  it('says what became also of those that are older than what it was told', async () => {
    const counts = [...ANSWER.counts, { outcome: 'feed-doubtful', contacts: 2 }, { outcome: 'of-a-newer-server', contacts: 1 }];
    const { stdout } = await run(['gate'], { ...ANSWER, counts });
    expect(stdout).toContain('    2  feed-doubtful     Let in: Apple’s last list of releases is in doubt.\n');
    expect(stdout).toContain('→ See ratchet releases show; ratchet releases accept.\n    1  of-a-newer-server\n');
  });

  it('says that nobody came, prints the object, and refuses what is no duration', async () => {
    const none = { ...ANSWER, contacts: [], counts: [] };
    expect((await run(['gate'], none)).stdout).toBe('Nobody came to the enrollment gate in the last 30d.\n');
    expect((await run(['gate', '--device', 'S9'], none)).stdout).toBe(
      'No device with serial number or UDID S9 came to the enrollment gate in the last 30d.\n',
    );
    expect(JSON.parse((await run(['gate', '--json'], ANSWER)).stdout)).toEqual(ANSWER);
    expect(await run(['gate', '--since', 'soon'], ANSWER)).toMatchObject({ code: 2, stdout: '', url: '' });
  });
});

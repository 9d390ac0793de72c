import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CheckAnswer } from '../../src/cli/check.ts';
import { ConfigAnswer } from '../../src/cli/config.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld, ServeConfiguration } from '../../src/cli/world.ts';
import type { FetchInit } from '../../src/runtime.ts';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, 'ratchet.yaml'),
  `policies:
  - name: ipads
    match: {platform: iPadOS}
    target: latest
    due: {days: 14, at: "18:00"}
`,
);
writeFileSync(join(folder, 'bad.yaml'), 'mode: enfroce\n');

const KEY = 'k'.repeat(32);
const SERVE = [
  '--enqueue-url=http://mdm:9000/v1/enqueue/',
  `--enqueue-key=${KEY}`,
  `--webhook-hmac-key=${KEY}1`,
  `--dm-hmac-key=${KEY}2`,
  `--dm-response-hmac-key=${KEY}3`,
  '--releases=./pmv.json',
];

interface Call {
  url: string;
  init: FetchInit;
}

type Answer = { status: number; body: unknown } | Error;

async function run(args: string[], answer: Answer = new Error('connect ECONNREFUSED'), change: Partial<CliWorld> = {}) {
  let stdout = '';
  let stderr = '';
  const calls: Call[] = [];
  const served: ServeConfiguration[] = [];
  const code = await runProgram(args, {
    env: {},
    cwd: folder,
    version: '1.2.3',
    now: () => 0,
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    fetch: async (url, init = {}) => {
      calls.push({ url, init });
      if (answer instanceof Error) throw answer;
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      return {
        status: answer.status,
        headers: { get: () => null },
        text: async () => text,
        arrayBuffer: async () => new TextEncoder().encode(text).buffer as ArrayBuffer,
      };
    },
    readFile,
    stdin: async () => new Uint8Array(),
    serve: async (configuration) => {
      served.push(configuration);
      return 0;
    },
    ...change,
  });
  return { code, stdout, stderr, calls, served };
}

describe('the command line', () => {
  const verbs = ['serve', 'check', 'config', 'plan', 'apply', 'why', 'attempts', 'inbox', 'pause', 'resume', 'stop', 'version'];

  it('helps, with every verb, an example and the exit codes', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const text of [...verbs, 'Examples:', 'Exit codes: 0 fine']) expect(stdout).toContain(text);
  });

  it.each(verbs.filter((verb) => verb !== 'version'))('%s helps, with an example and the exit codes', async (verb) => {
    const { code, stdout } = await run([verb, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}(RATCHET_\S+ )?ratchet/);
    expect(stdout).toContain('Exit codes: 0');
  });

  it.each([
    ['an unknown verb', ['serv'], /Did you mean serve\?/],
    ['an unknown flag', ['serve', '--listn', 'x'], /Did you mean --listen\?/],
    ['a flag without its value', ['serve', '--listen'], /argument missing/],
    ['a missing argument', ['why'], /missing required argument/],
    ['nothing at all', [], /Usage: ratchet/],
  ])('%s ends with 2, on standard error', async (_, args, expected) => {
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(expected);
  });

  it.each([
    [['version'], 'ratchet 1.2.3\n'],
    [['--version'], '1.2.3\n'],
    [['version', '--json'], '{\n  "schema": "ratchet.version/1",\n  "version": "1.2.3"\n}\n'],
  ])('%s', async (args, text) => {
    expect(await run(args)).toMatchObject({ code: 0, stdout: text, stderr: '' });
  });
});

describe('check', () => {
  it('is content with a good file and good settings', async () => {
    expect(await run(['check', ...SERVE])).toMatchObject({
      code: 0,
      stdout: 'ratchet.yaml: 1 policy, mode observe; 0 problems, 0 warnings\n',
      stderr: '',
    });
  });

  it('says everything that is wrong, and ends with 2', async () => {
    const { code, stdout } = await run(['check', '--config=bad.yaml', '--listen=x']);
    expect(code).toBe(2);
    for (const text of ['bad.yaml:1:7  mode', 'command line  --listen', '--enqueue-url: not set', '6 problems'])
      expect(stdout).toContain(text);
  });

  it('judges the file alone where there are no keys', async () => {
    expect(await run(['check', '--policies-only'])).toMatchObject({ code: 0, stdout: expect.stringContaining('0 problems, 0 warnings') });
  });

  it('prints one object', async () => {
    const { code, stdout } = await run(['check', '--json', '--config=bad.yaml', ...SERVE]);
    const answer = CheckAnswer.strict().parse(JSON.parse(stdout));
    expect(code).toBe(2);
    expect(answer).toMatchObject({
      ok: false,
      file: 'bad.yaml',
      problems: [{ line: 1, column: 7, path: 'mode', fix: 'write mode: enforce' }],
    });
  });
});

describe('config', () => {
  it('shows every secret as set or not set, and where each setting comes from', async () => {
    const { code, stdout, stderr } = await run(['config', '--api=geheimgeheim'], undefined, {
      env: { RATCHET_DM_HMAC_KEY: 'geheim', RATCHET_LISTEN: ':1' },
    });
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain('geheim');
    for (const line of [
      /--api +set +--api\n/,
      /--dm-hmac-key +set +RATCHET_DM_HMAC_KEY\n/,
      /--listen +:1 +RATCHET_LISTEN\n/,
      /--enqueue-key +not set +unset\n/,
      /--log-level +info +default\n/,
    ])
      expect(stdout).toMatch(line);
  });

  it('prints one object', async () => {
    const { stdout } = await run(['config', '--json', '--api=geheim']);
    const { settings } = ConfigAnswer.strict().parse(JSON.parse(stdout));
    expect(settings.find(({ name }) => name === 'api')).toEqual({
      name: 'api',
      flag: '--api',
      variable: 'RATCHET_API',
      value: 'set',
      origin: '--api',
    });
  });

  it('says what it could not read', async () => {
    expect(await run(['config', '--listen=x'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--listen: "x" is not accepted'),
    });
  });
});

describe('serve', () => {
  it('starts with what it was told', async () => {
    const { code, served } = await run(['serve', ...SERVE, '--listen=127.0.0.1:0']);
    expect(code).toBe(0);
    expect(served[0]).toMatchObject({
      settings: { listen: { host: '127.0.0.1', port: 0 }, enqueueKey: KEY },
      policySet: { mode: 'observe' },
    });
  });

  it('does not start while anything is wrong', async () => {
    const { code, served, stdout, stderr } = await run(['serve', '--config=bad.yaml']);
    expect([code, served, stdout]).toEqual([2, [], '']);
    expect(stderr).toContain('ratchet does not start: 5 problems.');
  });
});

const OPERATED = {
  schema: 'ratchet.operate/1',
  state: 'stopped',
  withdrawn: 12,
  confirmed: 9,
  stillHolding: 3,
  notes: ['3 are unreachable.'],
};

describe('verbs that act', () => {
  it.each(['pause', 'resume', 'stop'])('%s posts who, what and why, as user ratchet', async (verb) => {
    const args = [verb, '--api=secret', '--server=http://r:1/', '--policy=ipads', '--by=kim', '--note=exam'];
    const { code, calls } = await run(args, { status: 200, body: OPERATED });
    expect(code).toBe(0);
    expect(calls[0]).toMatchObject({
      url: `http://r:1/api/v1/${verb}`,
      init: {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('ratchet:secret')}` },
        body: '{"policy":"ipads","by":"kim","note":"exam"}',
      },
    });
  });

  it.each([
    [{ RATCHET_LISTEN: '127.0.0.1:9306' }, [], 'http://127.0.0.1:9306/api/v1/stop'],
    [{ RATCHET_LISTEN: ':9306' }, [], 'http://127.0.0.1:9306/api/v1/stop'],
    [{ RATCHET_LISTEN: '[::1]:9306' }, [], 'http://[::1]:9306/api/v1/stop'],
    [{ RATCHET_LISTEN: ':9306' }, ['--server=http://r:1'], 'http://r:1/api/v1/stop'],
    // For serve to say.
    [{ RATCHET_LISTEN: 'nonsense' }, [], 'http://127.0.0.1:9006/api/v1/stop'],
  ])('calls the Ratchet that listens as told by %j %j', async (env, flags, url) => {
    const { calls } = await run(['stop', '--api=secret', ...flags], { status: 200, body: OPERATED }, { env });
    expect(calls[0]?.url).toBe(url);
  });

  it('says the numbers', async () => {
    const { stdout } = await run(['stop', '--api=secret'], { status: 200, body: OPERATED });
    expect(stdout).toBe('Stopped: now stopped.\nWithdrawn 12, confirmed 9, still holding a date 3.\n3 are unreachable.\n');
  });

  it.each<[string, string[], Answer, number, RegExp]>([
    ['without the password', ['pause'], { status: 200, body: OPERATED }, 2, /needs its password/],
    ['with a server that is none', ['pause', '--api=s', '--server=x'], { status: 200, body: OPERATED }, 2, /--server: "x" is not accepted/],
    [
      'when nobody answers',
      ['pause', '--api=s'],
      new Error('connect ECONNREFUSED'),
      3,
      /No Ratchet answers at http:\/\/127.0.0.1:9006 \(connect ECONNREFUSED\)/,
    ],
    [
      'with a wrong password',
      ['pause', '--api=s'],
      { status: 401, body: { type: 'about:blank', title: 'Refused', status: 400, detail: 'no' } },
      2,
      /refuses the password/,
    ],
    [
      'with no such policy',
      ['pause', '--api=s'],
      { status: 404, body: { type: 'about:blank', title: 'Refused', status: 400, detail: 'no policy is called x' } },
      2,
      /^no policy is called x\n$/,
    ],
    [
      'when the server fails',
      ['pause', '--api=s'],
      { status: 503, body: { type: 'about:blank', title: 'Refused', status: 400, detail: 'store is full' } },
      3,
      /^store is full\n$/,
    ],
    ['when it is another server', ['pause', '--api=s'], { status: 404, body: '404 page not found' }, 3, /not Ratchet's API/],
    ['when it is another version', ['pause', '--api=s'], { status: 200, body: { schema: 'ratchet.operate/9' } }, 3, /another version/],
  ])('%s', async (_, args, answer, exitCode, expected) => {
    const { code, stdout, stderr } = await run(args, answer);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(expected);
  });
});

const PLAN = {
  schema: 'ratchet.plan/1',
  devices: [
    {
      id: 'ID-1',
      serial: '=HYPERLINK("x")',
      platform: 'iPadOS',
      osVersion: '26.1',
      target: '26.2',
      policy: 'ipads',
      date: '2026-12-01T18:00:00',
      reason: 'waiting-for-date',
      next: 'installs at its date',
    },
    { id: 'ID-2', serial: 'evil\u001b[2J', reason: 'verified' },
  ],
  counts: { verified: 1, 'waiting-for-date': 1 },
};

describe('plan', () => {
  it('prints a table that a device can not redecorate', async () => {
    const { code, stdout } = await run(['plan', '--api=s'], { status: 200, body: PLAN });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^SERIAL +PLATFORM +RUNS +TARGET +POLICY +DATE +REASON +NEXT\n/);
    expect(stdout).toContain('  2026-12-01 18:00  ');
    expect(stdout).toMatch(/evil\uFFFD\[2J +- +- /);
    expect(stdout).toMatch(/\n2 devices: 1 verified, 1 waiting-for-date\n$/);
  });

  it('prints CSV that a spreadsheet does not run', async () => {
    const { stdout } = await run(['plan', '--api=s', '--csv'], { status: 200, body: PLAN });
    expect(stdout.split('\r\n')[0]).toBe('id,serial,platform,osVersion,target,policy,date,reason,next');
    expect(stdout).toContain(
      `ID-1,"'=HYPERLINK(""x"")",iPadOS,26.1,26.2,ipads,2026-12-01T18:00:00,waiting-for-date,installs at its date\r\n`,
    );
  });

  it('prints one object', async () => {
    expect(JSON.parse((await run(['plan', '--api=s', '--json'], { status: 200, body: PLAN })).stdout)).toEqual(PLAN);
  });

  it('wants one form', async () => {
    expect(await run(['plan', '--api=s', '--json', '--csv'])).toMatchObject({ code: 2, stdout: '' });
  });
});

const ATTEMPTS = {
  schema: 'ratchet.attempts/1',
  since: 0,
  attempts: [
    {
      commandUuid: 'u1',
      enrollmentId: 'ID-1',
      serialNumber: 'C02EVIL\u001b[2JLONG',
      model: 'MacBookPro18,1',
      fromVersion: '13.6.7',
      fromBuild: '22G720',
      release: 'macOS 13.6.10',
      toVersion: '13.6.10',
      action: 'InstallForceRestart',
      actionAnswered: 'Error',
      attempt: 2,
      decidedAt: 0,
      sentAt: 1_000,
      answeredAt: 2_000,
      availableDeviceCapacity: 12.5,
      batteryLevel: 0.4,
      passcodePresent: true,
      power: 'insufficient',
      notNowCount: 0,
      answer: 'Error',
      updateStatus: 'InstallInsufficientPower',
      error: { domain: 'MCMDMErrorDomain', code: 12061, description: 'Not enough power' },
      reason: 'insufficient-power',
      isLate: true,
      stage: 'idle',
      outcome: 'failed',
      outcomeAt: 3_600_000,
      isSettled: false,
    },
    {
      commandUuid: 'u2',
      enrollmentId: '1F2E3D4C-5B6A-4978-8877-665544332211',
      model: 'iPhone10,1',
      fromVersion: '16.7',
      release: 'iOS 16.7.9',
      toVersion: '16.7.9',
      action: 'InstallASAP',
      attempt: 1,
      decidedAt: 60_000,
      sentAt: 60_000,
      answeredAt: 61_000,
      notNowCount: 0,
      answer: 'Acknowledged',
      isLate: false,
      outcome: 'no-effect',
      outcomeAt: 7_200_000,
      isSettled: true,
    },
    {
      commandUuid: 'u3',
      enrollmentId: 'ID-3',
      serialNumber: '=HYPERLINK("x")',
      release: 'iOS 16.7.9',
      toVersion: '16.7.9',
      action: 'DownloadOnly',
      attempt: 1,
      decidedAt: 120_000,
      sentAt: 121_000,
      notNowCount: 2,
      isLate: false,
      outcome: 'open',
      isSettled: false,
    },
  ],
  isComplete: true,
  proposals: [
    {
      model: 'iPhone10,1',
      fromVersion: '16.7',
      toVersion: '16.7.9',
      action: 'InstallASAP',
      answered: 8,
      devices: 3,
      verified: 1,
      noEffect: 6,
      failed: 0,
      text: 'iPhone10,1 16.7 → 16.7.9 InstallASAP: 1 of 8 verified, 6 Acknowledged without effect',
    },
  ],
};

const WHY = {
  schema: 'ratchet.why/1',
  device: { id: 'ID-1', serial: 'S1', platform: 'iPadOS', productName: 'iPad13,4', supervised: true, lastSeenAt: 0 },
  runs: { version: '26.1', build: '23B85', observedAt: 60_000, source: 'DeviceInformation' },
  wants: { policy: 'ipads', release: 'iPadOS 26.2' },
  date: {
    enforced: '2026-12-01T18:00:00',
    zone: 'Europe/Berlin',
    zoneAssumed: true,
    steps: ['first seen 2026-11-17', '14 days, at 18:00'],
  },
  reason: 'not-seen',
  sentence: 'Not heard from.',
  remedy: 'Switch it on.',
  needsPerson: true,
  evidence: { silentDays: 20, last: 'Idle', observedAt: 60_000 },
  checks: [
    { name: 'policy', outcome: 'passed' },
    { name: 'seen', outcome: 'objected', detail: '20 days' },
  ],
  sent: [{ at: 0, what: 'DeclarativeManagement', state: 'answered', answer: 'Acknowledged' }],
  timeline: [{ at: 0, text: 'enrolled' }],
  next: { text: 'asked again', at: 3_600_000 },
};

describe('why', () => {
  it('tells the whole story', async () => {
    const { code, stdout, calls } = await run(['why', 'S/1', '--api=s'], { status: 200, body: WHY });
    expect(code).toBe(0);
    expect(calls[0]?.url).toBe('http://127.0.0.1:9006/api/v1/why/S%2F1');
    expect(stdout).toBe(`S1: not-seen
  Not heard from.
  To do: Switch it on.

  device:     iPadOS, iPad13,4, supervised, ID-1, not heard of yet
  runs:       26.1, 23B85, seen 1970-01-01 00:01:00Z in DeviceInformation
  should run: iPadOS 26.2, policy ipads
  date:       2026-12-01 18:00:00, zone assumed Europe/Berlin
              first seen 2026-11-17
              14 days, at 18:00
  next:       asked again, looked at again 1970-01-01 01:00:00Z

Evidence
  silentDays: 20
  last: Idle
  observedAt: 1970-01-01 00:01:00Z

Checks (+ passed, ! decided or in the way, blank: not asked any more)
  + policy
  ! seen: 20 days

Sent
  1970-01-01 00:00:00Z  DeclarativeManagement  answered: Acknowledged

Timeline
  1970-01-01 00:00:00Z  enrolled
`);
  });

  it('shows what commands do on an older system', async () => {
    const commands = {
      sentFrom: '2026-12-01T18:00:00',
      isForecast: false,
      window: { isOpen: false, opensAt: 0, closesAt: 3_600_000 },
      last: [ATTEMPTS.attempts[0], ATTEMPTS.attempts[1]],
      knownBugs: [{ id: 'ios-11.3.1-x', effect: 'It says yes.', whatWeDo: 'It is asked again.', source: 'Open Radar 1' }],
    };
    const { stdout } = await run(['why', 'S1', '--api=s'], { status: 200, body: { ...WHY, channel: 'commands', commands } });
    expect(stdout).toContain(`
  brought by: commands (ScheduleOSUpdate), install commands are sent from 2026-12-01 18:00 device time on
  window:     opens 1970-01-01 00:00:00Z, closes 1970-01-01 01:00:00Z
`);
    expect(stdout).toContain(`
Update commands (all of them: ratchet attempts --device)
  1970-01-01 00:00:00Z  InstallForceRestart macOS 13.6.10  failed 12061, late (Error, InstallInsufficientPower, MCMDMErrorDomain 12061: Not enough power)
  1970-01-01 00:01:00Z  InstallASAP iOS 16.7.9  no-effect (Acknowledged)

Known bugs of its OS version
  ios-11.3.1-x: It says yes.
    Ratchet: It is asked again.
    Source: Open Radar 1
`);
    const open = { ...commands, isForecast: true, window: { isOpen: true, opensAt: 0, closesAt: 3_600_000, nextOpensAt: 86_400_000 } };
    const other = await run(['why', 'S1', '--api=s'], { status: 200, body: { ...WHY, commands: open } });
    expect(other.stdout).toContain('install commands would be sent from');
    expect(other.stdout).toContain('window:     open until 1970-01-01 01:00:00Z, opens again 1970-01-02 00:00:00Z\n');
  });
});

describe('attempts', () => {
  it('prints a table of 100 columns, and what it proposes', async () => {
    const { code, stdout, calls } = await run(['attempts', '--api=s'], { status: 200, body: ATTEMPTS });
    expect(code).toBe(0);
    expect(calls[0]?.url).toBe('http://127.0.0.1:9006/api/v1/attempts?since=30d');
    expect(stdout).toBe(`AT (UTC)     SERIAL        MODEL           FROM → TO         ACTION               OUTCOME
01-01 00:00  C02EVIL\uFFFD[2J…  MacBookPro18,1  13.6.7 → 13.6.10  InstallForceRestart  failed 12061, late
01-01 00:01  1F2E3D4C-5B…  iPhone10,1      16.7 → 16.7.9     InstallASAP          no-effect
01-01 00:02  =HYPERLINK(…  -               ? → 16.7.9        DownloadOnly         NotNow

3 attempts in the last 30d: 1 failed, 1 no-effect, 1 open

Perhaps known bugs (fewer than half of at least 5 answered attempts ended verified):
  iPhone10,1 16.7 → 16.7.9 InstallASAP: 1 of 8 verified, 6 Acknowledged without effect
    on 3 devices
`);
    for (const line of stdout.split('\n').slice(0, 4)) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('asks for one device and another time', async () => {
    const { calls } = await run(['attempts', '--api=s', '--device=S/1 &', '--since=90d'], { status: 200, body: ATTEMPTS });
    expect(new URL(calls[0]?.url ?? '').search).toBe('?since=90d&device=S%2F1+%26');
  });

  it('prints CSV with every column, that a spreadsheet does not run', async () => {
    const { stdout } = await run(['attempts', '--api=s', '--csv'], { status: 200, body: ATTEMPTS });
    const lines = stdout.split('\r\n');
    expect(lines[0]).toBe(
      'decided_at,id,serial,model,from,from_build,to,release,action,action_answered,attempt,command_uuid,space_gb,battery,power,network,passcode,sent_at,not_now,answered_at,answer,update_status,error_domain,error_code,error,reason,late,stage,outcome,outcome_at',
    );
    expect(lines[1]).toBe(
      '1970-01-01T00:00:00Z,ID-1,C02EVIL\u001b[2JLONG,"MacBookPro18,1",13.6.7,22G720,13.6.10,macOS 13.6.10,InstallForceRestart,Error,2,u1,12.5,0.4,insufficient,,yes,1970-01-01T00:00:01Z,0,1970-01-01T00:00:02Z,Error,InstallInsufficientPower,MCMDMErrorDomain,12061,Not enough power,insufficient-power,yes,idle,failed,1970-01-01T01:00:00Z',
    );
    expect(lines[3]).toContain(`ID-3,"'=HYPERLINK(""x"")",`);
  });

  it('prints one object', async () => {
    expect(JSON.parse((await run(['attempts', '--api=s', '--json'], { status: 200, body: ATTEMPTS })).stdout)).toEqual(ATTEMPTS);
  });

  it('says what to expect where there is none', async () => {
    const none = { schema: 'ratchet.attempts/1', since: 0, attempts: [], isComplete: true, proposals: [] };
    const { code, stdout } = await run(['attempts', '--api=s', '--since=7d'], { status: 200, body: none });
    expect(code).toBe(0);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
    expect(stdout).toMatch(/^No update command was wanted in the last 7d\.\nCommands \(ScheduleOSUpdate\) are only for systems without/);
  });

  it('says when there are more than it shows or holds', async () => {
    const many = { ...ATTEMPTS, isComplete: false, proposals: [], attempts: Array.from({ length: 201 }, () => ATTEMPTS.attempts[1]) };
    const { stdout } = await run(['attempts', '--api=s'], { status: 200, body: many });
    expect(stdout).toContain(
      '\n201 attempts in the last 30d: 201 no-effect\nThe last 200 are shown; --csv and --json have all.\nThere are more',
    );
  });

  it.each([
    ['two forms', ['--json', '--csv'], /not both/],
    ['no duration', ['--since=yesterday'], /--since is "yesterday"; expected a duration such as 30d/],
  ])('refuses %s', async (_, args, expected) => {
    const { code, stdout, stderr, calls } = await run(['attempts', '--api=s', ...args], { status: 200, body: ATTEMPTS });
    expect([code, stdout, calls]).toEqual([2, '', []]);
    expect(stderr).toMatch(expected);
  });

  it('passes on that there is no such device', async () => {
    const body = { type: 'about:blank', title: 'Not Found', status: 404, detail: 'No device has the id or serial number "x".' };
    expect(await run(['attempts', '--api=s', '--device=x'], { status: 404, body })).toMatchObject({ code: 2, stderr: `${body.detail}\n` });
  });
});

describe('inbox', () => {
  const item = { at: 0, topic: 'mdm.Connect', reason: 'payload-not-plist', detail: 'x', size: 3, sha256: 'abcdef0123456789' };

  it.each([
    [[], 0, 'The inbox is empty.\n'],
    [
      [item],
      1,
      'AT                    TOPIC        REASON             BYTES  SHA-256       DETAIL\n1970-01-01 00:00:00Z  mdm.Connect  payload-not-plist  3      abcdef012345  x\n',
    ],
  ])('%j', async (items, code, stdout) => {
    expect(await run(['inbox', '--api=s'], { status: 200, body: { schema: 'ratchet.inbox/1', items } })).toMatchObject({ code, stdout });
  });
});

describe('reading a data folder', () => {
  const opened: string[] = [];
  const openReadOnly: CliWorld['openReadOnly'] = async (path) => {
    opened.push(path);
    if (path.endsWith('none')) return undefined;
    const unused = async () => {
      throw new Error('not asked');
    };
    return {
      plan: async () => ({ ok: true, value: PLAN as never }),
      why: unused,
      attempts: unused,
      gate: unused,
      inbox: unused,
      tags: unused,
      rollouts: unused,
      blackouts: unused,
      releases: unused,
      releasesBundle: unused,
    };
  };

  it('happens when --data is given and nobody answers', async () => {
    const { code, stdout } = await run(['plan', '--json', '--api=s', '--data=store'], new Error('ECONNREFUSED'), { openReadOnly });
    expect([code, JSON.parse(stdout), opened.at(-1)]).toEqual([0, PLAN, join(folder, 'store')]);
  });

  it('happens without password', async () => {
    expect(await run(['plan', '--data=store'], undefined, { openReadOnly })).toMatchObject({ code: 0, calls: [] });
  });

  it.each([
    ['without --data', ['plan', '--api=s'], 3, /No Ratchet answers/],
    ['with neither', ['plan'], 2, /needs the running server/],
    ['on a folder without database', ['plan', '--data=none'], 2, /no database/],
  ])('does not help %s', async (_, args, exitCode, expected) => {
    const { code, stderr } = await run(args, undefined, { openReadOnly });
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(expected);
  });

  it('does not happen when the server refuses', async () => {
    const { code } = await run(['plan', '--api=s', '--data=store'], { status: 401, body: {} }, { openReadOnly });
    expect(code).toBe(2);
  });
});

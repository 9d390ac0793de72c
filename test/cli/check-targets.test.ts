import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CheckAnswer } from '../../src/cli/check.ts';
import { runProgram } from '../../src/cli/program.ts';
import type { CliWorld, KnownFleet } from '../../src/cli/world.ts';
import { parseVersion } from '../../src/os/version.ts';
import type { MatchSubject } from '../../src/policy/match.ts';
import { bundleOf } from '../../src/releases/bundle.ts';
import { emptyCatalogue, foldAnswer } from '../../src/releases/catalogue.ts';
import { answerOf, day, FIRST_DAY, MACS, PADS, PHONES, type Row } from '../releases/fixtures/answers.ts';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** On the third day iOS 40.2 is there for pads alone, iOS 40.1 has stopped rolling for them, and 40.3 was taken back. */
const THIRD_DAY: readonly Row[] = [
  ...FIRST_DAY.filter(({ release }) => release !== 'iOS 40.1'),
  { release: 'iOS 40.1', build: '40B10', devices: PHONES },
  { release: 'iOS 40.1', build: '40B10', devices: PADS, only: 'managed', expires: '2040-03-10' },
  { release: 'iOS 40.2', build: '40C1', devices: PADS },
  { release: 'macOS 40.3', build: '40D1', devices: MACS.slice(0, 2), only: 'managed' },
];
const catalogue = [
  [0, FIRST_DAY],
  [1, [...FIRST_DAY, { release: 'macOS 40.3', build: '40D1', devices: MACS.slice(0, 2) }]],
  [3, THIRD_DAY],
].reduce(
  (held, [days, rows]) => foldAnswer(held, answerOf(day(days as number), rows as Row[]), day(days as number)).catalogue,
  emptyCatalogue(),
);
const NOW = day(3);
writeFileSync(join(folder, 'list.json'), JSON.stringify(bundleOf(catalogue, undefined, NOW)));
writeFileSync(join(folder, 'other.json'), '{"schema": "ratchet.plan/1"}');

async function check(yaml: string, flags: string[] = ['--catalogue=list.json'], fleet?: KnownFleet, now = NOW) {
  writeFileSync(join(folder, 'ratchet.yaml'), yaml);
  let [stdout, stderr] = ['', ''];
  const world = {
    env: {},
    cwd: folder,
    version: '1.2.3',
    now: () => now,
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
    readFile: async (path: string) => new Uint8Array(await import('node:fs/promises').then(({ readFile }) => readFile(path))),
    readFleet: async () => fleet,
  } as unknown as CliWorld;
  const code = await runProgram(['check', '--policies-only', ...flags], world);
  return { code, stdout, stderr };
}

const policy = (target: string, more = '', due = '{days: 2, at: "18:00"}'): string =>
  `policies:\n  - name: a\n    target: "${target}"\n    due: ${due}\n${more === '' ? '' : `    ${more}\n`}`;

describe('targets by a list of releases', () => {
  it.each<[string, string, number, RegExp]>([
    ['that no list has', policy('40.0.7'), 2, /r\.?a?.*:3:13 .*is no release in the list/],
    ['of another platform', policy('39.9', 'match: {platform: iOS}'), 2, /is a release \(macOS 39\.9\) for other models/],
    ['a build of another platform', policy('40B11', 'match: {platform: iOS}'), 2, /is a build of macOS 40\.1, which no model/],
    ['a build of nothing', policy('40Z99'), 2, /is no build of any release.*write the version/],
    ['a major version that none of them is offered', policy('39', 'match: {platform: iOS}'), 2, /39 means no release/],
    ['taken back', policy('40.3'), 2, /was taken back by Apple/],
    ['for supervised devices only', policy('40.0', 'match: {platform: iOS, supervised: false}'), 2, /supervised devices only/],
    ['still to come', policy('41.0'), 0, /warning: .*not released 41\.0 yet/],
    ['for some of the models', policy('40.2', 'match: {platform: [iOS, iPadOS]}'), 0, /warning: .*is for 2 of the 6 models/],
    [
      'that ends before its date',
      policy('40.1', 'match: {platform: iPadOS}', '{date: "2040-04-01T10:00"}'),
      0,
      /warning: .*until 2040-03-10 only, and its date comes later/,
    ],
    ['a floor that nobody reaches', policy('latest', 'floor: "43"'), 0, /warning: .*:5:12 .*no model of this policy is offered 43/],
    ['an improvement that is none', policy('latest', 'improvements: "40.1 (b)"'), 0, /warning: .*40\.1 \(b\) is no improvement/],
    [
      'critical versions that are none',
      policy('latest', '', '{days: 9, at: "10:00", severity: {critical: 3, criticalVersions: ["40.1", "40.1.9"]}}'),
      0,
      /warning: .*names 40\.1\.9, which is no release/,
    ],
    ['models that are none', policy('latest', 'match: {model: "iPhone12,*"}'), 0, /warning: .*no model in the list/],
    ['a cap below all', policy('latest', 'cap: "12"'), 2, /latest means no release/],
  ])('%s', async (_, yaml, code, expected) => {
    const { stdout, ...rest } = await check(yaml);
    expect(stdout).toMatch(expected);
    expect(rest).toEqual({ code, stderr: '' });
    for (const line of stdout.split('\n').filter((each) => each.includes('; expected ')))
      expect(line).toMatch(/^(warning: )?ratchet\.yaml:\d+:\d+ .*; fix: .{5,}$/);
  });

  it('that are good are counted', async () => {
    const yaml = `policies:
  - {name: pads, match: {platform: iPadOS}, target: latest, due: {days: 2, at: "18:00"}}
  - {name: macs, match: {platform: macOS}, target: n-1, due: {days: 2, at: "18:00"}}
  - {name: minor, target: latest-minor, due: {days: 2, at: "18:00"}}
`;
    const { code, stdout } = await check(yaml);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      '"pads": latest is for 2 of 2 models: iOS 40.2',
      '"macs": n-1 is for 4 of 5 models: macOS 39.9',
      '"minor": latest-minor is for 12 of 12 models: iOS 40.2, iOS 40.1, macOS 40.1, visionOS 40.1, macOS 39.9',
      'overlap: "pads", "macs" decide before "minor" where both mean a device',
      'ratchet.yaml: 3 policies, mode observe; 0 problems, 0 warnings',
      '',
    ]);
    const answer = CheckAnswer.parse(JSON.parse((await check(yaml, ['--json', '--catalogue=list.json'])).stdout));
    expect(answer).toMatchObject({
      targets: [{ policy: 'pads', target: 'latest', models: 2, modelsOffered: 2, releases: ['iOS 40.2'] }, {}, {}],
      overlaps: [
        { first: 'pads', second: 'minor', share: 'some' },
        { first: 'macs', second: 'minor', share: 'some' },
      ],
    });
  });

  it('an old list is pointed out', async () => {
    expect((await check(policy('latest'), undefined, undefined, day(20))).stdout).toMatch(/list of releases is 17 days old/);
  });

  it.each([
    ['none.json', /none\.json can't be read: there is no such file/],
    ['ratchet.yaml', /is not JSON; expected what ratchet releases export prints/],
    ['other.json', /other\.json: .*expected what ratchet releases export/],
  ])('%s is no list', async (file, expected) => {
    const { code, stdout, stderr } = await check(policy('latest'), [`--catalogue=${file}`]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(expected);
  });
});

describe('policies by devices', () => {
  const device = (id: string, change: Partial<MatchSubject> = {}): MatchSubject => ({
    ...{ id, serialNumber: `S${id}`, platform: 'iPadOS', productName: 'iPad90,1', version: parseVersion('40.0') },
    ...{ isSupervised: true, tags: [], enrolledAt: 0, now: NOW },
    ...change,
  });
  const fleet: KnownFleet = {
    catalogue,
    subjects: [
      device('1'),
      device('2', { tags: ['pilot'] }),
      device('3', { platform: 'iOS', productName: 'iPhone90,1' }),
      device('4', { platform: 'macOS' }),
    ],
  };
  const yaml = `policies:
  - {name: pilot, match: {tags: pilot}, target: latest, due: {days: 2, at: "18:00"}}
  - {name: exec, match: {tags: exec}, target: latest, due: {days: 2, at: "18:00"}}
  - {name: pads, match: {platform: [iPadOS, iOS]}, target: latest, due: {days: 2, at: "18:00"}}
  - {name: piloted, match: {platform: iPadOS, tags: pilot}, target: latest, due: {days: 2, at: "18:00"}}
`;

  it('are counted, with who decides for whom', async () => {
    const { code, stdout } = await check(yaml, ['--data=store'], fleet);
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => !line.includes(' is for '))).toEqual([
      'warning: ratchet.yaml:5:12  policies[3].name: never reached: "pilot" before it matches every device that this one matches; expected an order from special to general; fix: move it above "pilot", or remove it',
      'warning: ratchet.yaml:3:32  policies[1].match.tags: no device has the tag exec; expected a tag that devices have (pilot); fix: correct it, or give it to devices: ratchet tags import',
      'warning: ratchet.yaml:5:12  policies[3].name: decides no device: the 1 it means is decided by policies before it; expected an order from special to general; fix: move it up, or remove it',
      '"pilot": 1 device',
      '"exec": 0 devices',
      '"pads": 2 devices, and 1 that a policy before it decides',
      '"piloted": 0 devices, and 1 that a policy before it decides',
      'no policy: 1 device',
      'overlap: "pilot" (1 device) decides before "pads" where both mean a device',
      'overlap: "pilot" (1 device) decides before "piloted" where both mean a device',
      'ratchet.yaml: 4 policies, mode observe; 0 problems, 3 warnings',
      '',
    ]);
    const answer = CheckAnswer.parse(JSON.parse((await check(yaml, ['--json', '--data=store'], fleet)).stdout));
    expect(answer.devices).toEqual({
      policies: [
        { policy: 'pilot', devices: 1, meant: 1 },
        { policy: 'exec', devices: 0, meant: 0 },
        { policy: 'pads', devices: 2, meant: 3 },
        { policy: 'piloted', devices: 0, meant: 1 },
      ],
      unmatched: 1,
    });
    expect(answer.overlaps).toContainEqual({ first: 'pilot', second: 'piloted', share: 'all', devices: 1 });
  });

  it('a folder without a database is wrong input', async () => {
    expect(await check(yaml, ['--data=nowhere'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/no database of Ratchet in nowhere/),
    });
  });
});

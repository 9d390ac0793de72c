import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/config/problem.ts';
import { readPolicyText } from '../../src/config/read-policy-file.ts';
import type { SoftwareUpdateSettings } from '../../src/ddm/declaration.types.ts';
import { parseVersion } from '../../src/os/version.ts';
import { settingsFor, withoutAlwaysOn } from '../../src/policy/device-settings.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const read = (text: string) => readPolicyText(text, 'ratchet.yaml', NOW);

/** One policy over these lines, which stand in it. */
function under(lines: string, more = ''): string {
  return `${more}policies:\n  - name: a\n    target: latest\n    due: {days: 14, at: "18:00"}\n${lines.replace(/^/gm, '    ')}\n`;
}

describe('settings as the file has them', () => {
  it('are written as Apple spells them, every key', () => {
    const { policySet, problems } = read(
      under(`settings:
  notifications: false
  deferrals: {combined: 14, major: 30, minor: 7, system: 3}
  recommendedCadence: Oldest
  automaticActions: {download: AlwaysOn, installOSUpdates: AlwaysOff, installSecurityUpdate: Allowed}
  rapidSecurityResponse: {enable: true, enableRollback: false}
  allowStandardUserOSUpdates: false
  beta: {programEnrollment: AlwaysOn, requireProgram: {description: Seed, token: abc}}`),
    );
    expect(problems).toEqual([]);
    expect(policySet?.policies[0]?.settings).toStrictEqual({
      Notifications: false,
      Deferrals: { CombinedPeriodInDays: 14, MajorPeriodInDays: 30, MinorPeriodInDays: 7, SystemPeriodInDays: 3 },
      RecommendedCadence: 'Oldest',
      AutomaticActions: { Download: 'AlwaysOn', InstallOSUpdates: 'AlwaysOff', InstallSecurityUpdate: 'Allowed' },
      RapidSecurityResponse: { Enable: true, EnableRollback: false },
      AllowStandardUserOSUpdates: false,
      Beta: { ProgramEnrollment: 'AlwaysOn', RequireProgram: { Description: 'Seed', Token: 'abc' } },
    });
  });

  it('offer programs by description and token', () => {
    const { policySet } = read(under('settings: {beta: {offerPrograms: [{description: Seed, token: abc}]}}'));
    expect(policySet?.policies[0]?.settings).toStrictEqual({ Beta: { OfferPrograms: [{ Description: 'Seed', Token: 'abc' }] } });
  });

  it.each([
    ['none of its own', '', { Notifications: false }],
    ['its own', 'settings: {deferrals: {minor: 3}}', { Deferrals: { MinorPeriodInDays: 3 } }],
    ['empty ones', 'settings: {}', undefined],
    ['an empty group', 'settings: {deferrals: {}}', undefined],
  ])('at the top hold for a policy with %s', (_, own, expected) => {
    expect(read(under(own, 'settings: {notifications: false}\n')).policySet?.policies[0]?.settings).toStrictEqual(expected);
  });

  it('that are nowhere are nowhere', () => {
    const { policySet } = read(under(''));
    expect(policySet).not.toHaveProperty('settings');
    expect(policySet?.policies[0]).not.toHaveProperty('settings');
  });
});

describe('settings that are refused', () => {
  it.each([
    [
      '{notification: false}',
      '5:16  policies[0].settings.notification: unknown key, did you mean notifications?',
      'write notifications: instead of notification:',
    ],
    ['{notifications: off please}', '5:31  policies[0].settings.notifications: off please is not accepted', 'write notifications: true'],
    ['{deferrals: {major: 91}}', '5:35  policies[0].settings.deferrals.major: 91 is not accepted', 'write major: 30'],
    ['{deferrals: {minor: 0}}', '5:35  policies[0].settings.deferrals.minor: 0 is not accepted', 'write minor: 7'],
    ['{deferrals: 30}', '5:27  policies[0].settings.deferrals: 30 is not accepted', 'write deferrals: {major: 30, minor: 7}'],
    [
      '{recommendedCadence: oldest}',
      '5:36  policies[0].settings.recommendedCadence: oldest is not accepted',
      'write recommendedCadence: Oldest',
    ],
    [
      '{automaticActions: {download: on}}',
      '5:45  policies[0].settings.automaticActions.download: on is not accepted',
      'write download: AlwaysOn',
    ],
    [
      '{beta: {offerPrograms: [{description: x}]}}',
      '5:39  policies[0].settings.beta.offerPrograms[0].token: token is missing',
      'add token: TOKEN',
    ],
    [
      '{beta: {requireProgram: {description: x, token: y}}}',
      '5:16  policies[0].settings.beta.programEnrollment: programEnrollment is missing beside requireProgram',
      'add programEnrollment: AlwaysOn',
    ],
    [
      '{beta: {programEnrollment: Allowed, requireProgram: {description: x, token: y}}}',
      "5:51  policies[0].settings.beta.requireProgram: requireProgram can't stand beside programEnrollment: Allowed",
      'write programEnrollment: AlwaysOn, or remove requireProgram',
    ],
    [
      '{beta: {programEnrollment: AlwaysOff, offerPrograms: [{description: x, token: y}]}}',
      "5:53  policies[0].settings.beta.offerPrograms: offerPrograms can't stand beside programEnrollment: AlwaysOff",
      'write programEnrollment: Allowed, or remove offerPrograms',
    ],
    [
      '{beta: {programEnrollment: AlwaysOn, offerPrograms: [{description: x, token: y}], requireProgram: {description: x, token: y}}}',
      "5:52  policies[0].settings.beta.offerPrograms: offerPrograms can't stand beside requireProgram",
      'remove one of them',
    ],
  ])('%s', (settings, message, fix) => {
    const [first, ...others] = read(under(`settings: ${settings}`)).problems.map(formatProblem);
    expect(others).toEqual([]);
    expect(first?.replace(/; expected .*; fix: /, ' | ')).toBe(`ratchet.yaml:${message} | ${fix}`);
  });

  it('at the top are told too', () => {
    const text = 'settings: {beta: {requireProgram: {description: x, token: y}}}\n';
    expect(read(text).problems.map(({ path }) => path)).toEqual(['settings.beta.programEnrollment']);
  });
});

/** Paths and messages of the warnings about settings. */
function warnings(text: string): string[] {
  const { problems, warnings: told } = read(text);
  expect(problems).toEqual([]);
  return told.filter(({ path }) => path.includes('settings')).map(({ path, message }) => `${path}: ${message}`);
}

const AT = 'policies[0].settings';

describe('what check points out', () => {
  it.each([
    [
      'match: {platform: [iOS, macOS]}\nsettings: {deferrals: {combined: 7}}',
      [`${AT}.deferrals.combined: macOS has no Deferrals.CombinedPeriodInDays: it is left out there`],
    ],
    [
      'settings: {allowStandardUserOSUpdates: false}',
      [`${AT}.allowStandardUserOSUpdates: iOS, iPadOS, tvOS and visionOS have no AllowStandardUserOSUpdates: it is left out there`],
    ],
    ['settings: {notifications: false}', []],
    ['match: {platform: macOS}\nsettings: {deferrals: {minor: 7}}', []],
    ['match: {model: "Mac15,*"}\nsettings: {deferrals: {minor: 7}}', []],
    [
      'match: {platform: iOS, os: "<18"}\nsettings: {notifications: false}',
      [`${AT}.notifications: Notifications is left out on iOS <18: it needs iOS 18.0`],
    ],
    ['match: {platform: iOS, os: "18"}\nsettings: {notifications: false}', []],
    ['match: {platform: iOS, os: ">=17 <27"}\nsettings: {automaticActions: {installSecurityUpdate: AlwaysOn}}', []],
    [
      'match: {platform: iOS, supervised: false}\nsettings: {notifications: false, deferrals: {combined: 7}}',
      [
        `${AT}.deferrals.combined: Deferrals.CombinedPeriodInDays is left out: iOS takes it only from supervised devices, and this policy is for others`,
      ],
    ],
    [
      'channel: commands\nsettings: {notifications: false}',
      [`${AT}: no device gets settings: channel is commands, and settings are declarations`],
    ],
  ])('keys that are left out: %s', (lines, expected) => {
    expect(warnings(under(lines))).toEqual(expected);
  });

  it.each([
    ['{deferrals: {major: 15, minor: 14, system: 90}}', ['deferrals.major'], 'macOS', 'latest'],
    ['{deferrals: {major: 90, minor: 15}}', ['deferrals.minor'], 'macOS', 'latest-minor'],
    ['{deferrals: {combined: 15}}', ['deferrals.combined'], 'iOS', 'latest'],
    ['{deferrals: {combined: 14}}', [], 'iOS', 'latest'],
  ])('deferrals longer than due: %s %s', (settings, paths, platform, target) => {
    const text = under(`match: {platform: ${platform}}\nsettings: ${settings}`).replace('target: latest', `target: ${target}`);
    const found = warnings(text);
    expect(found.map((line) => line.split(':')[0])).toEqual(paths.map((path) => `${AT}.${path}`));
    for (const line of found) expect(line).toMatch(/enforced after 14: .* It is enforced all the same/);
  });

  it.each([
    ['windows: [{from: "01:00", to: "05:00"}]', ['windows of the policy does not']],
    ['blackouts: ["2027-01-04"]\ncap: "26"', ['blackouts and cap of the policy do not']],
    ['', []],
  ])('automatic installation beside %s', (lines, expected) => {
    const found = warnings(under(`settings: {automaticActions: {installOSUpdates: AlwaysOn}}\n${lines}`));
    expect(found).toEqual(expected.map((text) => expect.stringContaining(text)));
  });

  it.each([
    ['automaticActions: {download: AlwaysOff, installOSUpdates: AlwaysOn}', '', 'automaticActions.installOSUpdates'],
    ['rapidSecurityResponse: {enable: false}', 'improvements: follow\n', 'rapidSecurityResponse.enable'],
    ['beta: {programEnrollment: AlwaysOn}', '', 'beta.programEnrollment'],
  ])('%s', (settings, lines, path) => {
    const found = warnings(under(`match: {platform: macOS}\n${lines}settings: {${settings}}`));
    expect(found.map((line) => line.split(':')[0])).toEqual([`${AT}.${path}`]);
  });

  it('of settings at the top once, with the policies it is about', () => {
    const two = `settings: {deferrals: {minor: 20}}
policies:
  - {name: a, target: latest, due: {days: 14, at: "18:00"}, match: {platform: iOS}}
  - {name: b, target: latest, due: {days: 14, at: "18:00"}, match: {platform: iOS, supervised: true}}
  - {name: c, target: latest, due: {days: 30, at: "18:00"}, match: {platform: macOS}}
  - {name: d, target: latest, due: {days: 14, at: "18:00"}, match: {platform: tvOS}, settings: {}}
`;
    expect(warnings(two)).toEqual([
      'settings.deferrals.minor: under "a", "b": iOS has no Deferrals.MinorPeriodInDays: it is left out there',
    ]);
  });
});

describe('the settings of one device', () => {
  const all: SoftwareUpdateSettings = {
    Notifications: false,
    Deferrals: { CombinedPeriodInDays: 14, MajorPeriodInDays: 30 },
    AutomaticActions: { Download: 'AlwaysOn', InstallOSUpdates: 'AlwaysOff' },
  };

  it.each([
    ['iOS', '26.1', true, { Notifications: false, Deferrals: { CombinedPeriodInDays: 14 }, AutomaticActions: all.AutomaticActions }],
    ['iOS', '26.1', false, { Notifications: false }],
    ['macOS', '15.0', true, { Notifications: false, Deferrals: { MajorPeriodInDays: 30 }, AutomaticActions: all.AutomaticActions }],
    [
      'tvOS',
      '18.4',
      true,
      { Notifications: false, Deferrals: { CombinedPeriodInDays: 14 }, AutomaticActions: { InstallOSUpdates: 'AlwaysOff' } },
    ],
    ['macOS', '14.7', true, undefined],
  ] as const)('%s %s, supervised %s', (platform, version, isSupervised, expected) => {
    const { settings, leftOut } = settingsFor(all, { platform, version: parseVersion(version), isSupervised });
    expect(settings).toStrictEqual(expected);
    expect(leftOut.length).toBeGreaterThan(0);
    expect(all.Deferrals).toEqual({ CombinedPeriodInDays: 14, MajorPeriodInDays: 30 });
  });

  it.each<[SoftwareUpdateSettings, SoftwareUpdateSettings | undefined]>([
    [all, { ...all, AutomaticActions: { InstallOSUpdates: 'AlwaysOff' } }],
    [{ AutomaticActions: { Download: 'AlwaysOn' } }, undefined],
    [{ Notifications: false, AutomaticActions: { Download: 'AlwaysOn' } }, { Notifications: false }],
    [{ Notifications: false }, { Notifications: false }],
  ])('after a stop: %j', (before, after) => {
    expect(withoutAlwaysOn(before)).toStrictEqual(after);
  });
});

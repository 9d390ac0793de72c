import { describe, expect, it } from 'vitest';
import { PLATFORMS, type Platform } from '../../src/os/platform.ts';
import { SETTINGS_KEY_NAMES, settingsKeySupport } from '../../src/os/settings-support.ts';
import { parseVersion } from '../../src/os/version.ts';

/** Keys without their dictionaries that a device takes, as one text. */
function taken(platform: Platform, version: string, isSupervised: boolean | undefined): string {
  return SETTINGS_KEY_NAMES.filter((key) => settingsKeySupport(key, platform, parseVersion(version), isSupervised) === 'supported')
    .map((key) => key.replace(/^.*\./, ''))
    .join(' ');
}

describe('the settings a device takes', () => {
  it.each<[Platform, string, boolean | undefined, string]>([
    ['iOS', '17.7', true, ''],
    [
      'iOS',
      '18.0',
      true,
      'Notifications CombinedPeriodInDays RecommendedCadence Download InstallOSUpdates Enable EnableRollback ProgramEnrollment OfferPrograms RequireProgram',
    ],
    [
      'iPadOS',
      '26.0',
      true,
      'Notifications CombinedPeriodInDays RecommendedCadence Download InstallOSUpdates InstallSecurityUpdate Enable EnableRollback ProgramEnrollment OfferPrograms RequireProgram',
    ],
    ['iOS', '26.0', false, 'Notifications RecommendedCadence OfferPrograms'],
    ['iOS', '26.0', undefined, 'Notifications RecommendedCadence OfferPrograms'],
    ['macOS', '14.7', true, ''],
    [
      'macOS',
      '15.0',
      true,
      'Notifications MajorPeriodInDays MinorPeriodInDays SystemPeriodInDays Download InstallOSUpdates InstallSecurityUpdate Enable EnableRollback AllowStandardUserOSUpdates',
    ],
    [
      'macOS',
      '15.4',
      true,
      'Notifications MajorPeriodInDays MinorPeriodInDays SystemPeriodInDays Download InstallOSUpdates InstallSecurityUpdate Enable EnableRollback AllowStandardUserOSUpdates ProgramEnrollment OfferPrograms RequireProgram',
    ],
    ['macOS', '26.0', false, ''],
    ['tvOS', '18.3', true, ''],
    ['tvOS', '18.4', true, 'Notifications CombinedPeriodInDays InstallOSUpdates'],
    ['tvOS', '26.0', false, 'Notifications'],
    ['visionOS', '2.6', true, ''],
    ['visionOS', '26.0', true, 'Notifications CombinedPeriodInDays RecommendedCadence Download InstallOSUpdates InstallSecurityUpdate'],
    ['visionOS', '26.0', false, 'Notifications RecommendedCadence'],
    ['watchOS', '26.0', true, ''],
    ['HomePod', '26.0', true, ''],
    ['unknown', '26.0', true, ''],
  ])('%s %s, supervised %s: %s', (platform, version, isSupervised, expected) => {
    expect(taken(platform, version, isSupervised)).toBe(expected);
  });

  it.each([
    ['Deferrals.MajorPeriodInDays', 'iOS', 'never'],
    ['Beta.ProgramEnrollment', 'macOS', 'too-old'],
    ['AllowStandardUserOSUpdates', 'macOS', 'unsupervised'],
  ] as const)('%s on an unsupervised %s 15.3: %s', (key, platform, expected) => {
    expect(settingsKeySupport(key, platform, parseVersion('15.3'), false)).toBe(expected);
  });

  it('of an unknown version are none', () => {
    const supports = PLATFORMS.flatMap((platform) => SETTINGS_KEY_NAMES.map((key) => settingsKeySupport(key, platform, undefined, true)));
    expect(new Set(supports)).toEqual(new Set(['never', 'too-old']));
  });
});

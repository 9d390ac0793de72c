import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ddmSupport,
  deviceInformationQueries,
  enforcementSupport,
  needsSecurityInfo,
  needsSupervisionForEnforcement,
  statusItemsFor,
} from '../../src/os/availability.ts';
import { PLATFORMS } from '../../src/os/platform.ts';
import { parseVersion } from '../../src/os/version.ts';

const v = (text: string) => parseVersion(text);

describe('enforcementSupport', () => {
  it.each([
    ['iOS', '16.7.10', 'too-old'],
    ['iOS', '17.0', 'supported'],
    ['iPadOS', '16.9', 'too-old'],
    ['iPadOS', '27.2', 'supported'],
    ['macOS', '13.7.8', 'too-old'],
    ['macOS', '14.0', 'supported'],
    ['tvOS', '18.3.1', 'too-old'],
    ['tvOS', '18.4', 'supported'],
    ['visionOS', '2.6', 'too-old'],
    ['visionOS', '26.0', 'supported'],
    ['watchOS', '26.6', 'never'],
    ['HomePod', '26.6', 'never'],
    ['unknown', '26.6', 'never'],
  ] as const)('%s %s: %s', (platform, version, expected) => {
    expect(enforcementSupport(platform, v(version))).toBe(expected);
  });

  it('an unknown version is not supported', () => {
    expect(enforcementSupport('iOS', undefined)).toBe('too-old');
  });
});

describe('ddmSupport', () => {
  it.each([
    ['iOS', '14.8.1', 'too-old'],
    ['iOS', '15.0', 'supported'],
    ['macOS', '12.7', 'too-old'],
    ['macOS', '13.0', 'supported'],
    ['tvOS', '15.6', 'too-old'],
    ['tvOS', '16.0', 'supported'],
    ['visionOS', '1.0', 'too-old'],
    ['visionOS', '1.1', 'supported'],
    ['watchOS', '9.6', 'too-old'],
    ['watchOS', '10.0', 'supported'],
    ['HomePod', '18.0', 'never'],
  ] as const)('%s %s: %s', (platform, version, expected) => {
    expect(ddmSupport(platform, v(version))).toBe(expected);
  });

  it('comes with every version that takes the enforcement declaration', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PLATFORMS), fc.nat({ max: 40 }), fc.nat({ max: 9 }), (platform, major, minor) => {
        const version = { major, minor, patch: 0, extra: '' };
        if (enforcementSupport(platform, version) === 'supported') expect(ddmSupport(platform, version)).toBe('supported');
      }),
    );
  });
});

it('only a Mac must be supervised for the declaration', () => {
  expect(PLATFORMS.filter(needsSupervisionForEnforcement)).toEqual(['macOS']);
});

it('SecurityInfo is asked where a decision reads it', () => {
  expect(PLATFORMS.filter(needsSecurityInfo)).toEqual(['iOS', 'iPadOS', 'macOS']);
});

describe('deviceInformationQueries', () => {
  const common = ['DeviceName', 'OSVersion', 'BuildVersion', 'ProductName', 'ModelName', 'SerialNumber'];

  it.each([
    [undefined, undefined],
    ['iOS', undefined],
    [undefined, '26.0'],
    ['unknown', '26.0'],
    ['HomePod', '26.0'],
  ] as const)('asks what every device knows when platform %j or version %j is unknown', (platform, version) => {
    expect(deviceInformationQueries(platform, v(version ?? ''))).toEqual(common);
  });

  it.each([
    ['SoftwareUpdateDeviceID', 'iOS', '14.8', false],
    ['SoftwareUpdateDeviceID', 'iOS', '15.0', true],
    ['SoftwareUpdateDeviceID', 'iPadOS', '26.6.1', true],
    ['SoftwareUpdateDeviceID', 'iOS', '27.0', false],
    ['SoftwareUpdateDeviceID', 'macOS', '11.7.10', false],
    ['SoftwareUpdateDeviceID', 'macOS', '26.6.2', true],
    ['SoftwareUpdateDeviceID', 'macOS', '27.2', false],
    ['SoftwareUpdateDeviceID', 'tvOS', '26.0', false],
    ['SoftwareUpdateDeviceID', 'visionOS', '2.0', true],
    ['SoftwareUpdateDeviceID', 'visionOS', '27.0', false],
    ['SoftwareUpdateDeviceID', 'watchOS', '26.0', false],
    ['TimeZone', 'macOS', '15.7.9', false],
    ['TimeZone', 'macOS', '26.0', true],
    ['TimeZone', 'macOS', '27.0', true],
    ['TimeZone', 'iOS', '14.0', true],
    ['SupplementalBuildVersion', 'iOS', '16.0', false],
    ['SupplementalBuildVersion', 'iOS', '16.1', true],
    ['Model', 'visionOS', '26.0', false],
    ['IsAppleSilicon', 'iOS', '26.0', false],
    ['IsAppleSilicon', 'macOS', '12.0', true],
    ['BatteryLevel', 'macOS', '13.2', false],
    ['BatteryLevel', 'macOS', '13.3', true],
    ['BatteryLevel', 'tvOS', '26.0', false],
    ['AvailableDeviceCapacity', 'tvOS', '26.0', false],
    ['IsMultiUser', 'iPadOS', '26.0', true],
    ['IsMultiUser', 'macOS', '26.0', false],
  ] as const)('%s on %s %s: %s', (query, platform, version, expected) => {
    expect(deviceInformationQueries(platform, v(version)).includes(query)).toBe(expected);
  });

  it('always asks the common set', () => {
    for (const platform of PLATFORMS) expect(deviceInformationQueries(platform, v('26.0'))).toEqual(expect.arrayContaining(common));
  });

  it('gives a list of its own each time', () => {
    deviceInformationQueries(undefined, undefined).push('UDID');

    expect(deviceInformationQueries(undefined, undefined)).toEqual(common);
  });
});

describe('statusItemsFor', () => {
  it.each([
    ['softwareupdate.install-state', 'iOS', '16.7', false],
    ['softwareupdate.install-state', 'iOS', '17.0', true],
    ['softwareupdate.pending-version', 'macOS', '14.0', true],
    ['softwareupdate.failure-reason', 'tvOS', '18.3', false],
    ['softwareupdate.install-reason', 'tvOS', '18.4', true],
    ['softwareupdate.device-id', 'iOS', '17.7', false],
    ['softwareupdate.device-id', 'iOS', '18.0', true],
    ['softwareupdate.device-id', 'macOS', '15.0', true],
    ['softwareupdate.device-id', 'visionOS', '26.4', true],
    ['softwareupdate.beta-enrollment', 'tvOS', '26.0', false],
    ['device.operating-system.version', 'iOS', '15.0', true],
    ['device.operating-system.supplemental.extra-version', 'iOS', '16.0', false],
    ['device.operating-system.supplemental.extra-version', 'iOS', '16.1', true],
    ['device.operating-system.version', 'watchOS', '10.0', true],
    ['softwareupdate.install-state', 'watchOS', '26.0', false],
    ['mdm.enrollment-type', 'macOS', '26.6', false],
    ['mdm.enrollment-type', 'macOS', '27.0', true],
  ] as const)('%s on %s %s: %s', (item, platform, version, expected) => {
    expect(statusItemsFor(platform, v(version)).includes(item)).toBe(expected);
  });

  it('is empty exactly where there is no declarative management', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PLATFORMS), fc.nat({ max: 40 }), fc.nat({ max: 9 }), (platform, major, minor) => {
        const version = { major, minor, patch: 0, extra: '' };
        expect(statusItemsFor(platform, version).length > 0).toBe(ddmSupport(platform, version) === 'supported');
      }),
    );
  });
});

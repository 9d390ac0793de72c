import { describe, expect, it } from 'vitest';
import { lookupKey } from '../../src/os/lookup-key.ts';

describe('lookupKey', () => {
  it.each([
    ['a Mac with its id', { platform: 'macOS', softwareUpdateDeviceId: 'J413AP', productName: 'Mac14,2' }, 'J413AP'],
    ['a Mac without', { platform: 'macOS', productName: 'Mac14,2', model: 'Mac14,2' }, undefined],
    ['an iPhone with its id', { platform: 'iOS', softwareUpdateDeviceId: 'iPhone17,1', productName: 'iPhone17,1' }, 'iPhone17,1'],
    ['an iPhone without', { platform: 'iOS', productName: 'iPhone17,1' }, 'iPhone17,1'],
    ['an iPad', { platform: 'iPadOS', productName: 'iPad16,3' }, 'iPad16,3'],
    ['an Apple TV', { platform: 'tvOS', productName: 'AppleTV14,1' }, 'AppleTV14,1'],
    ['a Vision', { platform: 'visionOS', productName: 'RealityDevice14,1' }, 'RealityDevice14,1'],
    ['a watch', { platform: 'watchOS', productName: 'Watch7,1' }, 'Watch7,1'],
    ['an empty id', { platform: 'iOS', softwareUpdateDeviceId: ' ', productName: 'iPhone17,1' }, 'iPhone17,1'],
    ['nothing told', { platform: 'iOS' }, undefined],
    ['a platform we cannot place', { platform: 'unknown', productName: 'Toaster1,1' }, undefined],
    ['a platform we cannot place, with an id', { platform: 'unknown', softwareUpdateDeviceId: 'J1AP' }, 'J1AP'],
  ] as const)('%s', (_, identity, expected) => {
    expect(lookupKey(identity)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { PLATFORMS, platformOf } from '../../src/os/platform.ts';

describe('platformOf', () => {
  it.each([
    ['iPhone17,1', 'iOS'],
    ['iPod9,1', 'iOS'],
    ['iPad16,3', 'iPadOS'],
    ['AppleTV14,1', 'tvOS'],
    ['RealityDevice14,1', 'visionOS'],
    ['Watch7,12', 'watchOS'],
    ['AudioAccessory6,1', 'HomePod'],
    ['Mac15,6', 'macOS'],
    ['MacBookPro18,3', 'macOS'],
    ['MacBookAir10,1', 'macOS'],
    ['Macmini9,1', 'macOS'],
    ['MacPro7,1', 'macOS'],
    ['iMac21,1', 'macOS'],
    ['iMacPro1,1', 'macOS'],
    ['VirtualMac2,1', 'macOS'],
    ['VMware20,1', 'macOS'],
    ['Xserve3,1', 'macOS'],
    ['', 'unknown'],
    [undefined, 'unknown'],
    ['iPad', 'unknown'],
    ['x86_64', 'unknown'],
    ['J413AP', 'unknown'],
    ['toString', 'unknown'],
  ])('%j is %s', (productName, platform) => {
    expect(platformOf(productName)).toBe(platform);
    expect(PLATFORMS).toContain(platform);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../src/mdm/decode-message.ts';
import { redactPlist } from '../../src/mdm/redact.ts';

const secret = 'S3CRET-correct-horse';
const secretBytes = new TextEncoder().encode(secret);

/** Every message known to carry a secret, with the secret in each place Apple puts one. */
const secretBearing: Array<[name: string, channel: 'check-in' | 'connect', plist: Record<string, unknown>]> = [
  [
    'TokenUpdate',
    'check-in',
    { MessageType: 'TokenUpdate', UDID: 'D1', Token: secretBytes, PushMagic: secret, UnlockToken: secretBytes, Topic: secret },
  ],
  ['SetBootstrapToken', 'check-in', { MessageType: 'SetBootstrapToken', UDID: 'D1', BootstrapToken: secretBytes }],
  ['SetBootstrapToken as text', 'check-in', { MessageType: 'SetBootstrapToken', UDID: 'D1', BootstrapToken: secret }],
  [
    'UserAuthenticate',
    'check-in',
    { MessageType: 'UserAuthenticate', UDID: 'D1', UserShortName: secret, UserLongName: secret, DigestResponse: secret, AuthToken: secret },
  ],
  [
    'GetToken',
    'check-in',
    {
      MessageType: 'GetToken',
      UDID: 'D1',
      TokenServiceType: 'com.apple.maid',
      TokenParameters: { SecurityToken: secretBytes, PhoneUDID: secret },
    },
  ],
  ['Authenticate', 'check-in', { MessageType: 'Authenticate', UDID: 'D1', IMEI: secret, MEID: secret, Topic: secret }],
  [
    'SecurityInfo',
    'connect',
    {
      Status: 'Acknowledged',
      SecurityInfo: {
        FDE_PersonalRecoveryKeyCMS: secretBytes,
        FDE_PersonalRecoveryKeyDeviceKey: secret,
        FDE_PersonalRecoveryKey: secret,
        FirewallSettings: { Applications: [{ Name: secret, BundleID: secret }] },
      },
    },
  ],
  ['RotateFileVaultKey', 'connect', { Status: 'Acknowledged', RotateResult: { EncryptedNewRecoveryKey: secretBytes } }],
  [
    'DeviceInformation',
    'connect',
    {
      Status: 'Acknowledged',
      QueryResponses: {
        UDID: secret,
        ICCID: secret,
        PhoneNumber: secret,
        OrganizationInfo: { OrganizationName: secret },
      },
    },
  ],
  [
    'an unlisted key',
    'connect',
    { Status: 'Acknowledged', RequestType: 'ProfileList', ProfileList: [{ PayloadContent: [{ Password: secret }] }] },
  ],
];

describe('no secret survives', () => {
  it.each(secretBearing)('of %s', (_name, channel, plist) => {
    expectNoSecret(decodeMessage(plist, channel));
    expectNoSecret(redactPlist(plist));
  });

  it('and a device’s name, which is kept to find it by, is not shown of what could not be understood', () => {
    expectNoSecret(redactPlist({ MessageType: 'Authenticate', DeviceName: secret, QueryResponses: { DeviceName: secret } }));
  });

  it('wherever it is planted under a key that nobody reads', () => {
    const frames = fc.constantFrom<Record<string, unknown>>(
      { MessageType: 'TokenUpdate' },
      { MessageType: 'Authenticate' },
      { MessageType: 'SetBootstrapToken', BootstrapToken: secretBytes },
      { MessageType: 'DeclarativeManagement', Endpoint: 'tokens' },
      { Status: 'Acknowledged', QueryResponses: { OSVersion: '26.1' } },
      { Status: 'Error', ErrorChain: [{ ErrorCode: 1 }] },
      { Status: 'Acknowledged', SecurityInfo: { ManagementStatus: {} } },
    );
    const unknownKey = fc.string({ minLength: 1 }).map((name) => `x-${name}`);
    const planted = fc.constantFrom<unknown>(secret, secretBytes, [secret], { a: secret }, [{ b: [secretBytes] }]);
    fc.assert(
      fc.property(
        frames,
        fc.dictionary(unknownKey, planted, { minKeys: 1 }),
        fc.constantFrom('check-in' as const, 'connect' as const),
        (frame, plants, channel) => {
          const plist = plantEverywhere(frame, plants);
          expectNoSecret(decodeMessage(plist, channel));
          expectNoSecret(redactPlist(plist));
        },
      ),
    );
  });

  it('and this check would notice one', () => {
    expect(() => expectNoSecret({ a: [secret] })).toThrow();
    expect(() => expectNoSecret({ a: secretBytes })).toThrow();
    expect(() => expectNoSecret({ a: Buffer.from(secretBytes).toString('base64') })).toThrow();
  });
});

describe('a redacted property list', () => {
  it('shows what is read and the shape of the rest', () => {
    const plist = {
      MessageType: 'TokenUpdate',
      Token: new Uint8Array(32),
      PushMagic: 'abc',
      Date: new Date(0),
      Count: 7,
      Flag: true,
      Nested: { OSVersion: 'x' },
      ErrorChain: [{ ErrorCode: 5n, Secret: 's' }],
    };
    expect(redactPlist(plist)).toStrictEqual({
      MessageType: 'TokenUpdate',
      Token: 'data(32)',
      PushMagic: 'string(3)',
      Date: 'date',
      Count: 'number',
      Flag: 'boolean',
      Nested: { OSVersion: 'string(1)' },
      ErrorChain: [{ ErrorCode: 5, Secret: 'string(1)' }],
    });
  });

  it('decodes like the original: the allow-list and the decoder agree', () => {
    const plist = {
      Status: 'Error',
      CommandUUID: 'c1',
      ErrorChain: [{ ErrorCode: 12021, ErrorDomain: 'd', USEnglishDescription: 'u', LocalizedDescription: 'l' }],
      QueryResponses: Object.fromEntries(
        [
          'SerialNumber',
          'OSVersion',
          'SupplementalOSVersionExtra',
          'BuildVersion',
          'SupplementalBuildVersion',
          'ProductName',
          'Model',
          'ModelName',
          'SoftwareUpdateDeviceID',
          'TimeZone',
        ]
          .map((key): [string, unknown] => [key, `a ${key}`])
          .concat(
            ['IsSupervised', 'IsAppleSilicon', 'IsMultiUser', 'AwaitingConfiguration', 'IsMDMLostModeEnabled'].map((key) => [key, true]),
          )
          .concat([
            ['BatteryLevel', 0.5],
            ['AvailableDeviceCapacity', 10],
          ]),
      ),
      SecurityInfo: {
        PasscodePresent: true,
        BootstrapTokenAllowedForAuthentication: 'allowed',
        BootstrapTokenRequiredForSoftwareUpdate: true,
        ManagementStatus: { IsUserEnrollment: true, UserApprovedEnrollment: true, EnrolledViaDEP: true },
      },
    };
    const decoded = decodeMessage(plist, 'connect');
    expect(decodeMessage(redactPlist(plist), 'connect')).toStrictEqual(decoded);
    expect(decoded.ok && decoded.value.kind === 'CommandReport' && Object.keys(decoded.value.deviceInformation ?? {})).toHaveLength(17);
    expect(decoded.ok && decoded.value.kind === 'CommandReport' && Object.keys(decoded.value.securityInfo ?? {})).toHaveLength(6);
  });

  it('of endless nesting ends', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 5000; level++) deep = { x: deep };
    expect(JSON.stringify(redactPlist(deep)).length).toBeLessThan(200);
  });
});

function plantEverywhere(value: unknown, plants: Record<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((element) => plantEverywhere(element, plants));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  return { ...Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plantEverywhere(field, plants)])), ...plants };
}

function expectNoSecret(value: unknown): void {
  const text = JSON.stringify(value, (_key, field) => (ArrayBuffer.isView(field) ? Buffer.from(field as Uint8Array).toString() : field));
  expect(text).not.toContain(secret);
  expect(text).not.toContain(Buffer.from(secretBytes).toString('base64'));
}

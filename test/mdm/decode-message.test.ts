import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../src/mdm/decode-message.ts';
import { parsed } from './message-bytes.ts';

const udid = '<key>UDID</key><string>7B0C9D1E-33A4-4C55-9E6F-0123456789AB</string>';

describe('the name of a device', () => {
  const nameOf = (DeviceName: unknown) => {
    const result = decodeMessage({ MessageType: 'Authenticate', DeviceName }, 'check-in');
    return result.ok && result.value.kind === 'Authenticate' ? result.value.deviceName : 'not decoded';
  };

  it.each([
    ['as it is', 'Jane’s iPad 👩‍💻 東京', 'Jane’s iPad 👩‍💻 東京'],
    ['on one line', ' Lab\r\n\tiPad\u2028 7 ', 'Lab iPad 7'],
    ['without control characters', 'Lab\u0000\u001b[31m\u0085 iPad', 'Lab [31m iPad'],
    ['without what turns the direction of text around', 'Lab\u202e7daPi\u2066\u200f', 'Lab 7daPi'],
    ['without half a character', `${'x'.repeat(199)}👩`, 'x'.repeat(199)],
    ['of 200 characters at most', 'y'.repeat(3_000_000), 'y'.repeat(200)],
    ['unless it is blank', ' \u0007 ', undefined],
    ['unless it is no text', 7, undefined],
  ])('is kept %s', (_how, told, kept) => {
    expect(nameOf(told)).toBe(kept);
  });
});

describe('a check-in message', () => {
  it.each([
    [
      'Authenticate keeps what the device is',
      '<key>OSVersion</key><string>15.6</string><key>BuildVersion</key><string>24G84</string><key>ProductName</key><string>Mac15,6</string><key>SerialNumber</key><string>C02LAB0001</string><key>Model</key><string>Z1</string><key>ModelName</key><string>MacBook Pro</string><key>DeviceName</key><string>Jane’s Mac</string>',
      'Authenticate',
      {
        osVersion: '15.6',
        buildVersion: '24G84',
        productName: 'Mac15,6',
        serialNumber: 'C02LAB0001',
        model: 'Z1',
        modelName: 'MacBook Pro',
        deviceName: 'Jane’s Mac',
      },
    ],
    ['Authenticate of a device that tells nothing', '', 'Authenticate', {}],
    ['Authenticate with blanks', '<key>OSVersion</key><string> </string>', 'Authenticate', {}],
    [
      'TokenUpdate with its secrets',
      '<key>Token</key><data>AQID</data><key>PushMagic</key><string>m</string><key>UnlockToken</key><data>AQID</data><key>AwaitingConfiguration</key><true/>',
      'TokenUpdate',
      { awaitingConfiguration: true },
    ],
    ['a boolean as an integer', '<key>AwaitingConfiguration</key><integer>0</integer>', 'TokenUpdate', { awaitingConfiguration: false }],
    ['a boolean as something else', '<key>AwaitingConfiguration</key><array/>', 'TokenUpdate', {}],
    ['CheckOut', '', 'CheckOut', {}],
    ['UserAuthenticate', '<key>DigestResponse</key><string>x</string>', 'UserAuthenticate', {}],
    ['GetToken', '', 'GetToken', {}],
    ['GetBootstrapToken', '', 'GetBootstrapToken', {}],
    ['a bootstrap token', '<key>BootstrapToken</key><data>AQID</data>', 'SetBootstrapToken', { escrowed: true }],
    ['a bootstrap token of zero length', '<key>BootstrapToken</key><data></data>', 'SetBootstrapToken', { escrowed: false }],
    ['a bootstrap token that is missing', '', 'SetBootstrapToken', { escrowed: false }],
    ['tokens', '<key>Endpoint</key><string>tokens</string>', 'DeclarativeManagement', { endpoint: 'tokens' }],
    [
      'a status report',
      `<key>Endpoint</key><string>status</string><key>Data</key><data>${Buffer.from('{"StatusItems":{}}').toString('base64')}</data>`,
      'DeclarativeManagement',
      { endpoint: 'status', data: '{"StatusItems":{}}' },
    ],
    ['a status report without Data', '<key>Endpoint</key><string>status</string>', 'DeclarativeManagement', { endpoint: 'status' }],
    [
      'Data where none belongs',
      '<key>Endpoint</key><string>tokens</string><key>Data</key><data>AQID</data>',
      'DeclarativeManagement',
      { endpoint: 'tokens' },
    ],
    ['no endpoint', '', 'DeclarativeManagement', { endpoint: '' }],
  ])('%s', (_name, keys, kind, fields) => {
    const result = decodeMessage(parsed(`<key>MessageType</key><string>${kind}</string>${udid}${keys}`), 'check-in');
    expect(result).toStrictEqual({ ok: true, value: { kind, ...fields } });
  });

  it.each([
    ['an unknown type', { MessageType: 'ReturnToService' }, 'message-type-unknown', 'MessageType ReturnToService'],
    ['a type that is something else', { MessageType: 'pass word 12345' }, 'message-type-unknown', 'MessageType of 15 characters'],
    ['no type', {}, 'message-type-unknown', 'no MessageType'],
    ['an array', [], 'payload-not-a-dictionary', 'the property list is an array'],
    ['data', new Uint8Array(3), 'payload-not-a-dictionary', 'the property list is data'],
    ['nothing', undefined, 'payload-not-a-dictionary', 'the property list is empty'],
    [
      'a status report that is not text',
      { MessageType: 'DeclarativeManagement', Endpoint: 'status', Data: new Uint8Array([0xff, 0xfe, 0xfd]) },
      'status-report-not-json',
      'Data is not UTF-8 text',
    ],
  ])('is put aside: %s', (_name, plist, reason, detail) => {
    expect(decodeMessage(plist, 'check-in')).toStrictEqual({ ok: false, reason, detail });
  });

  it('of excessive length keeps a bounded string', () => {
    const result = decodeMessage({ MessageType: 'Authenticate', OSVersion: '1'.repeat(10_000) }, 'check-in');
    expect(result).toStrictEqual({ ok: true, value: { kind: 'Authenticate', osVersion: '1'.repeat(256) } });
  });
});

const chain = (...errors: string[]) => `<key>ErrorChain</key><array>${errors.map((error) => `<dict>${error}</dict>`).join('')}</array>`;

describe('a command report', () => {
  it.each([
    ['Idle', '<key>Status</key><string>Idle</string>', { status: 'Idle' }],
    [
      'NotNow',
      '<key>Status</key><string>NotNow</string><key>CommandUUID</key><string>c1</string>',
      { status: 'NotNow', commandUuid: 'c1' },
    ],
    ['a status nobody knows', '<key>Status</key><string>Weird</string>', { status: 'Weird' }],
    [
      'an error with both texts, outermost first',
      `<key>Status</key><string>Error</string><key>CommandUUID</key><string>c1</string>${chain(
        '<key>ErrorCode</key><integer>12021</integer><key>ErrorDomain</key><string>MCMDMErrorDomain</string><key>LocalizedDescription</key><string>Ungültig</string><key>USEnglishDescription</key><string>Invalid</string>',
        '<key>ErrorCode</key><integer>3</integer><key>ErrorDomain</key><string>com.apple.softwareupdateservices.errors</string><key>LocalizedDescription</key><string>nothing</string>',
      )}`,
      {
        status: 'Error',
        commandUuid: 'c1',
        errorChain: [
          { domain: 'MCMDMErrorDomain', code: 12021, description: 'Invalid' },
          { domain: 'com.apple.softwareupdateservices.errors', code: 3, description: 'nothing' },
        ],
      },
    ],
    [
      'an error chain of odd shapes',
      `<key>Status</key><string>Error</string><key>ErrorChain</key><array><string>boo</string><dict><key>ErrorCode</key><string>7507</string></dict><dict/></array>`,
      {
        status: 'Error',
        errorChain: [
          { domain: '', code: 7507, description: '' },
          { domain: '', code: 0, description: '' },
        ],
      },
    ],
    [
      'an error chain that is one dictionary',
      '<key>Status</key><string>Error</string><key>ErrorChain</key><dict><key>ErrorCode</key><real>12.0</real></dict>',
      { status: 'Error', errorChain: [{ domain: '', code: 12, description: '' }] },
    ],
    [
      'DeviceInformation',
      '<key>Status</key><string>Acknowledged</string><key>QueryResponses</key><dict><key>OSVersion</key><string>26.1</string><key>SupplementalOSVersionExtra</key><string></string><key>BatteryLevel</key><real>-1</real><key>AvailableDeviceCapacity</key><real>12.5</real><key>IsSupervised</key><integer>1</integer><key>IsMDMLostModeEnabled</key><false/><key>TimeZone</key><string>Europe/Berlin</string><key>SoftwareUpdateDeviceID</key><string>J314sAP</string><key>DeviceName</key><string>Jane</string></dict>',
      {
        status: 'Acknowledged',
        answers: 'DeviceInformation',
        deviceInformation: {
          osVersion: '26.1',
          supplementalOsVersionExtra: '',
          availableDeviceCapacity: 12.5,
          isSupervised: true,
          isMdmLostModeEnabled: false,
          timeZone: 'Europe/Berlin',
          softwareUpdateDeviceId: 'J314sAP',
          deviceName: 'Jane',
        },
      },
    ],
    [
      'a full battery as an integer',
      '<key>Status</key><string>Acknowledged</string><key>QueryResponses</key><dict><key>BatteryLevel</key><integer>1</integer></dict>',
      { status: 'Acknowledged', answers: 'DeviceInformation', deviceInformation: { batteryLevel: 1 } },
    ],
    [
      'SecurityInfo with a string',
      '<key>Status</key><string>Acknowledged</string><key>SecurityInfo</key><dict><key>BootstrapTokenAllowedForAuthentication</key><string>not supported</string><key>BootstrapTokenRequiredForSoftwareUpdate</key><true/><key>ManagementStatus</key><dict><key>EnrolledViaDEP</key><true/><key>UserApprovedEnrollment</key><true/><key>IsUserEnrollment</key><false/></dict><key>FDE_PersonalRecoveryKeyCMS</key><data>AQID</data></dict>',
      {
        status: 'Acknowledged',
        answers: 'SecurityInfo',
        securityInfo: {
          bootstrapTokenAllowedForAuthentication: 'not supported',
          bootstrapTokenRequiredForSoftwareUpdate: true,
          isUserEnrollment: false,
          userApprovedEnrollment: true,
          enrolledViaDep: true,
        },
      },
    ],
    [
      'SecurityInfo with a boolean',
      '<key>Status</key><string>Acknowledged</string><key>SecurityInfo</key><dict><key>BootstrapTokenAllowedForAuthentication</key><true/><key>PasscodePresent</key><integer>0</integer></dict>',
      {
        status: 'Acknowledged',
        answers: 'SecurityInfo',
        securityInfo: { bootstrapTokenAllowedForAuthentication: 'allowed', passcodePresent: false },
      },
    ],
    [
      'AvailableOSUpdates',
      '<key>Status</key><string>Acknowledged</string><key>AvailableOSUpdates</key><array/>',
      { status: 'Acknowledged', answers: 'AvailableOSUpdates', availableUpdates: [] },
    ],
    [
      'OSUpdateStatus',
      '<key>Status</key><string>Acknowledged</string><key>OSUpdateStatus</key><array><dict><key>ProductKey</key><string>iOSUpdate15E216</string><key>IsDownloaded</key><integer>1</integer><key>DownloadPercentComplete</key><real>1</real><key>Status</key><string>Idle</string></dict><string>odd</string></array>',
      {
        status: 'Acknowledged',
        answers: 'OSUpdateStatus',
        updateStatuses: [{ productKey: 'iOSUpdate15E216', status: 'Idle', isDownloaded: true, percentComplete: 1 }],
      },
    ],
    [
      'ScheduleOSUpdate',
      '<key>Status</key><string>Acknowledged</string><key>UpdateResults</key><array><dict><key>ProductKey</key><string>k</string><key>InstallAction</key><string>DownloadOnly</string><key>Status</key><string>UpdateAvailable</string></dict></array>',
      {
        status: 'Acknowledged',
        answers: 'ScheduleOSUpdate',
        updateResults: [{ productKey: 'k', installAction: 'DownloadOnly', status: 'UpdateAvailable' }],
      },
    ],
    [
      'ScheduleOSUpdateScan',
      '<key>Status</key><string>Acknowledged</string><key>ScanInitiated</key><false/>',
      { status: 'Acknowledged', answers: 'ScheduleOSUpdateScan', scanInitiated: false },
    ],
    [
      'a RequestType that a simulator repeats',
      '<key>Status</key><string>Acknowledged</string><key>RequestType</key><string>OSUpdateStatus</string>',
      { status: 'Acknowledged', answers: 'OSUpdateStatus' },
    ],
  ])('%s', (_name, keys, fields) => {
    expect(decodeMessage(parsed(`${udid}${keys}`), 'connect')).toStrictEqual({ ok: true, value: { kind: 'CommandReport', ...fields } });
  });

  it('without a status is put aside', () => {
    expect(decodeMessage(parsed(udid), 'connect')).toStrictEqual({ ok: false, reason: 'status-missing', detail: 'no Status' });
  });

  it('keeps a bounded error chain', () => {
    const error = { ErrorCode: 1n, ErrorDomain: 'd', LocalizedDescription: 'x'.repeat(5000) };
    const result = decodeMessage({ Status: 'Error', ErrorChain: Array.from({ length: 50 }, () => error) }, 'connect');
    expect(result).toMatchObject({
      ok: true,
      value: { errorChain: Array.from({ length: 10 }, () => ({ description: 'x'.repeat(1000) })) },
    });
  });
});

it('never throws, whatever the property list holds', () => {
  const scalar = fc.oneof(fc.string(), fc.double(), fc.bigInt(), fc.boolean(), fc.uint8Array(), fc.date(), fc.constant(null));
  const names = fc.constantFrom(
    'MessageType',
    'Status',
    'CommandUUID',
    'ErrorChain',
    'QueryResponses',
    'SecurityInfo',
    'ManagementStatus',
    'Data',
    'Endpoint',
    '__proto__',
    'BatteryLevel',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(names, tie('tree'), { maxKeys: 6 })),
  }));
  fc.assert(
    fc.property(tree, fc.constantFrom('check-in' as const, 'connect' as const), (plist, channel) => {
      const result = decodeMessage(plist, channel);
      expect(typeof result.ok).toBe('boolean');
      expect(() => JSON.stringify(result)).not.toThrow();
    }),
  );
});

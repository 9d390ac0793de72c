import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeStatusReport } from '../../src/ddm/decode-status-report.ts';

const nothing = { fullReport: false, refusedStatusItems: [] };

function reportOf(items: object, rest: object = {}): string {
  return JSON.stringify({ StatusItems: items, ...rest });
}

describe('a status report', () => {
  it.each([
    ['without anything', '{}', {}],
    ['with a byte order mark and spaces', '\uFEFF { "StatusItems" : {} , "Errors" : [] }', {}],
    ['that is full', reportOf({}, { FullReport: true }), { fullReport: true }],
    ['whose parts are of other types', reportOf([], { FullReport: 'yes', Errors: {} }), {}],
    ['with an install state', reportOf({ softwareupdate: { 'install-state': 'downloading' } }), { installState: 'downloading' }],
    ['with an install state nobody knows', reportOf({ softwareupdate: { 'install-state': 'staging' } }), { installState: 'staging' }],
    ['with an install state of null', reportOf({ softwareupdate: { 'install-state': null } }), {}],
    [
      'with the operating system',
      reportOf({ device: { 'operating-system': { version: '26.1', 'build-version': '25B78' } } }),
      { osVersion: '26.1', buildVersion: '25B78' },
    ],
    [
      'with a background security improvement',
      reportOf({ device: { 'operating-system': { supplemental: { 'build-version': '22E772610a', 'extra-version': '(a)' } } } }),
      { supplementalBuildVersion: '22E772610a', supplementalExtraVersion: '(a)' },
    ],
    [
      'without one any more',
      reportOf({ device: { 'operating-system': { supplemental: { 'extra-version': '' } } } }),
      { supplementalExtraVersion: '' },
    ],
    [
      'with hardware',
      reportOf({ device: { model: { identifier: 'Mac15,6' }, identifier: { 'serial-number': 'C02LAB0001', udid: 'U' } } }),
      { modelIdentifier: 'Mac15,6', serialNumber: 'C02LAB0001' },
    ],
    ['with a software-update device id', reportOf({ softwareupdate: { 'device-id': 'J314sAP' } }), { softwareUpdateDeviceId: 'J314sAP' }],
    ['with no failure', reportOf({ softwareupdate: { 'failure-reason': { count: 0 } } }), { failureReason: { count: 0 } }],
    [
      'with a failure',
      reportOf({
        softwareupdate: { 'failure-reason': { count: 3, reason: 'SUMacControllerError Code=7507', timestamp: '2026-11-20T10:00:00Z' } },
      }),
      { failureReason: { count: 3, reason: 'SUMacControllerError Code=7507', timestamp: '2026-11-20T10:00:00Z' } },
    ],
    [
      'with a failure that isn’t counted',
      reportOf({ softwareupdate: { 'failure-reason': { reason: 'no space' } } }),
      { failureReason: { count: 1, reason: 'no space' } },
    ],
    [
      'with a pending version',
      reportOf({
        softwareupdate: {
          'pending-version': { 'os-version': '26.1', 'build-version': '25B78', 'target-local-date-time': '2026-11-24T18:00:00' },
        },
      }),
      { pendingVersion: { osVersion: '26.1', buildVersion: '25B78', targetLocalDateTime: '2026-11-24T18:00:00' } },
    ],
    [
      'with no pending version',
      reportOf({ softwareupdate: { 'pending-version': { 'os-version': '' } } }),
      { pendingVersion: { osVersion: '', buildVersion: '' } },
    ],
    [
      'with an install reason',
      reportOf({ softwareupdate: { 'install-reason': { reason: ['declaration', 7], 'declaration-id': 'ratchet.enforcement.x' } } }),
      { installReason: { reason: ['declaration'], declarationId: 'ratchet.enforcement.x' } },
    ],
    ['outside of a beta program', reportOf({ softwareupdate: { 'beta-enrollment': '' } }), { betaEnrollment: '' }],
    [
      'of OS 27',
      reportOf({ mdm: { 'enrollment-type': 'supervised', 'is-awaiting-configuration': false, 'push-magic': 'secret' } }),
      { enrollmentType: 'supervised', isAwaitingConfiguration: false },
    ],
    [
      'with refused status items',
      reportOf({}, { Errors: [{ StatusItem: 'softwareupdate.device-id', Reasons: [{ Code: 'Error.X' }] }, 'boo', {}] }),
      { refusedStatusItems: ['softwareupdate.device-id'] },
    ],
    [
      'with client capabilities, of which only ours are kept',
      reportOf({
        management: {
          'client-capabilities': {
            'supported-versions': ['1.0.0'],
            'supported-payloads': {
              declarations: {
                configurations: ['com.apple.configuration.passcode.settings', 'com.apple.configuration.softwareupdate.settings'],
                activations: ['com.apple.activation.simple'],
              },
              'status-items': ['account.list.caldav', 'softwareupdate.install-state', 'device.model.family', 'mdm.app'],
            },
          },
        },
      }),
      {
        clientCapabilities: {
          declarations: ['com.apple.configuration.softwareupdate.settings'],
          statusItems: ['softwareupdate.install-state', 'device.model.family', 'mdm.app'],
        },
      },
    ],
    [
      'with client capabilities that only name versions',
      reportOf({ management: { 'client-capabilities': { 'supported-versions': ['1.0.0'] } } }),
      {},
    ],
    ['with no declarations', reportOf({ management: { declarations: {} } }), { declarations: [] }],
    [
      'with one declaration in two versions, and both casings of reasons',
      reportOf({
        management: {
          declarations: {
            activations: [{ identifier: 'act', active: true, valid: 'valid', 'server-token': '1' }],
            configurations: [
              {
                identifier: 'c',
                active: false,
                valid: 'unknown',
                'server-token': 'old',
                reasons: [{ code: 'Info.NotReferencedByActivation', description: 'd', details: { Identifier: 'c' } }],
              },
              {
                identifier: 'c',
                active: true,
                valid: 'invalid',
                'server-token': 'new',
                reasons: [{ Code: 'Error.ConfigurationCannotBeApplied' }],
              },
              { identifier: 'gone', _removed: true },
              { active: true },
              'boo',
            ],
            management: [{ identifier: 'm' }],
          },
        },
      }),
      {
        declarations: [
          { identifier: 'act', serverToken: '1', active: true, valid: 'valid', reasons: [] },
          {
            identifier: 'c',
            serverToken: 'old',
            active: false,
            valid: 'unknown',
            reasons: [{ code: 'Info.NotReferencedByActivation', description: 'd' }],
          },
          {
            identifier: 'c',
            serverToken: 'new',
            active: true,
            valid: 'invalid',
            reasons: [{ code: 'Error.ConfigurationCannotBeApplied' }],
          },
          { identifier: 'm', serverToken: '', active: false, valid: 'unknown', reasons: [] },
        ],
      },
    ],
  ])('%s', (_name, text, fields) => {
    expect(decodeStatusReport(text)).toStrictEqual({ ok: true, value: { ...nothing, ...fields } });
  });

  it.each([
    ['', 'not JSON (0 characters)'],
    ['{"StatusItems":', 'not JSON (15 characters)'],
    ['hunter2', 'not JSON (7 characters)'],
    ['[]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['7', 'not a JSON object'],
    [' '.repeat(8 * 1024 * 1024 + 1), 'longer than 8388608 characters'],
  ])('that is none fails with its reason and without its text (%#)', (text, detail) => {
    expect(decodeStatusReport(text)).toStrictEqual({ ok: false, detail });
  });

  it('is bounded', () => {
    const reasons = Array.from({ length: 100 }, () => ({ code: 'c', description: 'd'.repeat(5000) }));
    const configurations = Array.from({ length: 3000 }, (_, at) => ({ identifier: 'i'.repeat(1000), reasons: at === 0 ? reasons : [] }));
    const softwareupdate = { 'failure-reason': { count: 1, reason: 'r'.repeat(5000) } };
    const result = decodeStatusReport(reportOf({ softwareupdate, management: { declarations: { configurations } } }));
    if (!result.ok) throw new Error(result.detail);
    expect(result.value.declarations?.length).toBe(1000);
    expect(result.value.declarations?.[0]?.identifier.length).toBe(256);
    expect(result.value.declarations?.[0]?.reasons.map(({ description }) => description?.length)).toStrictEqual(Array(20).fill(1000));
    expect(result.value.failureReason?.reason?.length).toBe(1000);
  });

  it('never throws, whatever JSON it is', () => {
    const key = fc.constantFrom(
      'StatusItems',
      'softwareupdate',
      'device',
      'operating-system',
      'management',
      'declarations',
      'configurations',
      'failure-reason',
      'pending-version',
      'client-capabilities',
      'supported-payloads',
      'Errors',
      '__proto__',
      'reasons',
      'identifier',
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(typeof decodeStatusReport(JSON.stringify(value) ?? '').ok).toBe('boolean');
      }),
    );
  });
});

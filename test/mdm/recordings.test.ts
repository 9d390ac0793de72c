import { expect, it } from 'vitest';
import { decodeMessage } from '../../src/mdm/decode-message.ts';
import { enrollmentRefOf } from '../../src/mdm/enrollment-ref.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { recordedFiles, testRecordings } from '../hosts/recordings.ts';

/** A request, and messages whose `<data>` their publisher replaced by words ("base64=="), which no parser takes. */
const notMessages =
  /ScheduleOSUpdate\.iOS\.plist$|CertificateList\/iOS-11\.3\.1\.xml$|TokenUpdate\/(10\.11\.x-user\.plist|iOS-11\.3\.1\.xml)$/;
const files = recordedFiles('mdm-plist', /\.(plist|xml)$/).filter(([name]) => !notMessages.test(name));

testRecordings('messages of real devices', files, (name, bytes) => {
  const plist = parsePlist(bytes) as Record<string, unknown>;
  const isCheckIn = 'MessageType' in plist;
  const result = decodeMessage(plist, isCheckIn ? 'check-in' : 'connect');
  expect(result).toMatchObject({
    ok: true,
    value: isCheckIn ? { kind: plist.MessageType } : { kind: 'CommandReport', status: plist.Status },
  });
  if ('UDID' in plist || 'EnrollmentID' in plist) expect(enrollmentRefOf(plist)?.id).toMatch(/./);
  if (!result.ok || result.value.kind !== 'CommandReport') return;
  const request = /(DeviceInformation|SecurityInfo|AvailableOSUpdates|OSUpdateStatus|ScheduleOSUpdate)[./]/.exec(name)?.[1];
  if (request) expect(result.value.answers).toBe(request);
  if (plist.ErrorChain)
    expect(result.value.errorChain?.[0]).toMatchObject({ domain: expect.stringMatching(/./), code: expect.any(Number) });
  const asked = plist.QueryResponses as Record<string, unknown> | undefined;
  if (asked?.OSVersion)
    expect(result.value.deviceInformation).toMatchObject({ osVersion: asked.OSVersion, buildVersion: asked.BuildVersion });
});

/** What the answers of real devices about updates come to. */
const ANSWERS: Readonly<Record<string, object>> = {
  'apple-docs/AvailableOSUpdates.iOS.plist': {
    availableUpdates: [{ productKey: 'iOSUpdate17A576', version: '13.0', build: '17A576', installSize: 1_809_842_176 }],
  },
  'apple-docs/OSUpdateStatus.iOS.plist': {
    updateStatuses: [{ productKey: 'iOSUpdate17A576', status: 'Downloading', isDownloaded: false }],
  },
  'commandment/AvailableOSUpdates/iOS-11.3.1.xml': {
    availableUpdates: [{ productKey: 'iOSUpdate15F79', version: '11.4', downloadSize: 225_236_247 }],
  },
  'commandment/AvailableOSUpdates/10.12.5.xml': {
    availableUpdates: [{ isConfigData: true }, { isConfigData: true }, { isConfigData: true }, { isConfigData: true }],
  },
  'commandment/AvailableOSUpdates/macOS-10.13.1.xml': {
    availableUpdates: [
      { productKey: '091-51303', isCritical: true },
      { version: '2099', isConfigData: true },
      { isConfigData: true },
      // The system itself, its version blank.
      { name: 'macOS High Sierra 10.13.5 Update', restartRequired: true, isConfigData: false },
      { isConfigData: true },
      { isConfigData: true },
      { name: 'iTunes', version: '12.7.5' },
    ],
  },
  'commandment/Errors/iOS-11.3.1-AvailableOSUpdatesFailure.xml': {
    status: 'Error',
    errorChain: [
      { domain: 'DeviceManagement.error', code: 2213 },
      { domain: 'com.apple.softwareupdateservices.errors', code: 3 },
    ],
  },
};

const answers = files.filter(([name]) => name.slice('mdm-plist/'.length) in ANSWERS);
testRecordings('answers about updates', answers, (name, bytes) => {
  const expected = ANSWERS[name.slice('mdm-plist/'.length)];
  expect(decodeMessage(parsePlist(bytes), 'connect')).toMatchObject({ ok: true, value: expected });
});

it.runIf(answers.length > 0)('every answer of the table is there', () => {
  expect(answers.map(([name]) => name.slice('mdm-plist/'.length)).sort()).toEqual(Object.keys(ANSWERS).sort());
});

import { expect } from 'vitest';
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

import { isDictionary, type PlistDictionary, rawTextAt } from './fields.ts';
import type { EnrollmentRef } from './messages.ts';

/** `UserID` of every user of a Shared iPad. */
const sharedIpadUserId = 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF';

/**
 * Who a message is about, told by the property list itself, with the ids that NanoMDM makes of it: needed for
 * servers whose webhook has no `ids` (NanoMDM up to 0.8, MicroMDM), whose user channels carry the device's UDID.
 * Ids are compared case-sensitively as given and never reformatted. Undefined when neither UDID nor EnrollmentID is there.
 * NanoMDM: mdm/type.go (Resolved) and service/nanomdm/service.go (normalize).
 */
export function enrollmentRefOf(plist: unknown): EnrollmentRef | undefined {
  if (!isDictionary(plist)) return undefined;
  const udid = rawTextAt(plist, 'UDID');
  if (udid) return deviceEnrollment(plist, udid);
  const enrollmentId = rawTextAt(plist, 'EnrollmentID');
  if (!enrollmentId) return undefined;
  const userId = rawTextAt(plist, 'EnrollmentUserID');
  return userId ? userChannel(enrollmentId, userId, 'User Enrollment') : { id: enrollmentId, type: 'User Enrollment (Device)' };
}

function deviceEnrollment(plist: PlistDictionary, udid: string): EnrollmentRef {
  const userId = rawTextAt(plist, 'UserID');
  if (!userId) return { id: udid, type: 'Device' };
  if (userId === sharedIpadUserId) return userChannel(udid, rawTextAt(plist, 'UserShortName') ?? '', 'Shared iPad');
  return userChannel(udid, userId, 'User');
}

function userChannel(parentId: string, user: string, type: EnrollmentRef['type']): EnrollmentRef {
  return { id: `${parentId}:${user}`, parentId, type };
}

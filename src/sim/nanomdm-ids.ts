import type { EnrollmentIds } from './nanomdm-store.ts';
import type { PlistDict } from './plist.ts';

const SHARED_IPAD_USER = 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF';

/**
 * NanoMDM's normalized enrollment id of a device message (mdm/type.go, service/nanomdm/service.go);
 * undefined when the message names nobody.
 */
export function enrollmentIdsOf(message: PlistDict): EnrollmentIds | undefined {
  const text = (key: string) => (typeof message[key] === 'string' && message[key] !== '' ? (message[key] as string) : undefined);
  const udid = text('UDID');
  const userId = text('UserID');
  if (udid !== undefined) {
    if (userId === undefined) return { id: udid, type: 'Device' };
    if (userId === SHARED_IPAD_USER) return { id: `${udid}:${text('UserShortName') ?? ''}`, parentId: udid, type: 'Shared iPad' };
    return { id: `${udid}:${userId}`, parentId: udid, type: 'User' };
  }
  const enrollmentId = text('EnrollmentID');
  if (enrollmentId === undefined) return undefined;
  const enrollmentUserId = text('EnrollmentUserID');
  if (enrollmentUserId === undefined) return { id: enrollmentId, type: 'User Enrollment (Device)' };
  return { id: `${enrollmentId}:${enrollmentUserId}`, parentId: enrollmentId, type: 'User Enrollment' };
}

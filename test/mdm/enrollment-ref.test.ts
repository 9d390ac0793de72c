import { expect, it } from 'vitest';
import { enrollmentRefOf } from '../../src/mdm/enrollment-ref.ts';

const sharedIpad = 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF';

it.each([
  ['a device', { UDID: 'D1' }, { id: 'D1', type: 'Device' }],
  ['a UDID of any form stays as it is', { UDID: '00008112-000e1c' }, { id: '00008112-000e1c', type: 'Device' }],
  ['a user channel of macOS', { UDID: 'D1', UserID: 'U1', UserShortName: 'jane' }, { id: 'D1:U1', parentId: 'D1', type: 'User' }],
  [
    'a user of a Shared iPad',
    { UDID: 'D1', UserID: sharedIpad, UserShortName: 'jane@example.com' },
    { id: 'D1:jane@example.com', parentId: 'D1', type: 'Shared iPad' },
  ],
  ['a User Enrollment', { EnrollmentID: 'E1' }, { id: 'E1', type: 'User Enrollment (Device)' }],
  ['its user channel', { EnrollmentID: 'E1', EnrollmentUserID: 'U1' }, { id: 'E1:U1', parentId: 'E1', type: 'User Enrollment' }],
  ['both ids: the UDID wins', { UDID: 'D1', EnrollmentID: 'E1', EnrollmentUserID: 'U1' }, { id: 'D1', type: 'Device' }],
  ['an empty UserID', { UDID: 'D1', UserID: '' }, { id: 'D1', type: 'Device' }],
  ['an empty UDID', { UDID: '', EnrollmentID: 'E1' }, { id: 'E1', type: 'User Enrollment (Device)' }],
  ['neither', { UserID: 'U1' }, undefined],
  ['a number', { UDID: 7 }, undefined],
  ['no dictionary', 'D1', undefined],
])('%s', (_name, plist, expected) => {
  expect(enrollmentRefOf(plist)).toStrictEqual(expected);
});

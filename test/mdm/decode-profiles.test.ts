import { expect, it } from 'vitest';
import { decodeMessage } from '../../src/mdm/decode-message.ts';

/** Answers to questions of other tools, as far as they speak of software updates. */

const forced = { restrictedBool: { forceDelayedSoftwareUpdates: { value: true } } };
const notForced = { restrictedBool: { forceDelayedSoftwareUpdates: { value: false }, allowCamera: { value: true } } };
const days = (value: unknown) => ({ restrictedValue: { enforcedSoftwareUpdateDelay: { value } } });

function decoded(answer: Record<string, unknown>): object {
  const result = decodeMessage({ Status: 'Acknowledged', CommandUUID: 'x', ...answer }, 'connect');
  if (!result.ok) throw new Error(result.detail);
  const { kind: _kind, status: _status, commandUuid: _uuid, ...rest } = result.value as unknown as Record<string, unknown>;
  return rest;
}

it.each<[string, Record<string, unknown>, object]>([
  ['a deferral', { GlobalRestrictions: { ...forced, ...days(30n) } }, { deferral: { isForced: true, days: 30, profiles: [] } }],
  [
    'the profiles that defer, and no others',
    {
      GlobalRestrictions: forced,
      ProfileRestrictions: { 'com.example.b': forced, 'com.example.a': forced, 'com.example.c': notForced, odd: 7 },
    },
    { deferral: { isForced: true, profiles: ['com.example.a', 'com.example.b'] } },
  ],
  ['none', { GlobalRestrictions: { ...notForced, ...days(30) } }, { deferral: { isForced: false, profiles: [] } }],
  [
    'what can’t be read',
    { GlobalRestrictions: { restrictedBool: 7, restrictedValue: [] } },
    { deferral: { isForced: false, profiles: [] } },
  ],
  ['the empty dictionary of a Mac', { GlobalRestrictions: {} }, {}],
  ['no dictionary', { GlobalRestrictions: 'x' }, {}],
  [
    'profiles with settings of automatic updates',
    {
      ProfileList: [
        { PayloadIdentifier: 'com.example.updates', PayloadContent: [{ PayloadType: 'com.apple.SoftwareUpdate' }] },
        { PayloadIdentifier: 'com.example.wifi', PayloadContent: [{ PayloadType: 'com.apple.wifi.managed' }] },
        { PayloadIdentifier: 'com.example.secret', IsEncrypted: true },
        7,
      ],
    },
    { updateProfiles: ['com.example.updates'] },
  ],
  ['no profile', { ProfileList: [] }, { updateProfiles: [] }],
  ['no list', { ProfileList: {} }, {}],
])('%s', (_what, answer, expected) => {
  expect(decoded(answer)).toEqual(expected);
});

import { expect, it } from 'vitest';
import { meaningOfErrors, meaningOfResult } from '../../src/mdm/update-errors.ts';

const error = (domain: string, code: number) => ({ domain, code, description: '' });

it.each([
  ['MCMDMErrorDomain', 12007, { kind: 'reason', reason: 'access-rights-missing' }],
  ['MCMDMErrorDomain', 12048, { kind: 'up-to-date' }],
  ['MCMDMErrorDomain', 12051, { kind: 'downloading' }],
  ['MCMDMErrorDomain', 12058, { kind: 'installing' }],
  ['MCMDMErrorDomain', 12059, { kind: 'needs-download' }],
  ['MCMDMErrorDomain', 12077, { kind: 'reason', reason: 'shared-ipad-user' }],
  ['DeviceManagement.error', 2206, { kind: 'reason', reason: 'needs-computer' }],
  ['DeviceManagement.error', 2214, { kind: 'try-again' }],
  ['com.apple.softwareupdateservices.errors', 103, { kind: 'reason', reason: 'foreign-update-declaration' }],
  ['SUMacControllerError', 7507, { kind: 'reason', reason: 'bootstrap-token-suspected' }],
  ['SUMacControllerErrorDomain', 7507, { kind: 'reason', reason: 'bootstrap-token-suspected' }],
  ['SUMacControllerError', 7509, { kind: 'try-again' }],
  ['MCMDMErrorDomain', 99999, undefined],
  ['toString', 1, undefined],
])('%s %i', (domain, code, meaning) => {
  expect(meaningOfErrors([error(domain, code)])).toEqual(meaning);
});

it('the innermost known error says most', () => {
  const chain = [error('MCMDMErrorDomain', 12062), error('DeviceManagement.error', 2209), error('NSCocoaErrorDomain', 4)];
  expect(meaningOfErrors(chain)).toEqual({ kind: 'reason', reason: 'insufficient-space' });
  expect(meaningOfErrors(undefined)).toBeUndefined();
});

it.each([
  ['Downloading', { kind: 'downloading' }],
  ['DownloadInsufficientNetwork', { kind: 'reason', reason: 'insufficient-network' }],
  ['InstallPhoneCallInProgress', { kind: 'try-again' }],
  ['Idle', undefined],
  ['UpdateAvailable', undefined],
  ['constructor', undefined],
])('status %s', (status, meaning) => {
  expect(meaningOfResult({ productKey: '', installAction: '', status })).toEqual(meaning);
});

import { describe, expect, it } from 'vitest';
import { settingsRefusal } from '../../src/sim/settings-judge.ts';
import type { Family } from '../../src/sim/table.ts';

describe('what a device makes of settings', () => {
  it.each<[Family, string, boolean, Record<string, unknown>, string | undefined]>([
    ['iPhone', '18.0', true, { Notifications: false, Deferrals: { CombinedPeriodInDays: 30 } }, undefined],
    ['iPad', '18.0', false, { Deferrals: { CombinedPeriodInDays: 30 } }, 'Error.ConfigurationNotSupported'],
    ['iPad', '18.0', false, { RecommendedCadence: 'Oldest' }, undefined],
    ['iPhone', '18.0', true, { Deferrals: { MajorPeriodInDays: 30 } }, 'Error.UnknownPayloadKeys'],
    ['iPhone', '18.6', true, { AutomaticActions: { InstallSecurityUpdate: 'AlwaysOn' } }, 'Error.UnknownPayloadKeys'],
    ['iPhone', '26.0', true, { AutomaticActions: { InstallSecurityUpdate: 'AlwaysOn' } }, undefined],
    ['Mac', '15.0', true, { Beta: { ProgramEnrollment: 'AlwaysOff' } }, 'Error.UnknownPayloadKeys'],
    ['Mac', '15.4', true, { Beta: { ProgramEnrollment: 'AlwaysOff' } }, undefined],
    ['Apple TV', '18.4', true, { AutomaticActions: { Download: 'AlwaysOn' } }, 'Error.UnknownPayloadKeys'],
    ['Vision Pro', '26.0', true, { RapidSecurityResponse: { Enable: false } }, 'Error.UnknownPayloadKeys'],
    ['Mac', '26.0', true, { notifications: false }, 'Error.UnknownPayloadKeys'],
    ['Mac', '26.0', true, { Deferrals: 30 }, 'Error.UnknownPayloadKeys'],
    ['Mac', '26.0', true, { Deferrals: { MajorPeriodInDays: 91 } }, 'Error.ConfigurationIsInvalid'],
    ['Mac', '26.0', true, { Notifications: 'no' }, 'Error.ConfigurationIsInvalid'],
    ['Mac', '26.0', true, { Beta: { OfferPrograms: [{ Description: 'x' }] } }, 'Error.ConfigurationIsInvalid'],
  ])('%s %s, supervised %s: %j', (family, osVersion, isSupervised, payload, code) => {
    expect(settingsRefusal(payload, { family, osVersion, isSupervised })?.code).toBe(code);
  });
});

import { describe, expect, it } from 'vitest';
import { readForeignUpdate } from '../../src/ddm/foreign-update.ts';

const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';
const SETTINGS = 'com.apple.configuration.softwareupdate.settings';

function body(Type: unknown, Payload: unknown, Identifier: unknown = 'com.example.update'): string {
  return JSON.stringify({ Type, Identifier, ServerToken: 't1', Payload });
}
const base = { identifier: 'com.example.update', serverToken: 't1' };

describe('a declaration of another server about software updates', () => {
  it.each([
    [
      'an enforcement',
      body(ENFORCEMENT, {
        TargetOSVersion: '26.6.1',
        TargetBuildVersion: '23G83',
        TargetLocalDateTime: '2026-12-01T18:00:00',
        DetailsURL: 'x',
      }),
      { kind: 'enforcement', ...base, version: '26.6.1', build: '23G83', local: '2026-12-01T18:00:00' },
    ],
    ['one that says nothing', body(ENFORCEMENT, null), { kind: 'enforcement', ...base }],
    ['one of other types', body(ENFORCEMENT, { TargetOSVersion: 26, TargetLocalDateTime: ['now'] }), { kind: 'enforcement', ...base }],
    [
      'settings: their keys, never the token of a beta program',
      body(SETTINGS, {
        Deferrals: { MajorPeriodInDays: 90, MinorPeriodInDays: 7, SystemPeriodInDays: 'x' },
        Beta: { RequireProgram: { Token: 'secret' } },
      }),
      { kind: 'settings', ...base, keys: ['Beta', 'Deferrals'], deferralDays: 90 },
    ],
    ['empty settings', body(SETTINGS, {}), { kind: 'settings', ...base, keys: [] }],
  ])('%s', (_what, text, expected) => {
    expect(readForeignUpdate(text)).toEqual(expected);
  });
});

it.each([
  ['another declaration', body('com.apple.configuration.legacy', { ProfileURL: 'https://example.com/softwareupdate' })],
  ['one of ours', body(ENFORCEMENT, {}, 'ratchet.enforcement.000000000000')],
  ['one without a name', body(ENFORCEMENT, {}, '')],
  ['one whose name is no text', body(ENFORCEMENT, {}, { softwareupdate: 1 })],
  ['a list', '["softwareupdate"]'],
  ['half of one', body(ENFORCEMENT, {}).slice(0, -1)],
  ['nothing', ''],
  ['something endless', body(ENFORCEMENT, { DetailsURL: 'x'.repeat(300_000) })],
])('%s is none', (_what, text) => {
  expect(readForeignUpdate(text)).toBeUndefined();
});

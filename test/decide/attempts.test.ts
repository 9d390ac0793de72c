import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/decide/attempt.types.ts';
import { attemptsOf } from '../../src/decide/attempts.ts';
import type { OutboxEntry, UpdateAsked } from '../../src/delivery/outbox-entry.ts';
import type { UpdateStatus } from '../../src/mdm/messages.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { answered, command, type EnrollmentOptions, enqueued, enrollment, fact, NOW, PHONE_FACTS } from './builders.ts';

/** A phone on 16.7 that is to be on 16.7.9. */
const SENT = NOW;
const TAKEN = NOW + 1_000;
const update = (changes: Partial<UpdateAsked> = {}): UpdateAsked => ({
  release: 'iOS 16.7.9',
  version: '16.7.9',
  action: 'InstallASAP',
  isInstall: true,
  device: { productName: 'iPhone10,1', fromVersion: '16.7', fromBuild: '20H19', availableDeviceCapacity: 12.5, batteryLevel: 0.8 },
  ...changes,
});
const schedule = (changes: Partial<OutboxEntry> = {}): Partial<OutboxEntry> => ({
  requestType: 'ScheduleOSUpdate',
  commandUuid: 'a',
  update: update(),
  ...changes,
});
const taken = (changes: Partial<OutboxEntry> = {}) => answered(schedule({ endedAt: TAKEN, ...changes }), SENT);
const failed = (domain: string, code: number) => taken({ answer: 'Error', errorChain: [{ domain, code, description: 'no' }] });
const question = (endedAt: number) => answered({ requestType: 'OSUpdateStatus', commandUuid: 'q', endedAt }, endedAt - 1_000);

interface Moment {
  commands: OutboxEntry[];
  now?: number;
  /** What it runs, and since when it says so. */
  runs?: [string, number];
  status?: [UpdateStatus[], number];
  device?: EnrollmentOptions;
}

const status = (text: string, isDownloaded = false): UpdateStatus[] => [{ productKey: 'k', status: text, isDownloaded }];

function at({ runs = ['16.7', NOW - HOUR_MS], status: told, device }: Moment) {
  const state = enrollment({ facts: { ...PHONE_FACTS, osVersion: '16.7' }, ...device });
  state.facts.osVersion = fact(runs[0], runs[1]);
  if (told) state.facts.updateStatuses = fact(told[0], told[1], 'update-command');
  return state;
}

/** The records after these moments; each sees what the ones before it left unsettled, as stored. */
function recordsAfter(...moments: Moment[]): Record<string, Attempt> {
  const stored = new Map<string, Attempt>();
  let before: readonly OutboxEntry[] = [];
  for (const moment of moments) {
    const { commands, now = NOW + 2 * HOUR_MS } = moment;
    const changed = attemptsOf({
      enrollment: at(moment),
      commands,
      touched: commands.filter((entry) => !before.includes(entry)),
      stored: [...stored.values()].filter(({ isSettled }) => !isSettled),
      now,
    });
    for (const each of changed) stored.set(each.commandUuid, JSON.parse(JSON.stringify(each)));
    before = commands;
  }
  return Object.fromEntries(stored);
}

describe('the record of one command', () => {
  it('says of what device, what was asked and what was answered', () => {
    const entry = failed('DeviceManagement.error', 2205);
    expect(
      recordsAfter({ commands: [{ ...entry, updateResults: [{ productKey: 'k', installAction: 'Error', status: '' }], notNowCount: 2 }] })
        .a,
    ).toEqual({
      commandUuid: 'a',
      enrollmentId: 'D1',
      serialNumber: 'SERIAL1',
      model: 'iPhone10,1',
      fromVersion: '16.7',
      fromBuild: '20H19',
      release: 'iOS 16.7.9',
      toVersion: '16.7.9',
      action: 'InstallASAP',
      actionAnswered: 'Error',
      attempt: 1,
      decidedAt: SENT,
      sentAt: SENT,
      answeredAt: TAKEN,
      availableDeviceCapacity: 12.5,
      batteryLevel: 0.8,
      power: 'insufficient',
      notNowCount: 2,
      answer: 'Error',
      error: { domain: 'DeviceManagement.error', code: 2205, description: 'no' },
      reason: 'insufficient-power',
      isLate: false,
      outcome: 'open',
      isSettled: false,
      stage: 'idle',
    });
  });

  it('is written for ScheduleOSUpdate alone, and only when something changed', () => {
    const waiting = enqueued(schedule(), SENT);
    expect(recordsAfter({ commands: [question(TAKEN)] })).toEqual({});
    const [first] = attemptsOf({ enrollment: at({ commands: [] }), commands: [waiting], touched: [waiting], stored: [], now: NOW });
    const stored = [JSON.parse(JSON.stringify(first))];
    expect(attemptsOf({ enrollment: at({ commands: [] }), commands: [waiting], touched: [], stored, now: NOW + DAY_MS })).toEqual([]);
  });

  it('says that the device took it after its window', () => {
    const late = taken({ update: update({ window: { opensAt: SENT - HOUR_MS, closesAt: TAKEN } }) });
    expect(recordsAfter({ commands: [late] }).a).toMatchObject({ isLate: true });
  });
});

describe('what became of it', () => {
  const lost = { ...enqueued(schedule(), SENT), state: 'lost' as const, endedAt: SENT + 4 * DAY_MS };
  const never = (state: OutboxEntry['state']) => command(schedule({ state, leasedAt: SENT, endedAt: SENT + MINUTE_MS }));
  const hour = TAKEN + HOUR_MS;
  const again = (changes: Partial<OutboxEntry> = {}) => answered(schedule({ commandUuid: 'b', ...changes }), SENT + DAY_MS);

  it.each<[string, Moment[], Partial<Attempt>]>([
    ['waits to be sent', [{ commands: [command(schedule())] }], { outcome: 'open' }],
    ['is with the server', [{ commands: [enqueued(schedule(), SENT)] }], { outcome: 'open', sentAt: SENT }],
    ['was taken, and nobody asked yet', [{ commands: [taken()] }], { outcome: 'open', answer: 'Acknowledged' }],
    ['was taken back', [{ commands: [never('superseded')] }], { outcome: 'never-sent', isSettled: true }],
    ['was out of time', [{ commands: [never('expired')] }], { outcome: 'never-sent', outcomeAt: SENT + MINUTE_MS }],
    ['was refused by the server', [{ commands: [never('refused')] }], { outcome: 'never-sent' }],
    ['was lost', [{ commands: [lost], now: SENT + 4 * DAY_MS }], { outcome: 'lost', isSettled: false }],
    [
      'was lost, and answered after all',
      [
        { commands: [lost], now: SENT + 4 * DAY_MS },
        { commands: [taken({ endedAt: SENT + 5 * DAY_MS })], now: SENT + 5 * DAY_MS },
      ],
      { outcome: 'open', answer: 'Acknowledged' },
    ],
    [
      'is seen at its version',
      [{ commands: [taken()] }, { commands: [taken()], runs: ['16.7.9', hour] }],
      { outcome: 'verified', outcomeAt: hour, isSettled: true },
    ],
    ['is seen above it', [{ commands: [taken()], runs: ['16.7.10', hour] }], { outcome: 'verified' }],
    ['is seen below it', [{ commands: [taken()], runs: ['16.7.8', hour] }], { outcome: 'open' }],
    ['was seen at it before', [{ commands: [taken()], runs: ['16.7.9', SENT - 1] }], { outcome: 'open' }],
    [
      'restarts without an answer',
      [{ commands: [enqueued(schedule(), SENT)], runs: ['16.7.9', hour] }],
      { outcome: 'verified', isSettled: false },
    ],
    [
      'restarts without an answer, which comes later',
      [{ commands: [enqueued(schedule(), SENT)], runs: ['16.7.9', hour] }, { commands: [taken({ endedAt: hour + 1 })] }],
      { outcome: 'verified', outcomeAt: hour, answer: 'Acknowledged', isSettled: true },
    ],
    ['installs', [{ commands: [taken()], status: [status('Installing'), hour] }], { outcome: 'open', stage: 'installing' }],
    ['stands still, asked at once', [{ commands: [taken(), question(TAKEN + MINUTE_MS)] }], { outcome: 'open' }],
    [
      'stands still, asked later',
      [{ commands: [taken(), question(hour)], status: [status('Idle', true), hour] }],
      { outcome: 'no-effect', outcomeAt: hour, isSettled: false },
    ],
    [
      'stood still, and is seen at its version all the same',
      [
        { commands: [taken(), question(hour)], status: [status('Idle', true), hour] },
        { commands: [taken()], runs: ['16.7.9', hour + 1] },
      ],
      { outcome: 'verified' },
    ],
    ['is commanded again', [{ commands: [taken()] }, { commands: [taken(), again()] }], { outcome: 'no-effect', isSettled: true }],
    [
      'is commanded another release',
      [{ commands: [taken()] }, { commands: [taken(), again({ update: update({ release: 'iOS 16.7.10', version: '16.7.10' }) })] }],
      { outcome: 'no-effect' },
    ],
    [
      'is at the version of a later command only',
      [
        { commands: [taken(), again()], now: SENT + DAY_MS + HOUR_MS },
        { commands: [taken(), again()], runs: ['16.7.9', SENT + 2 * DAY_MS] },
      ],
      { outcome: 'no-effect' },
    ],
    ['said an error, and nobody asked yet', [{ commands: [failed('Somewhere', 1)] }], { outcome: 'open' }],
    ['said an error, and stands still', [{ commands: [failed('Somewhere', 1), question(hour)] }], { outcome: 'failed', outcomeAt: hour }],
    [
      'said an error, and downloads (iOS 11.4)',
      [{ commands: [failed('Somewhere', 1), question(hour)], status: [status('Downloading'), hour] }],
      { outcome: 'open', stage: 'downloading' },
    ],
    ['said that it downloads already', [{ commands: [failed('MCMDMErrorDomain', 12051)] }], { outcome: 'open', stage: 'downloading' }],
    ['said an error, and is commanded again', [{ commands: [failed('Somewhere', 1), again()] }], { outcome: 'failed' }],
    [
      'acknowledged, and its result speaks against it',
      [{ commands: [taken({ updateResults: [{ productKey: 'k', installAction: 'Error', status: 'InstallFailed' }] }), question(hour)] }],
      { outcome: 'failed', updateStatus: 'InstallFailed', reason: 'install-failed' },
    ],
    [
      'enrolled anew in the middle of it',
      [{ commands: [taken()] }, { commands: [taken()], device: { generation: hour } }],
      { outcome: 'lost', outcomeAt: hour },
    ],
    ['was never heard of again', [{ commands: [taken()] }, { commands: [taken()], now: TAKEN + 31 * DAY_MS }], { outcome: 'no-effect' }],
    [
      'has no entry any more, and is seen at its version',
      [{ commands: [taken()] }, { commands: [], runs: ['16.7.9', hour] }],
      { outcome: 'verified', isSettled: true },
    ],
    ['has no entry any more', [{ commands: [taken()] }, { commands: [] }], { outcome: 'open', answer: 'Acknowledged' }],
  ])('%s', (_, moments, expected) => {
    expect(recordsAfter(...moments).a).toMatchObject(expected);
  });

  it('a download is verified with the installation it was for', () => {
    const download = taken({ update: update({ action: 'DownloadOnly', isInstall: false }) });
    const there: Moment = { commands: [download, question(hour)], status: [status('Idle', true), hour] };
    const install = again();
    const both = recordsAfter(
      there,
      { ...there, commands: [download, install] },
      { commands: [download, install], runs: ['16.7.9', SENT + 2 * DAY_MS] },
    );
    expect([both.a?.outcome, both.b?.outcome]).toEqual(['verified', 'verified']);
  });

  it('a download that never came is none', () => {
    const download = taken({ update: update({ action: 'DownloadOnly', isInstall: false }) });
    const nothing: Moment = { commands: [download, question(hour)], status: [status('Idle'), hour] };
    expect(recordsAfter(nothing).a).toMatchObject({ outcome: 'no-effect' });
    expect(recordsAfter(nothing, { commands: [download, again()], runs: ['16.7.9', SENT + 2 * DAY_MS] })).toMatchObject({
      a: { outcome: 'no-effect', isSettled: true },
      b: { outcome: 'verified' },
    });
  });

  it('never says verified of a device that was not seen at the version, whatever else it says', () => {
    const kinds = fc.constantFrom('Acknowledged', 'Error', 'CommandFormatError', 'Strange');
    const states = fc.constantFrom('answered', 'lost', 'enqueued', 'refused', 'expired', 'superseded', 'leased', 'pending');
    const told = fc.constantFrom('Idle', 'Downloading', 'Installing', 'Strange');
    fc.assert(
      fc.property(states, kinds, told, fc.boolean(), fc.integer({ min: 0, max: 60 * 24 * 60 }), (state, answer, text, isThere, minutes) => {
        const entry = { ...taken({ answer }), state } as OutboxEntry;
        const now = TAKEN + minutes * MINUTE_MS;
        const moment: Moment = { commands: [entry], now, status: [status(text, isThere), now], runs: ['16.7.8', now] };
        const record = recordsAfter(moment, moment).a;
        expect(record?.outcome).not.toBe('verified');
        expect(record?.outcomeAt === undefined).toBe(record?.outcome === 'open');
      }),
    );
  });
});

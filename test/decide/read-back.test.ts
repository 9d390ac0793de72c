import { describe, expect, it } from 'vitest';
import { enforcementIdentifier } from '../../src/ddm/declarations.ts';
import { decide } from '../../src/decide/decide.ts';
import type { DecideInput } from '../../src/decide/input.ts';
import { NEVER } from '../../src/decide/next-manifest.ts';
import { advanceByTime } from '../../src/delivery/advance.ts';
import { dropAfterRestore, standInAfterRestore } from '../../src/delivery/restore.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { manifest } from '../store/builders.ts';
import {
  answered,
  command,
  type EnrollmentOptions,
  enqueued,
  fact,
  type InputOptions,
  input,
  line,
  NOW,
  REQUIRED,
  withPolicy,
} from './builders.ts';

/** Rule 35, decision by decision: what a device holds after a restore is what it says, and is kept. */

const RESTORED_AT = NOW - 6 * HOUR_MS;
const RESTORED = { at: RESTORED_AT, backupAt: NOW - 5 * DAY_MS };
/** Later than the policy gives from here, so that only the device can have told it. */
const DATE = '2040-09-12T18:00:00';

const held = { control: { state: 'running' as const, pausedPolicies: [], held: 'restored', restored: RESTORED } };
const resumed = { control: { ...held.control, held: undefined } };

/** A full report since the restore that lists these declarations. */
function reports(...identifiers: string[]): EnrollmentOptions {
  const status = (identifier: string) => ({ identifier, serverToken: 't', active: true, valid: 'valid', reasons: [] });
  return {
    fullReportAt: NOW - HOUR_MS,
    declarations: Object.fromEntries(
      identifiers.map((identifier) => [identifier, fact(status(identifier), NOW - HOUR_MS, 'status-report')]),
    ),
  };
}

const identifierOf = (local: string, version = '40.6') => enforcementIdentifier({ TargetOSVersion: version, TargetLocalDateTime: local });
const decided = (options: InputOptions) => decide(input({ memory: { ...REQUIRED, invitedAt: NOW - 90 * DAY_MS }, ...options }));

describe('before it has told what it holds', () => {
  it.each<[string, InputOptions]>([
    ['while held', held],
    ['after resume', resumed],
    ['when its report names a date that can’t be recognized', { ...resumed, enrollment: reports('ratchet.enforcement.000000000000') }],
    [
      'when it told what it holds, and not what it is',
      {
        ...resumed,
        enrollment: {
          ...reports(identifierOf(DATE)),
          facts: { osVersion: '40.5', productName: 'Mac90,1', softwareUpdateDeviceId: 'J900AP' },
        },
      },
    ],
  ])('its manifest stays and is not answered: %s', (_, options) => {
    const committed = manifest('token');
    expect(decided({ ...options, manifest: committed }).manifest).toEqual({ ...committed, basis: 'basis', answerableUntil: NEVER });
  });

  it('it is not told to synchronize', () => {
    expect(decided({ ...resumed, manifest: manifest('token') }).wants.commands.map(({ requestType }) => requestType)).not.toContain(
      'DeclarativeManagement',
    );
  });

  it.each<[string, InputOptions]>([
    ['`stop` takes back what it holds all the same', { control: { ...resumed.control, state: 'stopped' } }],
    ['it enrolled anew', { ...resumed, enrollment: { generation: NOW - HOUR_MS, tokenUpdateAt: NOW - HOUR_MS } }],
    [
      'two days went by since it was first seen',
      {
        control: { ...resumed.control, restored: { at: NOW - 50 * HOUR_MS, backupAt: NOW - 5 * DAY_MS } },
        memory: { ...REQUIRED, restored: { at: NOW - 50 * HOUR_MS, seenAt: NOW - 48 * HOUR_MS } },
      },
    ],
    ['it was long ago', { control: { ...resumed.control, restored: { at: NOW - 91 * DAY_MS, backupAt: NOW - 95 * DAY_MS } } }],
  ])('it is answered when %s', (_, options) => {
    expect(decided({ ...options, manifest: manifest('token') }).manifest?.answerableUntil).not.toBe(NEVER);
  });
});

describe('what it tells', () => {
  const told = { enrollment: reports(identifierOf(DATE)) };

  it.each([
    ['while held', held],
    ['after resume', resumed],
  ])('is kept, with the date in the ledger: %s', (_, control) => {
    const decision = decided({ ...control, ...told });
    expect(decision.manifest?.enforcement).toMatchObject({
      identifier: identifierOf(DATE),
      release: 'iOS 40.6',
      local: DATE,
      ledgerLocal: DATE,
    });
    expect(decision.ledgerLines).toEqual([expect.objectContaining({ release: 'iOS 40.6', dueLocal: DATE })]);
    expect(decision.holds).toBe(DATE);
  });

  it('is the same in the next decision', () => {
    const first = decided({ ...resumed, ...told });
    const next: DecideInput = {
      ...input({ ...resumed, ...told }),
      memory: first.memory,
      manifest: first.manifest,
      lines: first.ledgerLines,
    };
    expect(decide(next).manifest?.enforcement).toEqual(first.manifest?.enforcement);
    expect(decide(next).ledgerLines).toEqual([]);
  });

  it('overrules a line that is later, and not one that is earlier', () => {
    const earlier = line({ dueLocal: '2040-09-11T18:00:00', dueAt: Date.parse('2040-09-11T16:00:00Z') });
    expect(decided({ ...resumed, ...told, lines: [line()] }).ledgerLines).toEqual([
      { ...line(), dueLocal: DATE, dueAt: Date.parse('2040-09-12T16:00:00Z') },
    ]);
    const decision = decided({ ...resumed, ...told, lines: [earlier] });
    expect(decision.ledgerLines).toEqual([]);
    expect(decision.enforcement).toMatchObject({ local: DATE, ledgerLocal: earlier.dueLocal });
  });

  it('is recognized with its details, and by the date it tells itself', () => {
    const url = 'https://it.example.com';
    const withDetails = enforcementIdentifier({ TargetOSVersion: '40.6', TargetLocalDateTime: DATE, DetailsURL: url });
    expect(decided({ ...resumed, enrollment: reports(withDetails), policies: withPolicy({ detailsUrl: url }) }).enforcement?.local).toBe(
      DATE,
    );
    const odd = '2040-09-13T07:15:00';
    const facts = {
      osVersion: '40.5',
      productName: 'iPhone90,1',
      isSupervised: true,
      timeZone: 'Europe/Berlin',
      pendingVersion: { osVersion: '40.6', buildVersion: '', targetLocalDateTime: odd },
    };
    expect(decided({ ...resumed, enrollment: { ...reports(identifierOf(odd)), facts } }).enforcement?.local).toBe(odd);
  });

  it('nothing: then the date of the backup is not handed out again while held', () => {
    const committed = decided({ ...resumed, ...told }).manifest;
    const decision = decided({ ...held, enrollment: reports(), manifest: committed });
    expect(decision.reason).toBe('held');
    expect(decision.manifest?.enforcement).toBeUndefined();
    expect(decision.manifest?.answerableUntil).not.toBe(NEVER);
  });
});

describe('until its version is told again', () => {
  it('nothing new is handed out, and it is asked', () => {
    const old = { ...resumed, enrollment: { ...reports(), factsAt: RESTORED_AT - 1 }, commands: [answered({}, RESTORED_AT - HOUR_MS)] };
    const decision = decided(old);
    expect([decision.reason, decision.evidence.missing, decision.isHandedOut]).toEqual(['awaiting-report', ['OSVersion'], false]);
    expect(decision.wants.commands).toContainEqual(
      expect.objectContaining({ requestType: 'DeviceInformation', because: 'the data folder came out of a backup' }),
    );
    expect(decided({ ...resumed, enrollment: reports() }).isHandedOut).toBe(true);
  });
});

describe('a command found in a backup', () => {
  it.each([
    ['pending', command(), 'superseded'],
    ['leased', command({ state: 'leased', leaseUntil: NOW }), 'superseded'],
    ['a question that the host had', enqueued(), 'superseded'],
    ['an update command that was not sent', command({ requestType: 'ScheduleOSUpdate' }), 'superseded'],
    ['an update command that the host had', enqueued({ requestType: 'ScheduleOSUpdate' }), 'enqueued'],
    ['answered', answered(), 'answered'],
  ] as const)('%s', (_, entry, state) => {
    expect(dropAfterRestore(entry, NOW).state).toBe(state);
  });

  it('whatever was sent since counts as an outstanding update command, for as long as one may be', () => {
    const standIn = standInAfterRestore('D1', 'uuid', NOW);
    const heard = { ...standIn, firstIdleAt: NOW + HOUR_MS, lastIdleAt: NOW + 2 * HOUR_MS };
    expect(advanceByTime(standIn, 0, NOW + 30 * DAY_MS).state).toBe('enqueued');
    expect(advanceByTime(heard, 0, NOW + 72 * HOUR_MS - 1).state).toBe('enqueued');
    expect(advanceByTime(heard, 0, NOW + 72 * HOUR_MS).state).toBe('lost');
  });
});

import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import {
  ASKED,
  answered,
  command,
  DEVICE,
  enqueued,
  fact,
  type InputOptions,
  input,
  MAC_FACTS,
  NOW,
  PHONE_FACTS,
  policySet,
  REQUIRED,
  withPolicy,
} from './builders.ts';

/** Rules 20, 28 and 30: which command is asked for, which is not, and when a device is pushed. */

function wanted(options: InputOptions): string[] {
  return decide(input(options)).wants.commands.map(({ requestType, attempt }) =>
    attempt === 1 ? requestType : `${requestType} ${attempt}`,
  );
}

/** The manifest of the defaults, and the fact that the device has it: no sync is wanted. */
const MANIFEST = decide(input()).manifest;
const SYNCED = { facts: { ...PHONE_FACTS, itemsAnswered: MANIFEST?.token } };
const INVITED = { ...REQUIRED, invitedAt: NOW - DAY_MS };
const quiet: InputOptions = { enrollment: SYNCED, memory: INVITED, manifest: MANIFEST };

it('a device in steady state is asked nothing and not pushed', () => {
  const { wants } = decide(input(quiet));
  expect(wants).toMatchObject({ commands: [], takeBack: [] });
  expect(wants.push).toBeUndefined();
});

describe('DeviceInformation', () => {
  const info = (at: number, changes: Partial<OutboxEntry> = {}) => [answered({ requestType: 'DeviceInformation', ...changes }, at)];
  it.each([
    ['in a new enrollment', { commands: [] }, ['DeviceInformation']],
    ['again in a newer one', { commands: info(NOW - 101 * DAY_MS) }, ['DeviceInformation']],
    ['not while one is outstanding', { commands: [enqueued()] }, []],
    ['not while one waits to be sent', { commands: [command()] }, []],
    [
      'behind, observed a day ago',
      { commands: info(NOW - DAY_MS - 1_000), enrollment: { ...SYNCED, factsAt: NOW - DAY_MS } },
      ['DeviceInformation'],
    ],
    [
      'behind, observed a millisecond less ago',
      { commands: info(NOW - DAY_MS - 1_000), enrollment: { ...SYNCED, factsAt: NOW - DAY_MS + 1 } },
      [],
    ],
    [
      'not again where the server’s clock says that it answered before it was asked',
      {
        commands: info(NOW - DAY_MS + 1, { endedAt: NOW - DAY_MS - 6 * MINUTE_MS }),
        enrollment: { ...SYNCED, factsAt: NOW - DAY_MS - 6 * MINUTE_MS },
      },
      [],
    ],
    [
      'current, observed six days ago',
      { commands: info(NOW - 6 * DAY_MS), enrollment: { facts: { ...SYNCED.facts, osVersion: '40.6' }, factsAt: NOW - 6 * DAY_MS } },
      [],
    ],
    [
      'current, observed seven days ago',
      {
        commands: info(NOW - 7 * DAY_MS - 1_000),
        enrollment: { facts: { ...SYNCED.facts, osVersion: '40.6' }, factsAt: NOW - 7 * DAY_MS },
      },
      ['DeviceInformation'],
    ],
    [
      'what it is, told a minute ago: the rest at once',
      { commands: info(NOW - MINUTE_MS, { isBlind: true }), enrollment: { facts: { ...SYNCED.facts, isSupervised: undefined } } },
      ['DeviceInformation'],
    ],
    [
      'nothing at once when all of it was asked for',
      { commands: info(NOW - MINUTE_MS), enrollment: { facts: { ...SYNCED.facts, isSupervised: undefined } } },
      [],
    ],
    [
      'nothing at once while it has not said what it is',
      {
        commands: info(NOW - MINUTE_MS, { isBlind: true }),
        enrollment: { facts: { ...SYNCED.facts, productName: undefined, model: undefined } },
      },
      [],
    ],
    [
      'a fact it did not tell, three days later',
      { commands: info(NOW - 3 * DAY_MS - 1_000), enrollment: { facts: { ...SYNCED.facts, timeZone: undefined } } },
      ['DeviceInformation'],
    ],
    [
      'a fact it did not tell, not before',
      { commands: info(NOW - 3 * DAY_MS + 1_000), enrollment: { facts: { ...SYNCED.facts, timeZone: undefined } } },
      [],
    ],
    [
      'answered with an error: after an hour',
      { commands: info(NOW - HOUR_MS - 1_000, { answer: 'Error' }), enrollment: { facts: { ...SYNCED.facts, osVersion: undefined } } },
      [],
    ],
    [
      'lost: a second attempt after an hour',
      { commands: [enqueued({ state: 'lost', endedAt: NOW - HOUR_MS })], enrollment: { ...SYNCED, factsAt: NOW - 2 * DAY_MS } },
      ['DeviceInformation 2'],
    ],
    [
      'lost: not before',
      { commands: [enqueued({ state: 'lost', endedAt: NOW - HOUR_MS + 1 })], enrollment: { ...SYNCED, factsAt: NOW - 2 * DAY_MS } },
      [],
    ],
  ] as [string, InputOptions, string[]][])('%s', (_, changes, expected) => {
    expect(wanted({ ...quiet, ...changes }).filter((type) => type.startsWith('DeviceInformation'))).toEqual(expected);
  });

  it.each([
    ['ten minutes after its date', 10 * MINUTE_MS, ['DeviceInformation']],
    ['not before', 10 * MINUTE_MS - 1, []],
  ])('%s', (_, after, expected) => {
    const { enforcement } = MANIFEST ?? {};
    const at = (enforcement?.latestAt ?? 0) + after;
    const before = (enforcement?.latestAt ?? 0) - HOUR_MS;
    const enrollment = { facts: SYNCED.facts, factsAt: before, lastSeenAt: at, fetched: { [enforcement?.identifier ?? '']: NOW } };
    expect(wanted({ ...quiet, now: at, enrollment, commands: [answered({}, before)] })).toEqual(expected);
  });

  it('asks a device that has not said what it is only what every device knows', () => {
    const { wants } = decide(input({ enrollment: { facts: {} }, commands: [] }));
    expect(wants.commands[0]?.queries).toContain('OSVersion');
    expect(wants.commands[0]?.queries).not.toContain('SoftwareUpdateDeviceID');
  });
});

describe('SecurityInfo', () => {
  it.each([
    ['of a Mac, once', { facts: { ...MAC_FACTS, userApprovedEnrollment: undefined } }, ASKED, ['SecurityInfo']],
    ['not of a Mac that told', { facts: MAC_FACTS }, ASKED, []],
    ['not of an iPhone', { facts: PHONE_FACTS }, ASKED, []],
    [
      'not again when it was answered without what we look for',
      { facts: { ...MAC_FACTS, userApprovedEnrollment: undefined } },
      [answered({ requestType: 'SecurityInfo' }), ...ASKED],
      [],
    ],
  ] as const)('%s', (_, enrollment, commands, expected) => {
    expect(wanted({ enrollment, commands }).filter((type) => type === 'SecurityInfo')).toEqual(expected);
  });
});

describe('DeclarativeManagement', () => {
  const dm = (changes: Partial<OutboxEntry> = {}, at = NOW - HOUR_MS) =>
    answered({ requestType: 'DeclarativeManagement', commandUuid: 'dm', ...changes }, at);
  const behind: InputOptions = { memory: INVITED, manifest: MANIFEST && { ...MANIFEST, changedAt: NOW - 2 * HOUR_MS } };
  const sync = (options: InputOptions) => wanted(options).filter((type) => type.startsWith('DeclarativeManagement'));

  it.each([
    ['when the first declarations are ready', {}, ['DeclarativeManagement']],
    ['not when the device has them', quiet, []],
    ['when they changed since', { ...quiet, enrollment: { facts: { ...PHONE_FACTS, itemsAnswered: 'older' } } }, ['DeclarativeManagement']],
    ['not while one is outstanding', { ...behind, commands: [...ASKED, enqueued({ requestType: 'DeclarativeManagement' })] }, []],
    ['not while one waits to be sent', { ...behind, commands: [...ASKED, command({ requestType: 'DeclarativeManagement' })] }, []],
    [
      'not within an hour of an acknowledgement that led to nothing',
      { ...behind, commands: [...ASKED, dm({ endedAt: NOW - HOUR_MS + 1 })] },
      [],
    ],
    ['a second time after an hour', { ...behind, commands: [...ASKED, dm({ endedAt: NOW - HOUR_MS })] }, ['DeclarativeManagement 2']],
    ['a third time not before two', { ...behind, commands: [...ASKED, dm({ attempt: 2, endedAt: NOW - 2 * HOUR_MS + 1 })] }, []],
    ['at once for a change made since', { ...behind, commands: [...ASKED, dm({}, NOW - 3 * HOUR_MS)] }, ['DeclarativeManagement']],
    [
      'not at once after an error',
      { ...behind, commands: [...ASKED, dm({ answer: 'Error', endedAt: NOW - HOUR_MS + 1 }, NOW - 3 * HOUR_MS)] },
      [],
    ],
    ['anew in a new enrollment', { ...behind, commands: [...ASKED, dm({}, NOW - 101 * DAY_MS)] }, ['DeclarativeManagement']],
    ['not in observe', { policies: withPolicy({ mode: 'observe' }) }, []],
    ['to take back in observe', { ...quiet, policies: withPolicy({ mode: 'observe' }) }, ['DeclarativeManagement']],
    ['not in silence, even to take back', { ...quiet, policies: withPolicy({ mode: 'silent' }) }, []],
    [
      'to take back under stop',
      { ...quiet, control: { state: 'stopped', pausedPolicies: [], held: undefined } },
      ['DeclarativeManagement'],
    ],
    ['not to a device in someone else’s', { enrollment: { uninvitedAt: NOW - MINUTE_MS } }, []],
  ] as [string, InputOptions, string[]][])('%s', (_, options, expected) => {
    expect(sync(options)).toEqual(expected);
  });

  describe('a device that is seen after its date and stays behind', () => {
    const date = MANIFEST?.enforcement?.latestAt ?? 0;
    const now = date + DAY_MS;
    const about = (told: number, changes: object = {}, commands = [...ASKED]): InputOptions => ({
      ...quiet,
      memory: { ...INVITED, lastSeenAt: date + 1 },
      now,
      commands,
      enrollment: {
        facts: SYNCED.facts,
        factsAt: now - HOUR_MS,
        lastSeenAt: now - HOUR_MS,
        fullReportAt: told,
        fetched: { [MANIFEST?.enforcement?.identifier ?? '']: date - 2 * DAY_MS },
        ...changes,
      },
    });
    it.each([
      ['is told to sync when it said nothing of it since', about(date - 1), ['DeclarativeManagement']],
      ['not before a day has passed', { ...about(date - 1), now: now - 1 }, []],
      ['not when it has reported since', about(date), []],
      ['not when it was told to less than a day ago', about(date - 1, {}, [...ASKED, dm({ endedAt: now - DAY_MS + 1 }, now - DAY_MS)]), []],
      ['and again a day later', about(date - 1, {}, [...ASKED, dm({ endedAt: now - DAY_MS }, now - DAY_MS)]), ['DeclarativeManagement']],
    ] as [string, InputOptions, string[]][])('%s', (_, options, expected) => {
      expect(sync(options)).toEqual(expected);
    });

    it('keeps the command that waits to be sent, until the device has reported', () => {
      const waiting = command({ requestType: 'DeclarativeManagement', commandUuid: 'dm' });
      const takenBack = (told: number) => decide(input(about(told, {}, [...ASKED, waiting]))).wants.takeBack;
      expect([takenBack(date - 1), takenBack(date)]).toEqual([[], ['dm']]);
    });
  });

  describe('the first device of a site', () => {
    const site = (first?: { enrollmentId: string; since: number }) => ({ dmReached: false, ...(first ? { first } : {}) });
    it.each([
      ['is one that is awake', { site: site() }, true, true],
      ['is not one heard an hour ago', { site: site(), enrollment: { lastSeenAt: NOW - HOUR_MS } }, false, false],
      ['is heard a millisecond less ago', { site: site(), enrollment: { lastSeenAt: NOW - HOUR_MS + 1 } }, true, true],
      ['goes on', { site: site({ enrollmentId: DEVICE, since: NOW }) }, true, false],
      ['lets the others wait', { site: site({ enrollmentId: 'D2', since: NOW }) }, false, false],
      ['lets nobody wait once the listener was reached', { site: { dmReached: true } }, true, false],
    ] as [string, InputOptions, boolean, boolean][])('%s', (_, options, isSent, isFirst) => {
      const decision = decide(input(options));
      expect(sync(options).length === 1).toBe(isSent);
      expect(decision.claimsFirst).toBe(isFirst);
    });

    it('is told to those that wait', () => {
      expect(decide(input({ site: site({ enrollmentId: 'D2', since: NOW }) })).reason).toBe('awaiting-first-device');
    });
  });
});

describe('questions are asked', () => {
  it.each([
    ['in observe', { policies: withPolicy({ mode: 'observe' }), commands: [] }, true],
    ['in silence', { policies: withPolicy({ mode: 'silent' }), commands: [] }, false],
    ['when the whole site is silent', { policies: policySet({ mode: 'silent' }), commands: [] }, false],
    ['of a device without a policy', { policies: policySet({ policies: [] }), commands: [] }, true],
    ['of a device in someone else’s declarative management', { enrollment: { uninvitedAt: NOW }, commands: [] }, true],
    ['of one that checked out', { enrollment: { checkOutAt: NOW, lastSeenAt: NOW }, commands: [] }, false],
    ['of one whose enrollment is not finished', { enrollment: { tokenUpdateAt: 0, lastSeenAt: 0 }, commands: [] }, false],
    ['of a User Enrollment', { enrollment: { type: 'User Enrollment (Device)' }, commands: [] }, false],
    ['under stop', { control: { state: 'stopped', pausedPolicies: [], held: undefined }, commands: [] }, true],
  ] as [string, InputOptions, boolean][])('%s: %s', (_, options, expected) => {
    expect(wanted(options).includes('DeviceInformation')).toBe(expected);
  });
});

describe('a command that waits to be sent is taken back', () => {
  const waiting = [command({ commandUuid: 'info' }), command({ commandUuid: 'sync', requestType: 'DeclarativeManagement' })];
  const takenBack = (options: InputOptions) => decide(input({ commands: waiting, ...options })).wants.takeBack;
  it.each([
    ['not while it is wanted', {}, []],
    ['when the device has the declarations', quiet, ['sync']],
    ['when the device would get an empty manifest it does not need', { policies: withPolicy({ mode: 'observe' }) }, ['sync']],
    ['not when it takes something back', { ...quiet, policies: withPolicy({ mode: 'observe' }) }, []],
    ['when the device turns out to be in someone else’s declarative management', { enrollment: { uninvitedAt: NOW } }, ['sync']],
    ['when silence is ordered: nothing at all is sent', { policies: withPolicy({ mode: 'silent' }) }, ['info', 'sync']],
    ['when the device checked out', { enrollment: { checkOutAt: NOW, lastSeenAt: NOW } }, ['info', 'sync']],
    ['when a User Enrollment began', { enrollment: { type: 'User Enrollment (Device)' } }, ['info', 'sync']],
  ] as [string, InputOptions, string[]][])('%s', (_, options, expected) => {
    expect(takenBack({ ...options, commands: waiting })).toEqual(expected);
  });

  it('and not when it may be in the host’s queue', () => {
    const commands = [enqueued({ commandUuid: 'queued' }), command({ commandUuid: 'leased', state: 'leased', leaseUntil: NOW + 1 })];
    expect(takenBack({ policies: withPolicy({ mode: 'silent' }), commands })).toEqual([]);
  });
});

describe('a push', () => {
  const pushed = (options: InputOptions) => decide(input({ ...quiet, ...options })).wants.push?.because;
  const waiting = (ago: number, changes: Partial<OutboxEntry> = {}) => [
    ...ASKED,
    enqueued({ requestType: 'SecurityInfo', ...changes }, NOW - ago),
  ];
  const asleep = (ago: number) => ({ ...SYNCED, lastSeenAt: NOW - ago });
  it.each([
    ['for a command that waits', { commands: waiting(5 * MINUTE_MS), push: { lastSentAt: NOW - HOUR_MS } }, 'a command waits'],
    [
      'not within three minutes of the last one',
      { commands: waiting(MINUTE_MS), push: { lastSentAt: NOW - 3 * MINUTE_MS + 1 } },
      undefined,
    ],
    ['not again within the hour', { commands: waiting(90 * MINUTE_MS), push: { lastSentAt: NOW - HOUR_MS + 1 } }, undefined],
    ['again after an hour', { commands: waiting(90 * MINUTE_MS), push: { lastSentAt: NOW - HOUR_MS } }, 'a command waits'],
    ['then ever more rarely', { commands: waiting(10 * DAY_MS), push: { lastSentAt: NOW - DAY_MS + 1 } }, undefined],
    ['at least once a day', { commands: waiting(10 * DAY_MS), push: { lastSentAt: NOW - DAY_MS } }, 'a command waits'],
    [
      'after NotNow not within 15 minutes',
      { commands: waiting(DAY_MS, { notNowAt: NOW - 15 * MINUTE_MS + 1, notNowCount: 1 }), enrollment: asleep(15 * MINUTE_MS) },
      undefined,
    ],
    [
      'after NotNow in 15 minutes',
      { commands: waiting(DAY_MS, { notNowAt: NOW - 15 * MINUTE_MS, notNowCount: 1 }), enrollment: asleep(15 * MINUTE_MS) },
      'it answered NotNow earlier',
    ],
    [
      'after six NotNow not within 6 hours',
      { commands: waiting(DAY_MS, { notNowAt: NOW - 6 * HOUR_MS + 1, notNowCount: 6 }), enrollment: asleep(6 * HOUR_MS) },
      undefined,
    ],
    [
      'after six NotNow in 6 hours',
      {
        commands: waiting(DAY_MS, { notNowAt: NOW - 6 * HOUR_MS, notNowCount: 6 }),
        enrollment: asleep(6 * HOUR_MS),
        push: { lastSentAt: NOW - 6 * HOUR_MS },
      },
      'it answered NotNow earlier',
    ],
    [
      'after NotNow at a sign of life',
      { commands: waiting(DAY_MS, { notNowAt: NOW - HOUR_MS, notNowCount: 6 }), push: { lastSentAt: NOW - 2 * HOUR_MS } },
      'it answered NotNow earlier',
    ],
    [
      'after NotNow ever more rarely, also when it is not asked again',
      {
        commands: waiting(2 * DAY_MS, { notNowAt: NOW - 4 * HOUR_MS, notNowCount: 1 }),
        enrollment: asleep(4 * HOUR_MS),
        push: { lastSentAt: NOW - HOUR_MS },
      },
      undefined,
    ],
    [
      'after NotNow not for what answers the last push',
      {
        commands: waiting(DAY_MS, { notNowAt: NOW - HOUR_MS, notNowCount: 6 }),
        enrollment: asleep(3 * MINUTE_MS),
        push: { lastSentAt: NOW - 4 * MINUTE_MS },
      },
      undefined,
    ],
    [
      'after NotNow not for a poll, which gets the command',
      {
        commands: waiting(DAY_MS, { notNowAt: NOW - HOUR_MS, notNowCount: 6, firstIdleAt: NOW, lastIdleAt: NOW }),
        push: { lastSentAt: NOW - 2 * HOUR_MS },
      },
      undefined,
    ],
    [
      'for a device silent for a day',
      { enrollment: { ...SYNCED, lastSeenAt: NOW - DAY_MS }, push: { lastSentAt: NOW - DAY_MS } },
      'not heard from for a day',
    ],
    [
      'not more than once a day',
      { enrollment: { ...SYNCED, lastSeenAt: NOW - DAY_MS }, push: { lastSentAt: NOW - DAY_MS + 1 } },
      undefined,
    ],
    ['not for a device that was heard', { enrollment: { ...SYNCED, lastSeenAt: NOW - DAY_MS + 1 }, push: { lastSentAt: 0 } }, undefined],
    [
      'not when the push service calls it gone',
      { commands: waiting(5 * MINUTE_MS), enrollment: { ...SYNCED, pushGoneAt: NOW } },
      undefined,
    ],
    [
      'again when it was heard since',
      { commands: waiting(5 * MINUTE_MS), enrollment: { ...SYNCED, pushGoneAt: NOW - HOUR_MS } },
      'a command waits',
    ],
    ['not in silence', { commands: waiting(5 * MINUTE_MS), policies: withPolicy({ mode: 'silent' }) }, undefined],
  ] as [string, InputOptions, string | undefined][])('%s', (_, options, expected) => {
    expect(pushed(options)).toBe(expected);
  });
});

describe('the next look', () => {
  it.each([
    ['when the OS version will have been observed a day ago', quiet, NOW + 23 * HOUR_MS + 1_000],
    [
      'when the patience after NotNow ends',
      { ...quiet, commands: [...ASKED, enqueued({ requestType: 'SecurityInfo', notNowAt: NOW, notNowCount: 1 })] },
      NOW + 15 * MINUTE_MS,
    ],
    [
      'when the push after the one that is sent now will be due',
      {
        ...quiet,
        commands: [...ASKED, enqueued({ requestType: 'SecurityInfo' }, NOW - 5 * MINUTE_MS)],
        push: { lastSentAt: NOW - HOUR_MS },
      },
      NOW + HOUR_MS,
    ],
    [
      'when a command will count as lost',
      {
        ...quiet,
        commands: [...ASKED, enqueued({ requestType: 'SecurityInfo', firstIdleAt: NOW - HOUR_MS, lastIdleAt: NOW }, NOW - 2 * DAY_MS)],
        push: { lastSentAt: NOW },
      },
      NOW + 5 * MINUTE_MS,
    ],
    [
      'when the backoff of an attempt ends',
      {
        ...quiet,
        commands: [enqueued({ state: 'lost', endedAt: NOW - 30 * MINUTE_MS })],
        enrollment: { ...SYNCED, factsAt: NOW - 2 * DAY_MS },
      },
      NOW + 30 * MINUTE_MS,
    ],
    [
      'when an unfetched date loses its notice',
      {
        ...quiet,
        now: (MANIFEST?.enforcement?.earliestAt ?? 0) - DAY_MS - 2 * HOUR_MS,
        enrollment: {
          ...SYNCED,
          lastSeenAt: (MANIFEST?.enforcement?.earliestAt ?? 0) - DAY_MS - 2 * HOUR_MS,
          factsAt: (MANIFEST?.enforcement?.earliestAt ?? 0) - DAY_MS - 2 * HOUR_MS,
        },
      },
      (MANIFEST?.enforcement?.earliestAt ?? 0) - DAY_MS,
    ],
  ] as [string, InputOptions, number][])('%s', (_, options, expected) => {
    expect(decide(input(options)).recheckAt).toBe(expected);
  });

  it('is always later than now', () => {
    const clock = fact('x');
    for (const now of [0, 1, NOW, clock.observedAt, 4e12]) expect(decide(input({ now })).recheckAt).toBeGreaterThan(now);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanceByEvent, advanceByTime, supersede } from '../../src/delivery/advance.ts';
import type { OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import type { EnrollmentEvent } from '../../src/enrollment/event.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { command, enqueued, NOW, report } from './builders.ts';

/** Rule 28 and promise 10: a command ends by an answer, or by proof that the host lost it; never by silence. */

const SENT = NOW - HOUR_MS;

const UPDATE = { release: 'iOS 40.6', version: '40.6', action: 'InstallASAP', isInstall: true, device: {} } as const;
const installing = (more: Partial<OutboxEntry> = {}) => command({ requestType: 'ScheduleOSUpdate', update: UPDATE, ...more });

function told(entry: OutboxEntry, ...events: EnrollmentEvent[]): OutboxEntry {
  return events.reduce(advanceByEvent, entry);
}

describe('an answer', () => {
  it.each([
    ['pending', command()],
    ['leased: it came before the enqueue was noted', command({ state: 'leased', leasedAt: SENT, leaseUntil: NOW })],
    ['enqueued', enqueued()],
    ['lost', enqueued({ state: 'lost', endedAt: NOW })],
    ['expired', command({ state: 'expired', endedAt: NOW })],
    ['refused', enqueued({ state: 'refused', endedAt: NOW })],
    ['superseded', command({ state: 'superseded', endedAt: NOW })],
  ])('always wins: %s', (_, entry) => {
    expect(told(entry, report('Acknowledged', NOW + 5))).toMatchObject({
      state: 'answered',
      answer: 'Acknowledged',
      endedAt: NOW + 5,
      revision: entry.revision + 1,
    });
  });

  it.each(['Acknowledged', 'Error', 'CommandFormatError', 'SomethingNew'])('is kept as it came: %s', (status) => {
    expect(told(enqueued(), report(status))).toMatchObject({ state: 'answered', answer: status });
  });

  it('is the first one, however often it comes', () => {
    const once = told(enqueued(), report('Error', NOW));
    expect(told(once, report('Acknowledged', NOW + 1), report('NotNow', NOW + 2), report('Idle', NOW + 3))).toBe(once);
  });

  it('of another command is none', () => {
    const entry = enqueued();
    expect(told(entry, report('Acknowledged', NOW, 'other'))).toBe(entry);
  });
});

describe('NotNow', () => {
  it('shows that the host has it', () => {
    const noted = told(command({ state: 'leased', leasedAt: SENT, leaseUntil: NOW }), report('NotNow', NOW));
    expect(noted).toMatchObject({ state: 'enqueued', enqueuedAt: NOW, notNowAt: NOW, notNowCount: 1 });
    expect(noted.leaseUntil).toBeUndefined();
  });

  it('brings a lost one back', () => {
    const back = told(enqueued({ state: 'lost', endedAt: NOW }), report('NotNow', NOW + 1));
    expect(back).toMatchObject({ state: 'enqueued', notNowCount: 1 });
    expect(back.endedAt).toBeUndefined();
  });

  it('is counted once for one report, and not for an older one', () => {
    const once = told(enqueued(), report('NotNow', NOW));
    expect(told(once, report('NotNow', NOW), report('NotNow', NOW - 1))).toBe(once);
    expect(told(once, report('NotNow', NOW + 1)).notNowCount).toBe(2);
  });

  it('forgets the Idle reports before it', () => {
    const noted = told(enqueued(), report('Idle', SENT + 1), report('Idle', SENT + HOUR_MS), report('NotNow', NOW + HOUR_MS));
    expect(noted.firstIdleAt).toBeUndefined();
    expect(advanceByTime(noted, 0, NOW + 3 * DAY_MS).state).toBe('enqueued');
  });
});

describe('a question is lost', () => {
  const TIMEOUT = SENT + DAY_MS;
  const idle = (...at: number[]) => told(enqueued({}, SENT), ...at.map((each) => report('Idle', each)));

  it.each([
    ['after its result timeout and two Idle reports 15 minutes apart', idle(SENT + 1, SENT + 1 + 15 * MINUTE_MS), TIMEOUT, 'lost'],
    ['not a millisecond before the timeout', idle(SENT + 1, SENT + HOUR_MS), TIMEOUT - 1, 'enqueued'],
    ['not when they are a millisecond less apart', idle(SENT + 1, SENT + 15 * MINUTE_MS), TIMEOUT, 'enqueued'],
    ['not by one Idle', idle(SENT + HOUR_MS), TIMEOUT + 30 * DAY_MS, 'enqueued'],
    ['not by the same Idle twice', idle(SENT + HOUR_MS, SENT + HOUR_MS), TIMEOUT, 'enqueued'],
    ['not by an Idle of before it was confirmed', idle(SENT - HOUR_MS, SENT, SENT + 1), TIMEOUT, 'enqueued'],
    ['not by silence', enqueued({}, SENT), TIMEOUT + 365 * DAY_MS, 'enqueued'],
    ['not with NotNow after them', told(idle(SENT + 1, SENT + HOUR_MS), report('NotNow', SENT + 2 * HOUR_MS)), TIMEOUT, 'enqueued'],
    ['not with NotNow between them', told(idle(SENT + 1), report('NotNow', SENT + 2), report('Idle', SENT + HOUR_MS)), TIMEOUT, 'enqueued'],
    ['whatever the order the reports come in', idle(SENT + HOUR_MS, SENT + 1), TIMEOUT, 'lost'],
    ['by reports of long after', idle(SENT + 30 * DAY_MS, SENT + 31 * DAY_MS), SENT + 31 * DAY_MS + 5 * MINUTE_MS, 'lost'],
    [
      'not before the answer to the last Idle would have come',
      idle(SENT + 30 * DAY_MS, SENT + 31 * DAY_MS),
      SENT + 31 * DAY_MS + 5 * MINUTE_MS - 1,
      'enqueued',
    ],
    ['not when our clock went back', idle(SENT + 1, SENT + HOUR_MS), SENT - HOUR_MS, 'enqueued'],
  ] as const)('%s', (_, entry, now, expected) => {
    expect(advanceByTime(entry, 0, now).state).toBe(expected);
  });

  it.each([
    ['at once when the enrollment authenticated anew after it was sent', SENT + 1, 'lost'],
    ['not when it authenticated before', SENT, 'enqueued'],
  ])('%s', (_, generation, expected) => {
    expect(advanceByTime(enqueued({}, SENT), generation, NOW).state).toBe(expected);
  });
});

describe('what was never sent', () => {
  it.each([
    ['is given up after seven days', command({ createdAt: NOW - 7 * DAY_MS }), 0, 'expired'],
    ['is kept until then', command({ createdAt: NOW - 7 * DAY_MS + 1 }), 0, 'pending'],
    ['is given up though the host said no again and again', command({ createdAt: NOW - 7 * DAY_MS, enqueueTries: 90 }), 0, 'expired'],
    ['is not wanted by a newer enrollment', command({ createdAt: SENT }), SENT + 1, 'superseded'],
    ['stays when it may be in the host’s queue', command({ createdAt: SENT, enqueueTries: 1, maybeQueued: true }), SENT + 1, 'pending'],
    ['stays for the same enrollment', command({ createdAt: SENT }), SENT, 'pending'],
    ['is left to its lease', command({ state: 'leased', createdAt: NOW - 8 * DAY_MS, leasedAt: SENT, leaseUntil: NOW }), NOW, 'leased'],
  ] as const)('%s', (_, entry, generation, expected) => {
    expect(advanceByTime(entry, generation, NOW).state).toBe(expected);
  });

  it.each([
    ['pending', command(), 'superseded'],
    ['refused by the host for now', command({ enqueueTries: 3 }), 'superseded'],
    ['perhaps queued', command({ enqueueTries: 1, maybeQueued: true }), 'pending'],
    ['an install command, perhaps queued: it is not sent again', installing({ enqueueTries: 1, maybeQueued: true }), 'enqueued'],
    ['an install command that the host has not', installing(), 'superseded'],
    ['leased', command({ state: 'leased' }), 'leased'],
    ['enqueued', enqueued(), 'enqueued'],
    ['answered', enqueued({ state: 'answered' }), 'answered'],
  ] as const)('is taken back only when the host can’t have it: %s', (_, entry, expected) => {
    expect(supersede(entry, NOW).state).toBe(expected);
  });
});

it('ended entries never change by time', () => {
  for (const state of ['answered', 'lost', 'expired', 'superseded', 'refused'] as const) {
    const entry = enqueued({ state, endedAt: NOW }, SENT);
    expect(advanceByTime(entry, NOW, NOW + 365 * DAY_MS)).toBe(entry);
  }
});

describe('properties', () => {
  const at = fc.integer({ min: SENT - HOUR_MS, max: SENT + 3 * DAY_MS });
  const event = fc
    .tuple(fc.constantFrom('Idle', 'NotNow', 'Acknowledged', 'Error', 'Other'), at)
    .map(([status, when]) => (status === 'Other' ? report('Acknowledged', when, 'other') : report(status, when)));
  const events = fc.array(event, { maxLength: 12 });

  it('an answered command was answered by the device', () => {
    fc.assert(
      fc.property(events, (list) => {
        const isAnswered = list.some(
          ({ body }) =>
            body.kind === 'message' &&
            body.message.kind === 'CommandReport' &&
            body.message.commandUuid !== 'other' &&
            ['Acknowledged', 'Error'].includes(body.message.status),
        );
        expect(told(enqueued({}, SENT), ...list).state === 'answered').toBe(isAnswered);
      }),
    );
  });

  it('the same report twice is the same as once', () => {
    fc.assert(
      fc.property(events, (list) => {
        const twice = list.flatMap((each) => [each, each]);
        expect(told(enqueued({}, SENT), ...twice)).toEqual(told(enqueued({}, SENT), ...list));
      }),
    );
  });

  it('never lost without the proof, in any order', () => {
    fc.assert(
      fc.property(events, at, (list, now) => {
        const end = advanceByTime(told(enqueued({}, SENT), ...list), 0, now);
        if (end.state !== 'lost') return;
        const idles = list
          .filter(
            ({ body, observedAt }) =>
              body.kind === 'message' && body.message.kind === 'CommandReport' && body.message.status === 'Idle' && observedAt > SENT,
          )
          .map(({ observedAt }) => observedAt);
        expect(Math.max(...idles) - Math.min(...idles)).toBeGreaterThanOrEqual(15 * MINUTE_MS);
        expect(now).toBeGreaterThanOrEqual(SENT + DAY_MS);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advanceByTime } from '../../src/delivery/advance.ts';
import { attemptBackoffMs, enqueueBackoffMs, LEASE_MS, notNowBackoffMs, pushBackoffMs } from '../../src/delivery/backoff.ts';
import { type EnqueueOutcome, finishEnqueue, isDue, lease } from '../../src/delivery/enqueue.ts';
import { isEnded, isOutstanding } from '../../src/delivery/outbox-entry.ts';
import { lastCommand, maySend } from '../../src/delivery/wanted.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { command, enqueued, NOW } from './builders.ts';

describe('a lease', () => {
  it('is due when pending and its time has come', () => {
    expect(isDue(command({ notBefore: NOW }), NOW)).toBe(true);
    expect(isDue(command({ notBefore: NOW + 1 }), NOW)).toBe(false);
  });

  it('is given back after two minutes, and not before', () => {
    const leased = lease(command(), NOW);
    expect(leased).toMatchObject({ state: 'leased', leasedAt: NOW, enqueueTries: 1 });
    expect(isDue(leased, NOW + LEASE_MS - 1)).toBe(false);
    expect(isDue(leased, NOW + LEASE_MS)).toBe(true);
  });

  it('taken a second time may have been sent the first time, with the same UUID', () => {
    const again = lease(lease(command(), NOW), NOW + LEASE_MS);
    expect(again).toMatchObject({ commandUuid: command().commandUuid, maybeQueued: true, leasedAt: NOW, enqueueTries: 2 });
  });

  it.each([['enqueued'], ['answered'], ['lost'], ['refused'], ['expired'], ['superseded']] as const)('is never due when %s', (state) => {
    expect(isDue(command({ state }), NOW + 365 * DAY_MS)).toBe(false);
  });
});

describe('the host’s answer', () => {
  const leased = lease(command(), NOW);
  it.each([
    ['queued', { kind: 'queued' }, { state: 'enqueued', enqueuedAt: NOW + 5 }],
    ['known already', { kind: 'already-queued' }, { state: 'enqueued', enqueuedAt: NOW + 5 }],
    ['refused for good', { kind: 'refused', message: 'no' }, { state: 'refused', endedAt: NOW + 5, lastError: 'no' }],
    ['not now', { kind: 'retry', message: 'busy' }, { state: 'pending', notBefore: NOW + 5 + 10_000, lastError: 'busy' }],
    ['our credential is wrong', { kind: 'unauthorized', message: '401' }, { state: 'pending', notBefore: NOW + 5 + 10_000 }],
    ['none to be had', { kind: 'ambiguous', message: 'timeout' }, { state: 'pending', maybeQueued: true, notBefore: NOW + 5 + 10_000 }],
  ] as [string, EnqueueOutcome, object][])('%s', (_, outcome, expected) => {
    const finished = finishEnqueue(leased, outcome, NOW + 5);
    expect(finished).toMatchObject({ ...expected, commandUuid: leased.commandUuid, revision: leased.revision + 1 });
    expect(finished.leaseUntil).toBeUndefined();
  });

  it('no means no only while it was never ambiguous', () => {
    const unsure = finishEnqueue(leased, { kind: 'ambiguous', message: '' }, NOW);
    expect(finishEnqueue(lease(unsure, NOW + 10_000), { kind: 'retry', message: '' }, NOW + 10_001).maybeQueued).toBe(true);
    expect(finishEnqueue(leased, { kind: 'retry', message: '' }, NOW).maybeQueued).toBeUndefined();
  });

  it('a command queued only after the device enrolled anew is in its new queue', () => {
    const first = finishEnqueue(lease(command({ createdAt: NOW - HOUR_MS }), NOW - HOUR_MS), { kind: 'retry', message: '' }, NOW - HOUR_MS);
    const authenticatedAt = NOW - 30 * MINUTE_MS;
    const second = finishEnqueue(lease(first, NOW), { kind: 'queued' }, NOW + 1);
    expect(advanceByTime(second, authenticatedAt, NOW + 2).state).toBe('enqueued');
  });

  it('a command the host already knew may be of before the device enrolled anew: lost', () => {
    const first = finishEnqueue(
      lease(command({ createdAt: NOW - HOUR_MS }), NOW - HOUR_MS),
      { kind: 'ambiguous', message: '' },
      NOW - HOUR_MS,
    );
    const second = finishEnqueue(lease(first, NOW), { kind: 'already-queued' }, NOW + 1);
    expect(advanceByTime(second, NOW - 30 * MINUTE_MS, NOW + 2).state).toBe('lost');
  });
});

describe('a command may be sent', () => {
  const ended = (changes: object) => enqueued({ endedAt: NOW - HOUR_MS, ...changes }, NOW - 2 * HOUR_MS);
  it.each([
    ['when there is none', [], { may: true, attempt: 1 }],
    ['when the last was acknowledged', [ended({ state: 'answered', answer: 'Acknowledged' })], { may: true, attempt: 1 }],
    ['not while one is pending', [command()], { may: false, because: 'outstanding' }],
    ['not while one is leased', [command({ state: 'leased' })], { may: false, because: 'outstanding' }],
    ['not while one is enqueued', [enqueued()], { may: false, because: 'outstanding' }],
    ['while one of another type is', [enqueued({ requestType: 'SecurityInfo' })], { may: true, attempt: 1 }],
    ['an hour after an error', [ended({ state: 'answered', answer: 'Error' })], { may: true, attempt: 2 }],
    [
      'not before',
      [ended({ state: 'answered', answer: 'Error', endedAt: NOW - HOUR_MS + 1 })],
      { may: false, because: 'backing-off', until: NOW + 1 },
    ],
    ['two hours after the second', [ended({ state: 'lost', attempt: 2 })], { may: false, because: 'backing-off', until: NOW + HOUR_MS }],
    ['when the last was taken back', [command({ state: 'superseded', endedAt: NOW })], { may: true, attempt: 1 }],
    [
      'when the failure was in an earlier enrollment',
      [enqueued({ state: 'lost', endedAt: NOW }, NOW - 11 * DAY_MS)],
      { may: true, attempt: 1 },
    ],
    [
      'not at once when the failed one was made before this enrollment but sent in it',
      [ended({ state: 'answered', answer: 'Error', createdAt: NOW - 11 * DAY_MS, leasedAt: NOW - 2 * HOUR_MS, endedAt: NOW })],
      { may: false, because: 'backing-off', until: NOW + HOUR_MS },
    ],
  ])('%s', (_, entries, expected) => {
    expect(maySend(entries, 'DeviceInformation', NOW - 10 * DAY_MS, NOW)).toEqual(expected);
  });

  it('the newest command of an enrollment is the last one made in it that was not taken back', () => {
    const old = enqueued({ commandUuid: 'old' }, NOW - 11 * DAY_MS);
    const answered = enqueued({ commandUuid: 'answered', state: 'answered' }, NOW - DAY_MS);
    const taken = command({ commandUuid: 'taken', state: 'superseded' });
    expect(lastCommand([old, answered, taken], 'DeviceInformation', NOW - 10 * DAY_MS)?.commandUuid).toBe('answered');
    expect(lastCommand([old], 'DeviceInformation', NOW - 10 * DAY_MS)).toBeUndefined();
  });
});

describe.each([
  ['enqueue', enqueueBackoffMs, 10_000, 15 * MINUTE_MS],
  ['NotNow', notNowBackoffMs, 15 * MINUTE_MS, 6 * HOUR_MS],
  ['attempt', attemptBackoffMs, HOUR_MS, DAY_MS],
  ['push', pushBackoffMs, MINUTE_MS, 6 * HOUR_MS],
])('the backoff of %s', (_, backoff, first, last) => {
  it('starts and ends where it should', () => {
    expect(backoff(1)).toBe(first);
    expect(backoff(1_000)).toBe(last);
  });

  it('only grows, and is bounded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (count) => {
        expect(backoff(count + 1)).toBeGreaterThanOrEqual(backoff(count));
        expect(backoff(count)).toBeGreaterThan(0);
        expect(backoff(count)).toBeLessThanOrEqual(last);
      }),
    );
  });
});

it('every state is ended or outstanding', () => {
  const states = ['pending', 'leased', 'enqueued', 'answered', 'lost', 'expired', 'superseded', 'refused'] as const;
  expect(states.filter((state) => isOutstanding(command({ state })))).toEqual(['pending', 'leased', 'enqueued']);
  for (const state of states) expect(isEnded(command({ state }))).toBe(!isOutstanding(command({ state })));
});

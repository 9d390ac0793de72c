import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { explain } from '../../src/decide/explain.ts';
import type { Manifest } from '../../src/decide/manifest.ts';
import { classifyFailure, STAGES } from '../../src/decide/progress.ts';
import type { OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import type { EnrollmentState } from '../../src/enrollment/state.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { ASKED, answered, enqueued, enrollment, fact, type InputOptions, input, NOW, PHONE_FACTS, REQUIRED } from './builders.ts';

/** How far a device is, as it says itself: the enforcement is handed out whatever is told here. */

const MANIFEST: Manifest = { ...(decide(input()).manifest as Manifest), enforcementSince: NOW - 4 * HOUR_MS };
const ID = MANIFEST.enforcement?.identifier ?? '';
const DATE = MANIFEST.enforcement?.latestAt ?? 0;
const FETCHED = { fetched: { [ID]: NOW - 3 * HOUR_MS }, facts: { ...PHONE_FACTS, itemsAnswered: MANIFEST.token } };
const dm = (changes: Partial<OutboxEntry> = {}) =>
  answered({ requestType: 'DeclarativeManagement', commandUuid: 'dm', ...changes }, NOW - 4 * HOUR_MS);

/** A device that fetched its declaration, told `facts` an hour ago. */
function fetched(facts: object = {}, changes: Partial<EnrollmentState> = {}): InputOptions {
  return {
    manifest: MANIFEST,
    memory: { ...REQUIRED, invitedAt: NOW - 4 * HOUR_MS },
    commands: [...ASKED, dm()],
    enrollment: { ...FETCHED, ...changes, facts: { ...FETCHED.facts, ...facts } },
  };
}

/** The same at another moment, seen then, and before its date as well. */
function at(now: number, options: InputOptions, lastSeenAt = now): InputOptions {
  return {
    ...options,
    now,
    enrollment: { ...options.enrollment, lastSeenAt },
    memory: { ...REQUIRED, invitedAt: NOW - 4 * HOUR_MS, lastSeenAt: Math.min(now, DATE) },
  };
}

const failure = (reason: string, count = 1) => ({ failureReason: { count, reason } });

describe('the stage', () => {
  it.each([
    ['nothing was sent yet', {}, 'awaiting-sync'],
    [
      'the command waits',
      { manifest: MANIFEST, commands: [...ASKED, enqueued({ requestType: 'DeclarativeManagement' })] },
      'awaiting-sync',
    ],
    ['the server has no token to push it with', { manifest: MANIFEST, push: { lastSentAt: NOW, noTokenAt: NOW } }, 'push-token-missing'],
    [
      'it told its token since',
      { manifest: MANIFEST, push: { lastSentAt: NOW, noTokenAt: NOW }, enrollment: { tokenUpdateAt: NOW } },
      'awaiting-sync',
    ],
    ['the device knows the command but fetched nothing', { manifest: MANIFEST, commands: [...ASKED, dm()] }, 'awaiting-sync'],
    ['the device refused the command', { manifest: MANIFEST, commands: [...ASKED, dm({ answer: 'Error' })] }, 'declarations-refused'],
    [
      'the host refused the command',
      { manifest: MANIFEST, commands: [...ASKED, dm({ state: 'refused', answer: undefined })] },
      'declarations-refused',
    ],
    ['it fetched', fetched(), 'waiting-for-date'],
    ['nobody can push it, and it fetched', { ...fetched(), push: { lastSentAt: NOW, noTokenAt: NOW } }, 'waiting-for-date'],
    ['it was refused the body since', fetched({}, { refused: { [ID]: NOW - HOUR_MS } }), 'awaiting-sync'],
    [
      'it calls the declaration invalid',
      fetched({}, { declarations: { [ID]: fact({ identifier: ID, serverToken: '', active: false, valid: 'invalid', reasons: [] }) } }),
      'declaration-invalid',
    ],
    [
      'it calls another declaration invalid',
      fetched(
        {},
        { declarations: { other: fact({ identifier: 'other', serverToken: '', active: false, valid: 'invalid', reasons: [] }) } },
      ),
      'waiting-for-date',
    ],
    ['waiting', fetched({ installState: 'waiting' }), 'waiting-for-date'],
    ['downloading', fetched({ installState: 'downloading' }), 'downloading'],
    ['prepared', fetched({ installState: 'prepared' }), 'prepared'],
    ['installing', fetched({ installState: 'installing' }), 'installing'],
    ['an install state nobody knows', fetched({ installState: 'pondering' }), 'waiting-for-date'],
    ['failed', fetched({ installState: 'failed', ...failure('Something went wrong') }), 'install-failed'],
    ['a failure that was counted down to none', fetched(failure('', 0)), 'waiting-for-date'],
    ['heard three days ago', at(NOW + 3 * DAY_MS, fetched(), NOW), 'not-seen'],
    ['heard a millisecond less ago', at(NOW + 3 * DAY_MS - 1, fetched(), NOW), 'waiting-for-date'],
    ['the push service calls it gone', fetched({}, { pushGoneAt: NOW }), 'not-seen'],
    ['it was heard since', fetched({}, { pushGoneAt: NOW - HOUR_MS }), 'waiting-for-date'],
    ['two hours past its date, seen since', at(DATE + 2 * HOUR_MS, fetched()), 'overdue'],
    ['a millisecond earlier', at(DATE + 2 * HOUR_MS - 1, fetched()), 'waiting-for-date'],
    ['past its date, downloading', at(DATE + 3 * HOUR_MS, fetched({ installState: 'downloading' })), 'downloading'],
    ['past its date, prepared', at(DATE + 3 * HOUR_MS, fetched({ installState: 'prepared' })), 'overdue'],
  ] as [string, InputOptions, string][])('%s', (_, options, expected) => {
    expect(decide(input(options)).reason).toBe(expected);
  });

  it('moves on from a failure when the device reports a later one', () => {
    const options = input(fetched());
    options.enrollment.facts.failureReason = fact({ count: 1, reason: 'network' }, NOW - 2 * HOUR_MS);
    options.enrollment.facts.installState = fact('downloading', NOW - HOUR_MS);
    expect(decide(options).reason).toBe('downloading');
    options.enrollment.facts.installState = fact('downloading', NOW - 3 * HOUR_MS);
    expect(decide(options).reason).toBe('insufficient-network');
  });

  it('is handed out in all of them', () => {
    for (const installState of ['waiting', 'downloading', 'prepared', 'installing', 'failed'])
      expect(decide(input(fetched({ installState }))).isHandedOut).toBe(true);
  });
});

describe('a failure is told by what its text says', () => {
  it.each([
    ['SUMacControllerError Code=7507 "not authorised"', 'bootstrap-token-suspected'],
    ['[SUMacControllerErrorInsufficientSpace=7503] not enough disk space', 'insufficient-space'],
    ['SUErrorDomain insufficient space', 'insufficient-space'],
    ['There is not enough free space', 'insufficient-space'],
    ['The battery is too low', 'insufficient-power'],
    ['Connect to AC power', 'insufficient-power'],
    ['The Internet connection appears to be offline', 'insufficient-network'],
    ['unknown', 'install-failed'],
    ['', 'install-failed'],
    [undefined, 'install-failed'],
  ])('%s', (text, expected) => {
    expect(classifyFailure(text)).toBe(expected);
  });
});

describe('why', () => {
  it('shows every check once, and no stage after the one that decided', () => {
    const { checks, decision } = explain(input(fetched({ installState: 'downloading' })));
    expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
    const decided = checks.findIndex(({ outcome }) => outcome === 'objected');
    expect(checks[decided]?.name).toBe(decision.check);
    expect(new Set(checks.slice(decided + 1).map(({ outcome }) => outcome))).toEqual(new Set(['not-applicable']));
  });

  it('shows no stage when a check objects', () => {
    const { checks } = explain(input({ clockSuspect: 'behind' }));
    expect(checks.slice(-STAGES.length).map(({ outcome }) => outcome)).toEqual(STAGES.map(() => 'not-applicable'));
  });

  it('says what a check rests on', () => {
    const { checks } = explain(input({ enrollment: enrollment({ facts: { ...PHONE_FACTS, osVersion: undefined } }) as never }));
    expect(checks.find(({ outcome }) => outcome === 'objected')?.detail).toContain('inventory-missing');
  });
});

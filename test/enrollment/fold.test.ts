import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldEvent, foldEvents } from '../../src/enrollment/fold.ts';
import { createStampReader } from '../../src/enrollment/observed-at.ts';
import {
  DECLARATIONS_KEPT_MAX,
  type EnrollmentState,
  FETCHED_KEPT_MAX,
  isCheckedOut,
  known,
  newEnrollment,
} from '../../src/enrollment/state.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { authenticate, declared, event, events, fetched, message, status, T0, told } from './builders.ts';

function fold(...list: Parameters<typeof foldEvents>[1]): EnrollmentState {
  return foldEvents(newEnrollment('D1', 'Device'), list);
}

it('a device is called what it said last, also when it enrolled', () => {
  const enrolled = message({ kind: 'Authenticate', deviceName: 'iPhone' }, T0);
  expect(known(fold(enrolled), 'deviceName')).toBe('iPhone');
  expect(known(fold(told({ deviceName: 'Jane’s iPhone' }, T0 + 1), enrolled), 'deviceName')).toBe('Jane’s iPhone');
  expect(known(fold(told({ deviceName: 'Jane’s iPhone' }, T0 - 1), enrolled), 'deviceName')).toBe('iPhone');
});

describe('facts converge', () => {
  const shuffled = events.chain((list) =>
    fc.tuple(
      fc.constant(list),
      // A permutation with duplicates: every event at least once.
      fc.subarray(list).chain((again) => fc.shuffledSubarray([...list, ...again], { minLength: list.length + again.length })),
    ),
  );

  it('in any order, however often each event comes', () => {
    fc.assert(
      fc.property(shuffled, ([list, again]) => {
        expect(fold(...again)).toEqual(fold(...list));
      }),
      { numRuns: 500 },
    );
  });

  it('in any cut into batches, through the store’s JSON', () => {
    fc.assert(
      fc.property(events, fc.nat(), (list, where) => {
        const cut = list.length === 0 ? 0 : where % list.length;
        const first = JSON.parse(JSON.stringify(fold(...list.slice(0, cut)))) as EnrollmentState;
        expect(foldEvents(first, list.slice(cut))).toEqual(JSON.parse(JSON.stringify(fold(...list))));
      }),
    );
  });

  it('and the state given is left as it was', () => {
    fc.assert(
      fc.property(events, events, (list, more) => {
        const state = fold(...list);
        const before = JSON.stringify(state);
        for (const each of more) foldEvent(state, each);
        expect(JSON.stringify(state)).toBe(before);
      }),
    );
  });

  it('and stay bounded', () => {
    fc.assert(
      fc.property(events, (list) => {
        const { declarations, fetched: got, refused, facts } = fold(...list);
        expect(Object.keys(declarations).length).toBeLessThanOrEqual(DECLARATIONS_KEPT_MAX);
        expect(Object.keys(got).length).toBeLessThanOrEqual(FETCHED_KEPT_MAX);
        expect(Object.keys(refused).length).toBeLessThanOrEqual(FETCHED_KEPT_MAX);
        expect(facts.foreignDeclarations?.value.length ?? 0).toBeLessThanOrEqual(20);
        expect(facts.foreignActive?.value.length ?? 0).toBeLessThanOrEqual(60);
      }),
    );
  });

  it('and nothing observed before the newest Authenticate is left', () => {
    fc.assert(
      fc.property(events, (list) => {
        const state = fold(...list);
        const told = [...Object.values(state.facts), ...Object.values(state.declarations), ...Object.values(state.foreignUpdates ?? {})];
        const times = told.map((fact) => fact.observedAt);
        for (const at of [...times, ...Object.values(state.fetched), ...Object.values(state.refused)])
          expect(at).toBeGreaterThanOrEqual(state.generation);
      }),
    );
  });
});

describe('Authenticate', () => {
  it('voids what was observed before it, also when that is learnt later', () => {
    const late = [
      told({ osVersion: '40.4', timeZone: 'Asia/Tokyo' }, T0 - 1),
      fetched('ratchet.a', T0 - 1),
      event({ kind: 'ddm-uninvited', endpoint: 'tokens' }, T0 - 1),
    ];
    for (const list of [
      [...late, authenticate(T0)],
      [authenticate(T0), ...late],
    ]) {
      const state = fold(...list);
      expect(known(state, 'osVersion')).toBe('40.5');
      expect(state).toMatchObject({ generation: T0, fetched: {}, uninvitedAt: 0 });
      expect(known(state, 'timeZone')).toBeUndefined();
    }
  });

  it('that is older than the newest voids nothing', () => {
    const state = fold(authenticate(T0), fetched('ratchet.a', T0 + 1), authenticate(T0 - 5, '39.0'));
    expect(state.generation).toBe(T0);
    expect(known(state, 'osVersion')).toBe('40.5');
    expect(state.fetched).toEqual({ 'ratchet.a': T0 + 1 });
  });

  it('of the same millisecond as an answer keeps the answer', () => {
    expect(known(fold(authenticate(T0), told({ osVersion: '40.6' }, T0)), 'osVersion')).toBe('40.6');
  });
});

describe('the first TokenUpdate of an enrollment', () => {
  const MINUTES = 60_000;
  /** As the host stamped it; it came a moment later. */
  const first = { ...message({ kind: 'TokenUpdate' }, T0, 1), receivedAt: T0 + 50 };
  const old = [told({ osVersion: '40.4', timeZone: 'Asia/Tokyo' }, T0 - 6 * MINUTES), fetched('ratchet.a', T0 - 6 * MINUTES)];

  it('voids what came before the enrollment, when the webhook of its Authenticate was lost', () => {
    for (const list of [
      [...old, first],
      [first, ...old],
    ]) {
      const state = fold(...list);
      expect(state).toMatchObject({ generation: T0 - 5 * MINUTES, fetched: {}, enrolledAt: T0 });
      expect(known(state, 'timeZone')).toBeUndefined();
    }
  });

  it('leaves the Authenticate before it where it is, told early or late', () => {
    const before = authenticate(T0 - MINUTES);
    for (const list of [
      [...old, before, first],
      [...old, first, before],
    ]) {
      const state = fold(...list);
      expect(state.generation).toBe(T0 - MINUTES);
      expect(known(state, 'osVersion')).toBe('40.5');
    }
  });

  it('leaves the Authenticate before it where it is, told late by a host whose stamp is nothing to go by', () => {
    const before = authenticate(T0 - 55 * MINUTES);
    const late = message({ kind: 'TokenUpdate' }, T0, 1);
    const since = told({ osVersion: '40.6' }, T0 - 50 * MINUTES);
    for (const list of [
      [before, since, fetched('ratchet.a', T0 - 49 * MINUTES), late],
      [late, before, fetched('ratchet.a', T0 - 49 * MINUTES), since],
    ]) {
      const state = fold(...list);
      expect(state).toMatchObject({ generation: T0 - 55 * MINUTES, fetched: { 'ratchet.a': T0 - 49 * MINUTES }, enrolledAt: T0 });
      expect(known(state, 'osVersion')).toBe('40.6');
    }
    // Alone it stands for an Authenticate of any moment in the hour before.
    expect(fold(late).generation).toBe(T0 - 60 * MINUTES);
  });

  it('is the only one: a rotated token voids nothing', () => {
    expect(fold(...old, message({ kind: 'TokenUpdate' }, T0, 2))).toMatchObject({
      generation: 0,
      fetched: { 'ratchet.a': T0 - 6 * MINUTES },
    });
  });
});

describe('a version that can not be read', () => {
  it.each(['Unknown', '26.x', '', '١٨.٥'])('"%s" observes nothing', (osVersion) => {
    for (const odd of [told({ osVersion }, T0 + 1), status({ osVersion }, T0 + 1)])
      expect(known(fold(told({ osVersion: '40.5' }), odd), 'osVersion')).toBe('40.5');
  });
});

describe('CheckOut', () => {
  const checkOut = message({ kind: 'CheckOut' }, T0);
  it.each([
    ['is the end', [checkOut], true],
    ['is the end of what was before', [told({ osVersion: '40.5' }, T0 - 1), checkOut], true],
    ['is not, when the device was seen since', [checkOut, event({ kind: 'ddm-contact' }, T0 + 1)], false],
    ['is not undone by what comes late', [checkOut, told({ osVersion: '40.5' }, T0 - 1)], true],
    ['is not undone by what the push service says', [checkOut, event({ kind: 'push-gone' }, T0 + 1)], true],
    ['is not undone by a list that names it', [checkOut, event({ kind: 'named' }, T0 + 1)], true],
    ['is undone by a new enrollment', [checkOut, authenticate(T0 + 1)], false],
  ])('%s', (_, list, expected) => {
    expect(isCheckedOut(fold(...list))).toBe(expected);
  });
});

describe('what a device tells', () => {
  it('is the newest, not the highest: the fold keeps no maximum (rule 19)', () => {
    expect(known(fold(told({ osVersion: '40.6' }, T0), told({ osVersion: '40.5' }, T0 + 1)), 'osVersion')).toBe('40.5');
  });

  it('by its user channel is a sign of life and nothing else', () => {
    const state = fold(event({ kind: 'user-channel' }));
    expect(state).toMatchObject({ lastSeenAt: T0, firstSeenAt: T0, facts: {}, tokenUpdateAt: 0 });
  });

  it.each([
    ['supervised', true],
    ['device', false],
    ['none', undefined],
    ['user', undefined],
  ])('of its enrollment type says whether it is supervised: %s', (enrollmentType, expected) => {
    expect(known(fold(status({ enrollmentType })), 'isSupervised')).toBe(expected);
  });

  it('of an enrollment completed anew is its first TokenUpdate', () => {
    const state = fold(message({ kind: 'TokenUpdate' }, T0, 1), message({ kind: 'TokenUpdate' }, T0 + 5, 2));
    expect(state).toMatchObject({ enrolledAt: T0, tokenUpdateAt: T0 + 5 });
  });
});

describe('the declarations a device reports', () => {
  it('merge over partial reports', () => {
    const state = fold(status({ declarations: [declared('ratchet.a')] }, T0), status({ declarations: [declared('ratchet.b')] }, T0 + 1));
    expect(Object.keys(state.declarations).sort()).toEqual(['ratchet.a', 'ratchet.b']);
  });

  it('are gone when a full report does not list them', () => {
    const full = status({ fullReport: true, declarations: [declared('ratchet.b')] }, T0 + 1);
    const partial = status({ declarations: [declared('ratchet.a')] }, T0);
    for (const list of [
      [partial, full],
      [full, partial],
    ])
      expect(Object.keys(fold(...list).declarations)).toEqual(['ratchet.b']);
  });

  it('of others are named, and are gone only by a full report', () => {
    const theirs = status({ declarations: [declared('theirs'), declared('ratchet.a')] }, T0);
    expect(known(fold(theirs), 'foreignDeclarations')).toEqual(['theirs']);
    expect(known(fold(theirs, status({ declarations: [declared('ratchet.a')] }, T0 + 1)), 'foreignDeclarations')).toEqual(['theirs']);
    expect(known(fold(theirs, status({ fullReport: true, declarations: [] }, T0 + 1)), 'foreignDeclarations')).toEqual([]);
  });
});

describe('what a device fetched', () => {
  it('is remembered by its last fetch, so that one after a refusal counts', () => {
    expect(
      fold(fetched('ratchet.a', T0), event({ kind: 'ddm-refused', identifier: 'ratchet.a' }, T0 + 1), fetched('ratchet.a', T0 + 2)),
    ).toMatchObject({
      fetched: { 'ratchet.a': T0 + 2 },
      refused: { 'ratchet.a': T0 + 1 },
    });
  });
});

describe('when an event happened', () => {
  it.each([
    ['the host’s stamp', T0 - 5_000, T0 - 5_000],
    ['our clock without a stamp', undefined, T0],
    ['our clock for a stamp ahead of it', T0 + 1, T0],
    ['the stamp of 55 minutes ago', T0 - 55 * MINUTE_MS, T0 - 55 * MINUTE_MS],
    ['our clock for an older one: no server delays that long, and one an hour behind is set to another zone', T0 - 55 * MINUTE_MS - 1, T0],
  ])('%s', (_, createdAt, expected) => {
    expect(createStampReader()(createdAt, T0)).toBe(expected);
  });

  /** Of a server whose clock shows `wrongMs` more than ours: by how many minutes each event is late, and is taken to be. */
  function late(wrongMs: number, minutes: readonly number[], everyMs = MINUTE_MS): number[] {
    const read = createStampReader();
    return minutes.map((minute, index) => {
      const receivedAt = T0 + index * everyMs;
      return (receivedAt - read(receivedAt - minute * MINUTE_MS + wrongMs, receivedAt)) / MINUTE_MS;
    });
  }

  it.each([
    ['an hour ahead', HOUR_MS],
    ['a minute ahead', MINUTE_MS],
    ['an hour behind', -HOUR_MS],
    ['in 1970', -T0],
    ['in 2040', 14 * 365 * 24 * HOUR_MS],
  ])('by a server’s clock %s: what comes later than the fastest event was sent earlier', (_, wrongMs) => {
    expect(late(wrongMs, [0, 25, 0, 54, 3])).toEqual([0, 25, 0, 54, 3]);
  });

  it('the first under a wrong clock counts as sent just now, late or not', () => {
    expect(late(HOUR_MS, [20, 25, 0, 25])).toEqual([0, 5, 0, 25]);
  });

  it('a server whose clock is set, and set right again, is read by its clock of then', () => {
    const read = createStampReader();
    const at = (minute: number, wrongMs: number, lateMinutes: number) => {
      const receivedAt = T0 + minute * MINUTE_MS;
      return (receivedAt - read(receivedAt - lateMinutes * MINUTE_MS + wrongMs, receivedAt)) / MINUTE_MS;
    };
    expect([at(0, 0, 0), at(1, 0, 25), at(2, HOUR_MS, 0), at(3, HOUR_MS, 25), at(4, 0, 0), at(5, 0, 25), at(6, -T0, 0)]).toEqual([
      0, 25, 0, 25, 0, 25, 0,
    ]);
  });

  it('the fastest event is forgotten after some hours: a clock may fall back slowly', () => {
    const read = createStampReader();
    const lates = Array.from({ length: 20 }, (_, hour) => {
      const receivedAt = T0 + hour * HOUR_MS;
      return (receivedAt - read(receivedAt + HOUR_MS - hour * MINUTE_MS, receivedAt)) / MINUTE_MS;
    });
    expect(Math.max(...lates)).toBeLessThanOrEqual(12);
  });
});

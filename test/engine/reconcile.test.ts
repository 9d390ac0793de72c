import { describe, expect, it } from 'vitest';
import { newMemory } from '../../src/decide/input.ts';
import { lease } from '../../src/delivery/enqueue.ts';
import type { OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import { reconcileOne } from '../../src/engine/reconcile/reconcile-one.ts';
import { createStanding } from '../../src/engine/standing.ts';
import type { EventBody } from '../../src/enrollment/event.ts';
import type { Gathered, Store } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { ASKED, catalogue, command, DEVICE, enqueued, enrollment, NOW, PHONE_FACTS, policySet, REQUIRED } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** What one commit contains, and that it is all or nothing. */

const UUID = command().commandUuid;
const standing = (changes: object = {}) =>
  Object.assign(
    createStanding(
      policySet(),
      'hash',
      {
        host: undefined,
        site: { dmReached: true },
        control: { state: 'running', pausedPolicies: [], held: undefined },
        policies: undefined,
        feed: undefined,
        lastCommitAt: 0,
        dueBasis: undefined,
        clockDoubt: undefined,
        createdAt: 0,
        tagsRevision: 0,
        rolloutsRevision: 0,
      },
      catalogue(),
      'digest',
    ),
    changes,
  );

function gathered(changes: Partial<Gathered> = {}, ...heard: EventBody[]): Gathered {
  return {
    id: DEVICE,
    revision: 7,
    state: enrollment(),
    memory: REQUIRED,
    decision: undefined,
    summary: undefined,
    ownersPage: undefined,
    events: heard.map((body, index) => ({
      subject: { id: DEVICE, type: 'Device' },
      event: { observedAt: NOW - 1_000 + index, receivedAt: NOW, body },
    })),
    lastSeq: 42,
    lines: [],
    manifest: undefined,
    commands: [...ASKED],
    attempts: [],
    push: { lastSentAt: NOW - HOUR_MS },
    ...changes,
  };
}

function reconcile(value: Gathered, now = NOW, on = standing()) {
  let uuids = 0;
  return reconcileOne(value, on, now, () => {
    uuids += 1;
    return `new-${uuids}`;
  });
}

const answer: EventBody = { kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid: UUID } };
const idle: EventBody = { kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } };
const authenticate: EventBody = { kind: 'message', message: { kind: 'Authenticate', osVersion: '40.5', productName: 'iPhone90,1' } };

describe('a commit', () => {
  it('names the revision it is based on and consumes what was read', () => {
    expect(reconcile(gathered()).commit).toMatchObject({ enrollmentId: DEVICE, basedOn: 7, consumedSeq: 42 });
  });

  it('writes bodies only of declarations that are new', () => {
    const first = reconcile(gathered()).commit;
    expect(first.declarations).toHaveLength(4);
    const second = reconcile(gathered({ manifest: first.manifest, memory: first.memory })).commit;
    expect(second.declarations).toEqual([]);
    expect(second.manifest).toBeUndefined();
  });

  it('adds each wanted command with its own UUID, unsent', () => {
    const { add } = reconcile(gathered({ commands: [] })).commit.outbox;
    expect(add.map(({ commandUuid, requestType, state, plist }) => [commandUuid, requestType, state, plist.includes(commandUuid)])).toEqual(
      [
        ['new-1', 'DeviceInformation', 'pending', true],
        ['new-2', 'DeclarativeManagement', 'pending', true],
      ],
    );
  });

  it('begins an enrollment with its first event', () => {
    const { commit } = reconcile(gathered({ revision: 0, state: undefined, memory: undefined, commands: [] }, { kind: 'user-channel' }));
    expect(commit).toMatchObject({
      basedOn: 0,
      state: { id: DEVICE, type: 'Device', firstSeenAt: NOW - 1_000 },
      decision: { reason: 'inventory-missing' },
    });
    expect(commit.outbox.add.map(({ requestType }) => requestType)).toEqual(['DeviceInformation']);
  });

  it('tells the same for the same, however often', () => {
    const value = gathered({ commands: [] }, idle, answer);
    expect(reconcile(value)).toEqual(reconcile(structuredClone(value)));
  });
});

describe('what was heard while the clock was in doubt', () => {
  const checkOut: EventBody = { kind: 'message', message: { kind: 'CheckOut' } };
  /** Shown by a clock of another year: [received, late by, what]; undefined: no longer in doubt. */
  const state = (...heard: [receivedAt: number, late: number, body: EventBody, isTrusted?: true][]) =>
    reconcile(
      gathered({
        events: heard.map(([receivedAt, late, body, isTrusted]) => ({
          subject: { id: DEVICE, type: 'Device' },
          event: { observedAt: receivedAt - late, receivedAt, body, ...(isTrusted ? {} : { isClockDoubted: true as const }) },
        })),
      }),
    ).commit.state;
  const YEARS = 14 * 365 * DAY_MS;

  it('counts as heard now, as far apart as it came', () => {
    expect(state([YEARS, 0, idle], [YEARS + 5 * MINUTE_MS, 0, checkOut])).toMatchObject({
      lastSeenAt: NOW - 5 * MINUTE_MS,
      checkOutAt: NOW,
    });
  });

  it('and in its order, though one of them was a little late', () => {
    const { lastSeenAt, checkOutAt } = state([YEARS, 0, idle], [YEARS + 60, 50, checkOut]);
    expect(checkOutAt - lastSeenAt).toBe(10);
  });

  it('and as late as it was', () => {
    expect(state([YEARS, 5 * MINUTE_MS, idle]).lastSeenAt).toBe(NOW - 5 * MINUTE_MS);
  });

  it('in the order it came where the clock was set in between', () => {
    const { lastSeenAt, checkOutAt } = state([YEARS, 0, idle], [5, 0, checkOut]);
    expect(checkOutAt - lastSeenAt).toBe(1);
  });

  it('before what was heard since', () => {
    expect(state([YEARS, 0, checkOut], [NOW - MINUTE_MS, 0, idle, true])).toMatchObject({
      checkOutAt: NOW - MINUTE_MS - 1,
      lastSeenAt: NOW - MINUTE_MS,
    });
  });
});

describe('a command', () => {
  const changed = (entry: OutboxEntry, heard: EventBody[], now = NOW, value: Partial<Gathered> = {}) =>
    reconcile(gathered({ commands: [entry, ...ASKED.slice(1)], ...value }, ...heard), now).commit.outbox.change;

  it('answered before its enqueue was noted is answered', () => {
    const leased = lease(command(), NOW - MINUTE_MS);
    expect(changed(leased, [answer])).toMatchObject([{ commandUuid: UUID, state: 'answered', revision: leased.revision + 1, plist: '' }]);
  });

  it('takes one step of its revision, however many events changed it', () => {
    const notNow: EventBody = { kind: 'message', message: { kind: 'CommandReport', status: 'NotNow', commandUuid: UUID } };
    expect(changed(enqueued({ revision: 4 }), [notNow, idle, notNow, answer])).toMatchObject([
      { state: 'answered', notNowCount: 2, revision: 5 },
    ]);
  });

  it('is left alone when nothing changed it', () => {
    expect(changed(enqueued(), [idle].slice(1))).toEqual([]);
  });

  it('of an earlier enrollment is lost with the event that tells of the new one, and asked again at once', () => {
    const { outbox } = reconcile(gathered({ commands: [enqueued({}, NOW - DAY_MS)] }, authenticate, idle)).commit;
    expect(outbox.change).toMatchObject([{ commandUuid: UUID, state: 'lost' }]);
    expect(outbox.add.map(({ requestType, attempt }) => [requestType, attempt])).toContainEqual(['DeviceInformation', 1]);
  });

  it('of an earlier enrollment that was never sent is taken back', () => {
    expect(changed(command({ createdAt: NOW - DAY_MS }), [authenticate])).toMatchObject([{ state: 'superseded' }]);
  });

  it('is not touched by an event older than the enrollment', () => {
    const old = gathered({ commands: [enqueued()] });
    old.events = [
      {
        subject: { id: DEVICE, type: 'Device' },
        event: {
          observedAt: NOW - 101 * DAY_MS,
          receivedAt: NOW,
          body: { kind: 'message', message: { kind: 'Authenticate', osVersion: '39.0' } },
        },
      },
    ];
    const { commit } = reconcile(old);
    expect(commit.outbox.change).toEqual([]);
    expect(commit.state.facts.osVersion?.value).toBe(PHONE_FACTS.osVersion);
  });

  it('is not sent again when our clock went back an hour', () => {
    const sent = [enqueued({}, NOW), ...ASKED];
    const { commit } = reconcile(gathered({ commands: sent }), NOW - HOUR_MS);
    expect(commit.outbox.add.map(({ requestType }) => requestType)).not.toContain('DeviceInformation');
    expect(commit.outbox.change).toEqual([]);
    expect(commit.recheckAt).toBeGreaterThan(NOW - HOUR_MS);
  });
});

describe('the store refuses', () => {
  it('a commit when the sender changed an entry meanwhile: it starts over, and nothing is lost', async () => {
    const house = createHouse({
      store: (store): Store => {
        let once = true;
        return {
          ...store,
          commitReconciled: async (commits) => {
            const [entry] = once ? commits.flatMap(({ outbox }) => outbox.change) : [];
            if (entry) {
              once = false;
              const [due] = await store.listDueCommands(NOW, 1);
              if (due) await store.saveCommand(lease(due, NOW));
            }
            return store.commitReconciled(commits);
          },
        };
      },
    });
    await house.enroll();
    const [due] = await house.store.listDueCommands(NOW, 1);
    await house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid: due?.commandUuid } });
    const { commands } = await house.gathered();
    expect(commands.find(({ commandUuid }) => commandUuid === due?.commandUuid)).toMatchObject({ state: 'answered', enqueueTries: 1 });
  });

  it('the claim to be the first device: it is made again', async () => {
    let refusals = 3;
    const house = createHouse({
      store: (store): Store => ({
        ...store,
        commitReconciled: async (commits) => {
          if (!commits.some(({ site }) => site) || refusals === 0) return store.commitReconciled(commits);
          refusals -= 1;
          return commits.map(() => 'stale' as const);
        },
      }),
    });
    house.standing.site = { dmReached: false };
    await house.enroll();
    expect(refusals).toBe(0);
    expect(house.standing.site.first).toMatchObject({ enrollmentId: DEVICE });
    expect((await house.store.loadSite()).site.first).toMatchObject({ enrollmentId: DEVICE });
  });
});

it('memory of nothing is none', () => {
  expect(reconcile(gathered({ memory: newMemory() })).commit.memory.requiredBy).toMatchObject({ policy: 'everyone', since: NOW });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { HALT, ring, rollout } from '../rollout/builders.ts';
import { ASKED, answered, enqueued, type InputOptions, input, local, NOW, PHONE_FACTS, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** What a person orders for one device. Its policy means 2040-09-15 18:00; NOW is 2040-09-10. */

const by = (at = NOW) => ({ by: 'jane', at, note: 'trade fair' });

function fetched(): Story {
  const story = createStory();
  story.answers(NOW + HOUR_MS);
  story.syncs();
  return story;
}

describe('more time', () => {
  it('puts a date off that the device has, to the policy’s hour of that day, and says why; the ledger stays', () => {
    const story = fetched();
    const before = story.handedOut();
    story.overrides({ moreTime: { ...by(), until: '2040-09-20' } });
    const after = story.handedOut();
    expect([before?.local, after?.local, after?.ledgerLocal]).toEqual([
      '2040-09-15T18:00:00',
      '2040-09-20T18:00:00',
      '2040-09-15T18:00:00',
    ]);
    expect(after?.adjustments).toEqual([{ by: 'operator', notBefore: local('2040-09-20T18:00:00') }]);
    expect(story.lines.map(({ dueLocal }) => dueLocal)).toEqual(['2040-09-15T18:00:00']);
    story.syncs();
    expect([story.memory.holds?.local, story.decision.reason]).toEqual(['2040-09-20T18:00:00', 'waiting-for-date']);
  });

  it('falls on an allowed day and out of blackouts', () => {
    const fridays = withPolicy({ due: { kind: 'days', days: 3, at: '18:00', weekdays: ['fri'] } });
    const story = createStory({ policies: fridays });
    story.overrides({ moreTime: { ...by(), until: '2040-09-20' } });
    expect(story.handedOut()?.local).toBe('2040-09-21T18:00:00');
    const exams = { from: '2040-09-20T00:00:00', until: '2040-09-25T00:00:00', name: 'exams' };
    story.policies({ ...withPolicy({}), blackouts: [exams as never] });
    expect(story.handedOut()?.local).toBe('2040-09-25T18:00:00');
  });

  it('brings no date nearer: not by an earlier day, not when it is taken back', () => {
    const story = fetched();
    story.overrides({ moreTime: { ...by(), until: '2040-09-12' } });
    expect(story.handedOut()?.local).toBe('2040-09-15T18:00:00');
    story.overrides({ moreTime: { ...by(), until: '2040-09-20' } });
    story.syncs();
    story.overrides({ moreTime: undefined });
    expect(story.handedOut()?.local).toBe('2040-09-20T18:00:00');
  });

  it('leaves what is installing', () => {
    const story = fetched();
    story.hear({ kind: 'status-report', report: { fullReport: false, installState: 'installing', refusedStatusItems: [] } });
    story.overrides({ moreTime: { ...by(), until: '2040-09-20' } });
    expect(story.handedOut()?.local).toBe('2040-09-15T18:00:00');
  });

  it('never makes a date earlier, whatever day is named and whenever', () => {
    const days = fc.integer({ min: 0, max: 60 }).map((day) => new Date(NOW + day * DAY_MS).toISOString().slice(0, 10));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 4 * DAY_MS }), days), { minLength: 1, maxLength: 6 }), (orders) => {
        const story = fetched();
        for (const [gap, until] of orders) {
          story.at(story.now + gap);
          const before = story.handedOut()?.local ?? '';
          story.overrides({ moreTime: { ...by(story.now), until } });
          const after = story.handedOut()?.local ?? 'z';
          expect(after >= before).toBe(true);
          if (story.handedOut() && story.state.fetched[story.handedOut()?.identifier ?? ''] === undefined)
            expect(story.handedOut()?.earliestAt).toBeGreaterThanOrEqual(story.now + DAY_MS);
          story.syncs();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('holds for install commands too', () => {
    const by16: InputOptions = { enrollment: { facts: { ...PHONE_FACTS, osVersion: '16.7' } } };
    expect(decide(input(by16)).memory.order?.local).toBe('2040-09-15T18:00:00');
    const more = decide(input({ ...by16, overrides: { moreTime: { ...by(), until: '2040-09-20' } } }));
    expect(more.memory.order).toMatchObject({ local: '2040-09-20T18:00:00', adjustments: [{ by: 'operator' }] });
  });
});

describe('an exemption', () => {
  const exempt = { exempt: { ...by(), until: '2040-09-20' } };

  it('says who and why, and is looked at when its last day is over on the device', () => {
    const decision = decide(input({ overrides: exempt }));
    expect([decision.reason, decision.evidence]).toEqual(['exempt', { until: '2040-09-20', by: 'jane', at: NOW, note: 'trade fair' }]);
    const atTheEnd = decide(input({ now: local('2040-09-20T12:00:00'), overrides: exempt }));
    expect([atTheEnd.reason, atTheEnd.recheckAt]).toEqual(['exempt', local('2040-09-20T23:59:59')]);
  });

  it('lasts until that day is over everywhere where the zone is not known', () => {
    const zoneless = { enrollment: { facts: { ...PHONE_FACTS, timeZone: undefined as never } }, overrides: exempt };
    expect(decide(input({ ...zoneless, now: local('2040-09-21T00:00:00') })).reason).toBe('exempt');
    expect(decide(input({ ...zoneless, now: Date.parse('2040-09-21T12:00:00Z') })).reason).not.toBe('exempt');
  });

  it('gives a date with notice when it is over, though the line is past', () => {
    const story = fetched();
    story.overrides(exempt);
    story.syncs();
    expect(story.memory.holds).toBeUndefined();
    story.at(local('2040-09-21T09:00:00'));
    expect(story.handedOut()?.local).toBe('2040-09-22T18:00:00');
    expect(story.handedOut()?.adjustments.map((adjustment) => adjustment.by)).toEqual(['notice']);
  });

  it('sends no command, and takes back one that waits', () => {
    const by16: InputOptions = { enrollment: { facts: { ...PHONE_FACTS, osVersion: '16.7' } } };
    const now = local('2040-09-16T02:00:00');
    const { memory } = decide(input(by16));
    const later: InputOptions = { ...by16, now, memory: { ...memory, lastSeenAt: now }, commands: [answered({}, now - HOUR_MS)] };
    const decided = decide(input({ ...later, overrides: exempt }));
    expect([decided.reason, decided.memory.order]).toEqual(['exempt', undefined]);
    const update = enqueued({
      requestType: 'ScheduleOSUpdate',
      state: 'pending',
      commandUuid: 'u',
      update: { release: 'iOS 40.6' } as never,
    });
    expect(decide(input({ ...later, commands: [update], overrides: exempt })).wants.takeBack).toEqual(['u']);
  });

  it('does not count against the health of its ring', () => {
    const policies = withPolicy({ rings: [ring('everyone')], halt: HALT });
    const rolledOut = rollout({ openings: [{ ring: 'everyone', at: NOW - DAY_MS, because: '' }] });
    const rollouts = new Map([['everyone', new Map([[rolledOut.release, rolledOut]])]]);
    expect(decide(input({ policies, rollouts })).rolloutDevices).toMatchObject([{ state: 'waiting' }]);
    expect(decide(input({ policies, rollouts, overrides: exempt })).rolloutDevices).toMatchObject([{ state: 'excused' }]);
  });
});

describe('a pause of one device', () => {
  it('says who and why, and leaves the others alone', () => {
    expect(decide(input({ overrides: { paused: by() } })).evidence).toEqual({
      only: 'this device',
      by: 'jane',
      at: NOW,
      note: 'trade fair',
    });
  });
});

describe('asked by a person', () => {
  it('a device is pushed and asked once, though nothing is due', () => {
    expect(decide(input({})).wants.commands.map(({ requestType }) => requestType)).not.toContain('DeviceInformation');
    const asked = decide(input({ overrides: { asked: by() } })).wants;
    expect(asked.commands).toContainEqual(expect.objectContaining({ requestType: 'DeviceInformation', because: 'a person asks' }));
    expect(asked.push).toEqual({ because: 'a person asks' });
    const since = [answered({}, NOW + 1_000)];
    const after = decide(
      input({ now: NOW + HOUR_MS, overrides: { asked: by() }, commands: since, push: { lastSentAt: NOW + 1_000 } }),
    ).wants;
    expect([after.commands.map(({ requestType }) => requestType), after.push]).toEqual([['DeclarativeManagement'], undefined]);
  });

  it('tells by commands what it makes of the last one', () => {
    const by16: InputOptions = { enrollment: { facts: { ...PHONE_FACTS, osVersion: '16.7' } } };
    const told = [...ASKED, answered({ requestType: 'OSUpdateStatus', commandUuid: 's' }, NOW - 10 * MINUTE_MS)];
    const types = (options: InputOptions) =>
      decide(input({ ...by16, commands: told, ...options })).wants.commands.map(({ requestType }) => requestType);
    expect(types({})).not.toContain('OSUpdateStatus');
    expect(types({ overrides: { asked: by() } })).toContain('OSUpdateStatus');
  });

  it('at a moment that is still to come, is not asked again and again', () => {
    const { commands, push } = decide(input({ overrides: { asked: by(NOW + DAY_MS) } })).wants;
    expect([commands.map(({ requestType }) => requestType), push]).toEqual([['DeclarativeManagement'], undefined]);
  });
});

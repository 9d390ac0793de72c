import { describe, expect, it } from 'vitest';
import { isListedAlike, summaryOf } from '../../src/engine/reconcile/summary.ts';
import { createTags } from '../../src/engine/standing.ts';
import type { EnrollmentSummary, Store } from '../../src/store/store.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { DEVICE, enrollment, NOW, PHONE_FACTS, withPolicy } from '../decide/builders.ts';
import { createHouse } from './house.ts';

const ALL = { sort: 'id', isDescending: false, limit: 10 } as const;

describe('a device in a list', () => {
  it('is what is known of it and decided about it', async () => {
    const house = createHouse();
    const at = NOW - DAY_MS;
    const told = { version: '40.6', builds: [], cves: 1, exploited: 1, critical: 0, firstToldAt: at, severeSince: at, isTold: true };
    house.standing.severities = { schema: 1, platforms: [{ platform: 'iOS', goodAt: NOW, releases: [told] }] };
    house.standing.tags = createTags([{ subject: 'S1', tags: ['pilot', 'lab'] }], 1);
    await house.enroll({ serialNumber: 'S1', deviceName: 'Jane’s iPhone', supplementalOsVersionExtra: '(a)' });
    const [row] = (await house.store.listDevices(ALL)).devices;
    expect(row?.summary).toEqual({
      type: 'Device',
      serialNumber: 'S1',
      deviceName: 'Jane’s iPhone',
      platform: 'iOS',
      productName: 'iPhone90,1',
      osVersion: '40.5',
      runs: '40.5 (a)',
      buildVersion: '40F50',
      policy: 'everyone',
      lookupKey: 'iPhone90,1',
      ring: undefined,
      date: row?.decision.enforcement?.local.slice(0, 10),
      isHandedOut: true,
      isHolding: false,
      isExposed: true,
      tags: ['lab', 'pilot'],
      lastSeenAt: NOW,
    });
    expect(row?.summary.date).toMatch(/^2040-09-\d\d$/);
  });

  it('has a date that is not in force while only observed', async () => {
    const house = createHouse({ policies: withPolicy({ mode: 'observe' }) });
    await house.enroll();
    expect((await house.store.listDevices(ALL)).devices[0]?.summary).toMatchObject({ date: expect.any(String), isHandedOut: false });
  });

  it('is written anew when a tag was given to it, and only then', async () => {
    const commits: (boolean | undefined)[] = [];
    const house = createHouse({
      store: (store): Store => ({
        ...store,
        commitReconciled: (batch) => {
          commits.push(...batch.map(({ isListedTheSame }) => isListedTheSame));
          return store.commitReconciled(batch);
        },
      }),
    });
    await house.enroll();
    const look = async () => {
      commits.length = 0;
      house.setNow(house.clock.now() + 60_000);
      await house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } });
      return commits;
    };
    expect(await look()).toEqual([true]);
    house.standing.tags = createTags([{ subject: DEVICE, tags: ['pilot'] }], 1);
    expect(await look()).toEqual([false]);
    expect((await house.store.listDevices({ ...ALL, tag: 'pilot' })).total).toBe(1);
    expect(await look()).toEqual([true]);
  });

  it('keeps how it is listed while the clock is in doubt', async () => {
    const house = createHouse();
    house.standing.tags = createTags([{ subject: DEVICE, tags: ['pilot'] }], 1);
    await house.enroll({ deviceName: 'Lab 7' });
    house.standing.clockSuspect = 'it shows 2080';
    await house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } });
    const { devices } = await house.store.listDevices({ ...ALL, tag: 'pilot', q: 'lab 7' });
    expect(devices).toMatchObject([{ decision: { reason: 'clock-suspect' }, summary: { runs: '40.5' } }]);
  });
});

describe('the ring of a device', () => {
  const place = { release: 'iOS 40.6', version: '40.6', state: 'waiting', since: NOW } as const;
  const of = (memory: object, policy?: string) =>
    summaryOf(enrollment(), { memory: { lastSeenAt: 0, ...memory }, ...(policy === undefined ? {} : { policy }) }, []).ring;
  const staff = { ...place, policy: 'staff', ring: 'everyone' };

  it('is that of the newest rollout under its policy', () => {
    expect(of({ rollout: staff, rolloutNext: { ...staff, ring: 'canary' } }, 'staff')).toBe('canary');
    expect(of({ rollout: staff }, 'staff')).toBe('everyone');
  });

  it('is none of a policy it is no longer under', () => {
    expect(of({ rollout: staff }, 'lab')).toBeUndefined();
    expect(of({ rollout: staff })).toBeUndefined();
  });
});

describe('two lines of a list', () => {
  const line = summaryOf(enrollment({ facts: PHONE_FACTS }), { memory: { lastSeenAt: 0 }, policy: 'staff' }, ['a', 'b']);
  const changes: { [K in keyof Omit<EnrollmentSummary, 'lastSeenAt'>]: EnrollmentSummary[K] } = {
    type: 'User Enrollment (Device)',
    serialNumber: 'other',
    deviceName: 'other',
    platform: 'macOS',
    productName: 'other',
    osVersion: '1.0',
    runs: '1.0',
    buildVersion: 'other',
    lookupKey: 'other',
    policy: 'other',
    ring: 'other',
    date: '2040-01-01',
    isHandedOut: true,
    isHolding: true,
    isExposed: false,
    tags: ['a', 'c'],
  };

  it('are alike when only lastSeenAt differs', () => {
    expect(isListedAlike(line, { ...line, tags: [...line.tags], lastSeenAt: 7 })).toBe(true);
  });

  it.each(Object.entries(changes))('are not when %s differs', (name, value) => {
    expect(isListedAlike(line, { ...line, [name]: value })).toBe(false);
  });
});

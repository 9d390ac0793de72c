import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { catalogue, DEVICE, local, NOW, policySet, RELEASES, release, withPolicy } from '../decide/builders.ts';
import { createHouse, type House } from './house.ts';

/** Rules 14, 15 and 30 and promise 7, as the device meets them. */

const DATE = local('2040-09-17T18:00:00');

interface Items {
  Declarations: Record<'Activations' | 'Assets' | 'Configurations' | 'Management', { Identifier: string; ServerToken: string }[]>;
  DeclarationsToken: string;
}

async function tokenOf(house: House): Promise<string> {
  const answer = await house.ask('tokens');
  expect(answer.status).toBe(200);
  return (answer.json as { SyncTokens: { DeclarationsToken: string } }).SyncTokens.DeclarationsToken;
}

async function itemsOf(house: House): Promise<Items> {
  const answer = await house.ask('declaration-items');
  expect(answer.status).toBe(200);
  return answer.json as Items;
}

async function enforcementIn(house: House): Promise<string | undefined> {
  return (await itemsOf(house)).Declarations.Configurations.find(({ Identifier }) => Identifier.startsWith('ratchet.enforcement'))
    ?.Identifier;
}

async function body(house: House, identifier: string): Promise<{ status: number; date?: string }> {
  const answer = await house.ask(`declaration/configuration/${identifier}`);
  return {
    status: answer.status,
    ...(answer.status === 200 ? { date: (answer.json as { Payload: { TargetLocalDateTime?: string } }).Payload.TargetLocalDateTime } : {}),
  };
}

/** It fetched everything at NOW. */
async function holding(): Promise<{ house: House; identifier: string }> {
  const house = createHouse();
  await house.invite();
  await tokenOf(house);
  const identifier = (await enforcementIn(house)) ?? 'none';
  expect(await body(house, identifier)).toEqual({ status: 200, date: '2040-09-17T18:00:00' });
  await house.reconciler.idle();
  return { house, identifier };
}

describe('a sync', () => {
  it('gets the same set by tokens, items and bodies', async () => {
    const house = createHouse();
    await house.invite();
    const token = await tokenOf(house);
    const items = await itemsOf(house);
    expect(items.DeclarationsToken).toBe(token);
    for (const [kind, list] of [
      ['configuration', items.Declarations.Configurations],
      ['activation', items.Declarations.Activations],
    ] as const) {
      for (const { Identifier, ServerToken } of list) {
        const answer = await house.ask(`declaration/${kind}/${Identifier}`);
        expect(answer).toMatchObject({ status: 200, json: { Identifier, ServerToken } });
      }
    }
    expect((await house.gathered()).state?.facts.itemsAnswered?.value).toBe(token);
  });

  it.each([
    ['an identifier nobody listed', 'declaration/configuration/ratchet.enforcement.000000000000'],
    ['one of another kind', 'declaration/asset/$'],
  ])('is refused %s', async (_, path) => {
    const { house, identifier } = await holding();
    expect((await house.ask(path.replace('$', identifier))).status).toBe(500);
  });

  it('is remembered before it is answered: a crash after the answer loses nothing', async () => {
    const { house, identifier } = await holding();
    expect((await house.gathered()).state?.fetched[identifier]).toBe(NOW);
  });

  it('is answered 500 when the store can’t be written', async () => {
    const house = createHouse({
      store: (store): Store => ({
        ...store,
        append: (items) => (items[0]?.event.body.kind === 'ddm-answer' ? Promise.reject(new Error('disk full')) : store.append(items)),
      }),
    });
    await house.invite();
    expect((await house.ask('declaration-items')).status).toBe(500);
  });

  it('is answered 500 when the enrollment would not settle: an older manifest is no answer', async () => {
    let isStale = false;
    const house = createHouse({
      store: (store): Store => ({
        ...store,
        commitReconciled: async (commits) => (isStale ? commits.map(() => 'stale' as const) : store.commitReconciled(commits)),
      }),
    });
    await house.invite();
    house.setNow(DATE + DAY_MS);
    isStale = true;
    expect((await house.ask('tokens')).status).toBe(500);
    isStale = false;
    await house.reconciler.idle();
    expect((await house.ask('tokens')).status).toBe(200);
  });
});

describe('notice', () => {
  it.each([
    ['is enough until the date is 24 hours away', DATE - DAY_MS, 200],
    ['is gone a millisecond later', DATE - DAY_MS + 1, 500],
  ])('%s', async (_, at, status) => {
    const house = createHouse();
    await house.invite();
    const identifier = (await enforcementIn(house)) ?? '';
    house.setNow(at);
    expect((await body(house, identifier)).status).toBe(status);
  });

  it('that is gone makes a new date before tokens is answered', async () => {
    const house = createHouse();
    await house.invite();
    const token = await tokenOf(house);
    house.setNow(DATE - DAY_MS + 1);
    expect(await tokenOf(house)).not.toBe(token);
    expect(await body(house, (await enforcementIn(house)) ?? '')).toEqual({ status: 200, date: '2040-09-18T18:00:00' });
  });

  it('lost between items and body: 500, and the next tokens has a new date', async () => {
    const { house, identifier } = await holding();
    house.setNow(DATE - HOUR_MS);
    const token = await tokenOf(house);
    // It has it already, and asks again all the same.
    expect((await body(house, identifier)).status).toBe(500);
    expect(await tokenOf(house)).not.toBe(token);
    const later = (await enforcementIn(house)) ?? '';
    expect(later).not.toBe(identifier);
    expect(await body(house, later)).toEqual({ status: 200, date: '2040-09-18T18:00:00' });
  });

  it('is not looked at again for what the device has', async () => {
    const { house, identifier } = await holding();
    const token = await tokenOf(house);
    house.setNow(DATE - HOUR_MS);
    expect(await tokenOf(house)).toBe(token);
    expect(await enforcementIn(house)).toBe(identifier);
  });

  it('is counted on the clock the device tells, even when it tells it a moment before it asks', async () => {
    const house = createHouse();
    await house.invite();
    const identifier = (await enforcementIn(house)) ?? '';
    house.setNow(DATE - DAY_MS - HOUR_MS);
    const deviceInformation = { timeZone: 'Asia/Tokyo' };
    const said = house.hear({
      kind: 'message',
      message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid: 'x', deviceInformation },
    });
    const asked = body(house, identifier);
    await said;
    // Whichever came first: never a body with less than its notice once the zone is known.
    expect([200, 500]).toContain((await asked).status);
    expect((await body(house, identifier)).status).toBe(500);
  });
});

describe('a device that comes back', () => {
  it('gets its grace with its first answer, though nobody looked before', async () => {
    const { house, identifier } = await holding();
    const token = await tokenOf(house);
    house.setNow(DATE + 10 * DAY_MS);
    expect(await tokenOf(house)).not.toBe(token);
    const later = (await enforcementIn(house)) ?? '';
    expect(later).not.toBe(identifier);
    expect(await body(house, later)).toEqual({ status: 200, date: '2040-09-29T18:00:00' });
    expect((await body(house, identifier)).status).toBe(500);
  });
});

describe('a change of the whole site', () => {
  it.each([
    ['the policies', (house: House) => void house.policies(withPolicy({ mode: 'observe' }))],
    [
      'Apple’s releases',
      (house: House) => house.catalogue(catalogue([release('40.6', { withdrawnAt: NOW, isPublic: false }), ...RELEASES.slice(1)])),
    ],
    [
      'an order',
      (house: House) => void Object.assign(house.standing, { control: { state: 'stopped', pausedPolicies: [], held: undefined } }),
    ],
  ])('%s: no manifest of before it is answered', async (_, change) => {
    const { house, identifier } = await holding();
    change(house);
    expect((await body(house, identifier)).status).toBe(500);
    expect(await enforcementIn(house)).toBeUndefined();
  });

  it('the clock is suspect: what it has stays, what it has not is refused', async () => {
    const house = createHouse();
    await house.invite();
    const identifier = (await enforcementIn(house)) ?? '';
    house.standing.clockSuspect = 'behind our last commit';
    expect((await body(house, identifier)).status).toBe(500);
  });

  it.each([
    [1970, 0],
    [2040, NOW + 9 * HOUR_MS],
  ])('a stop takes the date off the list though the clock is suspect, and shows %i', async (_year, shown) => {
    const house = createHouse();
    await house.invite();
    const identifier = (await enforcementIn(house)) ?? '';
    const timestamp = async () => Date.parse(JSON.parse((await house.ask('tokens')).body).SyncTokens.Timestamp);
    const before = await timestamp();
    house.standing.clockSuspect = 'it was set';
    house.setNow(shown);
    house.reconciler.wake([DEVICE]);
    await house.reconciler.idle();
    expect(await enforcementIn(house)).toBe(identifier);
    house.standing.control = { ...house.standing.control, state: 'stopped' };
    house.reconciler.wake([DEVICE]);
    await house.reconciler.idle();
    expect(await enforcementIn(house)).toBeUndefined();
    expect((await body(house, identifier)).status).toBe(500);
    expect(await timestamp()).toBeGreaterThan(before);
    // Nothing else is decided by such a clock: when it is right again, all is as ordered.
    house.standing.control = { ...house.standing.control, state: 'running' };
    house.reconciler.wake([DEVICE]);
    await house.reconciler.idle();
    expect(await enforcementIn(house)).toBeUndefined();
    house.setNow(NOW + 2 * HOUR_MS);
    house.standing.clockSuspect = undefined;
    house.reconciler.wake([DEVICE]);
    await house.reconciler.idle();
    expect(await enforcementIn(house)).toBeDefined();
  });
});

describe('a superseded body', () => {
  it('is answered unchanged while a sync may be under way', async () => {
    const house = createHouse();
    await house.invite();
    const identifier = (await enforcementIn(house)) ?? '';
    await house.policies(withPolicy({ detailsUrl: 'https://example.org' }));
    expect(await enforcementIn(house)).not.toBe(identifier);
    expect(await body(house, identifier)).toEqual({ status: 200, date: '2040-09-17T18:00:00' });
  });
});

describe('rule 30: who asks before it was invited', () => {
  it('keeps what it has: 500 to everything, and the reason is told', async () => {
    const house = createHouse();
    await house.enroll();
    for (const path of ['tokens', 'declaration-items', 'declaration/configuration/theirs'])
      expect((await house.ask(path)).status).toBe(500);
    const { decision, state, commands } = await house.gathered();
    expect(decision?.reason).toBe('foreign-declarations');
    expect(state?.uninvitedAt).toBe(NOW);
    expect(commands.find(({ requestType }) => requestType === 'DeclarativeManagement')?.state).toBe('superseded');
    expect(await house.dispatch()).not.toContain('DeclarativeManagement');
  });

  it('in observe too', async () => {
    const house = createHouse({ policies: policySet({ mode: 'observe' }) });
    await house.enroll();
    expect((await house.ask('tokens')).status).toBe(500);
    expect((await house.gathered()).decision?.reason).toBe('foreign-declarations');
  });

  it('is registered when its id was never heard of', async () => {
    const house = createHouse();
    expect((await house.ask('tokens', { enrollmentId: 'D9' })).status).toBe(500);
    expect((await house.gathered('D9')).state?.uninvitedAt).toBe(NOW);
  });

  it('is taken over with dm.adopt', async () => {
    const house = createHouse({ policies: policySet({ dmAdopt: true }) });
    await house.enroll();
    expect(await enforcementIn(house)).toBeDefined();
  });

  it('is served once its status shows nothing foreign and it was invited', async () => {
    const house = createHouse();
    await house.enroll();
    await house.ask('tokens');
    await house.hear({ kind: 'status-report', report: { fullReport: true, declarations: [], refusedStatusItems: [] } });
    await house.dispatch();
    expect(await enforcementIn(house)).toBeDefined();
  });

  it('by its status report is in it as well, and is not invited out of it', async () => {
    const house = createHouse();
    await house.enroll();
    const report = Buffer.from(JSON.stringify({ StatusItems: { device: { 'operating-system': { version: '40.5' } } } }));
    expect((await house.ask('status', { body: report })).status).toBe(200);
    expect((await house.gathered()).decision?.reason).toBe('foreign-declarations');
    expect(await house.dispatch()).not.toContain('DeclarativeManagement');
  });

  it('after a new enrollment is uninvited again', async () => {
    const { house } = await holding();
    house.setNow(NOW + HOUR_MS);
    await house.hear({ kind: 'message', message: { kind: 'Authenticate', osVersion: '40.5', productName: 'iPhone90,1' } });
    expect((await house.ask('tokens')).status).toBe(500);
  });
});

describe('a request without a type', () => {
  it.each([
    ['of an id that nothing has named', 'D9', 500],
    ['of a device that is ours', DEVICE, 200],
    ['of a user of a device that is ours', `${DEVICE}:user`, 200],
    ['of a user of nobody’s device', 'D9:user', 500],
  ])('%s', async (_, enrollmentId, status) => {
    const house = createHouse();
    await house.invite();
    expect((await house.ask('tokens', { enrollmentId, type: undefined })).status).toBe(status);
    expect(await house.store.findEnrollment('D9')).toBeUndefined();
  });
});

describe('a user channel', () => {
  const user = { enrollmentId: `${DEVICE}:U1`, type: 'User', parentId: DEVICE };

  it('of a device that is ours gets a valid empty manifest', async () => {
    const house = createHouse();
    await house.invite();
    const tokens = await house.ask('tokens', user);
    const items = await house.ask('declaration-items', user);
    expect(items).toMatchObject({
      status: 200,
      json: { Declarations: { Activations: [], Assets: [], Configurations: [], Management: [] } },
    });
    expect(items.json).toMatchObject({
      DeclarationsToken: (tokens.json as { SyncTokens: { DeclarationsToken: string } }).SyncTokens.DeclarationsToken,
    });
    expect((await house.ask('declaration/configuration/x', user)).status).toBe(500);
    expect((await house.ask('status', user)).status).toBe(200);
  });

  it.each(['User', 'Shared iPad'])('that asks before its device was invited shows that the device is someone else’s: %s', async (type) => {
    const house = createHouse();
    await house.enroll();
    expect((await house.ask('tokens', { ...user, type })).status).toBe(500);
    expect((await house.gathered()).decision?.reason).toBe('foreign-declarations');
    expect(await house.dispatch()).not.toContain('DeclarativeManagement');
  });

  it('without a device gets 500', async () => {
    const house = createHouse();
    expect((await house.ask('tokens', { enrollmentId: 'U1', type: 'User', parentId: undefined })).status).toBe(500);
  });
});

describe('a status report', () => {
  const report = (value: unknown) => ({ body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) });

  it('is folded', async () => {
    const { house } = await holding();
    expect((await house.ask('status', report({ StatusItems: { softwareupdate: { 'install-state': 'downloading' } } }))).status).toBe(200);
    expect((await house.gathered()).decision?.reason).toBe('downloading');
  });

  it('that is no JSON is put aside, and is still a sign of life', async () => {
    const { house } = await holding();
    house.setNow(NOW + HOUR_MS);
    expect((await house.ask('status', report('{'))).status).toBe(200);
    expect(await house.store.listParked(10)).toMatchObject([{ reason: 'status-report-not-json', bytes: 1 }]);
    expect((await house.gathered()).state?.lastSeenAt).toBe(NOW + HOUR_MS);
  });

  it('of success takes the enforcement back', async () => {
    const { house, identifier } = await holding();
    await house.ask('status', report({ StatusItems: { device: { 'operating-system': { version: '40.6', 'build-version': '40G60' } } } }));
    expect(await enforcementIn(house)).toBeUndefined();
    expect((await body(house, identifier)).status).toBe(500);
    expect((await house.gathered()).decision?.reason).toBe('verified');
  });
});

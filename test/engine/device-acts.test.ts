import { describe, expect, it } from 'vitest';
import { createOperateDevices, type DeviceAct, type DeviceActOutcome } from '../../src/engine/operate/devices.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { DEVICE, NOW } from '../decide/builders.ts';
import { createHouse, type House } from './house.ts';

/** What people do to one device, over a real store. NOW is 2040-09-10 08:00 UTC, 10:00 where the device is; its date is 2040-09-17. */

function actor(house: House) {
  const act = createOperateDevices(house);
  return (verb: DeviceAct['act'], until?: string): Promise<DeviceActOutcome> =>
    act({ act: verb, device: DEVICE, by: 'jane', note: 'why', ...(until === undefined ? {} : { until }) });
}

/** The device syncs and fetches whatever it is told of. */
async function sync(house: House): Promise<void> {
  house.setNow(house.clock.now() + MINUTE_MS);
  const { json } = await house.ask('declaration-items');
  const { Declarations } = json as { Declarations: Record<string, { Identifier: string }[]> };
  for (const [kind, path] of [
    ['Configurations', 'configuration'],
    ['Activations', 'activation'],
  ] as const)
    for (const { Identifier } of Declarations[kind] ?? []) await house.ask(`declaration/${path}/${Identifier}`);
}

async function withDate(): Promise<House> {
  const house = createHouse();
  await house.invite();
  await sync(house);
  return house;
}

const overrides = async (house: House) => Object.keys((await house.gathered()).overrides ?? {}).sort();
const answerOf = (outcome: DeviceActOutcome) => {
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.answer;
};

describe('two people at once', () => {
  it('lose nothing of what either said', async () => {
    const house = await withDate();
    const act = actor(house);
    const outcomes = await Promise.all([act('exempt', '2040-09-20'), act('pause'), act('ask'), act('recheck')]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true, true]);
    expect(await overrides(house)).toEqual(['asked', 'exempt', 'paused']);
    expect((await house.gathered()).decision?.reason).toBe('exempt');
  });

  it('wait for one another, also after one that failed', async () => {
    let isBroken = true;
    const house = createHouse({
      store: (store) => ({
        ...store,
        async saveOverrides(...given) {
          if (isBroken) throw new Error('disk full');
          return store.saveOverrides(...given);
        },
      }),
    });
    await house.invite();
    const act = actor(house);
    await expect(act('pause')).rejects.toThrow('disk full');
    isBroken = false;
    expect((await act('pause')).ok).toBe(true);
  });
});

describe('resume', () => {
  it('ends more time and leaves the date, which the device has', async () => {
    const house = await withDate();
    const act = actor(house);
    await act('more-time', '2040-09-20');
    await sync(house);
    expect(answerOf(await act('resume'))).toMatchObject({ date: '2040-09-20T18:00:00', overrides: [] });
  });

  it('leaves more time as it is while a date that it put off was taken back and is still with the device', async () => {
    const house = await withDate();
    const act = actor(house);
    await act('more-time', '2040-09-20');
    await sync(house);
    await act('exempt', '2040-09-25');
    const resumed = answerOf(await act('resume'));
    expect([resumed.reason, resumed.date]).not.toContain('2040-09-17T18:00:00');
    expect(resumed).toMatchObject({ date: '2040-09-20T18:00:00', overrides: [{ kind: 'more-time', until: '2040-09-20' }] });
    expect(resumed.text).toContain('more time stays');
    expect(answerOf(await act('resume'))).toMatchObject({ date: '2040-09-20T18:00:00', overrides: [] });
  });

  it('ends it once the device gave that date up', async () => {
    const house = await withDate();
    const act = actor(house);
    await act('more-time', '2040-09-20');
    await sync(house);
    await act('exempt', '2040-09-25');
    await sync(house);
    expect(answerOf(await act('resume'))).toMatchObject({ date: '2040-09-17T18:00:00', overrides: [] });
  });
});

describe('the day', () => {
  it('is one of the device’s own clock: not one that is over there, though it is today in UTC', async () => {
    const house = createHouse();
    await house.invite();
    house.setNow(NOW + MINUTE_MS);
    await house.enroll({ timeZone: 'Pacific/Auckland' });
    house.setNow(Date.parse('2040-09-10T13:00:00Z'));
    const act = actor(house);
    expect(await act('exempt', '2040-09-10')).toMatchObject({ ok: false, because: 'wrong-day' });
    expect(await overrides(house)).toEqual([]);
    expect(answerOf(await act('exempt', '2040-09-11')).reason).toBe('exempt');
  });

  it('and its own today, though UTC has tomorrow', async () => {
    const house = createHouse();
    await house.invite();
    house.setNow(NOW + MINUTE_MS);
    await house.enroll({ timeZone: 'America/Los_Angeles' });
    house.setNow(Date.parse('2040-09-11T03:00:00Z'));
    expect(answerOf(await actor(house)('exempt', '2040-09-10')).reason).toBe('exempt');
  });
});

describe('what it says of what it can’t take back', () => {
  it('a date that is with the device until it syncs', async () => {
    const house = await withDate();
    const act = actor(house);
    const answer = answerOf(await act('exempt', '2040-09-20'));
    expect(answer).toMatchObject({ reason: 'exempt', notes: [expect.stringContaining('still has the date 2040-09-17 18:00 device time')] });
    await sync(house);
    expect(answerOf(await act('recheck')).notes).toBeUndefined();
  });

  it('not of a date that is in force', async () => {
    const house = await withDate();
    expect(answerOf(await actor(house)('recheck'))).not.toHaveProperty('notes');
  });
});

describe('an act while the device is decided', () => {
  it('is in the next answer to the device, whatever was read before it', async () => {
    const house = await withDate();
    const act = actor(house);
    house.setNow(NOW + HOUR_MS);
    await Promise.all([act('exempt', '2040-09-20'), house.ask('declaration-items')]);
    const { json } = await house.ask('declaration-items');
    expect(JSON.stringify(json)).not.toContain('ratchet.enforcement');
    expect((await house.ask('tokens')).status).toBe(200);
    house.setNow(NOW + DAY_MS);
    expect(JSON.stringify((await house.ask('declaration-items')).json)).not.toContain('ratchet.enforcement');
  });
});

import { expect, it } from 'vitest';
import { loadStanding } from '../../src/engine/standing.ts';
import type { AvailableUpdate, MdmError } from '../../src/mdm/messages.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { NOW, PHONE, policySet } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** Apple's own ramp: phones too old to be told a release by its version, which need it in their own list. */

const NOTHING: MdmError[] = [{ domain: 'DeviceManagement.error', code: 2213, description: '' }];
const LISTED: AvailableUpdate[] = [{ productKey: 'iOSUpdate40G60', name: 'iOS 40.6', version: '40.6' }];

async function fleet(...ids: string[]) {
  const house = createHouse();
  for (const id of ids) await house.enroll({ osVersion: '10.3.3', productName: id.startsWith('Pad') ? 'iPad90,1' : PHONE }, id);
  await house.dispatch();
  return {
    house,
    async answers(id: string, said: { availableUpdates: AvailableUpdate[] } | { errorChain: MdmError[] }) {
      const { commands } = await house.gathered(id);
      const asked = commands.find(({ requestType }) => requestType === 'AvailableOSUpdates');
      const status = 'errorChain' in said ? 'Error' : 'Acknowledged';
      await house.hear({ kind: 'message', message: { kind: 'CommandReport', status, commandUuid: asked?.commandUuid, ...said } }, id);
      await house.offers.idle();
    },
    /** What is due by now is decided anew. */
    async reasonOf(id: string) {
      house.reconciler.wake(await house.store.listDue(house.clock.now(), 100));
      await house.reconciler.idle();
      const rows = await house.store.listEnrollments('', 100);
      return rows.find((row) => row.id === id)?.decision.reason;
    },
  };
}

it('who does not list a release waits for Apple, until one of its model is offered it; then somebody has to look', async () => {
  const { house, answers, reasonOf } = await fleet('D1', 'D2');
  await answers('D1', { errorChain: NOTHING });
  expect(await reasonOf('D1')).toBe('ramped-by-apple');
  house.setNow(NOW + HOUR_MS);
  await answers('D2', { availableUpdates: LISTED });
  expect(await reasonOf('D1')).toBe('update-not-listed');
});

it('is not changed by another model', async () => {
  const { answers, reasonOf } = await fleet('D1', 'Pad1');
  await answers('D1', { errorChain: NOTHING });
  await answers('Pad1', { availableUpdates: LISTED });
  expect(await reasonOf('D1')).toBe('ramped-by-apple');
});

it('survives a restart, is written once, and is forgotten when it is of no use', async () => {
  const { house, answers } = await fleet('D1', 'D2');
  await answers('D1', { availableUpdates: LISTED });
  const row = { release: 'iOS 40.6', deviceKey: PHONE, at: NOW };
  expect((await house.store.loadSite()).offered).toEqual([row]);
  const standing = await loadStanding(house.store, policySet(), 'hash', () => 'digest');
  expect([...(standing.offered.of.get('iOS 40.6') ?? [])]).toEqual([PHONE]);
  await answers('D2', { availableUpdates: LISTED });
  expect((await house.store.loadSite()).offered).toEqual([row]);
  house.setNow(NOW + 15 * DAY_MS);
  house.offers.note([{ deviceKey: 'iPad90,1', releases: ['iPadOS 41'] }]);
  await house.offers.idle();
  expect((await house.store.loadSite()).offered).toMatchObject([{ release: 'iPadOS 41' }]);
});

it('that could not be stored is said again after a restart, and is known meanwhile', async () => {
  const { house, answers } = await fleet('D1');
  house.store.saveSite = () => Promise.reject(new Error('disk full'));
  await answers('D1', { availableUpdates: LISTED });
  expect(house.standing.offered.of.get('iOS 40.6')?.has(PHONE)).toBe(true);
  expect((await house.store.loadSite()).offered).toBeUndefined();
});

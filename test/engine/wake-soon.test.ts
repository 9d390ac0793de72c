import { expect, it } from 'vitest';
import type { EnrollmentEvent } from '../../src/enrollment/event.ts';
import type { Store } from '../../src/store/store.ts';
import { DEVICE, NOW } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** Signs of life are folded together, with whatever wakes the device before. */

async function houseThatCounts() {
  let commits = 0;
  const wakeUps: { at: number; run: () => void }[] = [];
  const house = createHouse({
    store: (store: Store) => ({
      ...store,
      commitReconciled(given) {
        commits += given.length;
        return store.commitReconciled(given);
      },
    }),
  });
  house.clock.at = (at, _key, run) => void wakeUps.push({ at, run });
  await house.invite();
  commits = 0;
  const idle = async (after: number) => {
    const message = { kind: 'CommandReport', status: 'Idle' } as const;
    const event: EnrollmentEvent = { observedAt: NOW + after, receivedAt: NOW + after, body: { kind: 'message', message } };
    await house.store.append([{ subject: { id: DEVICE, type: 'Device' }, event }]);
    house.reconciler.wakeSoon([DEVICE], 'sign-of-life');
  };
  return { house, idle, wakeUps, commits: () => commits };
}

it('waits for what else is heard within two seconds', async () => {
  const { house, idle, wakeUps, commits } = await houseThatCounts();
  await idle(100);
  await idle(200);
  expect([commits(), house.reconciler.isAwake(DEVICE), house.reconciler.backlog()]).toEqual([0, false, 1]);
  expect(wakeUps.map(({ at }) => at)).toEqual([NOW + 2_000]);
  wakeUps[0]?.run();
  await house.reconciler.idle();
  expect([commits(), house.reconciler.backlog()]).toEqual([1, 0]);
  expect((await house.gathered()).state?.lastSeenAt).toBe(NOW + 200);
});

it('is taken along by what wakes it before', async () => {
  const { house, idle, wakeUps, commits } = await houseThatCounts();
  await idle(100);
  await house.reconciler.settle(DEVICE);
  expect([commits(), house.reconciler.backlog()]).toEqual([1, 0]);
  wakeUps[0]?.run();
  await house.reconciler.idle();
  expect(commits()).toBe(1);
});

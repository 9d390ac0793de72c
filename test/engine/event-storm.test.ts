import { expect, it } from 'vitest';
import type { MdmMessage } from '../../src/mdm/messages.ts';
import { MINUTE_MS } from '../../src/time/local.ts';
import { catalogue, NOW, policySet, release } from '../decide/builders.ts';
import { createHouse } from './house.ts';

const STORM = 400;

/** A device that polls without end, other tools' answers among it, while every command of ours waits or is answered at once. */
it.each([
  ['answers nothing', false],
  ['answers what it is asked at once', true],
])('an event storm is no command storm: a device that %s', async (_, answers) => {
  const house = createHouse({ releases: catalogue([release('16.7.9')]), policies: policySet() });
  await house.enroll({ osVersion: '16.7', buildVersion: '20H19', isSupervised: true, serialNumber: 'STORM1' });
  const report = (fields: object) =>
    house.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', ...fields } as MdmMessage });
  const made = new Map<string, Set<string>>();
  for (let count = 0; count < STORM; count += 1) {
    house.setNow(NOW + (count * 10 * MINUTE_MS) / STORM);
    await (count % 2 === 0 ? report({ status: 'Idle' }) : report({ commandUuid: `of-others-${count}` }));
    await house.dispatch();
    for (const { commandUuid, requestType, state } of (await house.gathered()).commands) {
      made.set(requestType, (made.get(requestType) ?? new Set()).add(commandUuid));
      if (answers && state === 'enqueued')
        await report({ commandUuid, ...(requestType === 'OSUpdateStatus' ? { updateStatuses: [] } : {}) });
    }
  }
  const counts = Object.fromEntries([...made].map(([type, uuids]) => [type, uuids.size]));
  expect(Object.keys(counts)).toContain('OSUpdateStatus');
  for (const [type, count] of Object.entries(counts)) expect([type, count <= 2]).toEqual([type, true]);
});

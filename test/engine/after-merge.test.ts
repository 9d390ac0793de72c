import { expect, it } from 'vitest';
import { createAnswerDdm } from '../../src/engine/serve-ddm/answer-ddm.ts';
import type { DdmRequest } from '../../src/engine/serve-ddm/serve-ddm.ts';
import { hostCapabilities } from '../../src/hosts/capabilities.ts';
import { silentLogger } from '../../src/logger.ts';
import { DEVICE, NOW, withPolicy } from '../decide/builders.ts';
import { createHouse } from './house.ts';

/** The address of the server behind is missing at this start. */
async function createBench(names: string[]) {
  const house = createHouse();
  const raised = new Set<string>();
  const alerts = {
    raise: async (key: string) => void raised.add(key),
    refresh: async () => undefined,
    clear: async (key: string) => void raised.delete(key),
  };
  const Configurations = names.map((Identifier) => ({ Identifier, ServerToken: 't' }));
  const lists = { Activations: [], Assets: [], Configurations, Management: [] };
  await house.store.saveUpstream(DEVICE, { lists, heardAt: NOW, token: 'union', changedAt: NOW });
  await house.invite();
  const { answer } = createAnswerDdm({
    ...{ ...house, alerts, log: silentLogger, host: { capabilities: hostCapabilities.nanomdm } },
    ...{ onReached: async () => undefined, upstream: undefined, channel: undefined },
  });
  const statusOf = async (more: Partial<DdmRequest> = {}) => {
    const request = { endpoint: { kind: 'declaration-items' } as const, enrollmentId: DEVICE, type: 'Device', body: new Uint8Array() };
    return (await answer({ ...request, ...more })).status;
  };
  return { house, raised, statusOf };
}

const USER = { enrollmentId: `${DEVICE}:USER`, type: 'User', parentId: DEVICE };

it('a device with declarations of a server that was behind us is not answered ours alone', async () => {
  const { house, raised, statusOf } = await createBench(['com.example.wifi']);
  expect([await statusOf(), await statusOf({ endpoint: { kind: 'tokens' } }), await statusOf(USER)]).toEqual([500, 500, 500]);
  expect(raised).toEqual(new Set(['upstream-missing']));
  expect(await statusOf({ endpoint: { kind: 'status' }, body: Buffer.from('{}') })).toBe(200);
  await house.policies({ ...withPolicy({}), dmAdopt: true });
  expect([await statusOf(), await statusOf(USER)]).toEqual([200, 200]);
  expect(raised).toEqual(new Set());
});

it('one that it had nothing for is, but not users on it, of whom nobody knows', async () => {
  const { statusOf } = await createBench([]);
  expect([await statusOf(), await statusOf(USER)]).toEqual([200, 500]);
});

import { connectionTo, createSimKmfddm } from '../../src/sim/kmfddm.ts';
import { createPrng } from '../../src/sim/prng.ts';
import type { OutgoingInit } from '../../src/sim/wire.ts';
import { KMFDDM_KEY, testUpstreamContract } from './contract-upstream.ts';

testUpstreamContract('a simulated KMFDDM', async () => {
  const prng = createPrng('kmfddm');
  const connection = connectionTo(createSimKmfddm({ shuffle: (items) => prng.shuffle(items), now: () => 0, apiKey: KMFDDM_KEY }));
  return {
    url: 'http://kmfddm.sim/',
    fetch: (url, init) => connection(url, { method: 'GET', headers: {}, ...init, ...bytes(init?.body) } as OutgoingInit),
    stop: async () => undefined,
  };
});

function bytes(body: string | Uint8Array | undefined): { body?: Uint8Array } {
  return body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) };
}

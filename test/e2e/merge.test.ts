import type { Fetch } from '../../src/runtime.ts';
import { createSimKmfddm } from '../../src/sim/kmfddm.ts';
import { listen } from '../../src/sim/listen.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { KMFDDM_KEY } from '../hosts/contract-upstream.ts';
import { testMergeJourney } from './neighbour-journey.ts';
import { startSimNanoMdm } from './simulated-hosts.ts';

testMergeJourney('the simulated NanoMDM and KMFDDM', {
  tell: () => undefined,
  startHost: startSimNanoMdm,
  async startKmfddm() {
    const prng = createPrng('kmfddm');
    const kmfddm = createSimKmfddm({ shuffle: (items) => prng.shuffle(items), now: () => Date.now(), apiKey: KMFDDM_KEY });
    const listening = await listen(async (request) => kmfddm.handle(request));
    return { url: `${listening.url}/`, fetch: fetch as unknown as Fetch, stop: () => listening.close() };
  },
});

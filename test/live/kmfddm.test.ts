import { describe, it } from 'vitest';
import { testUpstreamContract } from '../hosts/contract-upstream.ts';
import { KMFDDMS, NO_KMFDDM, startKmfddm } from './kmfddm-process.ts';

if (KMFDDMS.length === 0) {
  describe.skip('a real KMFDDM', () => {
    it(NO_KMFDDM, () => {});
  });
}

for (const executable of KMFDDMS) testUpstreamContract(`KMFDDM ${executable}`, () => startKmfddm(executable));

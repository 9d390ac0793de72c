import { describe, it } from 'vitest';
import { testUpstreamContract } from '../hosts/contract-upstream.ts';
import { KMFDDMS, startKmfddm } from './kmfddm-process.ts';

if (KMFDDMS.length === 0) {
  describe.skip('a real KMFDDM', () => {
    it('skipped: RATCHET_LIVE_KMFDDM names no executable (several are separated by commas)', () => {});
  });
}

for (const executable of KMFDDMS) testUpstreamContract(`KMFDDM ${executable}`, () => startKmfddm(executable));

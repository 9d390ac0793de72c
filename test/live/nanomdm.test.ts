import { describe, it } from 'vitest';
import { testHostContract } from '../hosts/contract.ts';
import { startNanoMdm } from './nanomdm-process.ts';

/** Executables of NanoMDM 0.9 or later, separated by commas. */
const executables = (process.env.RATCHET_LIVE_NANOMDM ?? '').split(',').filter((path) => path !== '');

if (executables.length === 0) {
  describe.skip('a real NanoMDM', () => {
    it('skipped: RATCHET_LIVE_NANOMDM names no executable (several are separated by commas)', () => {});
  });
}

for (const executable of executables) {
  testHostContract(`NanoMDM ${executable}`, (settings) => startNanoMdm(executable, settings));
}

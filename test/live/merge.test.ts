import { afterEach, describe, it } from 'vitest';
import { testMergeJourney } from '../e2e/neighbour-journey.ts';
import { KMFDDMS, startKmfddm } from './kmfddm-process.ts';
import { startNanoMdm } from './nanomdm-process.ts';

const [nanomdm = ''] = (process.env.RATCHET_LIVE_NANOMDM ?? '').split(',');

/** For the person who looks at the run. */
const story: string[] = [];
afterEach(() => console.log(story.splice(0).join('\n')));

if (KMFDDMS.length === 0 || nanomdm === '') {
  describe.skip('in front of a real KMFDDM, behind a real NanoMDM', () => {
    it('skipped: RATCHET_LIVE_NANOMDM and RATCHET_LIVE_KMFDDM have to name an executable each', () => {});
  });
} else {
  for (const executable of KMFDDMS)
    testMergeJourney(`NanoMDM ${nanomdm}, KMFDDM ${executable}`, {
      tell: (line) => void story.push(line),
      startHost: (settings) => startNanoMdm(nanomdm, settings),
      startKmfddm: () => startKmfddm(executable),
    });
}

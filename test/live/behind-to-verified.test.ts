import { afterEach, describe, it } from 'vitest';
import { besideKmfddm, INSIDE_NANOHUB } from '../e2e/beside-kmfddm.ts';
import { testJourney } from '../e2e/journey.ts';
import { KMFDDMS, startKmfddm } from './kmfddm-process.ts';
import { startNanoHub } from './nanohub-process.ts';
import { startNanoMdm } from './nanomdm-process.ts';

/** Executables, separated by commas: of NanoMDM 0.9 or later, and NanoHUB after 0.2.0. */
const listed = (paths: string | undefined) => (paths ?? '').split(',').filter((path) => path !== '');
const executables = listed(process.env.RATCHET_LIVE_NANOMDM);
const hubs = listed(process.env.RATCHET_LIVE_NANOHUB);

if (executables.length === 0) {
  describe.skip('a device behind a real NanoMDM', () => {
    it('skipped: RATCHET_LIVE_NANOMDM names no executable (several are separated by commas)', () => {});
  });
}

/** For the person who looks at the run. */
const story: string[] = [];
afterEach(() => console.log(story.splice(0).join('\n')));

for (const executable of executables) {
  testJourney(`NanoMDM ${executable}`, {
    startHost: (settings) => startNanoMdm(executable, settings),
    tell: (line) => void story.push(line),
  });
}

for (const executable of executables) {
  for (const kmfddm of KMFDDMS)
    testJourney(`NanoMDM ${executable} with declarations in KMFDDM ${kmfddm}`, {
      startHost: (settings) => startNanoMdm(executable, settings),
      beside: besideKmfddm(() => startKmfddm(kmfddm)),
      tell: (line) => void story.push(line),
    });
}

for (const executable of hubs) {
  testJourney(`NanoHUB ${executable}`, {
    server: 'nanohub',
    startHost: (settings) => startNanoHub(executable, settings),
    beside: INSIDE_NANOHUB,
    tell: (line) => void story.push(line),
  });
}

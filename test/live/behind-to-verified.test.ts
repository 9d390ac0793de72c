import { afterEach, describe, it } from 'vitest';
import { testJourney } from '../e2e/journey.ts';
import { startNanoMdm } from './nanomdm-process.ts';

/** Executables of NanoMDM 0.9 or later, separated by commas. */
const executables = (process.env.RATCHET_LIVE_NANOMDM ?? '').split(',').filter((path) => path !== '');

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

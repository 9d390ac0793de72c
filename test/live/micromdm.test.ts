import { afterEach, describe, it } from 'vitest';
import { testJourney } from '../e2e/journey.ts';
import { testMicroMdmContract } from '../hosts/contract.ts';
import { startMicroMdm } from './micromdm-process.ts';

/** Executables of MicroMDM 1.11 or later, separated by commas. */
const executables = (process.env.RATCHET_LIVE_MICROMDM ?? '').split(',').filter((path) => path !== '');

if (executables.length === 0) {
  describe.skip('a real MicroMDM', () => {
    it('skipped: RATCHET_LIVE_MICROMDM names no executable (several are separated by commas)', () => {});
  });
}

/** For the person who looks at the run. */
const story: string[] = [];
afterEach(() => {
  if (story.length > 0) console.log(story.splice(0).join('\n'));
});

for (const executable of executables) {
  testMicroMdmContract(`MicroMDM ${executable}`, (settings) => startMicroMdm(executable, settings));
  testJourney(`a device behind MicroMDM ${executable}`, {
    server: 'micromdm',
    startHost: (settings) => startMicroMdm(executable, settings),
    tell: (line) => void story.push(line),
  });
}

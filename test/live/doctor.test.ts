import { describe, it } from 'vitest';
import { KMFDDM_FAULTS, KMFDDM_HEALTHY, NANOHUB_FAULTS, NANOHUB_HEALTHY } from '../doctor/kmfddm-faults.ts';
import { MICROMDM_FAULTS, MICROMDM_HEALTHY } from '../doctor/micromdm-faults.ts';
import { NANOMDM_FAULTS, NANOMDM_HEALTHY } from '../doctor/nanomdm-faults.ts';
import { deviceIsAnsweredThere, testDoctor } from '../doctor/table.ts';
import { KMFDDMS, startKmfddm } from './kmfddm-process.ts';
import { startMicroMdm } from './micromdm-process.ts';
import { startNanoHub } from './nanohub-process.ts';
import { startNanoMdm } from './nanomdm-process.ts';

/** The same tables as beside the simulated servers: what doctor prints beside the real ones, built without a version. */

const listOf = (text: string | undefined) => (text ?? '').split(',').filter((path) => path !== '');
const nanoMdms = listOf(process.env.RATCHET_LIVE_NANOMDM);
const nanoHubs = listOf(process.env.RATCHET_LIVE_NANOHUB);
const microMdms = listOf(process.env.RATCHET_LIVE_MICROMDM);

if (nanoMdms.length === 0 || microMdms.length === 0) {
  describe.skip('doctor beside a real server', () => {
    it('skipped: RATCHET_LIVE_NANOMDM or RATCHET_LIVE_MICROMDM names no executable (several are separated by commas)', () => {});
  });
}

for (const executable of nanoMdms) {
  const startHost = (settings: Parameters<typeof startNanoMdm>[1]) => startNanoMdm(executable, settings);
  testDoctor(`NanoMDM ${executable}`, { host: 'nanomdm', healthy: NANOMDM_HEALTHY, faults: NANOMDM_FAULTS, startHost });
}
for (const executable of microMdms) {
  const startHost = (settings: Parameters<typeof startMicroMdm>[1]) => startMicroMdm(executable, settings);
  testDoctor(`MicroMDM ${executable}`, { host: 'micromdm', healthy: MICROMDM_HEALTHY, faults: MICROMDM_FAULTS, startHost });
}
for (const executable of nanoMdms) {
  for (const kmfddm of KMFDDMS) {
    testDoctor(`NanoMDM ${executable} and KMFDDM ${kmfddm}`, {
      ...{ host: 'nanomdm', healthy: KMFDDM_HEALTHY, faults: KMFDDM_FAULTS, happens: deviceIsAnsweredThere },
      startHost: (settings) => startNanoMdm(executable, settings),
      startKmfddm: (key) => startKmfddm(kmfddm, undefined, key),
    });
  }
}
for (const executable of nanoHubs) {
  testDoctor(`NanoHUB ${executable}`, {
    ...{ host: 'nanohub', healthy: NANOHUB_HEALTHY, faults: NANOHUB_FAULTS, happens: deviceIsAnsweredThere },
    startHost: (settings) => startNanoHub(executable, settings),
  });
}

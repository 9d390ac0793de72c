import { KMFDDM_FAULTS, KMFDDM_HEALTHY, NANOHUB_FAULTS, NANOHUB_HEALTHY } from './kmfddm-faults.ts';
import { MICROMDM_FAULTS, MICROMDM_HEALTHY } from './micromdm-faults.ts';
import { NANOMDM_FAULTS, NANOMDM_HEALTHY } from './nanomdm-faults.ts';
import { startSimKmfddm, startSimMicroMdm, startSimNanoHub, startSimNanoMdm } from './simulated.ts';
import { deviceIsAnsweredThere, testDoctor } from './table.ts';

testDoctor('a simulated NanoMDM', {
  host: 'nanomdm',
  healthy: NANOMDM_HEALTHY,
  faults: NANOMDM_FAULTS,
  startHost: (settings) => startSimNanoMdm(settings),
});
testDoctor('a simulated MicroMDM', {
  host: 'micromdm',
  healthy: MICROMDM_HEALTHY,
  faults: MICROMDM_FAULTS,
  startHost: (settings) => startSimMicroMdm(settings),
});
testDoctor('a simulated NanoMDM and KMFDDM', {
  host: 'nanomdm',
  healthy: KMFDDM_HEALTHY,
  faults: KMFDDM_FAULTS,
  happens: deviceIsAnsweredThere,
  startHost: (settings) => startSimNanoMdm(settings),
  startKmfddm: startSimKmfddm,
});
testDoctor('a simulated NanoHUB', {
  host: 'nanohub',
  healthy: NANOHUB_HEALTHY,
  faults: NANOHUB_FAULTS,
  happens: deviceIsAnsweredThere,
  startHost: startSimNanoHub,
});

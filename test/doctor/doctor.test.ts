import { MICROMDM_FAULTS, MICROMDM_HEALTHY } from './micromdm-faults.ts';
import { NANOMDM_FAULTS, NANOMDM_HEALTHY } from './nanomdm-faults.ts';
import { startSimMicroMdm, startSimNanoMdm } from './simulated.ts';
import { testDoctor } from './table.ts';

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

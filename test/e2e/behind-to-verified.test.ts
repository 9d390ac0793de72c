import { besideKmfddm, startSimKmfddm } from './beside-kmfddm.ts';
import { testJourney } from './journey.ts';
import { startSimMicroMdm, startSimNanoMdm } from './simulated-hosts.ts';

testJourney('the simulated NanoMDM', { tell: () => undefined, startHost: startSimNanoMdm });
testJourney('the simulated MicroMDM', { server: 'micromdm', tell: () => undefined, startHost: startSimMicroMdm });
testJourney('the simulated NanoMDM with KMFDDM', {
  tell: () => undefined,
  startHost: startSimNanoMdm,
  beside: besideKmfddm(startSimKmfddm),
});

import { testJourney } from './journey.ts';
import { startSimMicroMdm, startSimNanoMdm } from './simulated-hosts.ts';

testJourney('the simulated NanoMDM', { tell: () => undefined, startHost: startSimNanoMdm });
testJourney('the simulated MicroMDM', { server: 'micromdm', tell: () => undefined, startHost: startSimMicroMdm });

import { testCommandsJourney } from './commands-journey.ts';
import { OLDER_DEVICES } from './older-devices.ts';
import { startSimMicroMdm, startSimNanoMdm } from './simulated-hosts.ts';

const { mac, oldPhone } = OLDER_DEVICES;
const tell = () => undefined;

testCommandsJourney('behind the simulated NanoMDM', { startHost: startSimNanoMdm, tell, device: oldPhone });
testCommandsJourney('behind the simulated MicroMDM', { server: 'micromdm', startHost: startSimMicroMdm, tell, device: mac });

import { listen } from '../../src/sim/listen.ts';
import { createSimMicroMdm } from '../../src/sim/micromdm-host.ts';
import { createSimNanoMdm } from '../../src/sim/nanomdm-host.ts';
import { testJourney } from './journey.ts';

testJourney('the simulated NanoMDM', {
  tell: () => undefined,
  async startHost(settings) {
    const server = createSimNanoMdm({
      ...settings,
      now: () => Date.now(),
      random: () => Math.random(),
      certHeader: 'X-Client-Cert',
      hasPushCertificate: false,
      fetch: (url, init) => fetch(url, { ...init, body: init.body as Uint8Array<ArrayBuffer> | undefined }),
    });
    const listening = await listen((request) => server.handle(request));
    return { url: listening.url, certificate: async (name) => `certificate of ${name}`, stop: () => listening.close() };
  },
});

testJourney('the simulated MicroMDM', {
  server: 'micromdm',
  tell: () => undefined,
  async startHost({ apiKey, webhookUrl, dmUrl }) {
    const server = createSimMicroMdm({
      apiKey,
      webhookUrl,
      dmUrl,
      now: () => Date.now(),
      random: () => Math.random(),
      hasPushCertificate: false,
      fetch: (url, init) => fetch(url, { ...init, body: init.body as Uint8Array<ArrayBuffer> | undefined }),
    });
    const listening = await listen((request) => server.handle(request));
    return { url: listening.url, signer: async (name) => () => `certificate of ${name}`, stop: () => listening.close() };
  },
});

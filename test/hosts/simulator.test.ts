import { listen } from '../../src/sim/listen.ts';
import { createSimMicroMdm } from '../../src/sim/micromdm-host.ts';
import { createSimNanoHub } from '../../src/sim/nanohub-host.ts';
import { createSimNanoMdm } from '../../src/sim/nanomdm-host.ts';
import { testHostContract, testMicroMdmContract, testNanoHubContract } from './contract.ts';

testHostContract('the simulated NanoMDM', async (settings) => {
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
});

testNanoHubContract('the simulated NanoHUB', async ({ apiKey, webhookUrl, webhookHmacKey }) => {
  const server = createSimNanoHub({
    ...{ apiKey, webhookUrl, webhookHmacKey, certHeader: 'X-Client-Cert', hasPushCertificate: false },
    shuffle: (items) => items,
    now: () => Date.now(),
    random: () => Math.random(),
    fetch: (url, init) => fetch(url, { ...init, body: init.body as Uint8Array<ArrayBuffer> | undefined }),
  });
  const listening = await listen((request) => server.handle(request));
  return { url: listening.url, certificate: async (name) => `certificate of ${name}`, stop: () => listening.close() };
});

testMicroMdmContract('the simulated MicroMDM', async ({ apiKey, webhookUrl, dmUrl }) => {
  const server = createSimMicroMdm({
    apiKey,
    webhookUrl,
    dmUrl,
    now: () => Date.now(),
    random: () => Math.random(),
    hasPushCertificate: false,
    // After the answer has gone out, as in the real one.
    later: (run) => void setImmediate(run),
    fetch: (url, init) => fetch(url, { ...init, body: init.body as Uint8Array<ArrayBuffer> | undefined }),
  });
  const listening = await listen((request) => server.handle(request));
  return { url: listening.url, signer: async (name) => () => `certificate of ${name}`, stop: () => listening.close() };
});

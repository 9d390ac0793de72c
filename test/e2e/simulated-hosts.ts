import { listen } from '../../src/sim/listen.ts';
import { createSimMicroMdm } from '../../src/sim/micromdm-host.ts';
import { createSimNanoHub } from '../../src/sim/nanohub-host.ts';
import { createSimNanoMdm } from '../../src/sim/nanomdm-host.ts';
import type { HostSettings, RunningHost } from '../hosts/bench.ts';

/** The simulated servers on sockets of their own, without a push certificate. */

const world = {
  now: () => Date.now(),
  random: () => Math.random(),
  hasPushCertificate: false,
  fetch: (url: string, init: { body?: unknown }) => fetch(url, { ...init, body: init.body as Uint8Array<ArrayBuffer> | undefined }),
};

export async function startSimNanoMdm({ dmSendHmacKey, dmRecvHmacKey, ...settings }: HostSettings): Promise<RunningHost> {
  const keys = dmRecvHmacKey === '' ? {} : { dmSendHmacKey, dmRecvHmacKey };
  const server = createSimNanoMdm({ ...settings, ...keys, ...world, certHeader: 'X-Client-Cert' });
  const listening = await listen((request) => server.handle(request));
  return { url: listening.url, certificate: async (name) => `certificate of ${name}`, stop: () => listening.close() };
}

export async function startSimNanoHub({ apiKey, webhookUrl, webhookHmacKey }: HostSettings): Promise<RunningHost> {
  const server = createSimNanoHub({
    apiKey,
    webhookUrl,
    webhookHmacKey,
    ...world,
    shuffle: (items) => items.reverse(),
    certHeader: 'X-Client-Cert',
  });
  const listening = await listen((request) => server.handle(request));
  return { url: listening.url, certificate: async (name) => `certificate of ${name}`, stop: () => listening.close() };
}

export async function startSimMicroMdm({ apiKey, webhookUrl, dmUrl }: HostSettings): Promise<RunningHost> {
  const server = createSimMicroMdm({ apiKey, webhookUrl, dmUrl, ...world });
  const listening = await listen((request) => server.handle(request));
  return { url: listening.url, signer: async (name) => () => `certificate of ${name}`, stop: () => listening.close() };
}

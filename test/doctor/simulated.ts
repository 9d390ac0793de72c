import { createSystemFetch } from '../../src/runtime/fetch.ts';
import { json } from '../../src/sim/go.ts';
import { createSimKmfddm } from '../../src/sim/kmfddm.ts';
import { listen } from '../../src/sim/listen.ts';
import type { MicroMdmOptions } from '../../src/sim/micromdm.types.ts';
import { createSimMicroMdm } from '../../src/sim/micromdm-host.ts';
import { createSimNanoHub } from '../../src/sim/nanohub-host.ts';
import type { NanoMdmOptions } from '../../src/sim/nanomdm.types.ts';
import { createSimNanoMdm } from '../../src/sim/nanomdm-host.ts';
import type { HostSettings, RunningHost } from '../hosts/bench.ts';
import type { RunningKmfddm } from '../hosts/contract-upstream.ts';

/** The simulated servers as the real ones are for doctor: built without a version, and NanoMDM newer than 0.9. An empty setting is one not given. */

const world = {
  now: () => Date.now(),
  random: () => Math.random(),
  version: 'unknown',
  hasPushCertificate: false,
  fetch: (url: string, init: { body?: unknown }) => fetch(url, { ...init, body: init.body as Uint8Array<ArrayBuffer> | undefined }),
};

export function startSimNanoMdm(settings: HostSettings, change: Partial<NanoMdmOptions> = {}): Promise<RunningHost> {
  const server = createSimNanoMdm({ ...given(settings), ...world, pushCertificate: 'none', certHeader: 'X-Client-Cert', ...change });
  return started(server, { certificate: async (name) => `certificate of ${name}` });
}

export function startSimMicroMdm(settings: HostSettings, change: Partial<MicroMdmOptions> = {}): Promise<RunningHost> {
  const { apiKey, webhookUrl, dmUrl } = given(settings);
  const server = createSimMicroMdm({ ...given({ apiKey, webhookUrl, dmUrl }), ...world, ...change });
  return started(server, { signer: async (name) => () => `certificate of ${name}` });
}

export function startSimNanoHub(settings: HostSettings): Promise<RunningHost> {
  const { apiKey, webhookUrl, webhookHmacKey } = given(settings);
  const server = createSimNanoHub({
    ...given({ apiKey, webhookUrl, webhookHmacKey }),
    ...{ ...world, pushCertificate: 'none', certHeader: 'X-Client-Cert', shuffle: (items) => items },
  });
  return started(server, { certificate: async (name) => `certificate of ${name}` });
}

export async function startSimKmfddm(apiKey: string): Promise<RunningKmfddm> {
  const server = createSimKmfddm({ shuffle: (items) => items, now: world.now, apiKey });
  const listening = await listen(async (request) =>
    request.path === '/version' ? json(200, { version: world.version }) : server.handle(request),
  );
  return { url: `${listening.url}/`, fetch: createSystemFetch(), stop: () => listening.close() };
}

async function started(server: Pick<ReturnType<typeof createSimNanoMdm>, 'handle'>, how: Partial<RunningHost>): Promise<RunningHost> {
  const listening = await listen((request) => server.handle(request));
  return { url: listening.url, ...how, stop: () => listening.close() };
}

function given<T extends object>(settings: T): Partial<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== '')) as Partial<T>;
}

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRatchet, type Ratchet } from '../../src/app.ts';
import { hostCapabilities } from '../../src/hosts/capabilities.ts';
import type { Host } from '../../src/hosts/host.ts';
import { nanoMdmWire } from '../../src/hosts/nanomdm/wire.ts';
import { silentLogger } from '../../src/logger.ts';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import { createSystemClock } from '../../src/runtime/clock.ts';
import { createSystemIds } from '../../src/runtime/ids.ts';
import { listen } from '../../src/runtime/listen.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { createSystemRandom } from '../../src/runtime/random.ts';
import type { MachineClock } from '../../src/runtime.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { policySetOf } from '../fleet/harness.ts';

/** The whole app behind a real listener on this machine, over a database; its MDM server takes everything, and nothing new is released. */
export interface Site {
  /** "http://127.0.0.1:4711" */
  url: string;
  /** Of the listener for everybody: owners' pages. "http://127.0.0.1:4712" */
  publicUrl: string;
  ratchet: Ratchet;
  store: Store;
  close(): Promise<void>;
}

export interface SiteOptions {
  /** Default: an empty database in memory. */
  file?: string;
  policies?: PolicySet;
  /** What the clock shows at first, epoch ms; from then on it goes like any other. Default: now. */
  now?: number;
  /** Where devices are told that owners' pages are. Default: nowhere. */
  ownersUrl?: string;
  /** Without sign-in, as the demo is. */
  isOpen?: boolean;
}

export const PASSWORD = 'password of the dashboard';

const HOST: Host = {
  name: 'nobody',
  capabilities: hostCapabilities.nanomdm,
  enqueue: async () => ({ kind: 'queued' }),
  push: async () => ({ errors: new Map() }),
  probe: async () => ({ reachable: true }),
};

export async function openSite({ file = ':memory:', policies, now, ownersUrl, isOpen = false }: SiteOptions = {}): Promise<Site> {
  const { clock, clear } = clockFrom(now);
  const store = openSqliteStore({ file, clock });
  const ratchet = await createRatchet(
    {
      clock,
      ids: createSystemIds(),
      random: createSystemRandom(),
      fetch: () => Promise.reject(new Error('nobody is asked')),
      decodePlist: async (bytes) => parsePlist(bytes),
      store,
      host: HOST,
      wire: nanoMdmWire,
      feed: { name: 'apple', read: async () => ({ kind: 'not-modified', at: clock.now() }) },
      log: silentLogger,
    },
    {
      version: '1.2.3',
      policies: policies ?? policySetOf({ days: 7, at: '18:00', fallbackTimeZone: 'Europe/Berlin' }),
      policiesBy: 'ratchet.yaml',
      acceptPlan: 'any',
      hostIdentity: 'nanomdm http://nobody/v1/enqueue/',
      adopt: true,
      webhook: { hmacKeys: ['webhook key'], basic: undefined },
      ddm: { basePath: '/ddm/', requestKeys: [], responseKey: undefined },
      api: isOpen ? { password: undefined, open: true } : { password: PASSWORD, open: false },
      pushRate: 1_000,
      releasesEveryMs: DAY_MS,
      sweepEveryMs: HOUR_MS,
      ...(ownersUrl === undefined ? {} : { publicUrl: ownersUrl }),
    },
  );
  await ratchet.start();
  await ratchet.idle();
  const here = { host: '127.0.0.1', port: 0 };
  const server = await listen(here, (request, address) => ratchet.fetch(request, address));
  const publicServer = await listen(here, (request) => ratchet.fetchPublic(request));
  return {
    url: urlOf(server),
    publicUrl: urlOf(publicServer),
    ratchet,
    store,
    async close() {
      ratchet.hangUp();
      await closed(server);
      await closed(publicServer);
      await ratchet.stop();
      clear();
      await store.close();
    },
  };
}

/** The machine's clock, so much ahead or behind. */
function clockFrom(now: number | undefined): { clock: MachineClock; clear(): void } {
  const system = createSystemClock();
  const aheadMs = now === undefined ? 0 : now - system.now();
  const clock: MachineClock = {
    ...system,
    now: () => system.now() + aheadMs,
    at: (instant, key, run) => system.at(instant - aheadMs, key, run),
  };
  return { clock, clear: system.clear };
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

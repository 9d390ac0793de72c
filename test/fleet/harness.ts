import { type AppSettings, createRatchet, type Ratchet } from '../../src/app.ts';
import { createGdmfHttpFeed } from '../../src/feeds/gdmf/http.ts';
import { createNanoMdmHost } from '../../src/hosts/nanomdm/client.ts';
import { nanoMdmWire } from '../../src/hosts/nanomdm/wire.ts';
import { type Logger, silentLogger } from '../../src/logger.ts';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import type { Fetch } from '../../src/runtime.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { createScheduler, type Scheduler } from '../../src/sim/scheduler.ts';
import { createWorld } from '../../src/sim/world.ts';
import type { World, WorldFaults, WorldPolicy } from '../../src/sim/world.types.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';

/**
 * The whole app over a simulated world in virtual time: real Hono apps called in process, real SQLite in
 * memory, the world's own plists and HTTP. Everything is drawn from the seed.
 */
export interface FleetOptions {
  seed: string | number;
  devices: number;
  faults?: Partial<WorldFaults>;
  policy?: WorldPolicy;
  /** Changes what the app works with, e.g. to break a rule for a control. */
  breakRule?(parts: FleetParts): void;
  log?: Logger;
  policySet?: PolicySet;
  file?: string;
}

export interface FleetParts {
  store: Store;
  policies: PolicySet;
  settings: AppSettings;
}

export interface Fleet {
  world: World;
  scheduler: Scheduler;
  ratchet: Ratchet;
  store: Store;
  startedAt: number;
  close(): Promise<void>;
}

export const START_AT = 1_789_372_800_000; // 2026-09-14T08:00:00Z, a Monday.

export const DEMO_POLICY: WorldPolicy = { days: 7, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };

export const DEFAULT_FAULTS: Partial<WorldFaults> = {
  webhookLostPerMille: 30,
  webhookDoubledPerMille: 30,
  webhookDelayedPerMille: 30,
  apiErrorPerMille: 20,
  apiTimeoutPerMille: 10,
  pushUnavailablePerMille: 20,
  pushLostPerMille: 20,
};

export function policySetOf(policy: WorldPolicy): PolicySet {
  return {
    mode: 'enforce',
    timeZone: policy.fallbackTimeZone,
    noticeMs: DAY_MS,
    graceReturningMs: 2 * DAY_MS,
    graceNewEnrollmentMs: 3 * DAY_MS,
    hardStopMs: 7 * DAY_MS,
    dmAdopt: false,
    policies: [{ name: 'everyone', match: {}, target: { kind: 'latest' }, due: { kind: 'days', days: policy.days, at: policy.at }, mode: 'enforce', paused: false }],
  };
}

const KEYS = { api: 'sim-api-key', webhook: 'sim-webhook-key', dmRequest: 'sim-dm-key', dmResponse: 'sim-dm-answer-key' };

export async function createFleet(options: FleetOptions): Promise<Fleet> {
  const scheduler = createScheduler(START_AT);
  const policy = options.policy ?? DEMO_POLICY;
  let ratchet: Ratchet | undefined;
  const world = createWorld({
    seed: options.seed,
    devices: options.devices,
    scheduler,
    policy,
    faults: options.faults ?? DEFAULT_FAULTS,
    outgoing: async (url, init) => {
      if (ratchet === undefined) throw new Error('connection refused');
      const request = new Request(url, { method: init.method, headers: init.headers, ...(init.body && init.body.length > 0 ? { body: init.body as Uint8Array<ArrayBuffer> } : {}) });
      return url.includes(':9007/') ? await ratchet.fetchDdm(request) : await ratchet.fetch(request);
    },
    host: {
      apiKey: KEYS.api,
      webhookUrl: 'http://ratchet.sim:9006/webhook',
      webhookHmacKey: KEYS.webhook,
      dmUrl: 'http://ratchet.sim:9007/ddm/',
      dmSendHmacKey: KEYS.dmRequest,
      dmRecvHmacKey: KEYS.dmResponse,
    },
  });
  const prng = createPrng(`app ${options.seed}`);
  const clock = { now: () => scheduler.now(), at: scheduler.at.bind(scheduler), cancel: scheduler.cancel.bind(scheduler), turn: () => scheduler.turn() };
  const fetch: Fetch = (url, init) => scheduler.track(world.fetch(url, init));
  const store = openSqliteStore({ file: options.file ?? ':memory:', clock });
  const policies = options.policySet ?? policySetOf(policy);
  const settings: AppSettings = {
    version: '0.0.0-sim',
    policies,
    policiesBy: 'simulation',
    hostIdentity: 'nanomdm http://nanomdm.sim/v1/enqueue/',
    adopt: false,
    webhook: { hmacKeys: [KEYS.webhook], basic: undefined },
    ddm: { basePath: '/ddm/', requestKeys: [KEYS.dmRequest], responseKey: KEYS.dmResponse },
    api: { password: undefined, open: true },
    pushRate: 50,
    releasesEveryMs: DAY_MS / 2,
    sweepEveryMs: HOUR_MS,
  };
  options.breakRule?.({ store, policies, settings });
  ratchet = await createRatchet(
    {
      clock,
      ids: { uuid: () => uuidOf(() => prng.next()) },
      random: { next: () => prng.next() },
      fetch,
      decodePlist: async (bytes) => parsePlist(bytes),
      store,
      host: createNanoMdmHost({ fetch, enqueueUrl: 'http://nanomdm.sim/v1/enqueue/', pushUrl: 'http://nanomdm.sim/v1/push/', key: KEYS.api }),
      wire: nanoMdmWire,
      feed: createGdmfHttpFeed({ url: 'http://gdmf.sim/v2/pmv', fetch, clock }),
      log: options.log ?? silentLogger,
    },
    settings,
  );
  const app = ratchet;
  return {
    world,
    scheduler,
    ratchet: app,
    store,
    startedAt: START_AT,
    async close() {
      await app.stop();
      await store.close();
    },
  };
}

function uuidOf(next: () => number): string {
  const hex = (length: number) => Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[Math.floor(next() * 4)]}${hex(3)}-${hex(12)}`;
}

/** How long after the world comes to rest everyone must be where they were expected. */
export const CONVERGE_MS = 5 * DAY_MS;

export interface Convergence {
  /** Devices whose reason is not the one expected. */
  wrong: { id: string; expected: string; reason: string }[];
  eligible: number;
  verified: number;
  needPerson: Record<string, number>;
}

/** Compares what Ratchet says with what the world expected before it started. */
export async function judge(fleet: Fleet): Promise<Convergence> {
  const reasons = new Map<string, string>();
  let after = '';
  for (;;) {
    const rows = await fleet.store.listEnrollments(after, 500);
    for (const row of rows) reasons.set(row.id, row.decision.reason);
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.id;
  }
  const result: Convergence = { wrong: [], eligible: 0, verified: 0, needPerson: {} };
  for (const device of fleet.world.devices) {
    const reason = reasons.get(device.id) ?? 'unknown to Ratchet';
    if (device.expected === 'verified') result.eligible += 1;
    if (reason === 'verified') result.verified += 1;
    else result.needPerson[reason] = (result.needPerson[reason] ?? 0) + 1;
    if (reason !== device.expected) result.wrong.push({ id: device.id, expected: device.expected, reason });
  }
  return result;
}

export { HOUR_MS };

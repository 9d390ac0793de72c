import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type AppSettings, createRatchet, type Ratchet } from '../../src/app.ts';
import type { ReleaseFeed } from '../../src/feeds/feed.ts';
import { createGdmfHttpFeed } from '../../src/feeds/gdmf/http.ts';
import type { HostName } from '../../src/hosts/capabilities.ts';
import type { Host } from '../../src/hosts/host.ts';
import { type LogFields, type Logger, silentLogger } from '../../src/logger.ts';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import type { DecodePlist, Fetch } from '../../src/runtime.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { createScheduler, type Scheduler } from '../../src/sim/scheduler.ts';
import { NOTHING, type OutgoingInit } from '../../src/sim/wire.ts';
import { createWorld } from '../../src/sim/world.ts';
import type { World, WorldFaults, WorldOptions, WorldPolicy } from '../../src/sim/world.types.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { type DmAnswer, failingStore, type Notes, recordStore } from './recorder.ts';
import { DM_URL, KEYS, wiringOf } from './wiring.ts';

/**
 * The whole app over a simulated world in virtual time: real Hono apps called in process, real SQLite in
 * memory, the world's own plists and HTTP. Everything is drawn from the seed.
 */
export interface FleetOptions {
  seed: string | number;
  devices: number;
  /** Which server stands between; default `nanomdm`. */
  server?: HostName;
  faults?: Partial<WorldFaults>;
  /** What else the world is told. */
  world?: Pick<WorldOptions, 'switches' | 'drawsAllSwitches' | 'asleepDaysMax'>;
  /** Store calls that fail before they have done anything, in thousandths; none after `heal`. */
  storeErrorPerMille?: number;
  policy?: WorldPolicy;
  /** Whether Apple takes a release back. */
  withdraws?: 'sometimes' | 'always';
  /** Some of the fleet can be updated by commands only. Default true. */
  legacy?: boolean;
  /** Changes what the app works with: a broken rule, to see its checker catch it. */
  breakRule?(parts: FleetParts): void;
  /** The database in a file of its own, and every log line kept: for whoever looks what is in them. */
  isOnDisk?: boolean;
}

/** What the app is made of. A control changes these in place or replaces them. */
export interface FleetParts {
  store: Store;
  policies: PolicySet;
  settings: AppSettings;
  host: Host;
  feed: ReleaseFeed;
  decodePlist: DecodePlist;
  log: Logger;
  /** Between the -dm listener and the host. */
  answerDm(request: Request, answer: (request: Request) => Promise<Response>): Promise<Response>;
  /** An answer of the -dm listener, signed as the host asks. */
  signed(body: string): Response;
}

export interface Fleet {
  seed: string | number;
  world: World;
  scheduler: Scheduler;
  ratchet: Ratchet;
  /** What the app's ports tell checkers. */
  notes: Set<Notes>;
  /** The store as it is, without faults. */
  store: Store;
  /** Raw answer of the -dm listener, signed as the host would. */
  askDm(enrollmentId: string, endpoint: string): Promise<{ status: number; body: string }>;
  startedAt: number;
  /** Database file and log lines, when `isOnDisk`. */
  file: string | undefined;
  lines: readonly string[];
  /** Ends all faults that come by chance. */
  heal(): void;
  close(): Promise<void>;
}

/** 2026-09-14T08:00:00Z, a Monday. */
export const START_AT = 1_789_372_800_000;

export const DEMO_POLICY: WorldPolicy = { days: 7, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };

export const DEFAULT_FAULTS: Partial<WorldFaults> = {
  webhookLostPerMille: 30,
  webhookDoubledPerMille: 30,
  webhookDelayedPerMille: 30,
  apiErrorPerMille: 20,
  apiTimeoutPerMille: 10,
  pushUnavailablePerMille: 20,
  pushLostPerMille: 20,
  notNowPerMille: 60,
  syncPausedPerMille: 20,
  feed: { emptyPerMille: 60, shrunkenPerMille: 30, olderPerMille: 30, outagePerMille: 60 },
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
    policies: [
      {
        name: 'everyone',
        match: {},
        target: { kind: 'latest' },
        due: { kind: 'days', days: policy.days, at: policy.at },
        mode: 'enforce',
        paused: false,
      },
    ],
  };
}

export async function createFleet(options: FleetOptions): Promise<Fleet> {
  const scheduler = createScheduler(START_AT);
  const policy = options.policy ?? DEMO_POLICY;
  const notes = new Set<Notes>();
  const tell = <Kind extends keyof Notes>(kind: Kind, what: Parameters<NonNullable<Notes[Kind]>>[0]) => {
    for (const listener of notes) (listener[kind] as ((given: typeof what) => void) | undefined)?.(what);
  };
  let ratchet: Ratchet | undefined;
  let storeErrorPerMille = options.storeErrorPerMille ?? 1;

  const fetch: Fetch = (url, init) => scheduler.track(callWorld(url, init));
  const server = options.server ?? 'nanomdm';
  const wiring = wiringOf(server, fetch);

  const world = createWorld({
    ...options.world,
    seed: options.seed,
    devices: options.devices,
    scheduler,
    policy,
    faults: options.faults ?? DEFAULT_FAULTS,
    newReleaseDays: 7,
    withdraws: options.withdraws ?? 'sometimes',
    legacy: options.legacy ?? true,
    server,
    outgoing: async (url, init) => {
      if (ratchet === undefined) throw new Error('connection refused');
      return url.startsWith(DM_URL) ? askDm(ratchet, url, init) : ratchet.fetch(requestOf(url, init));
    },
    host: { apiKey: KEYS.api, ...wiring.simulated },
  });

  async function askDm(app: Ratchet, url: string, init: OutgoingInit): Promise<Response> {
    const answer = await parts.answerDm(requestOf(url, init), async (request) => app.fetchDdm(request));
    const enrollmentId = init.headers['X-Enrollment-Id'] ?? '';
    const noted: DmAnswer = { at: scheduler.now(), enrollmentId, endpoint: url.slice(DM_URL.length), status: answer.status };
    tell('onAnswer', noted);
    return answer;
  }

  const prng = createPrng(`app ${options.seed}`);
  const storeFaults = createPrng(`store ${options.seed}`);
  const clock = {
    now: scheduler.now,
    at: scheduler.at,
    cancel: scheduler.cancel,
    turn: scheduler.turn,
  };
  async function callWorld(url: string, init: Parameters<Fetch>[1]): ReturnType<Fetch> {
    const call = { path: url, body: typeof init?.body === 'string' ? init.body : '' };
    try {
      const answer = await world.fetch(url, init);
      if (url.startsWith(wiring.enqueueUrl))
        tell('onCall', { ...call, at: scheduler.now(), status: answer.status, answer: await answer.text() });
      return answer;
    } catch (error) {
      tell('onCall', { ...call, at: scheduler.now(), status: 0, answer: String(error) });
      throw error;
    }
  }

  const folder = options.isOnDisk ? mkdtempSync(join(tmpdir(), 'ratchet-fleet-')) : undefined;
  const file = folder && join(folder, 'ratchet.db');
  const lines: string[] = [];
  const bare = openSqliteStore({ file: file ?? ':memory:', clock });
  const store = recordStore(bare, {
    onStored: (ids) => tell('onStored', ids),
    onCommit: (commit) => tell('onCommit', commit),
  });
  const policies = policySetOf(policy);
  const parts: FleetParts = {
    store: failingStore(store, () => storeErrorPerMille > 0 && storeFaults.int(0, 999) < storeErrorPerMille),
    policies,
    settings: {
      version: '0.0.0-sim',
      policies,
      policiesBy: 'simulation',
      hostIdentity: `${server} ${wiring.enqueueUrl}`,
      adopt: false,
      webhook: wiring.webhook,
      ddm: { basePath: '/ddm/', ...wiring.ddm },
      api: { password: undefined, open: true },
      pushRate: 50,
      releasesEveryMs: DAY_MS / 2,
      sweepEveryMs: HOUR_MS,
    },
    host: wiring.host,
    feed: createGdmfHttpFeed({ url: 'http://gdmf.sim/v2/pmv', fetch, clock }),
    decodePlist: async (bytes) => parsePlist(bytes),
    log: options.isOnDisk ? keepingLogger(lines) : silentLogger,
    answerDm: (request, answer) => answer(request),
    signed: (body) => new Response(body, { headers: wiring.signatureOf(body) }),
  };
  options.breakRule?.(parts);
  const app = await createRatchet(
    {
      clock,
      ids: { uuid: () => prng.uuid() },
      random: { next: () => prng.next() },
      fetch,
      decodePlist: (bytes) => parts.decodePlist(bytes),
      store: parts.store,
      host: parts.host,
      wire: wiring.wire,
      feed: parts.feed,
      log: parts.log,
    },
    parts.settings,
  );
  ratchet = app;
  return {
    seed: options.seed,
    world,
    scheduler,
    ratchet: app,
    notes,
    store,
    async askDm(enrollmentId, endpoint) {
      const headers = { 'X-Enrollment-Id': enrollmentId, ...wiring.dmHeaders };
      const answer = await untilSettled(askDm(app, `${DM_URL}${endpoint}`, { method: 'GET', headers }), async () => {
        await scheduler.settle();
        return true;
      });
      return { status: answer.status, body: await answer.text() };
    },
    startedAt: START_AT,
    file,
    lines,
    heal() {
      storeErrorPerMille = 0;
      world.heal();
    },
    async close() {
      // What is under way ends by virtual time passing.
      await scheduler.settle();
      await untilSettled(app.stop(), scheduler.step);
      await scheduler.settle();
      await bare.close();
      if (folder !== undefined) rmSync(folder, { recursive: true });
    },
  };
}

/** Lets the world go on until the call is over; `goOn` tells whether there is anything left to go on with. */
async function untilSettled<T>(call: Promise<T>, goOn: () => Promise<boolean>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  call.then(over, over);
  do await Promise.resolve();
  while (!isOver && (await goOn()));
  return call;
}

function keepingLogger(lines: string[]): Logger {
  const keep = (fields: LogFields, message: string) =>
    void lines.push(`${message} ${inspect(fields, { depth: 8, maxStringLength: null })}`);
  return { debug: keep, info: keep, warn: keep, error: keep };
}

/** What the apps read of a Request, without the machinery of one: a fleet makes a hundred thousand. */
function requestOf(url: string, { method, headers, body }: OutgoingInit): Request {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (body !== undefined) lower.set('content-length', String(body.length));
  const given = {
    url,
    method,
    headers: { get: (name: string) => lower.get(name.toLowerCase()) ?? null },
    arrayBuffer: async () => (body ?? NOTHING).slice().buffer,
  };
  return given as unknown as Request;
}

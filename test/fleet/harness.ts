import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type AppSettings, createRatchet, type Ratchet } from '../../src/app.ts';
import { shortHash } from '../../src/engine/reconcile/reconcile-one.ts';
import type { ReleaseFeed } from '../../src/feeds/feed.ts';
import { createGdmfHttpFeed } from '../../src/feeds/gdmf/http.ts';
import { SOFA_READS_PER_DAY_MAX, type SofaFeed, sofaFeeds } from '../../src/feeds/sofa.ts';
import type { HostName } from '../../src/hosts/capabilities.ts';
import { createHttpUpstream } from '../../src/hosts/ddm-upstream/http-upstream.ts';
import type { DdmUpstream } from '../../src/hosts/ddm-upstream.ts';
import type { DeclarationChannel } from '../../src/hosts/declaration-channel.ts';
import type { Host } from '../../src/hosts/host.ts';
import { createKmfddmChannel } from '../../src/hosts/kmfddm-api/client.ts';
import { type LogFields, type Logger, silentLogger } from '../../src/logger.ts';
import type { VersionRange } from '../../src/os/version.ts';
import { POLICY_PLATFORMS } from '../../src/policy/match-keys.ts';
import type { Blackout, Halt, Policy, PolicySet, Ring, SeverityDays, Weekday } from '../../src/policy/policy.types.ts';
import { type SettingsOfFile, toSettings } from '../../src/policy/settings-keys.ts';
import { parseCap, parseTarget } from '../../src/policy/target-keys.ts';
import { parsePlist } from '../../src/runtime/parse-plist.ts';
import type { DecodePlist, Fetch } from '../../src/runtime.ts';
import { createPrng } from '../../src/sim/prng.ts';
import { createScheduler, type Scheduler } from '../../src/sim/scheduler.ts';
import type { SofaOptions } from '../../src/sim/sofa-feed.ts';
import { NOTHING, type OutgoingInit } from '../../src/sim/wire.ts';
import { createWorld } from '../../src/sim/world.ts';
import type { World, WorldFaults, WorldOptions, WorldPolicy } from '../../src/sim/world.types.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Store } from '../../src/store/store.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { daysOffOf } from './days-off.ts';
import { createIncarnation, type Incarnation, mortalClock, mortalStore, type PlannedCall } from './incarnation.ts';
import { createNeighbour, NEIGHBOUR_URL, type Neighbour, type NeighbourSpec } from './neighbour.ts';
import { createPoliciesTold, namesOf, type PoliciesTold } from './policies-told.ts';
import { type DmAnswer, failingStore, type Notes, recordStore } from './recorder.ts';
import { DM_URL, KEYS, type Wiring, wiringOf } from './wiring.ts';

/**
 * The whole app over a simulated world in virtual time: real Hono apps called in process, real SQLite in
 * memory, the world's own plists and HTTP. Everything is drawn from the seed.
 */
export interface FleetOptions {
  seed: string | number;
  devices: number;
  /** Of the devices drawn, counted from 0, the ones that are there. Absent: all. */
  keep?: readonly number[];
  /** Which server stands between; default `nanomdm`. */
  server?: HostName;
  faults?: Partial<WorldFaults>;
  /** What else the world is told. */
  world?: Pick<WorldOptions, 'switches' | 'drawsAllSwitches' | 'asleepDaysMax' | 'pace' | 'failingPercent'>;
  /** Store calls that fail before they have done anything, in thousandths; none after `heal`. */
  storeErrorPerMille?: number;
  policy?: FleetPolicy;
  /** New releases appear within this many days from the start; 0: none. Default 7. */
  newReleaseDays?: number;
  /** Whether Apple takes a release back. */
  withdraws?: 'never' | 'sometimes' | 'always';
  /** SOFA is read. Absent: it is not configured. */
  sofa?: SofaOptions;
  /** Some of the fleet can be updated by commands only. Default true. Without, the policies use declarations only. */
  legacy?: boolean;
  /** Changes what the app works with: a broken rule, to see its checker catch it. */
  breakRule?(parts: FleetParts): void;
  /** The database in a file of its own, and every log line kept: for whoever looks what is in them. */
  isOnDisk?: boolean;
  /** When the app dies or is stopped; none after `heal`. */
  kills?: readonly Kill[];
  /** What a person makes of the policy later: dates rest on all of them. */
  edits?: readonly { policy: FleetPolicy }[];
  /** The declaration server that it stands in front of. Absent: none. */
  neighbour?: NeighbourSpec;
  /** Pages for owners: in every life, from the second on, only in the first, or elsewhere in each. Absent: none. */
  ownersPages?: 'stay' | 'come' | 'go' | 'move';
  /** Called between two lives with the database file, which nobody has open then; with `isOnDisk`. */
  whileDown?(file: string): void;
  /** What its clock shows beside the true time, from instants on; true again after `heal`. */
  clockSteps?: readonly ClockStep[];
}

/** The end of one life of the app, and how long nothing is there afterwards. */
export interface Kill {
  /** Milliseconds since the start. */
  at: number;
  /** At once, as an operator stops it, or at one of the next calls of a port. */
  how: 'now' | 'stop' | PlannedCall;
  downMs: number;
}

/** The clock of the app's machine is set. */
export interface ClockStep {
  /** Milliseconds since the start. */
  at: number;
  /** Shown minus true, milliseconds. */
  skewMs: number;
}

/** What the operator asks for, with what of it the world need not know. */
export interface FleetPolicy extends WorldPolicy {
  /** Default `everyone`; with `isByPlatform` each is named after its platform, too. */
  name?: string;
  /** Default `enforce`. */
  mode?: 'enforce' | 'observe';
  detailsUrl?: string;
  /** As in a file: latest (the default), latest-minor, n-1, n-2, "26" or one version. */
  target?: string;
  floor?: string;
  cap?: string;
  /** A policy of its own for each platform, of the same words. */
  isByPlatform?: boolean;
  /** Days by severity; `major` may be more than `days`. */
  severity?: SeverityDays;
  /** Dates fall on these. Absent: on every day. */
  weekdays?: Weekday[];
  /** For all policies together. What is not given is the larger of 50 and a tenth of the fleet. */
  limits?: { newPerDay?: number; restartsPerDate?: number };
  blackouts?: Blackout[];
  /** The last takes who is left. A person looks at rollouts twice a day, approves and resumes. */
  rings?: FleetRing[];
  halt?: Halt;
  /** As a file has them. */
  settings?: SettingsOfFile;
  commands?: NonNullable<Policy['commands']>;
  channel?: Policy['channel'];
}

/** So many devices, or percent of them; `atLatestHours` always, so that every run comes to its end. */
export interface FleetRing {
  name: string;
  devices?: number;
  percent?: number;
  afterHours: number;
  soakHours: number;
  successPercent: number;
  atLatestHours: number;
  isByHand?: boolean;
}

/** What the app is made of. A control changes these in place or replaces them. */
export interface FleetParts {
  store: Store;
  policies: PolicySet;
  settings: AppSettings;
  host: Host;
  feed: ReleaseFeed;
  sofa: SofaFeed[];
  decodePlist: DecodePlist;
  /** Absent: it stands in front of nobody. */
  upstream?: DdmUpstream;
  /** Absent: it answers devices itself. */
  channel?: DeclarationChannel;
  log: Logger;
  /** Between the -dm listener and the host. */
  answerDm(request: Request, answer: (request: Request) => Promise<Response>): Promise<Response>;
  /** An answer of the -dm listener, signed as the host asks. */
  signed(body: string): Response;
}

export interface Fleet {
  seed: string | number;
  /** The first. */
  policy: FleetPolicy;
  /** Which were in force when. */
  policies: PoliciesTold;
  world: World;
  /** The declaration server beside it, when there is one. */
  neighbour: Neighbour | undefined;
  scheduler: Scheduler;
  /** The app of the present life, or of the last one while nothing is there. */
  readonly ratchet: Ratchet;
  /** Lives begun so far. */
  readonly lives: number;
  /** When the present life was up, on the true clock; undefined between two. */
  readonly upSince: number | undefined;
  /** The clock of its machine is set at some time. */
  readonly isClockSet: boolean;
  /** By how much it is ahead now. */
  readonly skewMs: number;
  /** By how much it was ahead then. */
  skewMsAt(instant: number): number;
  /** What the app's ports tell checkers. */
  notes: Set<Notes>;
  /** The store as it is, without faults. */
  store: Store;
  /**
   * A person changes the policies: the file, which then is loaded, or over the file, with a yes to the plan. Resolves to
   * whether it is done; never, when the app dies over it.
   */
  edit(policy: FleetPolicy, how: EditHow): Promise<boolean>;
  /** Raw answer of the -dm listener, signed as the host would. */
  askDm(enrollmentId: string, endpoint: string): Promise<{ status: number; body: string }>;
  startedAt: number;
  /** Database file and log lines, when `isOnDisk`. */
  file: string | undefined;
  lines: readonly string[];
  /** A request of somebody who looks on from outside the world: no fault befalls it, and nothing is drawn for it. */
  lookOn(request: Request): Promise<Response>;
  /** The same on the -dm listener. */
  lookOnDdm(request: Request): Promise<Response>;
  /** Ends all faults that come by chance. */
  heal(): void;
  close(): Promise<void>;
}

export type EditHow = 'load' | 'apply';

/** In memory where there is such a thing: a fleet commits ten thousand times, and no fsync is put to the test. */
const FOLDERS = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

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

export function policySetOf({
  days,
  at,
  fallbackTimeZone,
  isByPlatform,
  weekdays,
  blackouts = [],
  rings,
  halt,
  settings,
  name = 'everyone',
  mode = 'enforce',
  severity,
  target = 'latest',
  floor,
  cap,
  limits = {},
  ...more
}: FleetPolicy): PolicySet {
  // The first holds for all policies, the others stand in each.
  const [forAll, forPolicy] = [blackouts.slice(0, 1), blackouts.slice(1)];
  const names = namesOf({ name, ...(isByPlatform ? { isByPlatform } : {}) });
  const each = isByPlatform
    ? POLICY_PLATFORMS.map((platform, index) => ({ name: names[index] ?? platform, match: { platform: [platform] } }))
    : [{ name, match: {} }];
  const wanted = settings && toSettings(settings);
  return {
    mode: 'enforce',
    timeZone: fallbackTimeZone,
    noticeMs: DAY_MS,
    graceReturningMs: 2 * DAY_MS,
    graceNewEnrollmentMs: 3 * DAY_MS,
    hardStopMs: 7 * DAY_MS,
    dmAdopt: false,
    limits,
    ...(forAll.length > 0 ? { blackouts: forAll } : {}),
    policies: each.map((named) => ({
      ...named,
      target: parseTarget(target) ?? { kind: 'latest' },
      ...(floor === undefined ? {} : { floor }),
      ...(cap === undefined ? {} : { cap: parseCap(cap) as VersionRange }),
      due: { kind: 'days', days, at, ...(weekdays ? { weekdays } : {}), ...(severity ? { severity } : {}) },
      mode,
      paused: false,
      ...(rings ? { rings: rings.map(ringOf), halt: halt ?? { failedPercent: 5, of: 10 } } : {}),
      ...(forPolicy.length > 0 ? { blackouts: forPolicy } : {}),
      ...(wanted ? { settings: wanted } : {}),
      ...more,
    })),
  };
}

function ringOf({ name, devices, percent, afterHours, soakHours, successPercent, atLatestHours, isByHand }: FleetRing): Ring {
  return {
    name,
    who:
      devices !== undefined ? { kind: 'devices', count: devices } : percent !== undefined ? { kind: 'percent', percent } : { kind: 'rest' },
    afterMs: afterHours * HOUR_MS,
    promote: {
      by: isByHand ? 'person' : 'health',
      successPercent,
      soakMs: soakHours * HOUR_MS,
      minimum: 1,
      atLatestMs: atLatestHours * HOUR_MS,
    },
  };
}

function publicUrlIn(life: number, pages: FleetOptions['ownersPages']): Pick<AppSettings, 'publicUrl'> {
  if (pages === undefined || (pages === 'come' && life === 1) || (pages === 'go' && life > 1)) return {};
  return { publicUrl: `https://updates${pages === 'move' ? life : ''}.example.com/` };
}

export async function createFleet(options: FleetOptions): Promise<Fleet> {
  const scheduler = createScheduler(START_AT);
  const policy = options.policy ?? DEMO_POLICY;
  const told = createPoliciesTold(policy);
  /** As the file has it. */
  let filed = policy;
  const all: FleetPolicy[] = [policy, ...(options.edits ?? []).map((edit) => edit.policy)];
  const notes = new Set<Notes>();
  const tell = <Kind extends keyof Notes>(kind: Kind, what: Parameters<NonNullable<Notes[Kind]>>[0]) => {
    for (const listener of notes) (listener[kind] as ((given: typeof what) => void) | undefined)?.(what);
  };
  const server = options.server ?? 'nanomdm';
  let storeErrorPerMille = options.storeErrorPerMille ?? 1;
  let skewMs = 0;
  const skews: { from: number; skewMs: number }[] = [];
  let isHealed = false;
  /** What answers now: nothing between two lives. */
  let serving: { app: Ratchet; parts: FleetParts; life: Incarnation; since: number } | undefined;
  let lives = 0;
  /** How long nothing is there after the present life. */
  let downMs = 0;

  const world = createWorld({
    ...options.world,
    seed: options.seed,
    devices: options.devices,
    scheduler,
    policy: {
      ...policy,
      days: Math.max(...all.map(({ days, severity }) => Math.max(days, severity?.major ?? 0))),
      daysOff: Math.max(...all.map((each) => daysOffOf(each, options.devices))),
    },
    faults: options.faults ?? DEFAULT_FAULTS,
    newReleaseDays: options.newReleaseDays ?? 7,
    ...(options.withdraws === 'never' ? {} : { withdraws: options.withdraws ?? 'sometimes' }),
    ...(options.keep ? { keep: options.keep } : {}),
    legacy: options.legacy ?? true,
    ...(options.sofa ? { sofa: options.sofa } : {}),
    server,
    outgoing: async (url, init) => {
      if (url.startsWith(NEIGHBOUR_URL) && neighbour) return neighbour.fetch(url, init);
      const { app, life } = serving ?? refused();
      return url.startsWith(DM_URL) ? askDm(url, init) : life.serve(() => app.fetch(requestOf(url, init)));
    },
    host: { apiKey: KEYS.api, ...simulatedOf(wiringOf(server, refused), options.neighbour) },
  });

  async function askDm(url: string, init: OutgoingInit): Promise<Response> {
    const { app, parts, life } = serving ?? refused();
    const answer = await life.serve(() => parts.answerDm(requestOf(url, init), async (request) => app.fetchDdm(request)));
    const enrollmentId = init.headers['X-Enrollment-Id'] ?? '';
    const noted: DmAnswer = { at: scheduler.now(), enrollmentId, endpoint: url.slice(DM_URL.length), status: answer.status };
    tell('onAnswer', noted);
    return answer;
  }

  async function callWorld(enqueueUrl: string, life: number, url: string, init: Parameters<Fetch>[1]): ReturnType<Fetch> {
    const call = { path: url, body: typeof init?.body === 'string' ? init.body : '', life };
    const isEnqueue = url.startsWith(enqueueUrl);
    const isPlacing = url.startsWith(NEIGHBOUR_URL) || url.includes('/api/v1/ddm/');
    try {
      const answer = await (url.startsWith(NEIGHBOUR_URL) && neighbour ? neighbour.fetch(url, wired(init)) : world.fetch(url, init));
      if (isEnqueue) tell('onCall', { ...call, at: scheduler.now(), status: answer.status, answer: await answer.text() });
      else if (isPlacing && answer.status >= 500) tell('onPlacingFailed', scheduler.now());
      return answer;
    } catch (error) {
      if (isPlacing) tell('onPlacingFailed', scheduler.now());
      tell('onCall', { ...call, at: scheduler.now(), status: 0, answer: String(error) });
      throw error;
    }
  }

  const uuids = createPrng(`uuids ${options.seed}`);
  const random = createPrng(`app ${options.seed}`);
  const onlookers = new AsyncLocalStorage<true>();
  const storeFaults = createPrng(`store ${options.seed}`);
  const folder = options.isOnDisk ? mkdtempSync(join(FOLDERS, 'ratchet-fleet-')) : undefined;
  const file = folder && join(folder, 'ratchet.db');
  const lines: string[] = [];
  let bare = openSqliteStore({ file: file ?? ':memory:', clock: scheduler });
  const store = recordStore(
    delegating(() => bare),
    {
      onStored: (ids) => tell('onStored', ids),
      onReportStored: (report) => tell('onReportStored', report),
      onCommit: (commit) => tell('onCommit', commit),
      onCommandSaved: (entry) => tell('onCommandSaved', entry),
      onCatalogueSaved: () => tell('onCatalogueSaved', undefined),
      onSeveritiesSaved: () => tell('onSeveritiesSaved', undefined),
      onRolloutsSaved: (rollouts) => tell('onRolloutsSaved', rollouts),
    },
  );

  function setOf(wanted: FleetPolicy): PolicySet {
    return policySetOf(options.legacy === false ? { channel: 'declarations', ...wanted } : wanted);
  }

  async function edit(wanted: FleetPolicy, how: EditHow): Promise<boolean> {
    if (how === 'load') filed = wanted;
    if (serving === undefined) return false;
    const { operatePolicies } = serving.app;
    const policies = setOf(wanted);
    const given = { policies, hash: shortHash(policies), file: 'simulation' };
    const outcome = await (how === 'load' ? operatePolicies.load(given) : operatePolicies.apply(given, { by: 'simulation' }));
    if (outcome.kind !== 'held') return outcome.kind !== 'refused';
    const accept = outcome.difference.guard?.plan;
    const answer = accept === undefined ? outcome : await operatePolicies.apply(given, { by: 'simulation', accept });
    return answer.kind === 'applied' || answer.kind === 'unchanged';
  }

  const neighbour =
    options.neighbour &&
    createNeighbour({
      ...{ spec: options.neighbour, seed: options.seed, scheduler, startedAt: START_AT, apiKey: KEYS.kmfddm },
      enrollments: world.devices.map(({ id, spec: { userId } }) => {
        const named = server === 'micromdm' ? userId : `${id}:${userId}`;
        return { id, ...(userId === undefined ? {} : { userId: named }) };
      }),
      ...(world.host.kmfddm ? { inside: world.host.kmfddm } : {}),
      host: wiringOf(server, world.fetch).host,
    });

  /** A new process over the same store. Resolves never when it dies before it is up. */
  async function beginLife(): Promise<void> {
    lives += 1;
    const life = createIncarnation(lives, () => {
      if (serving?.life === life) serving = undefined;
      beginAgain(downMs);
    });
    present = life;
    const fetch: Fetch = (url, init) => life.call('fetch', () => scheduler.track(callWorld(wiring.enqueueUrl, life.number, url, init)));
    const wiring = wiringOf(server, fetch);
    const policies = setOf(filed);
    const clock = mortalClock(scheduler, life, () => skewMs);
    const parts: FleetParts = {
      store: failingStore(store, () => storeErrorPerMille > 0 && !onlookers.getStore() && storeFaults.int(0, 999) < storeErrorPerMille),
      policies,
      settings: {
        version: '0.0.0-sim',
        policies,
        policiesBy: 'simulation',
        acceptPlan: 'any',
        hostIdentity: `${server} ${wiring.enqueueUrl}`,
        adopt: false,
        ...publicUrlIn(lives, options.ownersPages),
        webhook: wiring.webhook,
        ddm: { basePath: '/ddm/', ...wiring.ddm },
        api: { password: undefined, open: true },
        pushRate: 50,
        releasesEveryMs: DAY_MS / 2,
        sofaEveryMs: DAY_MS / 3,
        sweepEveryMs: HOUR_MS,
      },
      host: wiring.host,
      feed: createGdmfHttpFeed({ url: 'http://gdmf.sim/v2/pmv', fetch, clock, readsPerDayMax: 4 }),
      sofa: options.sofa
        ? sofaFeeds((name) =>
            createGdmfHttpFeed({ url: `http://sofa.sim/v2/${name}`, fetch, clock, readsPerDayMax: SOFA_READS_PER_DAY_MAX }),
          )
        : [],
      decodePlist: async (bytes) => parsePlist(bytes),
      log: options.isOnDisk ? keepingLogger(lines) : silentLogger,
      ...besideIt(server, neighbour?.wiring, fetch),
      answerDm: (request, answer) => answer(request),
      signed: (body) => new Response(body, { headers: wiring.signatureOf(body) }),
    };
    options.breakRule?.(parts);
    const app = await createRatchet(
      {
        clock,
        ids: { uuid: () => uuids.uuid(), secret: () => `${uuids.uuid()}${uuids.uuid()}`.replaceAll('-', '') },
        random: { next: () => random.next() },
        fetch,
        decodePlist: (bytes) => life.call('decode', () => parts.decodePlist(bytes)),
        store: mortalStore(parts.store, life),
        host: parts.host,
        wire: wiring.wire,
        ...(parts.upstream === undefined ? {} : { upstream: parts.upstream }),
        ...(parts.channel === undefined ? {} : { channel: parts.channel }),
        feed: parts.feed,
        sofa: parts.sofa,
        log: parts.log,
      },
      parts.settings,
    );
    last = app;
    serving = { app, parts, life, since: scheduler.now() };
  }

  let present: Incarnation | undefined;
  let last: Ratchet | undefined;
  await beginLife();

  /** Nothing may stay down: a life that could not begin (its store failed) is begun again, as a supervisor would. */
  function beginAgain(afterMs: number): void {
    scheduler.schedule(scheduler.now() + afterMs, async () => {
      if (file !== undefined) {
        // Whoever closes it, the kernel or a stop: nothing is written after that.
        await scheduler.hold(bare.close());
        options.whileDown?.(file);
        bare = openSqliteStore({ file, clock: scheduler });
      }
      beginLife().then(
        () => serving?.app.start(),
        () => beginAgain(10_000),
      );
    });
  }

  function die(kill: Kill): void {
    const life = present;
    // Also while it begins.
    if (isHealed || life === undefined || life.isOver) return;
    downMs = kill.downMs;
    if (kill.how === 'now') life.end();
    else if (kill.how !== 'stop') life.endAt(kill.how);
    else if (serving !== undefined) {
      const { app } = serving;
      serving = undefined;
      void app.stop().then(life.end);
    }
  }
  for (const kill of options.kills ?? []) scheduler.schedule(START_AT + kill.at, () => die(kill));
  for (const step of options.clockSteps ?? [])
    scheduler.schedule(START_AT + step.at, () => {
      if (!isHealed) setClock(step.skewMs);
    });

  function setClock(to: number): void {
    skewMs = to;
    skews.push({ from: scheduler.now(), skewMs });
  }

  return {
    seed: options.seed,
    policy,
    policies: told,
    world,
    neighbour,
    scheduler,
    get ratchet() {
      return last as Ratchet;
    },
    get lives() {
      return lives;
    },
    get upSince() {
      return serving?.since;
    },
    isClockSet: (options.clockSteps ?? []).length > 0,
    get skewMs() {
      return skewMs;
    },
    skewMsAt: (instant) => skews.findLast(({ from }) => from <= instant)?.skewMs ?? 0,
    notes,
    store,
    edit,
    async askDm(enrollmentId, endpoint) {
      const headers = { 'X-Enrollment-Id': enrollmentId, ...wiringOf(server, refused).dmHeaders };
      const answer = await untilSettled(askDm(`${DM_URL}${endpoint}`, { method: 'GET', headers }), async () => {
        await scheduler.settle();
        return true;
      });
      return { status: answer.status, body: await answer.text() };
    },
    lookOn: async (request) => onlookers.run(true, () => (last as Ratchet).fetch(request)),
    lookOnDdm: async (request) => onlookers.run(true, () => (last as Ratchet).fetchDdm(request)),
    startedAt: START_AT,
    file,
    lines,
    heal() {
      isHealed = true;
      setClock(0);
      storeErrorPerMille = 0;
      world.heal();
    },
    async close() {
      // What is under way ends by virtual time passing.
      await scheduler.settle();
      if (serving) await untilSettled(serving.app.stop(), scheduler.step);
      await scheduler.settle();
      await bare.close();
      if (folder !== undefined) rmSync(folder, { recursive: true });
    },
  };
}

/** Where the server asks for declarations, and who keeps them. */
function simulatedOf({ simulated }: Wiring, neighbour: NeighbourSpec | undefined): Wiring['simulated'] {
  if (neighbour?.wiring !== 'kmfddm') return simulated;
  const { dmSendHmacKey: _unsigned, dmRecvHmacKey: _unchecked, ...rest } = simulated;
  return { ...rest, dmUrl: NEIGHBOUR_URL };
}

function besideIt(server: HostName, wiring: Neighbour['wiring'] | undefined, fetch: Fetch): Pick<FleetParts, 'upstream' | 'channel'> {
  if (server === 'nanohub')
    return { channel: createKmfddmChannel({ fetch, url: 'http://nanohub.sim/api/v1/ddm/', user: 'nanohub', key: KEYS.api }) };
  if (wiring === undefined) return {};
  if (wiring === 'merge') return { upstream: createHttpUpstream({ fetch, url: NEIGHBOUR_URL }) };
  return { channel: createKmfddmChannel({ fetch, url: `${NEIGHBOUR_URL}v1/`, user: 'kmfddm', key: KEYS.kmfddm }) };
}

/** As bytes, for the simulated world. */
function wired(init: Parameters<Fetch>[1]): OutgoingInit {
  const { method = 'GET', headers = {}, body } = init ?? {};
  return { method, headers, ...(body === undefined ? {} : { body: typeof body === 'string' ? Buffer.from(body) : body }) };
}

/** The store that is open now. */
function delegating(present: () => Store): Store {
  const calls = Object.keys(present()).map((name) => [
    name,
    (...given: unknown[]) => (present() as unknown as Record<string, (...given: unknown[]) => unknown>)[name]?.(...given),
  ]);
  return Object.fromEntries(calls) as Store;
}

function refused(): never {
  throw new Error('connection refused');
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

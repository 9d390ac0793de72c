import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDispatcher, type Dispatcher } from '../../src/engine/dispatch/dispatcher.ts';
import { createReconciler, type Reconciler } from '../../src/engine/reconcile/reconciler.ts';
import { createStanding } from '../../src/engine/standing.ts';
import type { EventBody } from '../../src/enrollment/event.ts';
import { hostCapabilities } from '../../src/hosts/capabilities.ts';
import type { EnqueueAnswer, Host } from '../../src/hosts/host.ts';
import { silentLogger } from '../../src/logger.ts';
import type { MdmMessage } from '../../src/mdm/messages.ts';
import { createScheduler } from '../../src/sim/scheduler.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { catalogue, NOW, PHONE, policy, policySet, release } from '../decide/builders.ts';

/**
 * Promise 3 and rule 28 as a model: whatever a device, its server and the network do in whatever order, and whenever
 * Ratchet is restarted, no second install command is enqueued on mere silence. The real store, reconciler and sender; a
 * server and a device of a few lines. What may be enqueued is judged by what had been told to Ratchet until then.
 */

/** `RATCHET_MODEL_RUNS=10000` for the long run. */
const RUNS = Number(process.env.RATCHET_MODEL_RUNS ?? 60);
const STEPS_MAX = 20;
const LOST_AFTER_MS = 3 * DAY_MS;
const IDLE_APART_MS = 15 * MINUTE_MS;

type Stage = 'idle' | 'downloaded' | 'installing';
type HostMood = 'takes' | 'takes-and-times-out' | 'times-out' | 'is-down' | 'refuses';

/** One install command as the server saw it, and what Ratchet was told of it. */
interface Install {
  uuid: string;
  confirmedAt: number;
  isAmbiguous: boolean;
  /** Ratchet knows how it ended. */
  resolvedAt?: number;
  firstIdleAt?: number;
  /** When the device had been idle twice, and far enough apart. */
  silentAt?: number;
  /** The device has enrolled anew since: its next one is a first one. */
  isOfBefore?: boolean;
}

const scheduler = createScheduler(NOW);
const store = openSqliteStore({ file: ':memory:', clock: scheduler });
/** Each with one release more than the one before. */
const catalogues = [1, 2, 3].map((count) =>
  catalogue(
    ['16.7.9', '16.7.10', '16.7.11']
      .slice(0, count)
      .map((version) => release(version, { expirationDate: undefined, firstSeenAt: NOW - 30 * DAY_MS })),
  ),
);
const standing = createStanding(
  policySet({ graceNewEnrollmentMs: 0, noticeMs: 0, policies: [policy({ due: { kind: 'days', days: 0, at: '18:00' } })] }),
  'hash',
  {
    host: undefined,
    site: { dmReached: true },
    control: { state: 'running', pausedPolicies: [], held: undefined },
    policies: undefined,
    lastCommitAt: 0,
    dueBasis: undefined,
    clockDoubt: undefined,
    createdAt: 0,
    tagsRevision: 0,
    rolloutsRevision: 0,
    feed: undefined,
  },
  catalogues[0],
  'digest',
);
let uuids = 0;
let devices = 0;

class World {
  readonly id = `M${++devices}`;
  queue: { uuid: string; plist: string }[] = [];
  readonly seen = new Set<string>();
  mood: HostMood = 'takes';
  stage: Stage = 'downloaded';
  /** It answers OSUpdateStatus with an error. */
  tellsNothing = false;
  readonly installs: Install[] = [];
  statusAt = 0;
  told: Stage | undefined;
  lastSeenAt = 0;
  readonly events: { body: EventBody; at: number }[] = [];
  readonly wrong: string[] = [];
  reconciler!: Reconciler;
  dispatcher!: Dispatcher;

  constructor() {
    this.restart();
  }

  restart(): void {
    const host: Host = {
      name: 'model',
      capabilities: hostCapabilities.nanomdm,
      probe: async () => ({ reachable: true }),
      push: async () => ({ errors: new Map() }),
      enqueue: async (id, uuid, plist) => (id === this.id ? this.enqueue(uuid, plist) : { kind: 'refused', message: 'gone' }),
    };
    this.reconciler = createReconciler({
      store,
      standing,
      clock: scheduler,
      ids: { uuid: () => `u${++uuids}` },
      log: silentLogger,
      onCommitted: () => this.dispatcher.kick(),
      onUnknownOurs: () => undefined,
    });
    this.dispatcher = createDispatcher({
      isClockDoubted: () => false,
      store,
      host,
      reconciler: this.reconciler,
      clock: scheduler,
      random: { next: () => 0.5 },
      log: silentLogger,
      alerts: { raise: async () => undefined, refresh: async () => undefined, clear: async () => undefined },
      pushRate: 100,
    });
  }

  enqueue(uuid: string, plist: string): EnqueueAnswer {
    const { mood } = this;
    this.mood = 'takes';
    if (mood === 'is-down') return { kind: 'retry', message: 'down' };
    if (mood === 'refuses') return { kind: 'refused', message: 'refused' };
    if (mood === 'times-out') {
      this.note(uuid, plist, true);
      return { kind: 'ambiguous', message: 'timeout' };
    }
    if (this.seen.has(uuid)) return { kind: 'already-queued' };
    this.seen.add(uuid);
    this.queue.push({ uuid, plist });
    this.note(uuid, plist, mood === 'takes-and-times-out');
    return mood === 'takes' ? { kind: 'queued' } : { kind: 'ambiguous', message: 'timeout' };
  }

  /** The judgement: an install command reaches the server, or may have. */
  note(uuid: string, plist: string, isAmbiguous: boolean): void {
    if (!isInstallPlist(plist)) return;
    const now = scheduler.now();
    const same = this.installs.find((install) => install.uuid === uuid);
    if (same) {
      if (!same.isAmbiguous) this.wrong.push(`${uuid} is sent again, and nothing was in doubt`);
      same.isAmbiguous = isAmbiguous;
      return;
    }
    const before = this.installs.at(-1);
    if (before && !before.isOfBefore) {
      const endedAt = this.endedAt(before);
      if (endedAt === undefined) this.wrong.push(`${uuid} follows ${before.uuid}, of which nothing was told`);
      else if (this.statusAt <= endedAt || this.told === 'installing')
        this.wrong.push(`${uuid} follows ${before.uuid} without a status since that shows nothing in progress`);
    }
    if (this.told === 'installing' && now - this.statusAt < DAY_MS) this.wrong.push(`${uuid} while it is installing`);
    if (now - this.lastSeenAt > 10 * MINUTE_MS) this.wrong.push(`${uuid} long after the last sign of life`);
    const minute = minuteInBerlin(now);
    if (minute < 60 || minute > 4 * 60) this.wrong.push(`${uuid} at minute ${minute} of the day`);
    this.installs.push({ uuid, confirmedAt: now, isAmbiguous });
  }

  endedAt(install: Install): number | undefined {
    if (install.resolvedAt !== undefined) return install.resolvedAt;
    // It is lost once, whatever is heard after that.
    const lostAt = Math.max(install.silentAt ?? Number.POSITIVE_INFINITY, install.confirmedAt + LOST_AFTER_MS);
    return scheduler.now() >= lostAt ? lostAt : undefined;
  }

  /** What reaches Ratchet, and what the judge knows by it. */
  async hear(body: EventBody, at = scheduler.now()): Promise<void> {
    this.events.push({ body, at });
    this.lastSeenAt = Math.max(this.lastSeenAt, at);
    if (body.kind === 'message' && body.message.kind === 'CommandReport') this.learn(body.message, at);
    const stored = store.append([
      { subject: { id: this.id, type: 'Device' }, event: { observedAt: at, receivedAt: scheduler.now(), body } },
    ]);
    await scheduler.settle();
    await stored;
    this.reconciler.wakeSoon([this.id], 'something');
    await this.pass(3_000);
  }

  learn(report: Extract<MdmMessage, { kind: 'CommandReport' }>, at: number): void {
    if (report.updateStatuses && at >= this.statusAt) {
      this.statusAt = at;
      this.told = stageTold(report.updateStatuses[0]?.status);
    }
    const install = this.installs.find(({ uuid }) => uuid === report.commandUuid);
    if (install && report.status !== 'NotNow') install.resolvedAt ??= scheduler.now();
    if (install && report.status === 'NotNow') {
      install.firstIdleAt = undefined;
      install.silentAt = undefined;
    }
    if (report.status !== 'Idle') return;
    for (const open of this.installs) {
      if (at <= open.confirmedAt) continue;
      open.firstIdleAt ??= at;
      if (at - open.firstIdleAt >= IDLE_APART_MS) open.silentAt ??= at;
    }
  }

  async pass(ms: number): Promise<void> {
    await scheduler.runUntil(scheduler.now() + ms);
  }

  /** Looked at as the schedule would, every ten minutes of what passes. */
  async live(ms: number): Promise<void> {
    const until = scheduler.now() + ms;
    while (scheduler.now() < until) {
      await this.pass(Math.min(Math.max(10 * MINUTE_MS, ms / 6), until - scheduler.now()));
      this.reconciler.wake([this.id]);
      this.dispatcher.kick();
      await this.pass(100);
    }
  }

  report(fields: Partial<Extract<MdmMessage, { kind: 'CommandReport' }>>): EventBody {
    return { kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', ...fields } };
  }
}

function stageTold(status: string | undefined): Stage {
  return status === 'Installing' ? 'installing' : 'downloaded';
}

function isInstallPlist(plist: string): boolean {
  return plist.includes('<string>ScheduleOSUpdate</string>') && !plist.includes('<string>DownloadOnly</string>');
}

function minuteInBerlin(at: number): number {
  const [hour = 0, minute = 0] = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: 'numeric', minute: 'numeric' })
    .format(at)
    .split(':')
    .map(Number);
  return hour * 60 + minute;
}

function releaseAnother(): void {
  standing.catalogue = catalogues.at(catalogues.indexOf(standing.catalogue as never) + 1) ?? standing.catalogue;
}

type Step = (world: World) => Promise<void>;

function command(name: string, run: Step): fc.AsyncCommand<object, World> {
  return {
    check: () => true,
    run: async (_model, world) => {
      await run(world);
      expect(world.wrong).toEqual([]);
    },
    toString: () => name,
  };
}

const ANSWERS = ['Acknowledged', 'Error', 'NotNow', 'lost', 'twice'] as const;

/** The device polls until its queue is empty; each answer is told to Ratchet, or is not. */
async function poll(world: World, isIdleLost: boolean, answers: readonly (typeof ANSWERS)[number][], starts: boolean): Promise<void> {
  if (!isIdleLost) await world.hear(world.report({ status: 'Idle' }));
  const waiting = world.queue;
  world.queue = [];
  for (const [index, { uuid, plist }] of waiting.entries()) {
    const answer = answers[index % answers.length] ?? 'Acknowledged';
    if (answer === 'NotNow') world.queue.push({ uuid, plist });
    const isInstall = isInstallPlist(plist);
    if (isInstall && answer !== 'NotNow' && starts) world.stage = 'installing';
    const isRefused = world.tellsNothing && plist.includes('OSUpdateStatus');
    const status = answer === 'NotNow' ? answer : answer === 'Error' || isRefused ? 'Error' : 'Acknowledged';
    const content = plist.includes('OSUpdateStatus')
      ? { updateStatuses: [{ productKey: 'k', status: world.stage === 'installing' ? 'Installing' : 'Idle', isDownloaded: true }] }
      : plist.includes('SecurityInfo')
        ? { securityInfo: { passcodePresent: false } }
        : plist.includes('DeviceInformation')
          ? { deviceInformation: { osVersion: '16.7', buildVersion: '20H19' } }
          : {};
    const body = world.report({ commandUuid: uuid, status, ...(status === 'Acknowledged' ? content : {}) });
    if (answer === 'lost') continue;
    await world.hear(body);
    if (answer === 'twice') await world.hear(body);
  }
}

const isSeldom = fc.integer({ min: 0, max: 4 }).map((n) => n === 0);

const steps = [
  fc
    .constantFrom(2, 20, 120, 480, 1_440, 4_400)
    .map((minutes) => command(`${minutes} min pass`, (world) => world.live(minutes * MINUTE_MS))),
  // A night in its window: it is asked what it is doing, may get its command, and may say what it makes of it.
  ...[1, 2, 3, 4, 5].map(() =>
    fc
      .tuple(
        fc.integer({ min: 0, max: 190 }),
        fc.array(fc.tuple(isSeldom, fc.constantFrom('Acknowledged' as const, 'Acknowledged' as const, ...ANSWERS), isSeldom), {
          minLength: 2,
          maxLength: 5,
        }),
      )
      .map(([minutes, polls]) =>
        command(
          `a night: ${minutes} min into its window, ${polls.map(([lost, answer]) => `${lost ? 'unheard ' : ''}${answer}`).join(', ')}`,
          async (world) => {
            await world.live(((60 + minutes - minuteInBerlin(scheduler.now()) + 1_440) % 1_440) * MINUTE_MS);
            for (const [isIdleLost, answer, starts] of polls) {
              await poll(world, isIdleLost, [answer], starts);
              await world.live(2 * MINUTE_MS);
            }
          },
        ),
      ),
  ),
  fc
    .tuple(fc.boolean(), fc.array(fc.constantFrom(...ANSWERS), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([isIdleLost, answers, starts]) =>
      command(`polls${isIdleLost ? ', unheard' : ''}: ${answers.join(' ')}${starts ? ', starts' : ''}`, (world) =>
        poll(world, isIdleLost, answers, starts),
      ),
    ),
  fc.constantFrom<HostMood>('takes-and-times-out', 'times-out', 'is-down', 'refuses').map((mood) =>
    command(`next time the server ${mood}`, async (world) => {
      world.mood = mood;
    }),
  ),
  fc.constant(
    command('the server loses its queue', async (world) => {
      world.queue = [];
    }),
  ),
  fc.boolean().map((tellsNothing) =>
    command(`from now on it ${tellsNothing ? 'does not tell' : 'tells'} what it does`, async (world) => {
      world.tellsNothing = tellsNothing;
    }),
  ),
  fc.constant(command('Apple releases another', async () => releaseAnother())),
  // What was sent last is taken for lost, and the next command would be for another release.
  fc.boolean().map((tellsNothing) =>
    command(
      `it loses what it was sent, Apple releases another, and it ${tellsNothing ? 'does not tell' : 'tells'} what it does`,
      async (world) => {
        world.tellsNothing = tellsNothing;
        world.queue = [];
        await world.live(3 * DAY_MS);
        for (const _ of [1, 2]) {
          await poll(world, false, ['Acknowledged'], false);
          await world.live(20 * MINUTE_MS);
        }
        releaseAnother();
      },
    ),
  ),
  fc.constant(command('Ratchet is restarted', async (world) => world.restart())),
  fc.constant(
    command('the installation ends', async (world) => {
      world.stage = 'downloaded';
    }),
  ),
  fc.constant(
    command('its owner starts it', async (world) => {
      world.stage = 'installing';
    }),
  ),
  fc.constant(
    command('something old is told again', async (world) => {
      const old = world.events[0];
      if (old) await world.hear(old.body, old.at);
    }),
  ),
  fc.constant(
    command('it enrolls anew', async (world) => {
      world.queue = [];
      for (const install of world.installs) install.isOfBefore = true;
      await enroll(world);
    }),
  ),
];

async function enroll(world: World): Promise<void> {
  const message = { kind: 'Authenticate', productName: PHONE, osVersion: '16.7', buildVersion: '20H19', serialNumber: world.id } as const;
  await world.hear({ kind: 'message', message });
  await world.hear({ kind: 'message', message: { kind: 'TokenUpdate' }, tokenUpdateTally: 2 });
  await world.hear(
    world.report({
      commandUuid: 'somebody',
      deviceInformation: { osVersion: '16.7', buildVersion: '20H19', productName: PHONE, isSupervised: true, timeZone: 'Europe/Berlin' },
    }),
  );
}

it(`no second install command on silence (${RUNS} runs)`, { timeout: 3_600_000 }, async () => {
  let sent = 0;
  let repeated = 0;
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: STEPS_MAX, size: 'max' }), async (commands) => {
      const world = new World();
      standing.catalogue = catalogues[0];
      await enroll(world);
      await world.live(3 * DAY_MS);
      await poll(world, false, ['Acknowledged'], false);
      await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
      sent += world.installs.length > 0 ? 1 : 0;
      repeated += world.installs.length > 1 ? 1 : 0;
      await world.hear({ kind: 'message', message: { kind: 'CheckOut' } }, scheduler.now() + HOUR_MS);
      // Their promises settle only while virtual time does.
      const stopped = Promise.all([world.reconciler.stop(), world.dispatcher.stop()]);
      await world.pass(1_000);
      await stopped;
    }),
    { numRuns: RUNS, endOnFailure: process.env.RATCHET_MODEL_RUNS !== undefined },
  );
  // The model would say nothing if nothing were ever sent, or nothing ever repeated.
  expect(sent).toBeGreaterThan(RUNS / 20);
  expect(repeated).toBeGreaterThan(0);
});

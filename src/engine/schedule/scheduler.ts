import { ERROR } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock, Random } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import { type Jobs, unwatchedJobs } from '../jobs.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { Standing } from '../standing.ts';
import type { BlackoutWatch } from './blackout-watch.ts';
import type { ClockJudge } from './clock-judge.ts';
import type { FleetHistory } from './fleet-history.ts';
import type { FleetWatch } from './fleet-watch.ts';
import type { ReadReleases } from './read-releases.ts';

/** Rechecks taken up at once; the rest follows as soon as these are done. */
const DUE_MAX = 500;
/** Rule 30: a first device that has not reached us by then has had its chance. */
const FIRST_DEVICE_MS = HOUR_MS;
const RETRY_FEED_MS = 15 * MINUTE_MS;
/** Of the time between two reads: many installations that failed at once don't come back at once. */
const RETRY_JITTER = 0.01;
const PRUNE_EVERY_MS = DAY_MS;

export interface Scheduler {
  /** Looks for what is due now. */
  kick(): void;
  /** Something will be due then: wakes up for it if nothing wakes earlier. */
  expect(instant: number): void;
  /** The machine's clock jumped: judged now, not with the next sweep. */
  checkClock(): void;
  /** Apple's releases (and its server's clock) are asked for within seconds, if they may be. */
  readReleasesSoon(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Last time each loop ran, epoch ms; for /healthz. */
  heartbeat(): { sweptAt: number };
  /** Resolves when the round under way is over. */
  idle(): Promise<void>;
}

export interface SchedulerOptions {
  store: Store;
  standing: Standing;
  reconciler: Reconciler;
  releases: ReadReleases | undefined;
  clockJudge: ClockJudge;
  blackoutWatch: BlackoutWatch;
  fleetHistory: FleetHistory;
  fleetWatch: Pick<FleetWatch, 'look'>;
  /** Between reads of the releases: 24 h for Apple's service (rule 6), minutes for a file. */
  releasesEveryMs: number;
  /** Between sweeps: nothing depends on them, they find what everything else forgot. */
  sweepEveryMs: number;
  clock: Clock;
  random: Random;
  log: Logger;
  alerts: Alerts;
  jobs?: Pick<Jobs, 'run'>;
}

/** Everything that happens by time alone: rechecks, the feed, the sweep. It wakes; it decides nothing. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { store, standing, reconciler, releases, clockJudge, blackoutWatch, fleetHistory, fleetWatch } = options;
  const { releasesEveryMs, sweepEveryMs, clock, random, log, alerts, jobs = unwatchedJobs } = options;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let sweptAt = 0;
  let prunedAt = 0;
  /** Instant of the armed wake-up. */
  let armedFor = Number.POSITIVE_INFINITY;
  let reading: Promise<void> | undefined;

  function kick(): void {
    if (stopped) return;
    if (running) again = true;
    else running = takeUpDue();
  }

  async function takeUpDue(): Promise<void> {
    try {
      await jobs.run('recheck', wakeDue);
      const next = await store.nextDueAt();
      armedFor = Number.POSITIVE_INFINITY;
      if (next !== undefined) expect(next);
    } catch (error) {
      log.error({ [ERROR]: error }, 'rechecking failed; trying again');
      armedFor = Number.POSITIVE_INFINITY;
      expect(clock.now() + 5_000);
    }
    running = undefined;
  }

  async function wakeDue(): Promise<void> {
    do {
      again = false;
      const due = await store.listDue(clock.now(), DUE_MAX);
      if (due.length > 0) {
        reconciler.wake(due);
        await reconciler.idle();
        again = due.length === DUE_MAX;
      }
      await clock.turn();
    } while (again && !stopped);
  }

  function expect(instant: number): void {
    const at = Math.max(instant, clock.now() + 1_000);
    if (stopped || at >= armedFor) return;
    armedFor = at;
    clock.at(at, 'recheck', () => {
      armedFor = Number.POSITIVE_INFINITY;
      kick();
    });
  }

  async function sweep(): Promise<void> {
    if (stopped) return;
    try {
      await jobs.run('sweep', lookAtEverything);
    } catch (error) {
      log.error({ [ERROR]: error }, 'the sweep failed; trying again');
    }
    if (!stopped) clock.at(clock.now() + sweepEveryMs, 'sweep', () => void sweep());
  }

  async function lookAtEverything(): Promise<void> {
    const now = clock.now();
    sweptAt = now;
    await store.checkWritable(now);
    await clockJudge.check();
    await watchFirstDevice(now);
    await blackoutWatch.look();
    await fleetHistory.look();
    await fleetWatch.look();
    reconciler.wake(await store.listPending(DUE_MAX));
    kick();
    if (now - prunedAt >= PRUNE_EVERY_MS) {
      await store.pruneDeclarations();
      prunedAt = now;
    }
  }

  /**
   * Rule 30. The first device acknowledged and nobody reached our listener within the hour: -dm points
   * elsewhere. It did not even acknowledge: another device is tried.
   */
  async function watchFirstDevice(now: number): Promise<void> {
    const { first, dmReached } = standing.site;
    if (standing.clockSuspect !== undefined || dmReached || first === undefined) return;
    const [gathered] = await store.loadForReconcile([first.enrollmentId]);
    const command = gathered?.commands.find((entry) => entry.requestType === 'DeclarativeManagement');
    const acknowledgedAt = command?.state === 'answered' && command.answer === 'Acknowledged' ? command.endedAt : undefined;
    if (acknowledgedAt !== undefined) {
      if (now - acknowledgedAt >= FIRST_DEVICE_MS) {
        await alerts.raise(
          'dm-not-wired',
          'A device acknowledged DeclarativeManagement and its server never reached our listener: check the -dm URL and its trailing slash.',
          { enrollmentId: first.enrollmentId },
        );
      }
      if (now - acknowledgedAt < 6 * FIRST_DEVICE_MS) return;
    } else if (now - first.since < FIRST_DEVICE_MS) return;
    const { first: _, ...site } = standing.site;
    standing.site = { ...site, dmReached: false };
    await store.saveSite({ site: standing.site });
    await store.makeDue(now, 'awaiting-first-device');
    await store.makeDue(now, 'awaiting-sync');
    await store.makeDue(now, 'push-token-missing');
  }

  function beginReading(): Promise<void> {
    reading = readReleases();
    return reading;
  }

  async function readReleases(): Promise<void> {
    if (releases === undefined || stopped) return;
    let wait = releasesEveryMs * (0.95 + random.next() / 10);
    try {
      const outcome = await jobs.run('releases', () => releases.read());
      if (outcome.kind !== 'read') wait = outcome.nextAt - clock.now() + releasesEveryMs * RETRY_JITTER * random.next();
      kick();
    } catch (error) {
      log.error({ [ERROR]: error }, 'reading releases failed; trying again');
      wait = RETRY_FEED_MS;
    }
    if (!stopped) clock.at(clock.now() + Math.round(wait), 'releases', beginReading);
  }

  return {
    kick,
    expect,
    checkClock() {
      if (!stopped) clockJudge.check().catch((error: unknown) => log.error({ [ERROR]: error }, 'the clock could not be judged'));
    },
    readReleasesSoon() {
      if (!stopped && releases !== undefined) clock.at(clock.now() + 1_000, 'releases', beginReading);
    },
    async start() {
      await sweep();
      // A site whose releases were read less than a day ago is not read again for a restart (rule 6).
      const dueAt = releasesEveryMs >= DAY_MS ? await releases?.dueAt(releasesEveryMs) : undefined;
      const wait = Math.max(0, (dueAt ?? 0) - clock.now());
      // Not waited for: a slow feed must not keep the rest from starting.
      if (wait === 0) void beginReading();
      else clock.at(clock.now() + wait, 'releases', beginReading);
    },
    async stop() {
      stopped = true;
      for (const key of ['recheck', 'sweep', 'releases']) clock.cancel(key);
      await running;
      await reading;
    },
    heartbeat: () => ({ sweptAt }),
    async idle() {
      while (running) await running;
    },
  };
}

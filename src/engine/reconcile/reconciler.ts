import type { OfferedTo } from '../../decide/input.ts';
import { ENROLLMENT_ID, ERROR, listFields } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { RolloutDemand } from '../../rollout/rollout.types.ts';
import type { Clock, Ids } from '../../runtime.ts';
import { EVENTS_PER_LOAD_MAX, type Gathered, type ReconcileCommit, type Store } from '../../store/store.ts';
import type { Changed } from '../place/changed.ts';
import type { Standing } from '../standing.ts';
import { type Milestone, milestonesOf } from './milestones.ts';
import { reconcileOne } from './reconcile-one.ts';

/** Enrollments of one commit: with 32 the fsync was half of what one took. */
const BATCH_MAX = 100;
/** Read at once, and the time after which webhooks and devices are answered in between. */
const READ_MAX = 8;
const YIELD_AFTER_MS = 5;
const RETRY_AFTER_ERROR_MS = 1_000;
/** What one contact of a device brings comes within about a second: then it is one look instead of three. */
const SOON_MS = 2_000;
/** Enrollments of one commit while webhooks come in with every turn: a commit holds the loop. */
const BATCH_MAX_BUSY = 25;
/**
 * While webhooks come in, they get this many times the processor time that folding them gets: a server that waits for its
 * answer loses the event, a fold that is late takes in what came meanwhile. With 3, 5,000/s were answered at 4,000/s.
 */
const GIVE_WAY = 6;

export interface Reconciler {
  /** Makes these enrollments be looked at now; the event itself is in the store. Never throws. */
  wake(ids: Iterable<string>): void;
  /**
   * The same within two seconds, together with what else is heard until then. A sign of life (and the host's yes to a
   * command) does not make them awake: no answer to the device hangs on it.
   */
  wakeSoon(ids: Iterable<string>, heard: 'something' | 'sign-of-life'): void;
  /**
   * Looks at one now and resolves when its commit is written: true when nothing heard of it before is left unfolded,
   * false when others kept changing it.
   */
  settle(id: string): Promise<boolean>;
  /** True until the commit is written that has folded what was heard of it. */
  isAwake(id: string): boolean;
  /** True until it was looked at, whatever was heard of it. */
  isWaiting(id: string): boolean;
  /** Enrollments waiting. */
  backlog(): number;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
  /** Takes up what was waiting in the store when the process ended. */
  start(): Promise<void>;
  /** Finishes the batch under way and takes no more. */
  stop(): Promise<void>;
}

export interface ReconcilerOptions {
  store: Store;
  standing: Standing;
  clock: Clock;
  ids: Pick<Ids, 'uuid'>;
  log: Logger;
  /** Called after commits. */
  onCommitted(what: Committed): void;
  /** A device reports declarations of ours that this store never listed for it (rule 30). */
  onUnknownOurs(enrollmentId: string): void;
  /** Called with what commits brought devices to, if anything; absent: nobody counts. */
  onMilestones?(milestones: readonly Milestone[]): void;
}

export interface Committed {
  /** Commands or pushes wait to be sent. */
  hasWork: boolean;
  /** The earliest recheck among them. */
  recheckAt: number;
  /** Releases they want whose rollout has not begun. */
  demands: readonly RolloutDemand[];
  /** New releases they were offered, as far as that was not known. */
  offered: readonly OfferedTo[];
  /** Enrollments whose manifest was written. */
  manifests: readonly Changed[];
}

/**
 * Level-triggered: a wake carries a key, never an event. Work is serial per enrollment, and a commit that
 * was based on an older revision starts over.
 */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { store, standing, clock, ids, log, onCommitted, onUnknownOurs, onMilestones } = options;
  /** To be looked at now, and when the two seconds are over. */
  const ready = new Set<string>();
  const soon = new Set<string>();
  /** Those of which something was heard that an answer to the device hangs on. */
  const awake = new Set<string>();
  /** Calls of wakeSoon: when it grows within a turn, webhooks are coming in. */
  let heardCount = 0;
  let isBusy = false;
  /** Devices that wait for an answer of ours. */
  let settling = 0;
  /** Read and not committed yet: what is stored of them is about to be replaced. */
  let underWay: ReadonlySet<string> = new Set();
  /** Claims to be the first device that this batch makes. */
  const claimed = new Set<string>();
  let running: Promise<void> | undefined;
  /** Every batch waits for the one before: the site's one first device, and the order of commits, are decided serially. */
  let last: Promise<void> = Promise.resolve();
  let stopped = false;

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work);
    last = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  /** Resolves to those of which something is left to fold. */
  async function reconcileBatch(batch: readonly string[]): Promise<ReadonlySet<string>> {
    underWay = new Set(batch);
    for (const id of batch) for (const set of [ready, soon, awake]) set.delete(id);
    const commits: ReconcileCommit[] = [];
    /** Of each commit. */
    const milestones: Milestone[][] = [];
    const demands: RolloutDemand[] = [];
    const offered: OfferedTo[] = [];
    const manifests: Changed[] = [];
    const left = new Set<string>();
    try {
      let since = clock.now();
      for (let start = 0; start < batch.length; start += READ_MAX) {
        for (const each of await store.loadForReconcile(batch.slice(start, start + READ_MAX))) {
          if (each.revision === 0 && each.events.length === 0) continue;
          const result = reconcileOne(each, standing, clock.now(), () => ids.uuid());
          standing.load?.note(each.id, result.decision);
          if (result.commit.site) {
            standing.site = result.commit.site;
            claimed.add(each.id);
          }
          if (result.holdsUnknownOurs) onUnknownOurs(each.id);
          const changed = changedBy(each, result.commit);
          if (changed) manifests.push(changed);
          if (result.decision.offered) offered.push(result.decision.offered);
          if (result.decision.demand) demands.push(result.decision.demand);
          commits.push(result.commit);
          milestones.push(standing.clockSuspect === undefined ? milestonesOf(each, result.commit) : []);
          // More events than one load takes are waiting.
          if (each.events.length >= EVENTS_PER_LOAD_MAX && standing.clockSuspect === undefined) left.add(each.id);
        }
        if (clock.now() - since < YIELD_AFTER_MS) continue;
        await giveWay(since);
        since = clock.now();
      }
      const answers = await store.commitReconciled(commits);
      const reached = milestones.filter((_, index) => answers[index] === 'committed').flat();
      if (reached.length > 0) onMilestones?.(reached);
      for (const [index, commit] of commits.entries()) {
        if (answers[index] !== 'stale') continue;
        left.add(commit.enrollmentId);
        giveBackFirst(commit.enrollmentId);
      }
    } catch (error) {
      for (const id of batch) {
        lookAgain(id);
        giveBackFirst(id);
      }
      throw error;
    } finally {
      underWay = new Set();
      claimed.clear();
    }
    for (const id of left) lookAgain(id);
    if (commits.length === 0) return left;
    onCommitted({
      hasWork: commits.some(
        ({ outbox, push }) => outbox.add.length > 0 || outbox.change.some(({ state }) => state === 'pending') || push !== undefined,
      ),
      recheckAt: Math.min(...commits.map((commit) => commit.recheckAt)),
      demands,
      offered,
      manifests,
    });
    return left;
  }

  /** Its claim to be the site's first device was not written: it may claim again, or another one. */
  function giveBackFirst(id: string): void {
    const { first, ...site } = standing.site;
    if (first?.enrollmentId === id && claimed.delete(id)) standing.site = site;
  }

  function lookAgain(id: string): void {
    ready.add(id);
    awake.add(id);
  }

  /** Lets webhooks and devices be answered: for a turn, and while more webhooks come in for longer than `since` took. */
  async function giveWay(since: number): Promise<void> {
    const until = clock.now() + GIVE_WAY * (clock.now() - since);
    let before: number;
    do {
      before = heardCount;
      await clock.turn();
      isBusy = heardCount > before;
    } while (isBusy && settling === 0 && clock.now() < until);
  }

  async function drain(): Promise<void> {
    while (ready.size > 0 && !stopped) {
      const since = clock.now();
      const batch: string[] = [];
      for (const id of ready) {
        batch.push(id);
        if (batch.length >= (isBusy ? BATCH_MAX_BUSY : BATCH_MAX)) break;
      }
      try {
        await inTurn(() => reconcileBatch(batch));
      } catch (error) {
        log.error({ [ERROR]: error, ...listFields(batch) }, 'reconciling failed; trying again');
        clock.at(clock.now() + RETRY_AFTER_ERROR_MS, 'reconcile-retry', begin);
        break;
      }
      await giveWay(since);
    }
    running = undefined;
  }

  function begin(): void {
    if (ready.size > 0 && !stopped) running ??= drain();
  }

  function takeSoon(): void {
    for (const id of soon) ready.add(id);
    soon.clear();
    begin();
  }

  return {
    wakeSoon(woken, heard) {
      const isArmed = soon.size > 0;
      heardCount += 1;
      for (const id of woken) {
        if (heard === 'something') awake.add(id);
        if (!ready.has(id)) soon.add(id);
      }
      if (!isArmed && soon.size > 0) clock.at(clock.now() + SOON_MS, 'reconcile-soon', takeSoon);
    },
    wake(woken) {
      for (const id of woken) lookAgain(id);
      begin();
    },
    async settle(id) {
      settling += 1;
      try {
        for (let tries = 0; tries < 5; tries += 1) {
          const left = await inTurn(() => reconcileBatch([id]));
          if (!left.has(id)) return true;
        }
      } finally {
        settling -= 1;
      }
      log.warn({ [ENROLLMENT_ID]: id }, 'an enrollment would not settle');
      begin();
      return false;
    },
    isAwake: (id) => awake.has(id) || underWay.has(id),
    isWaiting: (id) => ready.has(id) || soon.has(id) || underWay.has(id),
    backlog: () => new Set([...ready, ...soon]).size,
    async idle() {
      takeSoon();
      while (running) await running;
      await last;
    },
    async start() {
      for (const id of await store.listPending(1_000_000)) lookAgain(id);
      begin();
    },
    async stop() {
      stopped = true;
      for (const key of ['reconcile-retry', 'reconcile-soon']) clock.cancel(key);
      await running;
      await last;
    },
  };
}

/** The manifest of a commit, where it lists something else than before. */
function changedBy({ id, manifest: before }: Gathered, { manifest }: ReconcileCommit): Changed | undefined {
  if (manifest === undefined || (manifest.token === before?.token && manifest.answerableUntil === before.answerableUntil)) return undefined;
  const isWithdrawal = before?.enforcement !== undefined && before.enforcement.identifier !== manifest.enforcement?.identifier;
  return { enrollmentId: id, isWithdrawal };
}

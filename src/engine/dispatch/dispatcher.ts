import { isPast, PUSH_SPACING_MS, pushBackoffMs } from '../../delivery/backoff.ts';
import { finishEnqueue, isDue, lease } from '../../delivery/enqueue.ts';
import type { OutboxEntry } from '../../delivery/outbox-entry.ts';
import type { EnqueueAnswer, Host, PushAnswer, PushError } from '../../hosts/host.ts';
import { COMMAND_UUID, COUNT, ENROLLMENT_ID, ERROR, REQUEST_TYPE, STATUS } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock, Random } from '../../runtime.ts';
import type { PushResult, PushRow, Store } from '../../store/store.ts';
import { MINUTE_MS } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import { type Jobs, unwatchedJobs } from '../jobs.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';

/** Enqueue calls under way at once; the host answers each in milliseconds. */
const ENQUEUES_AT_ONCE = 8;
const COMMANDS_PER_ROUND = 64;
/** So many failures in a row mean that the host is not there. */
const FAILURES_UNTIL_ALERT = 5;
const ERROR_PAUSE_MS = 5_000;
/** How long a command waits for the answer to another of its device, and how often it is looked. */
const ONE_AT_A_TIME_MS = 5 * MINUTE_MS;
const ASK_AGAIN_MS = 20_000;

export interface Dispatcher {
  /** Looks for work soon. */
  kick(): void;
  /** Resolves when the round under way is over. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface DispatcherOptions {
  store: Store;
  host: Host;
  reconciler: Pick<Reconciler, 'wakeSoon' | 'settle'>;
  clock: Clock;
  isClockDoubted(): boolean;
  random: Random;
  log: Logger;
  alerts: Alerts;
  /** Pushes per second over all devices. */
  pushRate: number;
  jobs?: Pick<Jobs, 'run'>;
}

/**
 * Sends what the outbox holds: claim (leased), enqueue without push, note the answer; then push, paced and
 * coalesced. It decides nothing: an entry is there because a decision put it there.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { store, host, reconciler, clock, isClockDoubted, random, log, alerts, pushRate, jobs = unwatchedJobs } = options;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let failures = 0;
  let nextPushAt = 0;

  function kick(): void {
    if (stopped) return;
    if (running) {
      again = true;
      return;
    }
    running = run();
  }

  async function run(): Promise<void> {
    try {
      await jobs.run('dispatch', sendDue);
      await armTimer();
    } catch (error) {
      log.error({ [ERROR]: error }, 'sending failed; trying again');
      clock.at(clock.now() + ERROR_PAUSE_MS, 'dispatch', kick);
    }
    running = undefined;
    if (again) kick();
  }

  async function sendDue(): Promise<void> {
    do {
      again = false;
      // A clock in doubt could take a command for late, or the night for the day: all waits, whoever trusts it again calls.
      if (isClockDoubted()) break;
      await sendCommands();
      await sendPushes();
      await clock.turn();
    } while (again && !stopped);
  }

  async function sendCommands(): Promise<void> {
    const listed = await store.listDueCommands(clock.now(), COMMANDS_PER_ROUND);
    // What may not be sent any more is ended by a look at its device; it would be listed for ever.
    for (const entry of listed) if (isPast(entry.notAfter, clock.now())) await reconciler.settle(entry.enrollmentId);
    const due = listed.filter((entry) => isDue(entry, clock.now()));
    // There may be more than a round takes, and more than one for one enrollment.
    if (due.length > 0) again = true;
    for (let start = 0; start < due.length && !stopped; start += ENQUEUES_AT_ONCE) {
      await Promise.all(due.slice(start, start + ENQUEUES_AT_ONCE).map(sendCommand));
    }
  }

  async function sendCommand(entry: OutboxEntry): Promise<void> {
    // What was heard since it was decided comes first: nothing is installed on a decision that is overtaken.
    if (entry.update && !(await reconciler.settle(entry.enrollmentId))) return;
    if (!isDue(entry, clock.now())) return;
    if (await waitsForAnother(entry)) return;
    const leased = lease(entry, clock.now());
    // Somebody else changed it meanwhile (answered, taken back): it is not ours to send.
    if (!(await store.saveCommand(leased))) return;
    const answer = await host.enqueue(entry.enrollmentId, entry.commandUuid, entry.plist, {
      maybeQueued: leased.maybeQueued ?? false,
    });
    const finished = finishEnqueue(leased, answer, clock.now());
    await store.saveCommand(finished, finished.state === 'enqueued' ? clock.now() : undefined);
    reconciler.wakeSoon([entry.enrollmentId], 'sign-of-life');
    await note(entry, answer);
  }

  /**
   * A server that pushes with every enqueue wakes the device while the next command is on its way: MicroMDM reads and
   * writes the queue of a device without a lock, and loses one of two. So the next waits for the answer, for some minutes.
   */
  async function waitsForAnother(entry: OutboxEntry): Promise<boolean> {
    if (!host.capabilities.pushesOnEnqueue) return false;
    const now = clock.now();
    if (!(await store.hasEnqueuedSince(entry.enrollmentId, now - ONE_AT_A_TIME_MS))) return false;
    await store.saveCommand({ ...entry, notBefore: now + ASK_AGAIN_MS, revision: entry.revision + 1 });
    return true;
  }

  async function note(entry: OutboxEntry, answer: EnqueueAnswer): Promise<void> {
    const fields = {
      [ENROLLMENT_ID]: entry.enrollmentId,
      [COMMAND_UUID]: entry.commandUuid,
      [REQUEST_TYPE]: entry.requestType,
      [STATUS]: answer.kind,
    };
    if (answer.kind === 'queued' || answer.kind === 'already-queued') {
      log.info(fields, 'command enqueued');
      failures = 0;
      await alerts.clear('host-unreachable');
      await alerts.clear('host-unauthorized');
      return;
    }
    log.warn({ ...fields, [ERROR]: answer.message }, 'command not enqueued');
    if (answer.kind === 'unauthorized')
      await alerts.raise('host-unauthorized', 'The MDM server refuses our API key: nothing can be sent.', { message: answer.message });
    if (answer.kind === 'ambiguous' || answer.kind === 'retry') {
      failures += 1;
      if (failures >= FAILURES_UNTIL_ALERT)
        await alerts.raise('host-unreachable', 'The MDM server does not take commands.', { message: answer.message });
    }
  }

  async function sendPushes(): Promise<void> {
    while (!stopped) {
      const now = clock.now();
      if (now < nextPushAt) return;
      const max = Math.max(1, Math.min(host.capabilities.pushIdsMax, Math.ceil(pushRate)));
      const rows = await store.listDuePushes(now, now - PUSH_SPACING_MS, max);
      if (rows.length === 0) return;
      nextPushAt = now + Math.ceil((rows.length / pushRate) * 1_000);
      await push(rows);
    }
  }

  async function push(rows: readonly PushRow[]): Promise<void> {
    const answer = await host.push(rows.map((row) => row.enrollmentId));
    const now = clock.now();
    const results: PushResult[] = [];
    const gone: string[] = [];
    for (const row of rows) {
      const error = answer.errors.get(row.enrollmentId);
      results.push(resultOf(row, error, now));
      if (error?.kind === 'gone') gone.push(row.enrollmentId);
    }
    await judgeCredential(rows, answer);
    const changed = await store.recordPushes(results);
    if (gone.length > 0) {
      await store.append(
        gone.map((id) => ({ subject: { id, type: 'Device' }, event: { observedAt: now, receivedAt: now, body: { kind: 'push-gone' } } })),
      );
    }
    // When to push the others again was decided with the push.
    const told = [...new Set([...gone, ...changed])];
    if (told.length > 0) reconciler.wakeSoon(told, 'sign-of-life');
    log.info({ [COUNT]: rows.length, failed: answer.errors.size }, 'devices pushed');
  }

  /** One push that went through ends it only when none of the same call says otherwise: a server may have several certificates. */
  async function judgeCredential(rows: readonly PushRow[], { errors }: PushAnswer): Promise<void> {
    const refused = [...errors.values()].find((error) => error.kind === 'credential');
    if (refused !== undefined) {
      const sentence = 'The server has no push certificate, or the push service refuses it: devices can’t be woken.';
      await alerts.raise('push-credential', sentence, { message: refused.message });
    } else if (rows.some((row) => !errors.has(row.enrollmentId))) await alerts.clear('push-credential');
  }

  function resultOf(row: PushRow, error: PushError | undefined, now: number): PushResult {
    if (error === undefined) return { enrollmentId: row.enrollmentId, at: now, hasToken: true };
    // Of all others nobody knows how far the server came.
    const hasToken = error.kind === 'gone' ? { hasToken: true } : error.kind === 'unknown-id' ? { hasToken: false } : {};
    const base = { enrollmentId: row.enrollmentId, at: now, error: error.message, ...hasToken };
    if (error.kind === 'gone' || error.kind === 'unknown-id') return base;
    const wait = pushBackoffMs(row.tries + 1);
    return { ...base, retryAt: now + Math.round(wait * (1 + random.next() / 5)) };
  }

  async function armTimer(): Promise<void> {
    const now = clock.now();
    const pushDue = await store.nextPushDueAt(PUSH_SPACING_MS);
    const candidates = [
      await store.nextCommandDueAt(),
      pushDue === undefined ? undefined : Math.max(pushDue, nextPushAt, pushDue <= now ? now + 1_000 : 0),
    ];
    const next = Math.min(...candidates.filter((at): at is number => at !== undefined));
    // In doubt nothing is sent, so what is due stays due: looked at now and then, should nobody call.
    const pauseMs = isClockDoubted() ? MINUTE_MS : 50;
    if (Number.isFinite(next)) clock.at(Math.max(next, now + pauseMs), 'dispatch', kick);
  }

  return {
    kick,
    async idle() {
      while (running) await running;
    },
    async stop() {
      stopped = true;
      clock.cancel('dispatch');
      await running;
    },
  };
}

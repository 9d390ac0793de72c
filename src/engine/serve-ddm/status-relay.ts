import type { DdmUpstream } from '../../hosts/ddm-upstream.ts';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../runtime.ts';
import { type Instant, MINUTE_MS } from '../../time/local.ts';
import type { DdmRequest } from './serve-ddm.ts';

/** Reports that wait for the other server, at most: in memory alone, since what devices say is not spooled as it came (rule 34). */
const WAITING_MAX = 2_000;
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** One log line for so many. */
const LOST_TOLD = 1_000;
const RETRY_MS = MINUTE_MS / 2;
/** A report that it fails at: KMFDDM answers 500 to one that it can't read, and while its own store fails. */
const FAILED_TRIES_MAX = 5;

/** Sends status reports on to the other server, each device's in their order, again until it took them. */
export interface StatusRelay {
  take(report: DdmRequest): void;
  /** How many wait, and how many were lost because too many waited. */
  counts(): { waiting: number; lost: number };
  /** Resolves when nothing is being sent. */
  idle(): Promise<void>;
  stop(): void;
}

export interface StatusRelayOptions {
  upstream: DdmUpstream;
  clock: Clock;
  log: Logger;
}

const TIMER = 'upstream-status';

export function createStatusRelay({ upstream, clock, log }: StatusRelayOptions): StatusRelay {
  let waiting: DdmRequest[] = [];
  let bytes = 0;
  let lost = 0;
  let failing: { report: DdmRequest; tries: number; at: Instant } | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;

  function begin(): void {
    if (isStopped || running !== undefined) return;
    clock.cancel(TIMER);
    running = sendAll().finally(() => {
      running = undefined;
    });
  }

  /** The first that it does not take ends the round: a device's reports are told in their order. */
  async function sendAll(): Promise<void> {
    for (let report = waiting[0]; report !== undefined && !isStopped; report = waiting[0]) {
      const answer = await upstream.ask(report);
      if (answer.kind === 'down' || (answer.kind === 'refused' && mayTakeItLater(report, answer.status)))
        return clock.at(clock.now() + RETRY_MS, TIMER, begin);
      // It has read it, and does not want it: it would refuse it again.
      if (answer.kind === 'refused')
        log.warn({ status: answer.status, err: answer.message }, 'a status report was refused by the other server; it is given up');
      if (waiting[0] === report) drop();
    }
  }

  /** What is about the server, or about who asks, is not about the report; of a failure nobody can tell. */
  function mayTakeItLater(report: DdmRequest, status: number): boolean {
    if (status === 401 || status === 403 || status === 407 || status === 408 || status === 429) return true;
    if (status < 500) return false;
    const now = clock.now();
    if (failing?.report !== report) failing = { report, tries: 1, at: now };
    // Each report that comes in meanwhile has it tried anew.
    else if (now - failing.at >= RETRY_MS) failing = { report, tries: failing.tries + 1, at: now };
    return failing.tries < FAILED_TRIES_MAX;
  }

  function drop(): void {
    bytes -= waiting.shift()?.body.byteLength ?? 0;
  }

  return {
    take(report) {
      waiting.push(report);
      bytes += report.body.byteLength;
      while (waiting.length > WAITING_MAX || bytes > WAITING_BYTES_MAX) {
        drop();
        lost += 1;
        // Each of them would fill the log while the other server is away.
        if (lost % LOST_TOLD === 1) log.warn({ lost }, 'status reports for the other server were dropped: too many wait for it');
      }
      begin();
    },
    counts: () => ({ waiting: waiting.length, lost }),
    idle: async () => running,
    stop() {
      isStopped = true;
      clock.cancel(TIMER);
      waiting = [];
    },
  };
}

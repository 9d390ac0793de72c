import { COUNT, ERROR, TARGET, TOPIC } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock, Random } from '../../runtime.ts';
import type { Instant } from '../../time/local.ts';
import { hostOf } from '../alerting/target.types.ts';
import { addLast, createQueue, dropExpired, dropOverLimits, type ForwardQueue, putBack, takeFirst } from './queues.ts';
import type { ForwardSend } from './send.ts';
import type { ForwardedEvent, ForwardResult, ForwardState, ForwardTarget } from './target.types.ts';
import { FAILED_TRIES_MAX, forwardWaitMs } from './verdict.ts';

/** Brings events to one target, in their order, one at a time. */
export interface ForwardLine {
  queue: ForwardQueue;
  wants(topic: string): boolean;
  add(event: ForwardedEvent): void;
  /** An event has left the queue without having been sent. */
  dropped(events: readonly ForwardedEvent[], result: ForwardResult): void;
  /** Sends what waits, if nothing is under way and its time has come. */
  kick(): void;
  /** No more waiting for a target that does not answer: what is there now is sent once, then it rests. */
  drain(): void;
  /** From now on nothing begins, and what is under way counts for nothing. */
  end(): void;
  state(): ForwardState;
  /** The event that has waited the longest, the one under way included. */
  oldest(): ForwardedEvent | undefined;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export interface ForwardLineOptions {
  target: ForwardTarget;
  send: ForwardSend;
  clock: Clock;
  random: Random;
  log: Logger;
  /** An event is done with for this target, one way or the other; called in order. `said` is what the target said of one that it refused. */
  onDone(line: ForwardLine, events: readonly ForwardedEvent[], result: ForwardResult, said?: string): void;
  /** A try is over. */
  onTried(line: ForwardLine): void;
}

/** Remembered; servers have nine. */
const TOPICS_MAX = 100;

export function createForwardLine({ target, send, clock, random, log, onDone, onTried }: ForwardLineOptions): ForwardLine {
  const queue = createQueue(target);
  const timer = `forward ${target.name}`;
  const counts: Record<ForwardResult, number> = { taken: 0, refused: 0, full: 0, expired: 0 };
  /** Topics of which it took one; and those of which it failed at one for good, having taken none. */
  const takenTopics = new Set<string>();
  const foreignTopics = new Set<string>();
  let busy: ForwardedEvent | undefined;
  let sending: Promise<void> | undefined;
  /** Tries that failed, one after the other; and how often it failed at the event that comes next. */
  let tries = 0;
  let failing: { event: ForwardedEvent; tries: number } | undefined;
  let notBefore: Instant = 0;
  let contact: Pick<ForwardState, 'okAt' | 'failedAt' | 'problem'> = {};
  let isDraining = false;
  let isOver = false;

  function kick(): void {
    if (isOver || sending !== undefined || queue.waiting.length === 0) return;
    if (clock.now() >= notBefore) sending = sendAll().finally(() => resume());
    else if (!isDraining) clock.at(notBefore, timer, kick);
  }

  function resume(): void {
    sending = undefined;
    kick();
  }

  async function sendAll(): Promise<void> {
    // Whoever sent it to us is answered first.
    await clock.turn();
    while (!isOver && clock.now() >= notBefore) {
      dropped(dropExpired(queue, clock.now()), 'expired');
      busy = takeFirst(queue);
      if (busy === undefined) return;
      await sendOne(busy);
      busy = undefined;
      onTried(line);
    }
  }

  async function sendOne(event: ForwardedEvent): Promise<void> {
    const { verdict, said } = await send(target, event);
    if (isOver) return;
    const now = clock.now();
    switch (verdict.kind) {
      case 'taken':
        if (tries > 0) log.info({ [TARGET]: target.name, [COUNT]: queue.waiting.length }, 'a target of forward takes webhooks again');
        if (takenTopics.size < TOPICS_MAX) takenTopics.add(event.topic);
        foreignTopics.delete(event.topic);
        contact = { ...contact, okAt: now };
        return done(event, 'taken');
      case 'refused':
        contact = { ...contact, failedAt: now, problem: said };
        return done(event, 'refused', said);
      case 'failed':
        contact = { ...contact, failedAt: now, problem: said };
        failing = { event, tries: failing?.event === event ? failing.tries + 1 : 1 };
        if (failing.tries < (foreignTopics.has(event.topic) ? 1 : FAILED_TRIES_MAX)) return later(event, said, 0);
        // A consumer that fails at every event of a kind does not know it: the others are not to wait for that each time.
        if (!takenTopics.has(event.topic) && foreignTopics.size < TOPICS_MAX) foreignTopics.add(event.topic);
        return done(event, 'refused', said);
      case 'later':
        contact = { ...contact, failedAt: now, problem: said };
        later(event, said, verdict.waitMs ?? 0);
    }
  }

  function done(event: ForwardedEvent, result: ForwardResult, said?: string): void {
    tries = 0;
    counts[result] += 1;
    if (result === 'refused')
      log.warn({ [TARGET]: target.name, [TOPIC]: event.topic, [ERROR]: said }, 'a target of forward refused a webhook; it is given up');
    onDone(line, [event], result, said);
  }

  function later(event: ForwardedEvent, said: string, atLeastMs: number): void {
    tries += 1;
    notBefore = clock.now() + Math.max(atLeastMs, forwardWaitMs(tries, random.next()));
    putBack(queue, event);
    if (tries === 1) log.warn({ [TARGET]: target.name, [ERROR]: said }, 'a target of forward takes no webhook; trying again');
    dropped(dropOverLimits(queue), 'full');
  }

  function dropped(events: readonly ForwardedEvent[], result: ForwardResult): void {
    if (events.length === 0) return;
    counts[result] += events.length;
    onDone(line, events, result);
  }

  const line: ForwardLine = {
    queue,
    wants: (topic) => target.topics?.includes(topic) ?? true,
    add(event) {
      addLast(queue, event);
      dropped(dropOverLimits(queue), 'full');
    },
    dropped,
    kick,
    drain() {
      isDraining = true;
      clock.cancel(timer);
      kick();
    },
    end() {
      isOver = true;
      clock.cancel(timer);
    },
    oldest: () => busy ?? queue.waiting[0],
    state() {
      const oldest = line.oldest();
      return {
        name: target.name,
        host: hostOf(target),
        waiting: queue.waiting.length + (busy === undefined ? 0 : 1),
        waitingBytes: queue.bytes + (busy?.body.byteLength ?? 0),
        ...(oldest === undefined ? {} : { oldestAt: oldest.receivedAt }),
        ...contact,
        counts: { ...counts },
      };
    },
    async idle() {
      while (sending !== undefined) await sending;
    },
  };
  return line;
}

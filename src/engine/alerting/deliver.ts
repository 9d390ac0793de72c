import { ALERT, COUNT, ERROR, TARGET } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock, Ids, Random } from '../../runtime.ts';
import type { AlertBookChanges, AlertDelivery, AlertStore } from '../../store/store.ts';
import { HOUR_MS, type Instant } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import { dropOld, waitMs } from './queue.ts';
import type { Send } from './send.ts';
import { type AlertTarget, hostOf } from './target.types.ts';

/** Brings stored messages to their targets, at least once, each target in its own time. */
export interface Deliver {
  /** Takes up what an earlier process left. */
  start(waiting: readonly AlertDelivery[]): void;
  /** Keeps messages together with what else changes, all or nothing, and begins to send them. Rejects when the store does. */
  enqueue(add: readonly AlertDelivery[], changes: AlertBookChanges): Promise<void>;
  /** A message that was not in the queue has arrived there. */
  arrived(target: AlertTarget): Promise<void>;
  states(): TargetState[];
  /** Sends nothing more, and does not wait for answers: what was not answered is sent again by the next process. */
  stop(): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

export interface TargetState {
  target: AlertTarget;
  waiting: number;
  /** Since when it has taken nothing, and what it said last. */
  failingSince?: Instant;
  said?: string;
  /** The last message that it took. */
  takenAt?: Instant;
}

export interface DeliverOptions {
  targets: readonly AlertTarget[];
  send: Send;
  store: Pick<AlertStore, 'saveAlertBook'>;
  clock: Clock;
  ids: Pick<Ids, 'uuid'>;
  random: Random;
  log: Logger;
  alerts: Alerts;
}

/** A target that takes nothing for so long is an alert, for the others and the lists. */
const FAILING_MS = HOUR_MS;

interface Line extends Omit<TargetState, 'waiting'> {
  /** Oldest first, as stored. */
  queue: readonly AlertDelivery[];
  /** The message that is under way. */
  busy?: AlertDelivery;
  sending?: Promise<void>;
  /** That failed, one after the other. */
  tries: number;
  notBefore: Instant;
}

export function createDeliver({ targets, send, store, clock, ids, random, log, alerts }: DeliverOptions): Deliver {
  const lines = targets.map((target): Line => ({ target, queue: [], tries: 0, notBefore: 0 }));
  /** Messages that are done with, and could not be taken out of the store: they go with the next write. */
  let gone: AlertDelivery[] = [];
  let last: Promise<unknown> = Promise.resolve();
  let stopped = false;

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function write(changes: AlertBookChanges): Promise<void> {
    const done = gone;
    const remove = [...(changes.remove ?? []), ...done];
    if ((changes.add ?? []).length + remove.length === 0 && Object.keys(changes).every((key) => key === 'add' || key === 'remove')) return;
    await store.saveAlertBook({ ...changes, remove });
    gone = gone.filter((delivery) => !done.includes(delivery));
  }

  async function enqueue(add: readonly AlertDelivery[], changes: AlertBookChanges): Promise<void> {
    await inTurn(async () => {
      const now = clock.now();
      const next = lines.map((line) => {
        const grown = [...line.queue, ...add.filter(({ target }) => target === line.target.name)];
        const change = dropOld(grown, now, ids.uuid, line.busy?.id);
        return { line, change, queue: [...grown.filter((each) => !change.remove.includes(each)), ...change.add] };
      });
      const removed = next.flatMap(({ line, change }) => change.remove.filter((each) => line.queue.includes(each)));
      const added = next.flatMap(({ line, change, queue }) =>
        queue.filter((each) => !line.queue.includes(each) || change.add.includes(each)),
      );
      await write({ ...changes, add: added, remove: removed });
      for (const { line, queue } of next) line.queue = queue;
    });
    for (const line of lines) kick(line);
  }

  function kick(line: Line): void {
    const [first] = line.queue;
    if (stopped || line.busy !== undefined || first === undefined) return;
    if (clock.now() < line.notBefore) clock.at(line.notBefore, timerOf(line), () => kick(line));
    else {
      line.busy = first;
      line.sending = sendOne(line, first);
    }
  }

  async function sendOne(line: Line, delivery: AlertDelivery): Promise<void> {
    try {
      const sent = await send(line.target, delivery);
      if (stopped) return;
      line.said = sent.said;
      switch (sent.verdict.kind) {
        case 'taken':
          await takeOut(line, delivery);
          await arrived(line);
          break;
        case 'refused':
          await takeOut(line, delivery);
          line.tries = 0;
          line.notBefore = 0;
          log.warn({ [TARGET]: line.target.name, [ERROR]: sent.said }, 'a target refused an alert; it is not sent again');
          await raise(line, 'refused an alert, which is given up');
          break;
        case 'later':
          await putOff(line, sent.verdict.waitMs ?? 0);
      }
    } catch (error) {
      line.notBefore = clock.now() + waitMs(line.tries + 1, random.next());
      log.error({ [TARGET]: line.target.name, [ERROR]: error }, 'an alert could not be sent; trying again');
    } finally {
      delete line.busy;
      delete line.sending;
      kick(line);
    }
  }

  /** Done with. When the store can't be told so, at least this process does not send it again. */
  async function takeOut(line: Line, delivery: AlertDelivery): Promise<void> {
    await inTurn(async () => {
      line.queue = line.queue.filter((each) => each !== delivery);
      gone.push(delivery);
      await write({});
    }).catch((error: unknown) => log.error({ [ERROR]: error }, 'that an alert was sent could not be stored; a restart may send it again'));
  }

  async function putOff(line: Line, atLeastMs: number): Promise<void> {
    const now = clock.now();
    line.tries += 1;
    line.failingSince ??= now;
    line.notBefore = now + Math.max(atLeastMs, waitMs(line.tries, random.next()));
    if (line.tries === 1)
      log.warn({ [TARGET]: line.target.name, [ERROR]: line.said }, 'a target does not take alerts; trying again for three days');
    if (now - line.failingSince >= FAILING_MS) await raise(line, 'has taken none for an hour; what waits is sent later');
    // Not under way any more: it may have become too old by now.
    delete line.busy;
    await enqueue([], {});
  }

  async function arrived(line: Line): Promise<void> {
    line.takenAt = clock.now();
    line.tries = 0;
    line.notBefore = 0;
    if (line.failingSince !== undefined) log.info({ [TARGET]: line.target.name, since: line.failingSince }, 'a target takes alerts again');
    delete line.failingSince;
    delete line.said;
    await alerts.clear(keyOf(line));
  }

  function raise(line: Line, what: string): Promise<void> {
    const { target, said } = line;
    const sentence = `The target ${target.name} of alerts (${target.form}, ${hostOf(target)}) ${what}.`;
    return alerts.raise(keyOf(line), sentence, { [TARGET]: target.name, message: said });
  }

  return {
    start(waiting) {
      for (const line of lines) line.queue = waiting.filter(({ target }) => target === line.target.name);
      gone = waiting.filter(({ target }) => !targets.some(({ name }) => name === target));
      if (gone.length > 0) log.warn({ [COUNT]: gone.length }, 'alerts that waited for targets which are no longer there are dropped');
      for (const line of lines) kick(line);
    },
    enqueue,
    async arrived(target) {
      const line = lines.find((each) => each.target === target);
      if (line === undefined) return;
      await arrived(line);
      kick(line);
    },
    states: () =>
      lines.map(({ target, queue, failingSince, said, takenAt }) => ({
        target,
        waiting: queue.length,
        ...(failingSince === undefined ? {} : { failingSince }),
        ...(said === undefined ? {} : { said }),
        ...(takenAt === undefined ? {} : { takenAt }),
      })),
    async stop() {
      stopped = true;
      for (const line of lines) clock.cancel(timerOf(line));
      await last;
    },
    async idle() {
      for (let line = busyOne(); line !== undefined; line = busyOne()) await line.sending;
      await last;
    },
  };

  function busyOne(): Line | undefined {
    return lines.find(({ sending }) => sending !== undefined);
  }
}

function timerOf({ target }: Line): string {
  return `${ALERT} ${target.name}`;
}

/** Not told to the target itself. */
export function undeliveredKey(target: Pick<AlertTarget, 'name'>): `alerts-undelivered ${string}` {
  return `alerts-undelivered ${target.name}`;
}

function keyOf({ target }: Line): `alerts-undelivered ${string}` {
  return undeliveredKey(target);
}

import { COUNT } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock, Fetch, Random, Seal } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { Alerts } from '../alerts.ts';
import type { ReceiveResult } from '../receive/receive-webhook.ts';
import { createForwardAlerts } from './forward-alerts.ts';
import { createForwardLine, type ForwardLine } from './line.ts';
import { dropOverTotal } from './queues.ts';
import { createForwardSend } from './send.ts';
import { createSpool } from './spool.ts';
import { type ForwardedEvent, type ForwardResult, type ForwardSettings, type ForwardState, NO_FORWARD_SETTINGS } from './target.types.ts';

/** Headers that go on with a webhook. */
export type PassedHeaders = Readonly<Record<string, string>>;
export type ReceiveWebhook = (raw: Uint8Array, headers: PassedHeaders) => Promise<ReceiveResult>;

/** Sends the MDM server's webhooks on to other consumers, byte for byte, each target in its own time. */
export interface Forwarding {
  /** The same receiver: what it answers 200 is sent on, also what it did not understand. */
  after(receive: (raw: Uint8Array) => Promise<ReceiveResult>): ReceiveWebhook;
  /** Begins to send: what an earlier process spooled comes first. */
  start(): Promise<void>;
  /** Sends what it can within a short time. */
  stop(): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  states(): ForwardState[];
}

export interface ForwardingOptions {
  store: Store;
  clock: Clock;
  random: Random;
  fetch: Fetch;
  log: Logger;
  alerts: Alerts;
  version: string;
  /** Absent: nobody. */
  settings?: ForwardSettings | undefined;
  /** For the spool. */
  seal?: Seal | undefined;
  /** Counts what became of events, for the metrics. */
  onForwarded(target: string, result: ForwardResult, events: number): void;
}

/** How long a stop waits for targets. */
export const DRAIN_MS = 3_000;
const DRAIN_TIMER = 'forward-drain';
/** Kept of a topic; those there are have a third of it. */
const TOPIC_MAX = 100;

/** Reads the spool. Rejects with SpoolKeyError when the key does not open it. */
export async function openForwarding(options: ForwardingOptions): Promise<Forwarding> {
  const { store, clock, fetch, log, version, seal, onForwarded } = options;
  const { to, isSpooled } = options.settings ?? NO_FORWARD_SETTINGS;
  const spool = isSpooled && seal !== undefined ? createSpool(store, seal, log) : undefined;
  const send = createForwardSend(fetch, clock, version);
  const alerts = createForwardAlerts(options);
  const lines = to.map((target) => createForwardLine({ ...options, target, send, onDone, onTried: (line) => alerts.look(line) }));
  const queues = lines.map(({ queue }) => queue);
  let isStarted = false;
  for (const { name } of to) onForwarded(name, 'taken', 0);
  await takeUp();

  /** What an earlier process left; without a spool, what one with a spool left is thrown away. */
  async function takeUp(): Promise<void> {
    if (spool === undefined) {
      if ((await store.listSpool(0, 1)).length === 0) return;
      const left = await store.emptySpool();
      log.warn({ [COUNT]: left }, 'forward: has no spool any more; the webhooks in it are thrown away unsent');
      return;
    }
    const left = await spool.load();
    for (const { event, targets } of left) {
      for (const name of targets) {
        const line = lines.find(({ queue }) => queue.target.name === name);
        // A target of former settings.
        if (line === undefined) spool.forget([event], name);
        else line.add(event);
      }
    }
    makeRoom();
    if (left.length > 0) log.info({ [COUNT]: left.length }, 'webhooks of the spool are sent on first');
  }

  function onDone({ queue: { target } }: ForwardLine, events: readonly ForwardedEvent[], result: ForwardResult, said?: string): void {
    spool?.forget(events, target.name);
    onForwarded(target.name, result, events.length);
    if (result !== 'taken') alerts.lost(target, events, result, said);
  }

  function makeRoom(): void {
    for (const { queue, event } of dropOverTotal(queues)) lines.find((line) => line.queue === queue)?.dropped([event], 'full');
  }

  async function take(raw: Uint8Array, headers: PassedHeaders, topic: string): Promise<void> {
    const wanting = lines.filter((line) => line.wants(topic));
    if (wanting.length === 0) return;
    const event: ForwardedEvent = { receivedAt: clock.now(), topic, headers, body: raw };
    const names = wanting.map(({ queue }) => queue.target.name);
    const kept = spool === undefined ? event : await spool.keep(event, names);
    for (const line of wanting) line.add(kept);
    makeRoom();
    if (isStarted) for (const line of wanting) line.kick();
  }

  return {
    after(receive) {
      return async (raw, headers) => {
        const result = await receive(raw);
        if (result.kind === 'committed' || result.kind === 'ignored') await take(raw, headers, result.topic.slice(0, TOPIC_MAX));
        return result;
      };
    },
    async start() {
      isStarted = true;
      await alerts.start(lines);
      for (const line of lines) line.kick();
    },
    async stop() {
      if (lines.length === 0) return;
      const isLate = new Promise<void>((resolve) => clock.at(clock.now() + DRAIN_MS, DRAIN_TIMER, resolve));
      for (const line of lines) line.drain();
      await Promise.race([Promise.all(lines.map((line) => line.idle())), isLate]);
      clock.cancel(DRAIN_TIMER);
      const left = lines.reduce((sum, line) => sum + line.state().waiting, 0);
      for (const line of lines) line.end();
      alerts.stop();
      await spool?.idle();
      if (left > 0 && spool === undefined)
        log.warn({ [COUNT]: left }, 'webhooks that waited for targets of forward: are lost with this stop');
      else if (left > 0) log.info({ [COUNT]: left }, 'webhooks wait in the spool for the next start');
    },
    async idle() {
      for (const line of lines) await line.idle();
      await alerts.idle();
      await spool?.idle();
    },
    states: () => lines.map((line) => line.state()),
  };
}

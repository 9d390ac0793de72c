import { ERROR, TARGET, TOPIC } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import type { Clock } from '../../runtime.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../time/local.ts';
import type { AlertKey } from '../alerting/kinds.ts';
import { hostOf } from '../alerting/target.types.ts';
import type { Alerts } from '../alerts.ts';
import type { ForwardLine } from './line.ts';
import type { ForwardedEvent, ForwardResult, ForwardTarget } from './target.types.ts';

/** Tells people of targets that are behind, that lose events, or that refuse some. */
export interface ForwardAlerts {
  /** What earlier processes raised is taken over, and ended where it has ended. */
  start(lines: readonly ForwardLine[]): Promise<void>;
  /** How far behind is it now? */
  look(line: ForwardLine): void;
  /** Events were given up for that target. */
  lost(target: ForwardTarget, events: readonly ForwardedEvent[], result: ForwardResult, said?: string): void;
  stop(): void;
  idle(): Promise<void>;
}

/** An event that waited so long means that the target is behind. */
export const BEHIND_MS = 15 * MINUTE_MS;
/** Without another one for so long, an alert about lost or refused events is over. */
const DROPPING_MS = HOUR_MS;
const REFUSED_MS = DAY_MS;
const SAID_MAX = 200;

type Kind = 'forward-behind' | 'forward-dropping' | 'forward-refused';

export interface ForwardAlertsOptions {
  clock: Clock;
  log: Logger;
  alerts: Alerts;
  store: { listAlerts(): Promise<readonly { key: string }[]> };
}

export function createForwardAlerts({ clock, log, alerts, store }: ForwardAlertsOptions): ForwardAlerts {
  /** What is raised, as far as this process knows. */
  const raised = new Set<string>();
  const timers = new Set<string>();
  let last: Promise<unknown> = Promise.resolve();

  function inTurn(work: () => Promise<void>): void {
    last = last
      .then(work)
      .catch((error: unknown) => log.error({ [ERROR]: error }, 'an alert about a target of forward could not be stored'));
  }

  function raise(key: AlertKey, sentence: string, detail: Record<string, unknown>): void {
    if (raised.has(key)) return;
    raised.add(key);
    inTurn(() => alerts.raise(key, sentence, detail));
  }

  function clear(key: string): void {
    if (!raised.delete(key)) return;
    inTurn(() => alerts.clear(key));
  }

  function clearAfter(ms: number, key: string): void {
    timers.add(key);
    clock.at(clock.now() + ms, key, () => clear(key));
  }

  return {
    async start(lines) {
      if (lines.length === 0) return;
      for (const { key } of await store.listAlerts()) {
        const [kind, name] = key.split(' ');
        if (!kind?.startsWith('forward-')) continue;
        raised.add(key);
        // Of a target of former settings, or of a trouble that has not come again.
        if (!lines.some(({ queue }) => queue.target.name === name)) clear(key);
        else if (kind !== 'forward-behind') clearAfter(kind === 'forward-refused' ? REFUSED_MS : DROPPING_MS, key);
      }
      for (const line of lines) this.look(line);
    },
    look(line) {
      const { target } = line.queue;
      const key = keyOf('forward-behind', target);
      const oldest = line.oldest();
      if (oldest === undefined || clock.now() - oldest.receivedAt < BEHIND_MS) return clear(key);
      const { problem } = line.state();
      const minutes = Math.floor((clock.now() - oldest.receivedAt) / MINUTE_MS);
      const said = problem === undefined ? '' : ` It says: ${problem.slice(0, SAID_MAX)}.`;
      const sentence = `Webhooks for the ${named(target)} have waited for ${minutes} minutes.${said}`;
      raise(key, sentence, { [TARGET]: target.name, ...(problem === undefined ? {} : { message: problem }) });
    },
    lost(target, events, result, said) {
      const [first] = events;
      if (first === undefined) return;
      if (result === 'refused') {
        const key = keyOf('forward-refused', target);
        const sentence = `The ${named(target)} refused a webhook of topic ${first.topic}.`;
        raise(key, sentence, { [TARGET]: target.name, [TOPIC]: first.topic, ...(said === undefined ? {} : { message: said }) });
        return clearAfter(REFUSED_MS, key);
      }
      const key = keyOf('forward-dropping', target);
      const why = result === 'full' ? 'because too many waited' : 'because they waited for too long';
      raise(key, `Webhooks for the ${named(target)} are dropped, the oldest first, ${why}.`, { [TARGET]: target.name });
      clearAfter(DROPPING_MS, key);
    },
    stop() {
      for (const key of timers) clock.cancel(key);
    },
    async idle() {
      await last;
    },
  };
}

function keyOf(kind: Kind, { name }: ForwardTarget): `${Kind} ${string}` {
  return `${kind} ${name}`;
}

function named(target: ForwardTarget): string {
  return `target ${target.name} of forward (${hostOf(target)})`;
}

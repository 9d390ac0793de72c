import { ALERT } from '../log-keys.ts';
import type { Logger } from '../logger.ts';
import type { Clock } from '../runtime.ts';
import type { Store } from '../store/store.ts';
import type { AlertKey } from './alerting/kinds.ts';

/** An alert is a stored row and an error line in the log; raised once until it is cleared. */
export interface Alerts {
  raise(key: AlertKey, sentence: string, detail?: Record<string, unknown>): Promise<void>;
  /** The same, and what it says is put in place of what it said: of what changes while it lasts. Logged only once. */
  refresh(key: AlertKey, sentence: string, detail?: Record<string, unknown>): Promise<void>;
  clear(key: string): Promise<void>;
}

/** `onChange` is called when an alert is stored, says something else, or is over. */
export function createAlerts(store: Store, clock: Clock, log: Logger, onChange: () => void = () => undefined): Alerts {
  /** What is raised in the store; where it could not be written, what is. */
  const raised = new Set<string>();
  let loading: Promise<void> | undefined;

  /** Clearing is asked for with every success: only the first look goes to the store. */
  function load(): Promise<void> {
    loading ??= readRaised().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  async function readRaised(): Promise<void> {
    for (const alert of await store.listAlerts()) raised.add(alert.key);
  }

  async function write(key: AlertKey, sentence: string, detail: Record<string, unknown>): Promise<void> {
    const wasRaised = raised.has(key);
    raised.add(key);
    try {
      if (await store.raiseAlert({ key, at: clock.now(), sentence, detail })) log.error({ [ALERT]: key, ...detail }, sentence);
    } catch (error) {
      if (!wasRaised) raised.delete(key);
      throw error;
    }
    onChange();
  }

  async function end(key: string): Promise<void> {
    raised.delete(key);
    try {
      if (await store.clearAlert(key, clock.now())) log.info({ [ALERT]: key }, 'alert cleared');
    } catch (error) {
      raised.add(key);
      throw error;
    }
    onChange();
  }

  return {
    async raise(key, sentence, detail = {}) {
      await load();
      if (!raised.has(key)) await write(key, sentence, detail);
    },
    async refresh(key, sentence, detail = {}) {
      await load();
      await write(key, sentence, detail);
    },
    async clear(key) {
      await load();
      if (raised.has(key)) await end(key);
    },
  };
}

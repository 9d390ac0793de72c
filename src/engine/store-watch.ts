import { ALERT, ERROR } from '../log-keys.ts';
import type { Logger } from '../logger.ts';
import type { Clock } from '../runtime.ts';
import { type Store, StoreError } from '../store/store.ts';
import { MINUTE_MS } from '../time/local.ts';
import type { AlertKind } from './alerting/kinds.ts';

/** Said again this often while it lasts: one line for each webhook would bury it. */
const AGAIN_MS = 10 * MINUTE_MS;
const KEY: AlertKind = 'store-unwritable';
/** What is called all the time; the sweep checks once a minute. */
const WRITES = ['append', 'commitReconciled', 'saveCommand', 'checkWritable'] as const;

/**
 * The store, with what an operator must know of it: an alert that can't be stored, because it is the store that fails, is a
 * line of the log; what could be written again is told too, and goes to the audit log with how long it lasted.
 */
export function watchStore(store: Store, clock: Pick<Clock, 'now'>, log: Logger): Store {
  let failing: { since: number; saidAt: number } | undefined;

  function failed(error: unknown): void {
    if (!(error instanceof StoreError)) return;
    const now = clock.now();
    if (failing !== undefined && now - failing.saidAt < AGAIN_MS) return;
    failing = { since: failing?.since ?? now, saidAt: now };
    log.error(
      { [ALERT]: KEY, [ERROR]: error.message },
      'nothing can be stored: webhooks are answered 503 and devices 500 until this is mended; nothing answered before is lost',
    );
  }

  function worked(): void {
    if (failing === undefined) return;
    const { since } = failing;
    failing = undefined;
    const detail = { since, forMs: clock.now() - since };
    log.info({ [ALERT]: KEY, ...detail }, 'the store can be written again');
    // A line in the audit log is worth no failure of what has just succeeded.
    store.audit({ at: clock.now(), by: 'ratchet', act: KEY, detail }).catch(failed);
  }

  /** Looked up with each call: whose store it is may change it. */
  const watched = Object.fromEntries(
    WRITES.map((name) => [
      name,
      async (...given: never[]) => {
        try {
          const result = await (store[name] as (...all: never[]) => Promise<unknown>)(...given);
          worked();
          return result;
        } catch (error) {
          failed(error);
          throw error;
        }
      },
    ]),
  );
  return new Proxy(store, { get: (target, name) => watched[String(name)] ?? Reflect.get(target, name) });
}

import type { Clock } from '../runtime.ts';
import type { SiteRow, Store } from '../store/store.ts';

/** Says that something changed of what is shown; what it was, whoever shows it looks up. */
export interface Changes {
  /** Names what is stored now: another text, and something changed since. Of another process it is another text. */
  revision(): string;
  /** Calls `changed` right after each change, until the answered function is called. It must not throw. */
  listen(changed: () => void): () => void;
}

/** What pages show is written by these. */
const SHOWN = [
  'commitReconciled',
  'saveCommand',
  'saveSite',
  'saveCatalogue',
  'saveSeverities',
  'saveRollouts',
  'replaceTags',
  'saveFleetDay',
  'raiseAlert',
  'clearAlert',
  'audit',
  'saveToken',
  'addGateContact',
] as const satisfies readonly (keyof Store)[];

/** Written every minute, and shown nowhere. */
const UNSEEN: ReadonlySet<string> = new Set<keyof SiteRow>(['lastCommitAt']);

/** The store, with a note of every write that pages show. */
export function watchChanges(store: Store, clock: Pick<Clock, 'now'>): { store: Store; changes: Changes } {
  const beganAt = clock.now();
  const listeners = new Set<() => void>();
  let count = 0;

  function changed(): void {
    count += 1;
    for (const listener of listeners) listener();
  }

  function isUnseen(name: string, [site]: unknown[]): boolean {
    return name === 'saveSite' && Object.keys(site as object).every((key) => UNSEEN.has(key));
  }

  /** Looked up with each call: whose store it is may change it. */
  const watched = Object.fromEntries(
    SHOWN.map((name) => [
      name,
      async (...given: never[]) => {
        const result = await (store[name] as (...all: never[]) => Promise<unknown>)(...given);
        if (!isUnseen(name, given)) changed();
        return result;
      },
    ]),
  );
  return {
    store: new Proxy(store, { get: (target, name) => watched[String(name)] ?? Reflect.get(target, name) }),
    changes: {
      revision: () => `${beganAt.toString(36)}-${count}`,
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  };
}

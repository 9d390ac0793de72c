import type { Clock, MachineClock } from '../../src/runtime.ts';
import type { Store } from '../../src/store/store.ts';

/**
 * One life of the process. It can end at any call of a port, before or after the effect of that call; from then on none of
 * its ports ever settles, as if the process were gone, and what it was answering is a broken connection.
 */
export interface Incarnation {
  /** Tells the keys of its wake-ups from those of other lives. */
  readonly number: number;
  readonly isOver: boolean;
  /** Ends it now. */
  end(): void;
  /** Ends it at the nth call of that kind from now on. */
  endAt(call: PlannedCall): void;
  /** A call of a port. Hangs for ever once this life is over. */
  call<T>(kind: PortKind, run: () => Promise<T>): Promise<T>;
  /** What the world asked of it: rejects when it dies meanwhile. */
  serve<T>(run: () => T | Promise<T>): Promise<T>;
}

export type PortKind = 'store' | 'fetch' | 'decode';

export interface PlannedCall {
  port: PortKind | 'any';
  /** 1: the next one. */
  nth: number;
  when: 'before' | 'after';
}

export function createIncarnation(number: number, onEnd: () => void): Incarnation {
  let isOver = false;
  let planned: PlannedCall | undefined;
  const abandoned = new Set<(error: Error) => void>();

  function end(): void {
    if (isOver) return;
    isOver = true;
    for (const reject of abandoned) reject(new Error('connection reset by peer'));
    abandoned.clear();
    onEnd();
  }

  /** Whether this is the call to die at, and when. */
  function isFatal(kind: PortKind): PlannedCall['when'] | undefined {
    if (planned === undefined || (planned.port !== 'any' && planned.port !== kind)) return undefined;
    planned = { ...planned, nth: planned.nth - 1 };
    return planned.nth <= 0 ? planned.when : undefined;
  }

  return {
    number,
    get isOver() {
      return isOver;
    },
    end,
    endAt(call) {
      planned = call;
    },
    call<T>(kind: PortKind, run: () => Promise<T>) {
      if (isOver) return never<T>();
      const fatal = isFatal(kind);
      if (fatal === 'before') {
        end();
        return never<T>();
      }
      return new Promise<T>((resolve, reject) => {
        const settle = (how: () => void) => {
          if (fatal === 'after') end();
          if (!isOver) how();
        };
        run().then(
          (value) => settle(() => resolve(value)),
          (error: unknown) => settle(() => reject(error)),
        );
      });
    },
    serve<T>(run: () => T | Promise<T>) {
      return new Promise<T>((resolve, reject) => {
        if (isOver) return reject(new Error('connection refused'));
        abandoned.add(reject);
        Promise.resolve(run()).then(
          (value) => {
            abandoned.delete(reject);
            if (!isOver) resolve(value);
          },
          (error: unknown) => {
            abandoned.delete(reject);
            reject(error);
          },
        );
      });
    },
  };
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

/** A store whose every call may be the last one of this life. */
export function mortalStore(store: Store, life: Incarnation): Store {
  const mortal: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(store) as [string, (...given: unknown[]) => Promise<unknown>][])
    mortal[name] = (...given: unknown[]) => life.call('store', () => call(...given));
  return mortal as unknown as Store;
}

/** The wall clock of one life, off by `skewMs()`; its wake-ups and `elapsed` know nothing of that. */
export function mortalClock(clock: Clock, life: Incarnation, skewMs: () => number): MachineClock {
  const keyOf = (key: string) => `${life.number} ${key}`;
  const now = () => clock.now() + skewMs();
  function at(instant: number, key: string, run: () => void): void {
    if (life.isOver) return;
    clock.at(clock.now() + Math.max(0, instant - now()), keyOf(key), () => {
      if (!life.isOver) run();
    });
  }
  return {
    now,
    elapsed: clock.now,
    at,
    cancel(key) {
      if (!life.isOver) clock.cancel(keyOf(key));
    },
    turn: () => (life.isOver ? never() : clock.turn().then(() => (life.isOver ? never<void>() : undefined))),
  };
}

import type { Instant } from '../time/local.ts';

/** What is to come, the earliest first; of the same instant, in the order it was asked for. */
export interface Clockwork<T> {
  at(instant: Instant, value: T): void;
  /** The instant of the next one; undefined when there is none. */
  nextAt(): Instant | undefined;
  take(): T | undefined;
}

interface Entry<T> {
  at: Instant;
  turn: number;
  value: T;
}

/** A binary heap: 10,000 devices over two years are a few hundred thousand entries. */
export function createClockwork<T>(): Clockwork<T> {
  const heap: Entry<T>[] = [];
  let turn = 0;
  const isBefore = (a: Entry<T>, b: Entry<T>) => a.at < b.at || (a.at === b.at && a.turn < b.turn);

  function up(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index] as Entry<T>, heap[parent] as Entry<T>)) return;
      swap(index, parent);
      index = parent;
    }
  }

  function down(): void {
    let index = 0;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2])
        if (child < heap.length && isBefore(heap[child] as Entry<T>, heap[least] as Entry<T>)) least = child;
      if (least === index) return;
      swap(index, least);
      index = least;
    }
  }

  function swap(a: number, b: number): void {
    [heap[a], heap[b]] = [heap[b] as Entry<T>, heap[a] as Entry<T>];
  }

  return {
    at(instant, value) {
      turn += 1;
      heap.push({ at: instant, turn, value });
      up(heap.length - 1);
    },
    nextAt: () => heap[0]?.at,
    take() {
      const [first] = heap;
      const last = heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (heap.length > 0) {
        heap[0] = last;
        down();
      }
      return first.value;
    },
  };
}

import type { Instant } from '../../time/local.ts';
import { FORWARD_TOTAL, type ForwardedEvent, type ForwardLimits, type ForwardTarget } from './target.types.ts';

/** What an event costs beside its body: headers, and the place in the queue. */
const OVERHEAD_BYTES = 1_024;

/** What waits for one target, oldest first. */
export interface ForwardQueue {
  target: ForwardTarget;
  waiting: ForwardedEvent[];
  bytes: number;
}

export function sizeOf({ body }: ForwardedEvent): number {
  return body.byteLength + OVERHEAD_BYTES;
}

export function createQueue(target: ForwardTarget): ForwardQueue {
  return { target, waiting: [], bytes: 0 };
}

export function addLast(queue: ForwardQueue, event: ForwardedEvent): void {
  queue.waiting.push(event);
  queue.bytes += sizeOf(event);
}

export function takeFirst(queue: ForwardQueue): ForwardedEvent | undefined {
  const first = queue.waiting.shift();
  if (first !== undefined) queue.bytes -= sizeOf(first);
  return first;
}

/** It was taken and could not be sent: it is first again. */
export function putBack(queue: ForwardQueue, event: ForwardedEvent): void {
  queue.waiting.unshift(event);
  queue.bytes += sizeOf(event);
}

/** The oldest of a queue go until it keeps its own limits. */
export function dropOverLimits(queue: ForwardQueue): ForwardedEvent[] {
  const { events, bytes } = queue.target.limits;
  return dropWhile(queue, () => queue.waiting.length > events || queue.bytes > bytes);
}

/** The oldest of the fullest queue go until all together keep the limit for all: a dead target costs the others nothing. */
export function dropOverTotal(
  queues: readonly ForwardQueue[],
  total: Pick<ForwardLimits, 'events' | 'bytes'> = FORWARD_TOTAL,
): { queue: ForwardQueue; event: ForwardedEvent }[] {
  const dropped: { queue: ForwardQueue; event: ForwardedEvent }[] = [];
  const sum = (of: (queue: ForwardQueue) => number) => queues.reduce((before, queue) => before + of(queue), 0);
  for (;;) {
    const isOverBytes = sum(({ bytes }) => bytes) > total.bytes;
    if (!isOverBytes && sum(({ waiting }) => waiting.length) <= total.events) return dropped;
    const weight = (queue: ForwardQueue) => (isOverBytes ? queue.bytes : queue.waiting.length);
    const queue = queues.reduce((fullest, each) => (weight(each) > weight(fullest) ? each : fullest));
    const event = takeFirst(queue);
    if (event === undefined) return dropped;
    dropped.push({ queue, event });
  }
}

/** What has waited for too long goes. */
export function dropExpired(queue: ForwardQueue, now: Instant): ForwardedEvent[] {
  return dropWhile(queue, ({ receivedAt }) => now - receivedAt > queue.target.limits.ageMs);
}

function dropWhile(queue: ForwardQueue, isToGo: (first: ForwardedEvent) => boolean): ForwardedEvent[] {
  const dropped: ForwardedEvent[] = [];
  for (let first = queue.waiting[0]; first !== undefined && isToGo(first); first = queue.waiting[0]) {
    takeFirst(queue);
    dropped.push(first);
  }
  return dropped;
}

import type { Changes } from '../engine/changes.ts';
import type { Clock } from '../runtime.ts';
import { MINUTE_MS } from '../time/local.ts';

/** At most one event so often, however much changes: each makes every open page ask anew. */
export const EVENT_EVERY_MS = 5_000;
/** Something is sent so often, or proxies take a quiet stream for a dead one (nginx after 60 s). */
export const HEARTBEAT_MS = 25_000;
/** A stream is ended after this; the browser opens another one, and whoever was signed out meanwhile gets none. */
export const STREAM_MS = 10 * MINUTE_MS;
/** Open streams at one time. A page that is not in front has none. */
export const STREAMS_MAX = 200;
/** Pieces that wait for a receiver which takes none. */
const UNREAD_MAX = 4;
/** Browsers come back after this, ms. */
const RETRY_MS = 5_000;
const KEY = 'live ';

/** Tells open pages that something changed. */
export interface Live {
  /** A stream of server-sent events, each with the revision of what is shown; undefined when there are too many, or at the end. */
  open(): ReadableStream<Uint8Array> | undefined;
  /** Ends all of them and opens no more, so that whoever waits for connections to close does not wait for these. */
  hangUp(): void;
  /** Open streams. */
  readonly streams: number;
}

export interface LiveOptions {
  changes: Changes;
  clock: Pick<Clock, 'now' | 'at' | 'cancel'>;
}

interface Stream {
  controller: ReadableStreamDefaultController<Uint8Array>;
  openedAt: number;
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html */
export function createLive({ changes, clock }: LiveOptions): Live {
  const encoder = new TextEncoder();
  const streams = new Set<Stream>();
  let isOver = false;
  let lastEventAt = Number.NEGATIVE_INFINITY;
  let isEventDue = false;
  let stopListening: (() => void) | undefined;

  const eventText = () => `event: revision\ndata: ${changes.revision()}\n\n`;

  function sendAll(text: string): void {
    const bytes = encoder.encode(text);
    for (const stream of [...streams]) {
      // Nobody takes what it is sent; when it comes back it is told the newest.
      if ((stream.controller.desiredSize ?? 0) <= 0) end(stream);
      else stream.controller.enqueue(bytes);
    }
  }

  function changed(): void {
    if (isEventDue) return;
    isEventDue = true;
    clock.at(Math.max(clock.now(), lastEventAt + EVENT_EVERY_MS), `${KEY}event`, () => {
      isEventDue = false;
      lastEventAt = clock.now();
      sendAll(eventText());
    });
  }

  function beat(): void {
    clock.at(clock.now() + HEARTBEAT_MS, `${KEY}heartbeat`, () => {
      const now = clock.now();
      for (const stream of [...streams]) if (now - stream.openedAt >= STREAM_MS) end(stream);
      sendAll(': still here\n\n');
      if (streams.size > 0) beat();
    });
  }

  function end(stream: Stream): void {
    stream.controller.close();
    gone(stream);
  }

  /** Without receivers nothing is listened to and nothing wakes. */
  function gone(stream: Stream): void {
    streams.delete(stream);
    if (streams.size > 0) return;
    stopListening?.();
    stopListening = undefined;
    isEventDue = false;
    for (const timer of ['event', 'heartbeat']) clock.cancel(`${KEY}${timer}`);
  }

  return {
    open() {
      if (isOver || streams.size >= STREAMS_MAX) return undefined;
      let stream: Stream;
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            stream = { controller, openedAt: clock.now() };
            streams.add(stream);
            controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n${eventText()}`));
            if (stopListening !== undefined) return;
            stopListening = changes.listen(changed);
            beat();
          },
          cancel: () => gone(stream),
        },
        { highWaterMark: UNREAD_MAX },
      );
    },
    hangUp() {
      isOver = true;
      for (const stream of [...streams]) end(stream);
    },
    get streams() {
      return streams.size;
    },
  };
}

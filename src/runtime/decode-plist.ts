import { type ResourceLimits, Worker } from 'node:worker_threads';
import type { DecodePlist } from '../runtime.ts';
import { parsePlist } from './parse-plist.ts';

/** Up to this the main thread parses: 20 ms of a typical report, 40 to 100 ms of the densest XML. 7 MB would block it for two seconds. */
const INLINE_BYTES_MAX = 64 * 1024;
/** The largest webhook carries 15 MiB, some 6 s of parsing; what takes longer than this is stopped together with its thread. */
const WORKER_TIMEOUT_MS = 60_000;
/** 15 MiB of application lists fit (with 512 they don't); made of nothing but tiny elements that much is refused instead. */
const WORKER_HEAP_MB = 1024;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

export interface PlistDecoder {
  decodePlist: DecodePlist;
  /** Ends the worker thread; what waits is rejected. */
  close(): Promise<void>;
}

/** Small plists inline, large ones one after the other in one worker thread, started when first needed. */
export function createPlistDecoder({ inlineBytesMax = INLINE_BYTES_MAX, timeoutMs = WORKER_TIMEOUT_MS } = {}): PlistDecoder {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let lastId = 0;

  async function decodePlist(bytes: Uint8Array): Promise<unknown> {
    if (bytes.byteLength <= inlineBytesMax) return parsePlist(bytes);
    worker ??= start();
    const to = worker;
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail(to, new Error(`not parsed within ${timeoutMs} ms`)), timeoutMs);
      timer.unref();
      waiting.set(id, { resolve, reject, timer });
      to.ref();
      to.postMessage({ id, bytes });
    });
  }

  function start(): Worker {
    const started = newThread({ maxOldGenerationSizeMb: WORKER_HEAP_MB });
    started.on('message', ({ id, value, message }: { id: number; value?: unknown; message?: string }) => {
      const job = waiting.get(id);
      if (job === undefined) return;
      waiting.delete(id);
      clearTimeout(job.timer);
      if (waiting.size === 0) started.unref();
      if (message === undefined) job.resolve(value);
      else job.reject(new Error(message));
    });
    started.on('error', (error) => fail(started, error instanceof Error ? error : new Error(String(error))));
    started.unref();
    return started;
  }

  /** The thread is given up with everything it was given; the next plist starts a new one. */
  function fail(of: Worker, error: Error): void {
    if (worker !== of) return;
    worker = undefined;
    void of.terminate();
    for (const job of waiting.values()) {
      clearTimeout(job.timer);
      job.reject(error);
    }
    waiting.clear();
  }

  return {
    decodePlist,
    close: async () => {
      const ending = worker;
      if (ending === undefined) return;
      fail(ending, new Error('stopped'));
      await ending.terminate();
    },
  };
}

/** Compiled, the thread is plain JavaScript; from source (tests, the demo) it first has to learn TypeScript, and Node 20 lets no flag do that. */
function newThread(resourceLimits: ResourceLimits): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./decode-plist-worker.js', import.meta.url), { resourceLimits });
  const bootstrap =
    "const { workerData } = require('node:worker_threads'); import(workerData.tsx).then(({ register }) => { register(); return import(workerData.entry); });";
  const workerData = {
    tsx: import.meta.resolve('tsx/esm/api'),
    entry: new URL('./decode-plist-worker.ts', import.meta.url).href,
  };
  return new Worker(bootstrap, { eval: true, workerData, resourceLimits });
}

import { parentPort } from 'node:worker_threads';
import { parsePlist } from './parse-plist.ts';

/** The other side of decode-plist.ts. */
parentPort?.on('message', ({ id, bytes }: { id: number; bytes: Uint8Array }) => {
  try {
    parentPort?.postMessage({ id, value: parsePlist(bytes) });
  } catch (error) {
    parentPort?.postMessage({ id, message: error instanceof Error ? error.message : String(error) });
  }
});

import type { EventEmitter } from 'node:events';

/** Ends the program when nobody reads its output any more, as `ratchet … | head` does: what is left to say would be said to no one. */
export function endUnread(output: EventEmitter, end: () => void): void {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    end();
  });
}

import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';

/** Go keeps idle client connections 90 s; closing ours earlier would lose the webhook that meets the reset. */
const KEEP_ALIVE_MS = 120_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** A device in Setup Assistant's web view says what it is in a header of 7 kB and more; Node takes 16 kB for all of them. */
const HEADER_BYTES_MAX = 64 * 1024;

/** An HTTP listener over one of our apps. Rejects when the address can't be had. */
export function listen(
  { host, port }: { host?: string; port: number },
  fetch: (request: Request, address: string | undefined) => Response | Promise<Response>,
): Promise<Server> {
  const server = createAdaptorServer({
    fetch: (request, { incoming }) => fetch(request, incoming.socket.remoteAddress),
    serverOptions: { maxHeaderSize: HEADER_BYTES_MAX },
  }) as Server;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 5_000;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

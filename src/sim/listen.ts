import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WireRequest, WireResponse } from './wire.ts';

export interface Listening {
  /** http://127.0.0.1:port, without a final slash. */
  url: string;
  close(): Promise<void>;
}

/** Serves a simulated host (or any such handler) on a loopback port, so that suites for real servers can run against it. Port 0: any. */
export async function listen(handle: (request: WireRequest) => Promise<WireResponse>, port = 0): Promise<Listening> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      let response: WireResponse;
      try {
        response = await handle({
          method: incoming.method ?? 'GET',
          path: incoming.url ?? '/',
          headers: plainHeaders(incoming),
          body: await readBody(incoming),
        });
      } catch {
        response = { status: 500, headers: {}, body: new Uint8Array(0) };
      }
      outgoing.writeHead(response.status, { ...response.headers, 'Content-Length': response.body.length });
      outgoing.end(response.body);
    })();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return new Uint8Array(Buffer.concat(chunks));
}

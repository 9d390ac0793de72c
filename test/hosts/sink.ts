import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenCall {
  method: string;
  /** Path with query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface SinkAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** Stands where Ratchet will: takes what a server sends and answers what a test says. */
export interface Sink {
  url: string;
  /** How every further call is answered; 200 with nothing at first. */
  answer: (call: SeenCall) => SinkAnswer;
  /** The first call, past or to come, for which `wanted` is true; each call is given out once. */
  take(wanted: (call: SeenCall) => boolean): Promise<SeenCall>;
  close(): Promise<void>;
}

export async function openSink(): Promise<Sink> {
  const calls: SeenCall[] = [];
  const waiting: Array<{ wanted: (call: SeenCall) => boolean; resolve: (call: SeenCall) => void }> = [];

  function note(call: SeenCall): void {
    const at = waiting.findIndex(({ wanted }) => wanted(call));
    if (at < 0) calls.push(call);
    else waiting.splice(at, 1)[0]?.resolve(call);
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const call = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) };
    const { status, headers, body } = sink.answer(call);
    response.writeHead(status, headers).end(body);
    note(call);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const sink: Sink = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: () => ({ status: 200 }),
    take(wanted) {
      const at = calls.findIndex(wanted);
      if (at >= 0) return Promise.resolve(calls.splice(at, 1)[0] as SeenCall);
      return new Promise((resolve) => waiting.push({ wanted, resolve }));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return sink;
}

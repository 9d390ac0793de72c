import { connect, type Socket } from 'node:net';

/**
 * A load generator on bare sockets: keep-alive HTTP/1.1, one request at a time per connection, requests as bytes
 * that were made before. Written for this because two cores are shared with the server: a client of node:http or
 * autocannon takes as much of them as the server it is to load.
 */
export interface Load {
  port: number;
  requests: readonly Uint8Array[];
  connections: number;
  seconds: number;
  /** Open loop: so many are *meant* to be sent per second, whatever the server does. Absent: as fast as it answers. */
  rate?: number;
}

export interface LoadResult {
  perSecond: number;
  /** From the moment a request was meant to be sent (closed loop: was sent) to its whole answer. */
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Answers by status. */
  statuses: Record<string, number>;
}

export async function runLoad({ port, requests, connections, seconds, rate }: Load): Promise<LoadResult> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const idle: Connection[] = [];
  /** When the requests that found no idle connection were meant to be sent. */
  const late: number[] = [];
  let next = 0;
  let isOver = false;
  let underWay = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;

  return new Promise((resolve) => {
    const all = sockets.map((socket) => createConnection(socket, onAnswer));

    function send(connection: Connection, meantAt: number): void {
      underWay += 1;
      connection.send(requests[next % requests.length] as Uint8Array, meantAt);
      next += 1;
    }

    function onAnswer(connection: Connection, status: string, meantAt: number): void {
      const now = performance.now();
      underWay -= 1;
      latencies.push(now - meantAt);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (rate === undefined) {
        if (now < endsAt) send(connection, now);
      } else {
        const meant = late.shift();
        if (meant === undefined) idle.push(connection);
        else send(connection, meant);
      }
      if (underWay === 0 && (rate === undefined || isOver)) finish();
    }

    function finish(): void {
      const elapsed = performance.now() - startedAt;
      for (const socket of sockets) socket.destroy();
      latencies.sort((a, b) => a - b);
      const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
      resolve({ perSecond: (latencies.length / elapsed) * 1_000, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1), statuses });
    }

    if (rate === undefined) {
      for (const connection of all) send(connection, performance.now());
      return;
    }
    idle.push(...all);
    let meant = 0;
    const offer = () => {
      const now = performance.now();
      for (; startedAt + (meant / rate) * 1_000 <= now && meant < rate * seconds; meant += 1) {
        const meantAt = startedAt + (meant / rate) * 1_000;
        const connection = idle.pop();
        if (connection) send(connection, meantAt);
        else late.push(meantAt);
      }
      if (meant < rate * seconds) setTimeout(offer, 1);
      else {
        isOver = true;
        if (underWay === 0) finish();
      }
    };
    offer();
  });
}

interface Connection {
  send(request: Uint8Array, meantAt: number): void;
}

/** Reads just enough of HTTP to know when an answer is whole: Content-Length, or chunks up to the empty one. */
function createConnection(socket: Socket, onAnswer: (connection: Connection, status: string, meantAt: number) => void): Connection {
  let received = '';
  let meantAt = 0;
  const connection: Connection = {
    send(request, at) {
      meantAt = at;
      socket.write(request);
    },
  };
  socket.on('data', (chunk: Buffer) => {
    received = received + chunk.toString('latin1');
    const headEnd = received.indexOf('\r\n\r\n');
    if (headEnd < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(received)?.[1];
    const isWhole =
      length === undefined ? received.endsWith('0\r\n\r\n') || !/chunked/i.test(received) : received.length >= headEnd + 4 + Number(length);
    if (!isWhole) return;
    const status = received.slice(9, 12);
    received = '';
    onAnswer(connection, status, meantAt);
  });
  socket.on('error', (error) => {
    throw error;
  });
  return connection;
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** The bytes of one request. */
export function requestBytes(method: string, path: string, headers: Record<string, string>, body?: Uint8Array): Uint8Array {
  const head = [
    `${method} ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'User-Agent: Go-http-client/1.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body ? [`Content-Length: ${body.length}`] : []),
    'Accept-Encoding: gzip',
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), ...(body ? [body] : [])]);
}

import type { Server } from 'node:http';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { listen } from '../../src/runtime/listen.ts';
import { MINUTE_MS } from '../../src/time/local.ts';
import type { Fleet } from './harness.ts';

export interface Address {
  host: string;
  port: number;
}

/** The two listeners of a simulated fleet, for people who look on with a browser, curl or the command line. */
export interface Doors {
  /** "http://127.0.0.1:9006": dashboard, API, webhook. */
  url: string;
  /** Declarative management. */
  ddmUrl: string;
  close(): void;
}

/** The world stands still this often, in its own time, to answer who looks on: some milliseconds apart in a demo. */
const LOOK_UP_EVERY_MS = 20 * MINUTE_MS;
/** No answer takes the world longer than this, real time. */
const ANSWERED_WITHIN_MS = 5_000;

/** Opens them, on any free ports where these are taken and `isChosen` is false. Rejects when they can't be had. */
export async function openDoors(fleet: Fleet, address: Address, isChosen: boolean): Promise<Doors> {
  const { scheduler } = fleet;
  let underWay = 0;
  let isOpen = true;
  const counting = (answer: (request: Request) => Promise<Response>) => async (request: Request) => {
    underWay += 1;
    try {
      return await answer(request);
    } finally {
      underWay -= 1;
    }
  };

  const servers: Server[] = [];
  const close = () => {
    isOpen = false;
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  async function listenAt({ host, port }: Address): Promise<void> {
    servers.push(await listen({ host, port }, counting(fleet.lookOn)));
    servers.push(await listen({ host, port: port === 0 ? 0 : port + 1 }, counting(fleet.lookOnDdm)));
  }
  try {
    await listenAt(address);
  } catch (error) {
    for (const server of servers.splice(0)) server.close();
    if (isChosen || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await listenAt({ ...address, port: 0 });
  }

  /** Virtual time runs without a turn of the event loop, and requests come with these. What is asked is answered as of one moment. */
  function lookUp(): void {
    if (!isOpen) return;
    scheduler.schedule(scheduler.now() + LOOK_UP_EVERY_MS, () => {
      void scheduler.hold(answerAll());
      lookUp();
    });
  }
  async function answerAll(): Promise<void> {
    const begunAt = performance.now();
    do await eventLoopTurn();
    while (underWay > 0 && performance.now() - begunAt < ANSWERED_WITHIN_MS);
  }
  lookUp();

  const [url = '', ddmUrl = ''] = servers.map(urlOf);
  return { url, ddmUrl, close };
}

function urlOf(server: Server): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) return '';
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { basicAuthorization } from '../../src/hosts/ask.ts';
import { createSimKmfddm } from '../../src/sim/kmfddm.ts';
import { listen } from '../../src/sim/listen.ts';
import { KMFDDM_KEY, type RunningKmfddm } from '../hosts/contract-upstream.ts';
import { KEYS } from '../process/ratchet-process.ts';
import type { Beside } from './journey.ts';

/** A KMFDDM, simulated or real, that was there before Ratchet: the server's -dm leads to it, and it has declarations of its own. */

const THEIRS = { device: 'com.example.wifi', user: 'com.example.mail' };

/** Its URL ends in a slash. */
type Started = Pick<RunningKmfddm, 'url' | 'stop'>;

export function besideKmfddm(start: () => Promise<Started>): Beside {
  let kmfddm: Started | undefined;
  let gate: Gate | undefined;
  return {
    theirs: THEIRS,
    async start(settings) {
      kmfddm = await start();
      gate = await openGate(kmfddm.url);
      // It neither asks for a signature nor makes one.
      return { ...settings, dmUrl: `${gate.url}/`, dmSendHmacKey: '', dmRecvHmacKey: '' };
    },
    options: () => ['--kmfddm-url', `${gate?.url}/v1/`, '--kmfddm-key', KMFDDM_KEY],
    give: (_host, id, userId) => give(`${kmfddm?.url}v1/`, basicAuthorization('kmfddm', KMFDDM_KEY), id, userId),
    async whileDown(work) {
      if (gate === undefined) throw new Error('not started');
      gate.isOpen = false;
      await work();
      gate.isOpen = true;
      return true;
    },
    async stop() {
      await gate?.close();
      await kmfddm?.stop();
    },
  };
}

/** The one inside NanoHUB, which is down when the MDM server is. */
export const INSIDE_NANOHUB: Beside = {
  theirs: THEIRS,
  start: async (settings) => settings,
  options: () => [],
  give: (host, id, userId) => give(`${host.url}/api/v1/ddm/`, basicAuthorization('nanohub', KEYS.enqueue), id, userId),
  whileDown: async () => false,
  stop: async () => undefined,
};

export async function startSimKmfddm(): Promise<Started> {
  const kmfddm = createSimKmfddm({ shuffle: (items) => items.reverse(), now: () => Date.now(), apiKey: KMFDDM_KEY });
  const listening = await listen(async (request) => kmfddm.handle(request));
  return { url: `${listening.url}/`, stop: () => listening.close() };
}

/** As its people did it, before anybody thought of Ratchet. */
async function give(api: string, authorization: string, id: string, userId: string): Promise<void> {
  for (const [enrollment, name] of [
    [id, THEIRS.device],
    [userId, THEIRS.user],
  ] as const) {
    const declaration = { Identifier: name, Type: 'com.apple.configuration.management.test', Payload: { Echo: name } };
    const calls: [string, unknown?][] = [
      ['declarations?', declaration],
      [`set-declarations/${name}?declaration=${name}&`],
      [`enrollment-sets/${enrollment}?set=${name}&`],
    ];
    for (const [path, body] of calls) {
      const given = body === undefined ? {} : { body: JSON.stringify(body) };
      const { status } = await fetch(`${api}${path}nonotify=1`, { method: 'PUT', headers: { authorization }, ...given });
      if (status !== 204) throw new Error(`${path}: HTTP ${status}`);
    }
  }
}

interface Gate {
  url: string;
  /** Closed: every connection is cut. */
  isOpen: boolean;
  close(): Promise<void>;
}

/** Stands before a server, so that it can be away for a while and come back under the same address. */
async function openGate(target: string): Promise<Gate> {
  const server = createServer(async (incoming, outgoing) => {
    if (!gate.isOpen) return void incoming.socket.destroy();
    const { method = 'GET', url = '/', headers } = incoming;
    const body = await buffer(incoming);
    const passed = Object.fromEntries(
      ['authorization', 'content-type', 'x-enrollment-id'].flatMap((name) => (headers[name] ? [[name, String(headers[name])]] : [])),
    );
    const answer = await fetch(`${target}${url.slice(1)}`, { method, headers: passed, ...(body.length > 0 ? { body } : {}) });
    const text = Buffer.from(await answer.arrayBuffer());
    outgoing.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    outgoing.end(answer.status === 204 || answer.status === 304 ? undefined : text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gate: Gate = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isOpen: true,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return gate;
}

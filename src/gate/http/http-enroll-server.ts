import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { type EnrollAnswer, type EnrollRequest, type EnrollServer, endToEnd } from '../enroll-server.ts';

export interface HttpEnrollServerSettings {
  /** Of the endpoint itself: requests go there, whatever path they came by. */
  url: string;
  /** Whole request, ms. The proxy in front gives up long before. */
  timeoutMs?: number;
  /** Of an answer. An enrollment profile has some 10 kB, a page of a sign-in up to a few MB. */
  bytesMax?: number;
}

const TIMEOUT_MS = 30_000;
const BYTES_MAX = 16 * 1024 * 1024;

/** Over node:http: fetch would unpack bodies, merge headers and choose the Host by itself. */
export function createHttpEnrollServer({ url, timeoutMs = TIMEOUT_MS, bytesMax = BYTES_MAX }: HttpEnrollServerSettings): EnrollServer {
  const endpoint = new URL(url);
  const send = endpoint.protocol === 'https:' ? requestHttps : requestHttp;
  const hostname = endpoint.hostname.replace(/^\[|\]$/g, '');

  function ask({ method, search, headers, body }: EnrollRequest, done: (answer: EnrollAnswer) => void): () => void {
    const isLengthMeant = body.byteLength > 0 || (method !== 'GET' && method !== 'HEAD');
    const flat = [...endToEnd(headers), ...(isLengthMeant ? [['Content-Length', String(body.byteLength)] as const] : [])].flat();
    const outgoing = send({
      ...{ method, hostname, path: `${endpoint.pathname}${search}`, headers: flat as never, agent: false },
      ...(endpoint.port === '' ? {} : { port: endpoint.port }),
      // By the Host header, which is the device's, the wrong certificate would be asked for.
      ...(isIP(hostname) ? {} : { servername: hostname }),
    });
    outgoing.on('response', (incoming) => readAnswer(incoming, bytesMax, done));
    outgoing.on('error', (error) => done({ kind: 'down', message: error.message || 'the connection failed' }));
    outgoing.end(body);
    return () => outgoing.destroy();
  }

  return {
    url,
    pass: (request) =>
      new Promise((resolve) => {
        let giveUp: (() => void) | undefined;
        const timer = setTimeout(() => finish({ kind: 'down', message: `no answer in ${timeoutMs / 1_000} s` }), timeoutMs);
        const finish = (answer: EnrollAnswer): void => {
          clearTimeout(timer);
          resolve(answer);
          if (answer.kind === 'down') giveUp?.();
        };
        try {
          giveUp = ask(request, finish);
        } catch (error) {
          // A method or header that Node will not send.
          finish({ kind: 'down', message: error instanceof Error ? error.message : 'the request can not be sent' });
        }
      }),
  };
}

function readAnswer(incoming: IncomingMessage, bytesMax: number, done: (answer: EnrollAnswer) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  incoming.on('data', (chunk: Buffer) => {
    length += chunk.byteLength;
    if (length > bytesMax) done({ kind: 'down', message: `its answer has more than ${bytesMax} bytes` });
    else chunks.push(chunk);
  });
  incoming.on('error', (error) => done({ kind: 'down', message: error.message }));
  incoming.on('aborted', () => done({ kind: 'down', message: 'its answer broke off' }));
  incoming.on('end', () =>
    done({
      kind: 'answer',
      status: incoming.statusCode ?? 0,
      headers: endToEnd(pairsOf(incoming.rawHeaders)),
      body: Buffer.concat(chunks),
    }),
  );
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, at): [string, string][] => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []));
}

import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { Fetch, FetchAnswer, FetchInit } from '../runtime.ts';

const TIMEOUT_MS = 30_000;
const BODY_BYTES_MAX = 32 * 1024 * 1024;

/**
 * A Fetch that believes certificates of these authorities (PEM, one or several) and of no others: neither Node's list, nor
 * the system's, nor NODE_EXTRA_CA_CERTS, and NODE_TLS_REJECT_UNAUTHORIZED does not switch it off. HTTPS only. Otherwise as
 * the system's: redirects are answered and not followed, the timeout covers the body and rejects with a TimeoutError.
 */
export function createPinnedFetch(ca: string): Fetch {
  return async (url, init = {}) => {
    if (new URL(url).protocol !== 'https:') throw new Error('only https: is trusted here');
    const timeoutMs = init.timeoutMs ?? TIMEOUT_MS;
    const signal = AbortSignal.timeout(timeoutMs);
    const inTime = async <T>(promise: Promise<T>): Promise<T> => {
      try {
        return await promise;
      } catch (error) {
        if (signal.aborted) throw Object.assign(new Error(`no answer in ${timeoutMs} ms`), { name: 'TimeoutError' });
        throw explained(error);
      }
    };
    const response = await inTime(send(url, init, { ca, rejectUnauthorized: true, minVersion: 'TLSv1.2', agent: false, signal }));
    return answerOf(response, inTime);
  };
}

function send(url: string, init: FetchInit, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { ...options, method: init.method ?? 'GET', headers: init.headers ?? {} }, resolve);
    sending.on('error', reject);
    sending.end(init.body);
  });
}

function answerOf(response: IncomingMessage, inTime: <T>(promise: Promise<T>) => Promise<T>): FetchAnswer {
  const { headers } = response;
  const bytes = () => inTime(readBody(response));
  return {
    status: response.statusCode ?? 0,
    headers: {
      get: (name) => {
        const value = headers[name.toLowerCase()];
        return value === undefined ? null : String(value);
      },
    },
    arrayBuffer: async () => (await bytes()).buffer,
    text: async () => new TextDecoder().decode(await bytes()),
  };
}

/** Rejects when the connection ends before what Content-Length or chunking promised. */
async function readBody(response: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > BODY_BYTES_MAX) throw new Error(`answer over ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

const CERTIFICATE_CODES =
  /^(CERT_|DEPTH_ZERO_|ERR_TLS_CERT_|SELF_SIGNED_|UNABLE_TO_(GET_ISSUER|VERIFY)|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_)/;

/** OpenSSL's words don't say that it is the pin that spoke, nor what usually is behind it. */
function explained(error: unknown): unknown {
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
  if (!CERTIFICATE_CODES.test(code)) return error;
  return new Error(
    `the server's certificate is not trusted (${code}: ${(error as Error).message}); does something between open the TLS connection?`,
    { cause: error },
  );
}

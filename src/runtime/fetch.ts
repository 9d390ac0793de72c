import type { Fetch, FetchAnswer } from '../runtime.ts';

const TIMEOUT_MS = 30_000;
/** Apple's lookup answer is 2 MB; the servers' are small. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Node's fetch. The timeout covers the body too, and passing it rejects with an Error named TimeoutError.
 * Redirects are answered, not followed: a POST or PUT must never silently become a GET elsewhere, and a
 * credential must not travel to another host.
 */
export function createSystemFetch(): Fetch {
  return async (url, init = {}): Promise<FetchAnswer> => {
    const signal = AbortSignal.timeout(init.timeoutMs ?? TIMEOUT_MS);
    const response = await rethrow(
      fetch(url, {
        method: init.method ?? 'GET',
        ...(init.headers === undefined ? {} : { headers: init.headers }),
        ...(init.body === undefined ? {} : { body: init.body as string | Uint8Array<ArrayBuffer> }),
        redirect: 'manual',
        signal,
      }),
    );
    return {
      status: response.status,
      headers: response.headers,
      arrayBuffer: async () => (await rethrow(readBody(response))).buffer,
      text: async () => new TextDecoder().decode(await rethrow(readBody(response))),
    };
  };
}

async function readBody(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > BODY_BYTES_MAX) throw new Error(`answer over ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** "fetch failed" says nothing; its cause (ECONNREFUSED, a certificate) does. */
async function rethrow<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof TypeError && error.cause instanceof Error) {
      const { code, message } = error.cause as NodeJS.ErrnoException;
      throw new Error(message === '' ? (code ?? error.message) : message, { cause: error.cause });
    }
    throw error;
  }
}

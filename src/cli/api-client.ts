import type { z } from 'zod';
import { ApiProblem } from '../engine/answers.ts';
import { TOKEN_FORM } from '../engine/operate/tokens.ts';
import type { Fetch, FetchAnswer } from '../runtime.ts';
import type { ExitCode } from './exit-code.ts';
import type { ApiFailure, ApiResult } from './read-source.types.ts';

/** The running server's API, as the verbs call it. */
export interface ApiClient {
  /** `takesLong`: the server goes through its whole fleet first. */
  get<T>(path: string, schema: z.ZodType<T>, how?: { takesLong: boolean }): Promise<ApiResult<T>>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>, how?: { takesLong: boolean }): Promise<ApiResult<T>>;
  put<T>(path: string, body: unknown, schema: z.ZodType<T>, how?: { takesLong: boolean }): Promise<ApiResult<T>>;
}

const TIMEOUT_MS = 60_000;
/** Of what goes through the whole fleet: 5,000 devices take some 5 s on a machine that does nothing else. */
const LONG_TIMEOUT_MS = 600_000;

/** `server` without "/" at its end; `secret` is the password or a token. Never rejects. */
export function createApiClient(fetch: Fetch, server: string, secret: string): ApiClient {
  const isToken = TOKEN_FORM.test(secret);
  const authorization = isToken ? `Bearer ${secret}` : `Basic ${Buffer.from(`ratchet:${secret}`).toString('base64')}`;

  async function call<T>(method: string, path: string, body: unknown, schema: z.ZodType<T>, timeoutMs = TIMEOUT_MS): Promise<ApiResult<T>> {
    let answer: FetchAnswer;
    let text: string;
    try {
      answer = await fetch(`${server}/api/v1/${path}`, {
        method,
        headers: { authorization, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        timeoutMs,
      });
      text = await answer.text();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return failure(3, `No Ratchet answers at ${server} (${why}). Is ratchet serve running there? Another address: --server.`, true);
    }
    const value = parseJson(text);
    if (answer.status < 200 || answer.status > 299) {
      const told = ApiProblem.safeParse(value);
      if (answer.status === 401 || (answer.status === 403 && !told.success)) {
        const why = told.success ? `: ${told.data.detail}` : '.';
        return failure(2, `${server} refuses the ${isToken ? 'token' : 'password'} given as --api${why}`);
      }
      // 4xx that isn't our API's own is some other server's.
      if (!told.success) return failure(3, `${server} answers ${answer.status}: that is not Ratchet's API, or it is off there (no --api).`);
      return failure(answer.status < 500 ? 2 : 3, told.data.detail);
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return { ok: true, value: parsed.data };
    return failure(
      3,
      `${server} answered something this version does not understand. Is it another version? (ratchet version, ${server}/version)`,
    );
  }

  return {
    get: (path, schema, how) => call('GET', path, undefined, schema, how?.takesLong ? LONG_TIMEOUT_MS : TIMEOUT_MS),
    post: (path, body, schema, how) => call('POST', path, body, schema, how?.takesLong ? LONG_TIMEOUT_MS : TIMEOUT_MS),
    put: (path, body, schema, how) => call('PUT', path, body, schema, how?.takesLong ? LONG_TIMEOUT_MS : TIMEOUT_MS),
  };
}

function failure(exitCode: ExitCode, message: string, isUnreached = false): ApiFailure {
  return { ok: false, exitCode, isUnreached, message };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

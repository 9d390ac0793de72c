import type { Fetch, FetchAnswer, FetchInit } from '../runtime.ts';

/** What came back from a server's API; `body` is undefined when it could not be read to its end. */
export type ApiAnswer =
  | { received: true; status: number; body: string | undefined; headers: FetchAnswer['headers'] }
  /** `notSent`: no connection came about, so the server saw nothing. */
  | { received: false; notSent: boolean; message: string };

/** One request of a server's API. Never rejects. */
export async function ask(fetch: Fetch, url: string, init: FetchInit): Promise<ApiAnswer> {
  let answer: FetchAnswer;
  try {
    answer = await fetch(url, init);
  } catch (error) {
    return { received: false, notSent: connectionCodes.has(errorCode(error) ?? ''), message: errorMessage(error) };
  }
  try {
    return { received: true, status: answer.status, body: await answer.text(), headers: answer.headers };
  } catch {
    return { received: true, status: answer.status, body: undefined, headers: answer.headers };
  }
}

/** Value of the Authorization header, RFC 7617. */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** Longest message kept of an answer. */
const messageMax = 500;

export function shortMessage(message: string): string {
  const oneLine = message.replace(/\s+/g, ' ').trim();
  return oneLine.length > messageMax ? `${oneLine.slice(0, messageMax)}…` : oneLine;
}

/** "HTTP 500: what the body says". */
export function withStatus(status: number, body: string | undefined): string {
  if (body === undefined) return `HTTP ${status}, body not readable`;
  return body.trim() === '' ? `HTTP ${status}, empty body` : `HTTP ${status}: ${shortMessage(body)}`;
}

/** `version` of what GET /version answers; the same key in every server. */
export function versionOf(body: string | undefined): string | undefined {
  try {
    const { version } = JSON.parse(body ?? '');
    return typeof version === 'string' ? version.slice(0, 100) : undefined;
  } catch {
    return undefined;
  }
}

/** Codes that only come before a connection is there; unreachable networks may also cut an established one. */
const connectionCodes: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** Node's fetch hides the reason in `cause`. */
function errorCode(error: unknown): string | undefined {
  for (const candidate of [error, (error as { cause?: unknown } | undefined)?.cause]) {
    const code = (candidate as { code?: unknown } | undefined | null)?.code;
    if (typeof code === 'string') return code;
  }
  return undefined;
}

function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return 'request failed';
  const text = error.name === 'TimeoutError' ? 'timeout' : error.message;
  const code = errorCode(error);
  return shortMessage(code === undefined || text.includes(code) ? text : [text, code].filter(Boolean).join(', '));
}

import type { Fetch, FetchInit } from '../../src/runtime.ts';

export interface SeenRequest {
  url: string;
  init: FetchInit;
}

/** Answers every request alike, or by a function; `seen` is what was asked. */
export function fakeFetch(answer: FakeAnswer | ((url: string, init: FetchInit) => FakeAnswer)): { fetch: Fetch; seen: SeenRequest[] } {
  const seen: SeenRequest[] = [];
  async function fetch(url: string, init: FetchInit = {}) {
    seen.push({ url, init });
    const given = typeof answer === 'function' ? answer(url, init) : answer;
    if ('fails' in given) throw given.fails;
    return {
      status: given.status,
      headers: { get: () => null },
      arrayBuffer: async () => new TextEncoder().encode(bodyOf(given)).buffer as ArrayBuffer,
      text: async () => bodyOf(given),
    };
  }
  return { fetch, seen };
}

export type FakeAnswer = { status: number; body: string | object | Error } | { fails: Error };

function bodyOf({ body }: { body: string | object | Error }): string {
  if (body instanceof Error) throw body;
  return typeof body === 'string' ? body : `${JSON.stringify(body, null, '\t')}\n`;
}

/** What Node's fetch rejects with. */
export function fetchFailure(code: string): Error {
  return Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(code), { code }) });
}

/** What the Fetch port rejects with when its time is over. */
export function timeout(): Error {
  return Object.assign(new Error('The operation was aborted'), { name: 'TimeoutError' });
}

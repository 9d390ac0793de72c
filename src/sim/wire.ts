/** HTTP as the simulated world passes it around, without sockets. Compatible with the application's Fetch port. */

export interface WireRequest {
  method: string;
  /** Path with query. */
  path: string;
  headers: Record<string, string>;
  body: Uint8Array;
}

export interface WireResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** What an outgoing call is answered with: the part of WHATWG Response the world reads. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
}

export interface OutgoingInit {
  method: string;
  headers: Record<string, string>;
  body?: Uint8Array;
  /** Which webhook this is, for the world's own records; no part of what is sent. */
  eventId?: string;
}

/** Rejects where a connection would fail. */
export type Outgoing = (url: string, init: OutgoingInit) => Promise<Answer>;

export const NOTHING = new Uint8Array(0);

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'utf8'));
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** A header whatever its case. */
export function headerOf(headers: Record<string, string>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  for (const key of Object.keys(headers)) if (key.toLowerCase() === wanted) return headers[key];
  return undefined;
}

/** A response as the Fetch port wants it. */
export function answerOf(status: number, headers: Record<string, string>, body: Uint8Array): Answer {
  return {
    status,
    headers: { get: (name) => headerOf(headers, name) ?? null },
    arrayBuffer: async () => body.slice().buffer as ArrayBuffer,
    text: async () => textOf(body),
  };
}

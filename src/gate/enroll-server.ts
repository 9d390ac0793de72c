/** The server that devices were to ask before the gate stood there: it gives them their enrollment profile. */

/** A request of a device, as it came: header names and values in their order. */
export interface EnrollRequest {
  method: string;
  /** "?x=1", or nothing. */
  search: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: Uint8Array;
}

export type EnrollAnswer =
  | { kind: 'answer'; status: number; headers: readonly (readonly [name: string, value: string])[]; body: Uint8Array }
  /** Not reached, no answer in time, or one that is too large. */
  | { kind: 'down'; message: string };

export interface EnrollServer {
  /** Its address, as in the settings. */
  readonly url: string;
  /** Asks as the device did, and answers what it answered: neither follows a redirect nor unpacks anything. Never rejects. */
  pass(request: EnrollRequest): Promise<EnrollAnswer>;
}

/** Those of one connection and not of the message (RFC 9110, 7.6.1), and the length, which is written anew. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'expect',
]);

/** Without those headers, and without what `Connection` names beside them. */
export function endToEnd(headers: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const named = headers
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.toLowerCase().split(/\s*,\s*/));
  return headers.filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()) && !named.includes(name.toLowerCase()));
}

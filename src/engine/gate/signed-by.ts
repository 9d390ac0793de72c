import type { EnrollRequest } from '../../gate/enroll-server.ts';
import { SIGNED_BYTES_MAX } from '../../gate/verify-device.ts';

/** Of the first request of a web view in Setup Assistant: what the body of a POST is otherwise, as Base64. */
const HEADER = 'x-apple-aspen-deviceinfo';

/** By what it sends, without a look into it: a device in Setup Assistant that asks for its profile. */
export function looksLikeDevice(headers: Headers): boolean {
  return headers.has(HEADER) || /^application\/pkcs7-signature\b/i.test(headers.get('content-type') ?? '');
}

/** What a device says of itself in a request, signed; undefined when it says nothing. */
export function signedBy({ method, headers, body }: EnrollRequest): Uint8Array | undefined {
  const text = headers.find(([name]) => name.toLowerCase() === HEADER)?.[1];
  // What is too long for a message is too long as Base64; it is refused by its length.
  if (text !== undefined) return Buffer.from(text.slice(0, SIGNED_BYTES_MAX * 2), 'base64');
  return method === 'POST' && body.byteLength > 0 ? body : undefined;
}

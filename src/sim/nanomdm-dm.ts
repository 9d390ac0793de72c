import { splitUserinfo } from './go.ts';
import type { NanoMdmOptions } from './nanomdm.types.ts';
import type { EnrollmentIds } from './nanomdm-store.ts';
import { bodySignature } from './nanomdm-webhook.ts';
import { bytesOf, NOTHING, type OutgoingInit, type WireResponse } from './wire.ts';

/**
 * Forwards one DeclarativeManagement check-in to the -dm server and says what the device gets
 * (service/dmhook/dmhook.go; in 0.8 service/nanomdm/dm.go).
 */
export async function forwardDeclarativeManagement(
  options: NanoMdmOptions,
  ids: EnrollmentIds,
  endpoint: string,
  data: Uint8Array,
): Promise<WireResponse> {
  const isOld = options.dialect === '0.8';
  if (options.dmUrl === undefined) return internalServerError(NOTHING);
  let url: URL;
  try {
    // ResolveReference: a base without a final slash loses its last element, and the device's path decides where it goes.
    url = new URL(endpoint, options.dmUrl);
  } catch {
    return internalServerError(NOTHING);
  }
  const base = splitUserinfo(options.dmUrl);
  const isBase = url.host === new URL(options.dmUrl).host;
  url.username = '';
  url.password = '';
  const headers: Record<string, string> = { 'User-Agent': 'Go-http-client/1.1', 'X-Enrollment-Id': ids.id };
  if (!isOld) {
    headers['X-Enrollment-Type'] = ids.type;
    if (ids.parentId !== undefined) headers['X-Enrollment-Parentid'] = ids.parentId;
    if (options.dmSendHmacKey !== undefined) headers['X-Hmac-Signature'] = bodySignature(options.dmSendHmacKey, data);
  }
  if (base.authorization !== undefined && isBase) headers.Authorization = base.authorization;
  const init: OutgoingInit = { method: 'GET', headers };
  if (data.length > 0) {
    init.method = 'PUT';
    init.body = data;
    headers['Content-Type'] = 'application/json';
  }
  let status: number;
  let body: Uint8Array;
  let signature: string | null;
  try {
    const answer = await options.fetch(url.href, init);
    status = answer.status;
    signature = answer.headers.get('X-Hmac-Signature');
    body = new Uint8Array(await answer.arrayBuffer());
  } catch {
    return internalServerError(NOTHING);
  }
  if (isOld) return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body };
  if (status !== 200) return internalServerError(body);
  if (options.dmRecvHmacKey !== undefined && signature !== bodySignature(options.dmRecvHmacKey, body)) return internalServerError(NOTHING);
  return { status: 200, headers: body.length > 0 ? { 'Content-Type': 'text/plain; charset=utf-8' } : {}, body };
}

function internalServerError(upstream: Uint8Array): WireResponse {
  const body = Buffer.concat([bytesOf('Internal Server Error\n'), upstream]);
  return { status: 500, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: new Uint8Array(body) };
}

import { splitUserinfo } from './go.ts';
import type { MicroMdmOptions } from './micromdm.types.ts';
import { NOTHING, type OutgoingInit, type WireResponse } from './wire.ts';

/**
 * Forwards one DeclarativeManagement check-in to the -dm server and says what the device gets (server/dm.go): the id
 * alone, no signature, and 500 with nothing for whatever isn't 200.
 */
export async function forwardToDm(options: MicroMdmOptions, key: string, endpoint: string, data: Uint8Array): Promise<WireResponse> {
  if (options.dmUrl === undefined) return failed();
  let url: URL;
  try {
    url = new URL(endpoint, options.dmUrl);
  } catch {
    return failed();
  }
  const base = splitUserinfo(options.dmUrl);
  const isBase = url.host === new URL(options.dmUrl).host;
  url.username = '';
  url.password = '';
  const headers: Record<string, string> = { 'User-Agent': 'Go-http-client/1.1', 'X-Enrollment-Id': key };
  // A path without a host keeps the userinfo of the base.
  if (base.authorization !== undefined && isBase) headers.Authorization = base.authorization;
  const init: OutgoingInit = { method: 'GET', headers };
  if (data.length > 0) {
    init.method = 'PUT';
    init.body = data;
    headers['Content-Type'] = 'application/json';
  }
  try {
    const answer = await options.fetch(url.href, init);
    const body = new Uint8Array(await answer.arrayBuffer());
    if (answer.status !== 200) return failed();
    return { status: 200, headers: body.length > 0 ? { 'Content-Type': 'text/plain; charset=utf-8' } : {}, body };
  } catch {
    return failed();
  }
}

function failed(): WireResponse {
  return { status: 500, headers: {}, body: NOTHING };
}

import type { PushOutcome } from './host.types.ts';
import { type UpdateAsked, updateAsked } from './legacy-asked.ts';
import type { NanoMdmOptions } from './nanomdm.types.ts';
import type { NanoMdmStore } from './nanomdm-store.ts';
import { type PlistDict, readPlist } from './plist.ts';
import { bytesOf, headerOf, textOf, type WireRequest, type WireResponse } from './wire.ts';

/** What NanoMDM's command API answers in its body (http/api/types.go), in Go's field order. */
interface ApiResult {
  status?: Record<string, { push_error?: string; push_result?: string }>;
  no_push?: true;
  push_error?: string;
  command_error?: string;
  command_uuid?: string;
  request_type?: string;
}

/** Of all devices. */
const TOPIC = 'com.apple.mgmt.External.lab';

/** The authenticated part of the API: /v1/enqueue/{ids} and /v1/push/{ids}. */
export function createCommandApi(
  options: NanoMdmOptions,
  store: NanoMdmStore,
  pushOutcome: (id: string) => PushOutcome,
): (request: WireRequest, url: URL) => WireResponse {
  return (request, url) => {
    const [user, realm] = options.isInsideHub ? ['nanohub', 'NanoHUB API'] : ['nanomdm', 'nanomdm'];
    const expected = `Basic ${Buffer.from(`${user}:${options.apiKey}`).toString('base64')}`;
    if (headerOf(request.headers, 'authorization') !== expected) {
      const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Www-Authenticate': `Basic realm="${realm}"` };
      return { status: 401, headers, body: bytesOf('Unauthorized\n') };
    }
    if (url.pathname === '/v1/pushcert') return tellPushCertificate(options.pushCertificate, url.searchParams.get('topic') ?? '');
    const path = /^\/v1\/(enqueue|push)\/(.*)$/.exec(url.pathname);
    if (!path) {
      const bare = /^\/v1\/(enqueue|push)$/.exec(url.pathname);
      if (bare) return { status: 301, headers: { Location: `${url.pathname}/${url.search}` }, body: bytesOf('') };
      return { status: 404, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: bytesOf('404 page not found\n') };
    }
    let rest = path[2] as string;
    try {
      rest = decodeURIComponent(rest);
    } catch {
      return { status: 400, headers: {}, body: bytesOf('') };
    }
    const ids = rest.split(',');
    return json(
      path[1] === 'push'
        ? pushOnly(ids)
        : enqueue(ids, url.searchParams.get('nopush') !== null && url.searchParams.get('nopush') !== '', request.body),
    );
  };

  function pushOnly(ids: string[]): ApiResult {
    const result: ApiResult = {};
    push(ids, result);
    return result;
  }

  function enqueue(ids: string[], isNoPush: boolean, body: Uint8Array): ApiResult {
    if (body.length === 0) return isNoPush ? { no_push: true, command_error: 'must enqueue or push' } : pushOnly(ids);
    const command = decodeCommand(body);
    if (typeof command === 'string') return { command_error: `decoding command: ${command}` };
    const result: ApiResult = isNoPush ? { no_push: true } : {};
    const { commandUuid, requestType, asked } = command;
    if (store.isCommandKnown(commandUuid)) {
      result.command_error = `command already exists: ${commandUuid}`;
      for (const id of ids) options.observe?.({ kind: 'enqueue', id, commandUuid, requestType, result: 'exists', ...asked });
    } else {
      store.rememberCommand(commandUuid);
      for (const id of ids) {
        store.enqueue(id, { commandUuid, requestType, raw: body });
        options.observe?.({ kind: 'enqueue', id, commandUuid, requestType, result: 'queued', ...asked });
      }
      if (!isNoPush) push(ids, result);
    }
    result.command_uuid = commandUuid;
    result.request_type = requestType;
    return result;
  }

  function push(ids: string[], result: ApiResult): void {
    const isMissing = (id: string) => !store.enrollments.get(id)?.canPush;
    // Push data is looked up before the certificate of its topic.
    if (options.hasPushCertificate === false) {
      const missing = ids.filter(isMissing);
      if (missing.length > 0) pushEach(missing);
      if (missing.length < ids.length)
        result.push_error = `retrieving push cert for topic "${TOPIC}": getting ${TOPIC}.pem: key not found: ${TOPIC}.pem`;
    } else pushEach(ids);

    function pushEach(some: string[]): void {
      result.status = {};
      for (const id of [...some].sort()) result.status[id] = isMissing(id) ? noPushData(id) : pushOne(id);
    }
  }

  function noPushData(id: string): { push_error: string } {
    options.observe?.({ kind: 'push', id, outcome: 'unknown-id' });
    return { push_error: 'push data missing for id' };
  }

  function pushOne(id: string): { push_error?: string; push_result?: string } {
    const outcome = pushOutcome(id);
    options.observe?.({ kind: 'push', id, outcome });
    const apnsId = upperUuid(options.random);
    if (outcome === 'ok') return { push_result: apnsId };
    if (outcome === 'unreachable')
      return { push_error: 'Post "https://api.push.apple.com/3/device/00": dial tcp: lookup api.push.apple.com: no such host' };
    return { push_error: pushError(outcome, options.now()), push_result: apnsId };
  }
}

/** http/api/pushcert.go of the versions after 0.9; the storage's words are those of its key-value backends. */
function tellPushCertificate(certificate: NanoMdmOptions['pushCertificate'], topic: string): WireResponse {
  const answer = (status: number, body: object) => ({
    status,
    headers: { 'Content-Type': 'application/json' },
    body: bytesOf(`${JSON.stringify(body, undefined, '\t')}\n`),
  });
  if (certificate === undefined)
    return { status: 405, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: bytesOf('Method Not Allowed\n') };
  if (topic === '') return answer(400, { error: 'missing required query parameter: topic' });
  if (certificate === 'none' || certificate.topic !== topic)
    return answer(500, { error: `getting ${topic}.pem: key not found: ${topic}.pem` });
  return answer(200, { not_after: new Date(certificate.notAfter).toISOString(), topic });
}

function pushError(outcome: 'unregistered' | 'bad-device-token' | 'unavailable', now: number): string {
  switch (outcome) {
    case 'unregistered':
      return `push HTTP status: 410: APNs push error: Unregistered: timestamp ${now}`;
    case 'bad-device-token':
      return 'push HTTP status: 400: APNs push error: BadDeviceToken';
    case 'unavailable':
      return 'push HTTP status: 503: APNs push error: ServiceUnavailable';
  }
}

function decodeCommand(body: Uint8Array): { commandUuid: string; requestType: string; asked: UpdateAsked | undefined } | string {
  let dict: ReturnType<typeof readPlist>;
  try {
    dict = readPlist(body);
  } catch (error) {
    return `parse error: ${(error as Error).message}: raw content: ${textOf(body)}`;
  }
  const { CommandUUID: commandUuid, Command: command } = dict;
  const requestType =
    typeof command === 'object' && !Array.isArray(command) ? (command as { RequestType?: unknown }).RequestType : undefined;
  if (typeof commandUuid !== 'string' || commandUuid === '' || typeof requestType !== 'string' || requestType === '')
    return 'invalid command';
  return { commandUuid, requestType, asked: updateAsked(command as PlistDict) };
}

/** A top-level error is 500; else 500 when all ids failed, 207 when some did (http/api/api.go). */
function json(result: ApiResult): WireResponse {
  const perId = Object.values(result.status ?? {});
  const failed = perId.filter((entry) => entry.push_error !== undefined).length;
  let status = 200;
  if (result.command_error !== undefined || result.push_error !== undefined) status = 500;
  else if (failed > 0) status = failed === perId.length ? 500 : 207;
  return { status, headers: { 'Content-Type': 'application/json' }, body: bytesOf(`${JSON.stringify(result, undefined, '\t')}\n`) };
}

function upperUuid(random: () => number): string {
  const hex = Array.from({ length: 8 }, () =>
    Math.floor(random() * 65536)
      .toString(16)
      .padStart(4, '0'),
  ).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`.toUpperCase();
}

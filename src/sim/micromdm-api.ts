import { goTime } from './go.ts';
import type { PushOutcome } from './host.types.ts';
import { type UpdateAsked, updateAsked } from './legacy-asked.ts';
import type { MicroMdmOptions } from './micromdm.types.ts';
import type { MicroMdmStore } from './micromdm-store.ts';
import { type PlistDict, readPlist } from './plist.ts';
import { bytesOf, headerOf, type WireRequest, type WireResponse } from './wire.ts';

/** platform/config/builtin/db.go. */
const NO_CERTIFICATE =
  'get push certificate: get server config for push cert: get server config from bolt: not found: ServerConfig no config found in boltdb';

/** Go's zero time, for a device that was never seen. */
const NEVER = '0001-01-01T00:00:00Z';

/** The authenticated part of the API: raw commands, the queue, pushes, the list of devices. Errors are 500 with JSON. */
export function createMicroMdmApi(
  options: MicroMdmOptions,
  store: MicroMdmStore,
  pushOutcome: (id: string) => PushOutcome,
): (request: WireRequest, url: URL) => WireResponse {
  const later = options.later ?? ((run) => void Promise.resolve().then(run));

  return (request, url) => {
    const expected = `Basic ${Buffer.from(`micromdm:${options.apiKey}`).toString('base64')}`;
    if (headerOf(request.headers, 'authorization') !== expected)
      return json(401, { error: 'Unauthorized' }, { 'Www-Authenticate': 'Basic realm="micromdm"' });
    const { method } = request;
    if (url.pathname === '/v1/devices' && method === 'POST') return listDevices();
    if (url.pathname === '/v1/config/certificate' && method === 'GET')
      return options.pushCertificate === undefined ? json(500, { error: NO_CERTIFICATE }) : json(200, { cert: options.pushCertificate });
    const path = /^\/v1\/(commands|push)\/([^/]+)$/.exec(url.pathname);
    if (path?.[2] === undefined) return notFound();
    const key = decodeURIComponent(path[2]);
    // The router looks at the decoded path.
    if (key.includes('/')) return notFound();
    if (path[1] === 'push') return method === 'POST' ? push(key) : notFound();
    if (method === 'PUT' || method === 'POST') return enqueue(key, request.body);
    if (method === 'GET') return viewQueue(key);
    if (method !== 'DELETE') return notFound();
    store.clear(key);
    return json(200, {});
  };

  /** Answered before the command is stored, and before anybody is pushed. */
  function enqueue(key: string, body: Uint8Array): WireResponse {
    const command = readCommand(body);
    if (typeof command === 'string') return json(500, { error: command });
    const { commandUuid, requestType, asked } = command;
    later(() => {
      const result = store.all(key).some((other) => other.commandUuid === commandUuid) ? 'doubled' : 'queued';
      store.enqueue(key, { commandUuid, requestType, raw: body });
      options.observe?.({ kind: 'enqueue', id: key, commandUuid, requestType, result, ...asked });
      // Without a push certificate these pushes wait until there is one.
      if (options.hasPushCertificate !== false) pushed(key);
    });
    const payload = { udid: key, command_uuid: commandUuid, command: { request_type: requestType }, payload: base64(body) };
    return json(201, { payload });
  }

  function viewQueue(key: string): WireResponse {
    const commands = store.listed(key).map(({ commandUuid, raw }) => ({ uuid: commandUuid, payload: base64(raw) }));
    return json(200, commands.length === 0 ? {} : { commands });
  }

  function push(key: string): WireResponse {
    const error = pushed(key);
    if (error !== undefined) return json(500, { error });
    return json(200, { status: 'success', push_notification_id: 'C2EF3A3B-0000-4000-8000-000000000000' });
  }

  /** One push; the error as MicroMDM's push library words it. */
  function pushed(key: string): string | undefined {
    if (!store.pushable.has(key)) {
      options.observe?.({ kind: 'push', id: key, outcome: 'unknown-id' });
      return `retrieving PushInfo by UDID: not found: PushInfo udid ${key}`;
    }
    // The real one panics here, and the connection ends without an answer.
    if (options.hasPushCertificate === false) throw new Error('no push service');
    const outcome = pushOutcome(key);
    options.observe?.({ kind: 'push', id: key, outcome });
    return PUSH_ERRORS[outcome];
  }

  function listDevices(): WireResponse {
    const devices = [...store.devices.values()].map(({ udid, serialNumber, isEnrolled, lastSeenAt }) => ({
      serial_number: serialNumber,
      udid,
      enrollment_status: isEnrolled,
      last_seen: lastSeenAt === 0 ? NEVER : goTime(lastSeenAt, options.random),
      dep_profile_status: '',
    }));
    return json(200, { devices: devices.length === 0 ? null : devices });
  }
}

const PUSH_ERRORS: Record<PushOutcome, string | undefined> = {
  ok: undefined,
  unregistered: 'device token is inactive for the specified topic (last invalid at 2026-01-01 00:00:00 +0000 UTC)',
  'bad-device-token': 'bad device token',
  unavailable: 'the service is unavailable',
  unreachable: 'Post "https://api.push.apple.com/3/device/00": dial tcp: lookup api.push.apple.com: no such host',
};

function readCommand(body: Uint8Array): { commandUuid: string; requestType: string; asked: UpdateAsked | undefined } | string {
  let dict: ReturnType<typeof readPlist>;
  try {
    dict = readPlist(body);
  } catch (error) {
    return `parse payload as plist: ${(error as Error).message}`;
  }
  const { CommandUUID: commandUuid, Command: command } = dict;
  const requestType =
    typeof command === 'object' && !Array.isArray(command) ? (command as { RequestType?: unknown }).RequestType : undefined;
  if (typeof commandUuid !== 'string' || commandUuid === '' || typeof requestType !== 'string' || requestType === '')
    return 'request is malformed';
  return { commandUuid, requestType, asked: updateAsked(command as PlistDict) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): WireResponse {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body: bytesOf(`${JSON.stringify(body, undefined, '  ')}\n`),
  };
}

function notFound(): WireResponse {
  return { status: 404, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: bytesOf('404 page not found\n') };
}

import { goJson, goTime, splitUserinfo } from './go.ts';
import type { HostEvent, PushOutcome, SimHost } from './host.types.ts';
import type { MicroMdmOptions } from './micromdm.types.ts';
import { createMicroMdmApi } from './micromdm-api.ts';
import { forwardToDm } from './micromdm-dm.ts';
import { createMicroMdmStore, type MicroMdmStore, type Sender, senderOf } from './micromdm-store.ts';
import { type PlistDict, readPlist, writePlist } from './plist.ts';
import { bytesOf, headerOf, NOTHING, type WireRequest, type WireResponse } from './wire.ts';

export interface SimMicroMdm extends SimHost {
  readonly store: MicroMdmStore;
}

/**
 * A MicroMDM 1.13 as the real one was seen to be. `Mdm-Signature` is taken as the device's certificate, whatever it
 * says: that a signature is none of the SCEP's is not simulated. The real one sends its webhooks one after the other;
 * what is slow or out of order between it and us is the world's affair.
 */
export function createSimMicroMdm(options: MicroMdmOptions): SimMicroMdm {
  const store = createMicroMdmStore();
  const outcomes = new Map<string, PushOutcome>();
  const api = createMicroMdmApi(options, store, (id) => outcomes.get(id) ?? options.push?.(id) ?? 'ok');
  const webhooks = new Set<Promise<void>>();
  const observe = (event: HostEvent) => options.observe?.(event);
  const clock = options.clock ?? options.now;

  async function device(request: WireRequest, url: URL): Promise<WireResponse> {
    const certificate = headerOf(request.headers, 'mdm-signature');
    let message: PlistDict;
    try {
      message = readPlist(request.body);
    } catch {
      return failed();
    }
    if (certificate === undefined || certificate === '') return failed();
    const isCheckin = url.pathname === '/mdm/checkin';
    const kind = String((isCheckin ? message.MessageType : message.Status) ?? '');
    const sender = senderOf(message);
    if (!isTrusted(sender, certificate, isCheckin && kind === 'Authenticate')) return failed();
    if (!isCheckin) {
      // Told before the queue has looked at it.
      emit('mdm.Connect', sender, message, request.body, url);
      return report(kind, sender, message);
    }
    if (kind === 'UserAuthenticate') return { status: 410, headers: {}, body: NOTHING };
    if (!CHECKINS.has(kind)) return failed();
    const response = await checkin(kind, sender, message);
    if (response.status === 200 && kind !== 'DeclarativeManagement') emit(`mdm.${kind}`, sender, message, request.body, url);
    return response;
  }

  /** Authenticate binds the certificate, whoever's it was; User Enrollments are not looked at. */
  function isTrusted({ udid, isUserEnrollment }: Sender, certificate: string, isAuthenticate: boolean): boolean {
    if (isUserEnrollment) return true;
    const known = store.certificates.get(udid);
    if (known === undefined || isAuthenticate) store.certificates.set(udid, certificate);
    return isAuthenticate || known === undefined || known === certificate;
  }

  async function checkin(kind: string, sender: Sender, message: PlistDict): Promise<WireResponse> {
    const { key, udid, isDeviceChannel, isUserEnrollment } = sender;
    const row = isDeviceChannel && !isUserEnrollment ? store.device(udid) : undefined;
    if (row) row.lastSeenAt = clock();
    switch (kind) {
      case 'Authenticate':
        store.clear(key);
        if (row) {
          row.isEnrolled = false;
          if (typeof message.SerialNumber === 'string') row.serialNumber = message.SerialNumber;
        }
        return ok(NOTHING);
      case 'TokenUpdate':
        store.pushable.add(key);
        if (row) row.isEnrolled = true;
        return ok(NOTHING);
      case 'CheckOut':
        if (row) row.isEnrolled = false;
        return ok(NOTHING);
      case 'SetBootstrapToken': {
        const token = message.BootstrapToken;
        if (row) row.bootstrapToken = token instanceof Uint8Array ? token : NOTHING;
        return ok(NOTHING);
      }
      case 'GetBootstrapToken':
        return ok(bytesOf(writePlist({ BootstrapToken: row?.bootstrapToken ?? NOTHING })));
      default: {
        const endpoint = typeof message.Endpoint === 'string' ? message.Endpoint : '';
        const data = message.Data instanceof Uint8Array ? message.Data : NOTHING;
        const response = await forwardToDm(options, key, endpoint, data);
        const method = data.length > 0 ? 'PUT' : 'GET';
        observe({ kind: 'dm', id: sender.id, method, endpoint, status: response.status, body: response.body, request: data });
        return response;
      }
    }
  }

  function report(status: string, sender: Sender, message: PlistDict): WireResponse {
    if (!STATUSES.has(status)) return failed();
    if (sender.isDeviceChannel && !sender.isUserEnrollment) store.device(sender.udid).lastSeenAt = clock();
    const next = store.next(sender.key, status, typeof message.CommandUUID === 'string' ? message.CommandUUID : undefined);
    if (!next) return ok(NOTHING);
    observe({ kind: 'deliver', id: sender.id, commandUuid: next.commandUuid, requestType: next.requestType, raw: next.raw });
    return ok(next.raw);
  }

  /** One attempt that nothing waits for and nothing repeats. */
  function emit(topic: string, sender: Sender, message: PlistDict, raw: Uint8Array, url: URL): void {
    if (options.webhookUrl === undefined) return;
    const text = (key: string) => (typeof message[key] === 'string' && message[key] !== '' ? (message[key] as string) : undefined);
    const params = Object.fromEntries([...url.searchParams].reverse());
    const given = Object.keys(params).length > 0 ? params : undefined;
    const who = { udid: text('UDID'), enrollment_id: text('EnrollmentID') };
    const raw_payload = Buffer.from(raw).toString('base64');
    const event =
      topic === 'mdm.Connect'
        ? {
            acknowledge_event: { ...who, status: text('Status') ?? '', command_uuid: text('CommandUUID'), url_params: given, raw_payload },
          }
        : { checkin_event: { ...who, url_params: given ?? null, raw_payload } };
    const eventId = uuid(options.random);
    const sentAt = options.now();
    const createdAt = options.clock?.() ?? sentAt;
    const body = bytesOf(goJson({ topic, event_id: eventId, created_at: goTime(createdAt, options.random), ...event }, '  '));
    const { url: target, authorization } = splitUserinfo(options.webhookUrl);
    const headers: Record<string, string> = { 'User-Agent': 'Go-http-client/1.1', 'Content-Type': 'application/json; charset=utf-8' };
    if (authorization !== undefined) headers.Authorization = authorization;
    const sending = (async () => {
      let status = 0;
      try {
        const answer = await options.fetch(target, { method: 'POST', headers, body, eventId });
        status = answer.status;
        await answer.arrayBuffer();
      } catch {
        // One log line in MicroMDM; the event is gone.
      }
      const told = createdAt === sentAt ? {} : { createdAt };
      observe({ kind: 'webhook', id: sender.id, topic, eventId, status, sentAt, ...told, message });
    })();
    webhooks.add(sending);
    void sending.finally(() => webhooks.delete(sending));
  }

  return {
    store,
    async handle(request) {
      const url = new URL(request.path, 'http://micromdm.sim');
      if (url.pathname === '/version') return version(options.version ?? 'v1.13.1');
      if (url.pathname === '/mdm/checkin' || url.pathname === '/mdm/connect')
        return request.method === 'PUT' ? device(request, url) : { status: 405, headers: {}, body: NOTHING };
      if (url.pathname.startsWith('/v1/') && options.apiKey !== undefined && options.apiKey !== '') return api(request, url);
      return { status: 404, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: bytesOf('404 page not found\n') };
    },
    restore({ id, type, certificate, bootstrapToken }) {
      store.pushable.add(id);
      if (type !== 'Device') return;
      store.certificates.set(id, certificate);
      const row = store.device(id);
      row.isEnrolled = true;
      if (bootstrapToken) row.bootstrapToken = bootstrapToken;
    },
    setPushOutcome(id, outcome) {
      if (outcome === undefined) outcomes.delete(id);
      else outcomes.set(id, outcome);
    },
    queued: (id) => store.all(id).map(({ commandUuid }) => commandUuid),
    // It takes whoever it does not know for who he says he is.
    isTrusted: (id, certificate) => (store.certificates.get(id) ?? certificate) === certificate,
    canPush: (id) => store.pushable.has(id),
    loseQueue: store.clear,
    copyStore: store.copy,
    async quiet() {
      while (webhooks.size > 0) await Promise.all(webhooks);
    },
  };
}

const CHECKINS: ReadonlySet<string> = new Set([
  'Authenticate',
  'TokenUpdate',
  'CheckOut',
  'SetBootstrapToken',
  'GetBootstrapToken',
  'DeclarativeManagement',
]);

const STATUSES: ReadonlySet<string> = new Set(['Idle', 'Acknowledged', 'Error', 'CommandFormatError', 'NotNow']);

/** What a build without its build flags says of itself. */
function version(name: string): WireResponse {
  const unknown = 'unknown';
  const six = { version: name, branch: unknown, revision: unknown, go_version: unknown, build_date: unknown, build_user: unknown };
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };
  return { status: 200, headers, body: bytesOf(`${JSON.stringify(six, undefined, '  ')}\n`) };
}

function uuid(random: () => number): string {
  const hex = Array.from({ length: 8 }, () =>
    Math.floor(random() * 65536)
      .toString(16)
      .padStart(4, '0'),
  ).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function ok(body: Uint8Array): WireResponse {
  return { status: 200, headers: body.length > 0 ? { 'Content-Type': 'text/xml; charset=utf-8' } : {}, body };
}

function failed(): WireResponse {
  return { status: 500, headers: {}, body: NOTHING };
}

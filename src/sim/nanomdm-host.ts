import type { HostEvent, PushOutcome } from './host.types.ts';
import type { NanoMdmOptions, SimNanoMdm } from './nanomdm.types.ts';
import { createCommandApi } from './nanomdm-api.ts';
import { forwardDeclarativeManagement } from './nanomdm-dm.ts';
import { enrollmentIdsOf } from './nanomdm-ids.ts';
import { createNanoMdmStore, type EnrollmentIds } from './nanomdm-store.ts';
import { type WebhookSource, webhookRequest } from './nanomdm-webhook.ts';
import { type PlistDict, readPlist } from './plist.ts';
import { bytesOf, headerOf, NOTHING, type WireRequest, type WireResponse } from './wire.ts';

/**
 * A NanoMDM that behaves as the real one was seen to: device side, command API, webhook and -dm, with its oddities.
 * Answers are worked out at once; what takes time in the world is the world's affair.
 */
export function createSimNanoMdm(options: NanoMdmOptions): SimNanoMdm {
  const store = createNanoMdmStore(() => options.losesQueueOnUnknownResult ?? true);
  const outcomes = new Map<string, PushOutcome>();
  const api = createCommandApi(options, store, (id) => outcomes.get(id) ?? options.push?.(id) ?? 'ok');
  const webhooks = new Set<Promise<void>>();
  const observe = (event: HostEvent) => options.observe?.(event);
  const version = options.version ?? (options.dialect === '0.8' ? 'v0.8.0' : 'v0.9.0');

  async function device(request: WireRequest, url: URL): Promise<WireResponse> {
    const certificate = headerOf(request.headers, options.certHeader ?? 'X-Client-Cert');
    if (certificate === undefined || certificate === '') return plain(400, 'Bad Request\n');
    let message: PlistDict;
    try {
      message = readPlist(request.body);
    } catch {
      return plain(400, 'Bad Request\n');
    }
    const isCheckin = (headerOf(request.headers, 'content-type') ?? '').startsWith('application/x-apple-aspen-mdm-checkin');
    const kind = isCheckin ? message.MessageType : message.Status;
    const ids = enrollmentIdsOf(message);
    if (typeof kind !== 'string' || kind === '' || (isCheckin && !CHECKINS.has(kind)) || ids === undefined)
      return plain(400, 'Bad Request\n');

    // One certificate is one device; a user channel uses its device's.
    const deviceId = ids.parentId ?? ids.id;
    const owner = store.idOfCertificate(certificate);
    if (isCheckin && kind === 'Authenticate') {
      if (owner !== undefined && owner !== deviceId) return plain(500, 'Internal Server Error\n');
      store.associate(deviceId, certificate);
    } else if (owner !== deviceId) return plain(500, 'Internal Server Error\n');

    const response = isCheckin ? await checkin(kind, ids, message) : command(kind, ids, message);
    emit(isCheckin ? `mdm.${kind}` : 'mdm.Connect', ids, message, request.body, url);
    return response;
  }

  async function checkin(kind: string, ids: EnrollmentIds, message: PlistDict): Promise<WireResponse> {
    const enrollment = store.enrollment(ids);
    switch (kind) {
      case 'Authenticate':
        store.clearQueue(ids.id);
        enrollment.tokenUpdateTally = 0;
        enrollment.isEnabled = false;
        return empty();
      case 'TokenUpdate':
        enrollment.tokenUpdateTally++;
        enrollment.isEnabled = true;
        enrollment.canPush = true;
        return empty();
      case 'CheckOut':
        // Only disables: queue and push data stay.
        enrollment.isEnabled = false;
        return empty();
      case 'UserAuthenticate':
        return plain(410, 'Gone\n');
      case 'SetBootstrapToken': {
        const token = message.BootstrapToken;
        if (token instanceof Uint8Array && token.length > 0) enrollment.bootstrapToken = token;
        else delete enrollment.bootstrapToken;
        return empty();
      }
      case 'GetBootstrapToken':
        return enrollment.bootstrapToken === undefined ? empty() : xml(bytesOf(goPlist('BootstrapToken', enrollment.bootstrapToken)));
      case 'DeclarativeManagement': {
        const endpoint = typeof message.Endpoint === 'string' ? message.Endpoint : '';
        const data = message.Data instanceof Uint8Array ? message.Data : NOTHING;
        const response = await forwardDeclarativeManagement(options, ids, endpoint, data);
        observe({
          kind: 'dm',
          id: ids.id,
          method: data.length > 0 ? 'PUT' : 'GET',
          endpoint,
          status: response.status,
          body: response.body,
          request: data,
        });
        return response;
      }
      default:
        // GetToken: no handler.
        return plain(500, 'Internal Server Error\n');
    }
  }

  function command(status: string, ids: EnrollmentIds, message: PlistDict): WireResponse {
    if (status !== 'Idle' && typeof message.CommandUUID === 'string') store.report(ids.id, message.CommandUUID, status);
    const next = store.next(ids.id, status === 'NotNow');
    if (!next) return empty();
    observe({ kind: 'deliver', id: ids.id, commandUuid: next.commandUuid, requestType: next.requestType, raw: next.raw });
    return next.raw[0] === 0x62 ? { status: 200, headers: { 'Content-Type': 'application/octet-stream' }, body: next.raw } : xml(next.raw);
  }

  /** One attempt, after the device was answered, in a goroutine of its own: nothing waits for it and nothing repeats it. */
  function emit(topic: string, ids: EnrollmentIds, message: PlistDict, raw: Uint8Array, url: URL): void {
    if (options.webhookUrl === undefined) return;
    const source: WebhookSource = { topic, ids, message, raw, eventId: traceId(options.random) };
    // First value of each key; the last one wins in Object.fromEntries.
    const params = Object.fromEntries([...url.searchParams].reverse());
    if (Object.keys(params).length > 0) source.urlParams = Object.fromEntries(Object.entries(params).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (topic === 'mdm.TokenUpdate') source.tokenUpdateTally = store.enrollment(ids).tokenUpdateTally;
    const sentAt = options.now();
    const createdAt = options.clock?.() ?? sentAt;
    const sending = (async () => {
      let status = 0;
      try {
        const { url: target, init } = webhookRequest(options, source);
        const answer = await options.fetch(target, init);
        status = answer.status;
        await answer.arrayBuffer();
      } catch {
        // One log line in NanoMDM; the event is gone.
      }
      const told = createdAt === sentAt ? {} : { createdAt };
      observe({ kind: 'webhook', id: ids.id, topic, eventId: source.eventId, status, sentAt, ...told, message });
    })();
    webhooks.add(sending);
    void sending.finally(() => webhooks.delete(sending));
  }

  return {
    store,
    async handle(request) {
      const url = new URL(request.path, 'http://nanomdm.sim');
      if (url.pathname === '/version')
        return { status: 200, headers: { 'Content-Type': 'application/json' }, body: bytesOf(`{"version":"${version}"}`) };
      if (url.pathname === '/mdm') return device(request, url);
      if (url.pathname.startsWith('/v1/') && options.apiKey !== undefined && options.apiKey !== '') return api(request, url);
      return plain(404, '404 page not found\n');
    },
    restore({ id, type, certificate, bootstrapToken }) {
      store.associate(id, certificate);
      const enrollment = store.enrollment({ id, type });
      enrollment.tokenUpdateTally = 1;
      enrollment.isEnabled = true;
      enrollment.canPush = true;
      if (bootstrapToken) enrollment.bootstrapToken = bootstrapToken;
    },
    setPushOutcome(id, outcome) {
      if (outcome === undefined) outcomes.delete(id);
      else outcomes.set(id, outcome);
    },
    queued: (id) => store.queueOf(id).map(({ commandUuid }) => commandUuid),
    isTrusted: (id, certificate) => store.idOfCertificate(certificate) === id,
    canPush: (id) => store.enrollments.get(id)?.canPush === true,
    loseQueue: store.clearQueue,
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
  'UserAuthenticate',
  'SetBootstrapToken',
  'GetBootstrapToken',
  'GetToken',
  'DeclarativeManagement',
]);

/** What Go's encoder makes of one data key: no line breaks inside. */
function goPlist(key: string, data: Uint8Array): string {
  const head =
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n';
  return `${head}<plist version="1.0"><dict><key>${key}</key><data>${Buffer.from(data).toString('base64')}</data></dict></plist>\n`;
}

function traceId(random: () => number): string {
  return Array.from({ length: 4 }, () =>
    Math.floor(random() * 65536)
      .toString(16)
      .padStart(4, '0'),
  ).join('');
}

function plain(status: number, text: string): WireResponse {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }, body: bytesOf(text) };
}

function empty(): WireResponse {
  return { status: 200, headers: {}, body: NOTHING };
}

function xml(body: Uint8Array): WireResponse {
  return { status: 200, headers: { 'Content-Type': 'text/xml; charset=utf-8' }, body };
}

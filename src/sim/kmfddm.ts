import { createHash } from 'node:crypto';
import { JSON_TYPE, json, text } from './go.ts';
import type { SimKmfddm, SimKmfddmOptions } from './kmfddm.types.ts';
import { createKmfddmApi } from './kmfddm-api.ts';
import { KmfddmStore } from './kmfddm-store.ts';
import { answerOf, bytesOf, headerOf, NOTHING, type Outgoing, textOf, type WireRequest, type WireResponse } from './wire.ts';

const LISTS = ['Activations', 'Assets', 'Configurations', 'Management'] as const;

/**
 * KMFDDM with its usual storage, filekv (jessepeterson/kmfddm, http/ddm/ddm.go, http/api/v1.go, storage/kv): who it does not
 * know gets empty lists, and each call lists in another order under another token, since it iterates a map.
 */
export function createSimKmfddm(options: SimKmfddmOptions): SimKmfddm {
  const { shuffle, now, apiKey, apiPrefix = '/v1', isInside = false } = options;
  const store = new KmfddmStore();
  const api = createKmfddmApi({ ...options, apiPrefix, store });
  let reports = 0;

  function items(enrollmentId: string) {
    const lists: Record<(typeof LISTS)[number], { Identifier: string; ServerToken: string }[]> = {
      ...{ Activations: [], Assets: [], Configurations: [], Management: [] },
    };
    const hash = createHash('sha256');
    for (const { Type, Identifier, ServerToken } of shuffle(store.itemsFor(enrollmentId))) {
      lists[listOf(Type)].push({ Identifier, ServerToken });
      hash.update(`${Identifier}${ServerToken}`);
    }
    return { Declarations: lists, DeclarationsToken: hash.digest('hex').slice(0, 16) };
  }

  function ofDevice(enrollmentId: string | undefined, method: string, endpoint: string, body: Uint8Array): WireResponse {
    const declaration = /^declaration\/([^/]+)\/(.+)$/.exec(endpoint);
    if (declaration === null && !['tokens', 'declaration-items', 'status'].includes(endpoint)) return text(404, '404 page not found\n');
    if (enrollmentId === undefined || enrollmentId === '') return text(400, 'Bad Request\n');
    if (method === 'GET' && endpoint === 'tokens') {
      const { DeclarationsToken } = items(enrollmentId);
      return json(200, { SyncTokens: { DeclarationsToken, Timestamp: `${new Date(now()).toISOString().slice(0, 19)}Z` } });
    }
    if (method === 'GET' && endpoint === 'declaration-items') return json(200, items(enrollmentId));
    if (method === 'PUT' && endpoint === 'status') return takeStatus(enrollmentId, body);
    if (method !== 'GET' || declaration === null) return text(404, '404 page not found\n');
    const found = store.itemsFor(enrollmentId).find(({ Identifier }) => Identifier === declaration[2]);
    if (found === undefined || kindOf(found.Type) !== declaration[1]) return text(404, 'Not Found\n');
    return { status: 200, headers: JSON_TYPE, body: bytesOf(found.raw) };
  }

  function takeStatus(enrollmentId: string, body: Uint8Array): WireResponse {
    try {
      JSON.parse(textOf(body));
    } catch {
      return text(500, 'Internal Server Error\n');
    }
    reports += 1;
    store.report(enrollmentId, { id: reports.toString(16).padStart(16, '0'), at: now(), body });
    return { status: 200, headers: {}, body: NOTHING };
  }

  return {
    store,
    ofDevice,
    handle(request) {
      const url = new URL(request.path, 'http://kmfddm.sim');
      if (url.pathname === '/version' && !isInside) return json(200, { version: 'v0.8.3' });
      if (url.pathname.startsWith(`${apiPrefix}/`) && apiKey !== undefined) return api(request, url);
      if (isInside) return text(404, '404 page not found\n');
      return ofDevice(
        headerOf(request.headers, 'x-enrollment-id'),
        request.method,
        decodeURIComponent(url.pathname.slice(1)),
        request.body,
      );
    },
  };
}

/** What a client connects to; rejects while it is down. */
export function connectionTo(server: { handle(request: WireRequest): WireResponse }, isDown: () => boolean = () => false): Outgoing {
  return async (url, { method, headers, body = NOTHING }) => {
    if (isDown()) throw new Error('connect ECONNREFUSED');
    const { pathname, search } = new URL(url);
    const answer = server.handle({ method, path: `${pathname}${search}`, headers, body });
    return answerOf(answer.status, answer.headers, answer.body);
  };
}

function kindOf(type: string): string {
  return type.split('.')[2] ?? '';
}

function listOf(type: string): (typeof LISTS)[number] {
  const kind = kindOf(type);
  if (kind === 'activation') return 'Activations';
  if (kind === 'asset') return 'Assets';
  return kind === 'management' ? 'Management' : 'Configurations';
}

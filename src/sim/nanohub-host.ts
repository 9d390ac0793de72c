import { createSimKmfddm } from './kmfddm.ts';
import type { SimKmfddm } from './kmfddm.types.ts';
import type { NanoMdmOptions, SimNanoMdm } from './nanomdm.types.ts';
import { createSimNanoMdm } from './nanomdm-host.ts';
import { answerOf, headerOf, NOTHING, type WireRequest } from './wire.ts';

export interface NanoHubOptions extends Omit<NanoMdmOptions, 'dmUrl' | 'dmSendHmacKey' | 'dmRecvHmacKey' | 'dialect' | 'isInsideHub'> {
  /** Chance: the order in which declarations are listed. */
  shuffle<T>(items: T[]): T[];
  /** What devices have was changed, and not with `nonotify`: a command and a push. Its error is told to who changed it. */
  notify?(enrollmentIds: string[]): string | undefined;
}

export interface SimNanoHub extends SimNanoMdm {
  readonly kmfddm: SimKmfddm;
}

/** Where the core finds the KMFDDM inside. */
const INSIDE = 'http://kmfddm.inside/';
const DDM = '/api/v1/ddm/';
const CORE = '/api/v1/nanomdm/';

/** NanoHUB: NanoMDM and KMFDDM in one, with one user for both APIs (cmd/nanohub/nanohub.go). It has no -dm: it answers devices itself. */
export function createSimNanoHub({ shuffle, notify, ...options }: NanoHubOptions): SimNanoHub {
  const { now, apiKey, version = 'v0.2.0' } = options;
  const kmfddm = createSimKmfddm({
    ...{ shuffle, now, apiPrefix: '/api/v1/ddm', apiUser: 'nanohub', isInside: true },
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(notify === undefined ? {} : { notify }),
  });
  const core = createSimNanoMdm({
    ...options,
    ...{ version, dmUrl: INSIDE, isInsideHub: true },
    async fetch(url, init) {
      if (!url.startsWith(INSIDE)) return options.fetch(url, init);
      const { 'X-Enrollment-Id': id } = init.headers;
      const answer = kmfddm.ofDevice(id, init.method, decodeURIComponent(url.slice(INSIDE.length)), init.body ?? NOTHING);
      return answerOf(answer.status, answer.headers, answer.body);
    },
  });

  return {
    ...core,
    kmfddm,
    async handle(request) {
      const { path } = request;
      if (path.startsWith(CORE)) return core.handle({ ...request, path: `/v1/${path.slice(CORE.length)}` });
      if (path.startsWith(DDM)) return isOfDevice(request) ? ofDevice(request) : kmfddm.handle(request);
      return core.handle(path.startsWith('/v1/') ? { ...request, path: '/nothing' } : request);
    },
  };

  /** To look at what a device would get; the API's key opens it. */
  function ofDevice(request: WireRequest) {
    const asked = kmfddm.handle({ ...request, method: 'GET', path: `${DDM}sets` });
    if (asked.status === 401) return asked;
    const { pathname } = new URL(request.path, 'http://nanohub.sim');
    const id = headerOf(request.headers, 'x-enrollment-id');
    return kmfddm.ofDevice(id, request.method, decodeURIComponent(pathname.slice(DDM.length)), request.body);
  }
}

function isOfDevice({ method, path }: WireRequest): boolean {
  return method === 'GET' && /^(tokens|declaration-items|declaration\/.+)$/.test(path.slice(DDM.length));
}

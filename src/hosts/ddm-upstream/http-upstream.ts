import { endpointPath } from '../../ddm/endpoint.ts';
import type { Fetch, FetchInit } from '../../runtime.ts';
import { basicAuthorization, shortMessage } from '../ask.ts';
import { sign, signatureHeader, verifySignature } from '../body-signature.ts';
import { ASKED_BY_RATCHET, type DdmUpstream, type UpstreamAnswer, type UpstreamRequest } from '../ddm-upstream.ts';

export interface HttpUpstreamSettings {
  fetch: Fetch;
  /** Ends in "/"; userinfo is sent as Basic: "http://kmfddm:9002/". */
  url: string;
  /** What the MDM server would sign its requests with (NanoMDM's -dm-send-hmac-key). */
  sendKey?: string;
  /** What the upstream signs its answers with (NanoMDM's -dm-recv-hmac-key). */
  receiveKey?: string;
  /** Whole request, ms. A device waits meanwhile. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** Of one answer; a declaration with an embedded profile may be large. */
const BYTES_MAX = 8 * 1024 * 1024;

/** Asks as NanoMDM's -dm hook does (service/dmhook/dmhook.go): GET, or PUT with a body; only 200 is an answer. */
export function createHttpUpstream({ fetch, url, sendKey, receiveKey, timeoutMs = TIMEOUT_MS }: HttpUpstreamSettings): DdmUpstream {
  const base = new URL(url);
  const { username, password } = base;
  const authorization = username === '' ? undefined : basicAuthorization(decodeURIComponent(username), decodeURIComponent(password));
  base.username = '';
  base.password = '';
  base.search = '';

  function initOf({ endpoint, enrollmentId, type, parentId, body }: UpstreamRequest): FetchInit {
    const isStatus = endpoint.kind === 'status';
    return {
      method: isStatus ? 'PUT' : 'GET',
      ...(isStatus ? { body } : {}),
      timeoutMs,
      headers: {
        'X-Enrollment-ID': enrollmentId,
        [ASKED_BY_RATCHET]: '1',
        ...(type === undefined ? {} : { 'X-Enrollment-Type': type }),
        ...(parentId === undefined ? {} : { 'X-Enrollment-ParentID': parentId }),
        ...(isStatus ? { 'Content-Type': 'application/json' } : {}),
        ...(authorization === undefined ? {} : { Authorization: authorization }),
        ...(sendKey === undefined ? {} : { 'X-Hmac-Signature': sign(isStatus ? body : EMPTY, sendKey) }),
      },
    };
  }

  return {
    name: base.href,
    async ask(request): Promise<UpstreamAnswer> {
      try {
        const answer = await fetch(new URL(endpointPath(request.endpoint), base).href, initOf(request));
        const bytes = new Uint8Array(await answer.arrayBuffer());
        const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
        if (answer.status !== 200 && isGateways(answer.status))
          return { kind: 'down', message: `HTTP ${answer.status}: ${shortMessage(text)}` };
        if (answer.status !== 200)
          return { kind: 'refused', status: answer.status, message: `HTTP ${answer.status}: ${shortMessage(text)}` };
        if (bytes.length > BYTES_MAX) return { kind: 'down', message: `its answer has ${bytes.length} bytes` };
        if (receiveKey !== undefined && !verifySignature(answer.headers.get(signatureHeader) ?? undefined, bytes, [receiveKey]))
          return { kind: 'down', message: 'the signature of its answer is missing or wrong' };
        return { kind: 'answer', body: text };
      } catch (error) {
        return { kind: 'down', message: messageOf(error) };
      }
    },
  };
}

const EMPTY = new Uint8Array();

/** What a proxy answers for a server that it doesn't reach. */
const isGateways = (status: number) => status >= 502 && status <= 504;

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed';
  const code = (error.cause as { code?: unknown } | undefined)?.code;
  return shortMessage(
    [error.name === 'TimeoutError' ? 'no answer in time' : error.message, typeof code === 'string' ? code : ''].filter(Boolean).join(', '),
  );
}

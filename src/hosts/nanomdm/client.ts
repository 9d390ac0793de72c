import type { Fetch } from '../../runtime.ts';
import { isAddressable } from '../api-url.ts';
import { ask, basicAuthorization, versionOf } from '../ask.ts';
import { hostCapabilities } from '../capabilities.ts';
import type { EnqueueAnswer, Host, HostProbe, PushAnswer, PushError } from '../host.ts';
import { classifyEnqueue, readApiResult } from './enqueue-answer.ts';
import { classifyPush, sameForAll } from './push-answer.ts';
import { nanoMdmUrls } from './urls.ts';

export interface NanoMdmSettings {
  fetch: Fetch;
  /** e.g. `http://nanomdm:9000/v1/enqueue/`. */
  enqueueUrl: string;
  /** e.g. `http://nanomdm:9000/v1/push/`. */
  pushUrl: string;
  /** The server's `-api` key. */
  key: string;
  /** NanoMDM alone (the default), or inside NanoHUB: the same API under another path, for another user. */
  server?: 'nanomdm' | 'nanohub';
  timeouts?: Partial<NanoMdmTimeouts>;
}

/** Whole-request limits. Pushing is synchronous in the server (five APNs workers), so it may take long. */
export interface NanoMdmTimeouts {
  enqueueMs: number;
  pushMs: number;
  probeMs: number;
}

const defaultTimeouts: NanoMdmTimeouts = { enqueueMs: 30_000, pushMs: 60_000, probeMs: 10_000 };

const { pushIdsMax } = hostCapabilities.nanomdm;
/** An id that no device has: the server looks it up, and answers that it has no push data. */
const probeId = '__probe__';

/** NanoMDM over its HTTP API. Throws a TypeError when one of the URLs is none; after that nothing throws or rejects. */
export function createNanoMdmHost(settings: NanoMdmSettings): Host {
  const urls = nanoMdmUrls(settings.enqueueUrl, settings.pushUrl);
  const timeouts = { ...defaultTimeouts, ...settings.timeouts };
  const { server = 'nanomdm' } = settings;
  const authorization = basicAuthorization(server, settings.key);
  const put = (url: string, timeoutMs: number, body?: string) =>
    ask(settings.fetch, url, { method: 'PUT', headers: { authorization }, timeoutMs, ...(body !== undefined && { body }) });

  async function enqueue(enrollmentId: string, commandUuid: string, plist: string): Promise<EnqueueAnswer> {
    if (!isAddressable(enrollmentId)) return { kind: 'refused', message: 'the enrollment id can’t be written into a URL' };
    const answer = await put(urls.enqueue(enrollmentId), timeouts.enqueueMs, plist);
    if (!answer.received) return { kind: answer.notSent ? 'retry' : 'ambiguous', message: answer.message };
    return classifyEnqueue(answer.status, answer.body, commandUuid);
  }

  async function push(enrollmentIds: readonly string[]): Promise<PushAnswer> {
    const errors = new Map<string, PushError>();
    const ids = [...new Set(enrollmentIds)];
    for (const id of ids.filter((id) => !isAddressable(id))) {
      errors.set(id, { kind: 'unknown-id', message: 'the enrollment id can’t be written into a URL' });
    }
    const addressable = ids.filter(isAddressable);
    for (let at = 0; at < addressable.length; at += pushIdsMax) {
      const chunk = addressable.slice(at, at + pushIdsMax);
      const answer = await put(urls.push(chunk), timeouts.pushMs);
      const result = answer.received
        ? classifyPush(answer.status, answer.body, chunk)
        : sameForAll(chunk, { kind: 'later', message: answer.message });
      for (const [id, error] of result.errors) errors.set(id, error);
    }
    return { errors };
  }

  async function probe(): Promise<HostProbe> {
    const who = await ask(settings.fetch, urls.version, { method: 'GET', timeoutMs: timeouts.probeMs });
    const version = who.received && who.status === 200 ? versionOf(who.body) : undefined;
    const answer = await put(urls.push([probeId]), timeouts.probeMs);
    if (!answer.received) return { reachable: who.received, ...(version !== undefined && { version }), message: answer.message };
    const authorized = isAuthorized(answer.status, answer.body);
    const message = authorized === undefined ? `HTTP ${answer.status} from the push API: is the server started with -api?` : undefined;
    return {
      reachable: true,
      ...(authorized !== undefined && { authorized }),
      ...(version !== undefined && { version }),
      ...(message !== undefined && { message }),
    };
  }

  return {
    name: server,
    capabilities: hostCapabilities[server],
    enqueue,
    push,
    probe,
  };
}

/** Undefined: whoever answered isn't NanoMDM's API. */
function isAuthorized(status: number, body: string | undefined): boolean | undefined {
  if (status === 401 || status === 403) return false;
  const result = readApiResult(body ?? '');
  return result?.status !== undefined || result?.push_error !== undefined ? true : undefined;
}

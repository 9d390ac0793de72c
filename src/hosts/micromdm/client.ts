import type { Fetch } from '../../runtime.ts';
import { isAddressable } from '../api-url.ts';
import { ask, basicAuthorization, versionOf, withStatus } from '../ask.ts';
import { hostCapabilities } from '../capabilities.ts';
import type { EnqueueAnswer, EnqueueGiven, Host, HostProbe, PushAnswer, PushError } from '../host.ts';
import { classifyEnqueue, classifyPush, isListed } from './api-answer.ts';
import { microMdmUrls } from './urls.ts';

export interface MicroMdmSettings {
  fetch: Fetch;
  /** e.g. `http://micromdm:8080/v1/commands/`. */
  commandsUrl: string;
  /** e.g. `http://micromdm:8080/v1/push/`. */
  pushUrl: string;
  /** The server's `-api-key`. */
  key: string;
  timeouts?: Partial<MicroMdmTimeouts>;
}

/** Whole-request limits. A push waits for Apple; queueing waits for nothing. */
export interface MicroMdmTimeouts {
  enqueueMs: number;
  pushMs: number;
  probeMs: number;
}

const defaultTimeouts: MicroMdmTimeouts = { enqueueMs: 30_000, pushMs: 30_000, probeMs: 10_000 };

/** An id that no device has: its queue is empty, and looking at it changes nothing. */
const probeId = '__probe__';

/**
 * MicroMDM over its HTTP API, by the raw command endpoint alone: our bytes, our CommandUUID. Throws a TypeError when
 * one of the URLs is none; after that nothing throws or rejects.
 */
export function createMicroMdmHost(settings: MicroMdmSettings): Host {
  const urls = microMdmUrls(settings.commandsUrl, settings.pushUrl);
  const timeouts = { ...defaultTimeouts, ...settings.timeouts };
  const headers = { authorization: basicAuthorization('micromdm', settings.key) };

  async function enqueue(enrollmentId: string, commandUuid: string, plist: string, given: EnqueueGiven = {}): Promise<EnqueueAnswer> {
    if (!isAddressable(enrollmentId)) return { kind: 'refused', message: 'the enrollment id can’t be written into a URL' };
    // Queues of user channels have the bare UserID as their name, which our id holds for Macs only.
    if (enrollmentId.includes(':')) return { kind: 'refused', message: 'MicroMDM’s user channels are not addressed by Ratchet' };
    if (given.maybeQueued) return lookForDuplicate(enrollmentId, commandUuid);
    const answer = await ask(settings.fetch, urls.commands(enrollmentId), {
      method: 'PUT',
      headers,
      body: plist,
      timeoutMs: timeouts.enqueueMs,
    });
    if (!answer.received) return { kind: answer.notSent ? 'retry' : 'ambiguous', message: answer.message };
    return classifyEnqueue(answer.status, answer.body, commandUuid);
  }

  /**
   * A command put twice into a queue makes the server lose another one, and what waits after NotNow is in no list: so what
   * is not found is not sent again, whatever it is.
   */
  async function lookForDuplicate(enrollmentId: string, commandUuid: string): Promise<EnqueueAnswer> {
    const answer = await ask(settings.fetch, urls.commands(enrollmentId), { method: 'GET', headers, timeoutMs: timeouts.enqueueMs });
    if (!answer.received) return { kind: 'retry', message: `the queue could not be looked at: ${answer.message}` };
    if (answer.status === 401 || answer.status === 403) return { kind: 'unauthorized', message: `HTTP ${answer.status}` };
    const isThere = isListed(answer.status, answer.body, commandUuid);
    if (isThere === undefined)
      return { kind: 'retry', message: `the queue could not be looked at: ${withStatus(answer.status, answer.body)}` };
    if (isThere) return { kind: 'already-queued' };
    return {
      kind: 'unknowable',
      message: 'not in the queue: never taken, delivered already, or waiting after NotNow, which the server does not list',
    };
  }

  async function push(enrollmentIds: readonly string[]): Promise<PushAnswer> {
    const errors = new Map<string, PushError>();
    for (const id of new Set(enrollmentIds)) {
      const error = await pushOne(id);
      if (error !== undefined) errors.set(id, error);
    }
    return { errors };
  }

  async function pushOne(id: string): Promise<PushError | undefined> {
    if (!isAddressable(id) || id.includes(':')) return { kind: 'unknown-id', message: 'the enrollment id is none of a MicroMDM device' };
    const answer = await ask(settings.fetch, urls.push(id), { method: 'POST', headers, timeoutMs: timeouts.pushMs });
    return answer.received ? classifyPush(answer.status, answer.body) : { kind: 'later', message: answer.message };
  }

  async function probe(): Promise<HostProbe> {
    const who = await ask(settings.fetch, urls.version, { method: 'GET', timeoutMs: timeouts.probeMs });
    const version = who.received && who.status === 200 ? versionOf(who.body) : undefined;
    const known = version !== undefined && { version };
    const answer = await ask(settings.fetch, urls.commands(probeId), { method: 'GET', headers, timeoutMs: timeouts.probeMs });
    if (!answer.received) return { reachable: who.received, ...known, message: answer.message };
    if (answer.status === 401 || answer.status === 403) return { reachable: true, authorized: false, ...known };
    if (isListed(answer.status, answer.body, '') !== undefined) return { reachable: true, authorized: true, ...known };
    return { reachable: true, ...known, message: `HTTP ${answer.status} from the command API: is the server started with -api-key?` };
  }

  return { name: 'micromdm', capabilities: hostCapabilities.micromdm, enqueue, push, probe };
}

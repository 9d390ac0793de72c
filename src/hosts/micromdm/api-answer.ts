import { z } from 'zod';
import { shortMessage, withStatus } from '../ask.ts';
import type { EnqueueAnswer, PushError } from '../host.ts';

/** Absent, null and other types are one and the same. */
const text = z.string().optional().catch(undefined);

const ApiError = z.object({ error: text });
const Enqueued = z.object({ payload: z.object({ command_uuid: text }) });
const Queue = z.object({ commands: z.array(z.object({ uuid: z.string() })).nullish() });

/**
 * What became of one raw command, from HTTP status and body (undefined: could not be read to its end). 201 comes when
 * the command was handed to the queue, before it is stored. MicroMDM: platform/command/new_command.go.
 */
export function classifyEnqueue(status: number, body: string | undefined, commandUuid: string): EnqueueAnswer {
  if (status === 401 || status === 403) return { kind: 'unauthorized', message: `HTTP ${status}` };
  if (status === 201 && readJson(Enqueued, body)?.payload.command_uuid === commandUuid) return { kind: 'queued' };
  const error = readJson(ApiError, body)?.error;
  if (status === 500 && error !== undefined) {
    const message = shortMessage(error);
    // Both come before anything is handed on; the rest (marshalling, publishing) is the server's own trouble.
    return { kind: /^parse payload as plist|request is malformed|must contain UDID/.test(error) ? 'refused' : 'retry', message };
  }
  if (status === 413 || status === 414 || status === 431) return { kind: 'refused', message: `HTTP ${status}: too long for the server` };
  // Anything between us and the server that answers for it: nothing was queued.
  if (status === 429 || (status >= 300 && status < 500 && status !== 408)) return { kind: 'retry', message: withStatus(status, body) };
  return { kind: 'ambiguous', message: withStatus(status, body) };
}

/** Whether the queue of one device lists a command; undefined when the answer is none of the server's. */
export function isListed(status: number, body: string | undefined, commandUuid: string): boolean | undefined {
  const queue = status === 200 ? readJson(Queue, body) : undefined;
  return queue && (queue.commands ?? []).some(({ uuid }) => uuid === commandUuid);
}

/** What became of one push; undefined when Apple took it. MicroMDM: platform/apns/push.go; wording of the errors: buford. */
export function classifyPush(status: number, body: string | undefined): PushError | undefined {
  if (status === 401 || status === 403) return { kind: 'credential', message: `HTTP ${status}: the server refused our key` };
  if (status === 200) return undefined;
  const error = readJson(ApiError, body)?.error;
  if (status !== 500 || error === undefined) return { kind: 'later', message: withStatus(status, body) };
  const message = shortMessage(error);
  if (/retrieving PushInfo by UDID/.test(error)) return { kind: 'unknown-id', message };
  if (/device token is inactive/.test(error)) return { kind: 'gone', message };
  if (/certificate|bad device token|device token does not match|topic|tls: /i.test(error)) return { kind: 'credential', message };
  return { kind: 'later', message };
}

/** Undefined when the body isn't JSON of that shape: a proxy's page, or an answer cut short. */
export function readJson<T>(schema: z.ZodType<T>, body: string | undefined): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body ?? '')).data;
  } catch {
    return undefined;
  }
}

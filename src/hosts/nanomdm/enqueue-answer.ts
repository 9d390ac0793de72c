import { z } from 'zod';
import { shortMessage, withStatus } from '../ask.ts';
import type { EnqueueAnswer } from '../host.ts';

/** NanoMDM's answer to enqueue and push; absent, null and other types are one and the same. */
const text = z.string().optional().catch(undefined);
const ApiResult = z.object({
  status: z
    .record(z.string(), z.object({ push_error: text, push_result: text, command_error: text }).catch({}))
    .optional()
    .catch(undefined),
  push_error: text,
  command_error: text,
  command_uuid: text,
});

export type ApiResult = z.infer<typeof ApiResult>;

/** Undefined when the body isn't a JSON object: a proxy's page, or an answer cut short. NanoMDM: api/types.go. */
export function readApiResult(body: string): ApiResult | undefined {
  try {
    return ApiResult.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/**
 * What became of one command for one enrollment, from HTTP status and body. The status alone doesn't tell: a failed
 * push is a 500 with the command stored. `body` is undefined when it could not be read to its end.
 */
export function classifyEnqueue(status: number, body: string | undefined, commandUuid: string): EnqueueAnswer {
  if (status === 401 || status === 403) return { kind: 'unauthorized', message: `HTTP ${status}` };
  const result = body === undefined ? undefined : readApiResult(body);
  const commandError = result && commandErrorOf(result);
  if (commandError !== undefined) return classifyCommandError(commandError);
  if (status === 413 || status === 414 || status === 431) return { kind: 'refused', message: `HTTP ${status}: too long for the server` };
  // Anything between us and the server that answers for it: nothing was queued.
  if (status === 429 || (status >= 300 && status < 500 && status !== 408)) return { kind: 'retry', message: withStatus(status, body) };
  const isOurs = result !== undefined && (result.command_uuid === undefined || result.command_uuid === commandUuid);
  if (status === 200 && isOurs) return { kind: 'queued' };
  // NanoMDM names the command once it could read it, so a push error beside another UUID isn't about ours.
  if ((status === 207 || status === 500) && isOurs && hasPushError(result)) return { kind: 'queued' };
  return { kind: 'ambiguous', message: withStatus(status, body) };
}

/** The first error about the command itself; the kv backends file it under the command's UUID instead of the id. */
function commandErrorOf(result: ApiResult): string | undefined {
  if (result.command_error) return result.command_error;
  return Object.values(result.status ?? {}).find((entry) => entry.command_error)?.command_error;
}

function hasPushError(result: ApiResult): boolean {
  return Boolean(result.push_error) || Object.values(result.status ?? {}).some((entry) => entry.push_error || entry.push_result);
}

/** kv backends; PostgreSQL; MySQL. */
const alreadyThere = /command already exists|duplicate key value|Duplicate entry|\b1062\b/i;
/** The server can't read it, or a column can't hold it: the same bytes will never be taken. */
const neverTaken =
  /decoding command|invalid command|must enqueue or push|violates check constraint|Check constraint .* is violated|value too long|Data too long/i;

function classifyCommandError(commandError: string): EnqueueAnswer {
  if (alreadyThere.test(commandError)) return { kind: 'already-queued' };
  const message = shortMessage(commandError);
  return neverTaken.test(commandError) ? { kind: 'refused', message } : { kind: 'retry', message };
}

import { shortMessage } from '../ask.ts';
import type { PushAnswer, PushError } from '../host.ts';
import { type ApiResult, readApiResult } from './enqueue-answer.ts';

/** What became of a push to these ids, from HTTP status and body (undefined: could not be read to its end). */
export function classifyPush(status: number, body: string | undefined, enrollmentIds: readonly string[]): PushAnswer {
  if (status === 401 || status === 403)
    return sameForAll(enrollmentIds, { kind: 'credential', message: `HTTP ${status}: the server refused our key` });
  const result = body === undefined ? undefined : readApiResult(body);
  if (!result) return sameForAll(enrollmentIds, { kind: 'later', message: `HTTP ${status}, no answer of the server's push API` });
  const errors = new Map<string, PushError>();
  for (const id of enrollmentIds) {
    const error = pushErrorOf(id, status, result);
    if (error) errors.set(id, error);
  }
  return { errors };
}

export function sameForAll(enrollmentIds: readonly string[], error: PushError): PushAnswer {
  return { errors: new Map(enrollmentIds.map((id) => [id, error])) };
}

function pushErrorOf(id: string, status: number, result: ApiResult): PushError | undefined {
  const entry = result.status !== undefined && Object.hasOwn(result.status, id) ? result.status[id] : undefined;
  // An APNs id may stand beside the error, so only the error counts.
  if (entry?.push_error) return classifyPushError(entry.push_error);
  if (entry?.push_result) return undefined;
  if (result.push_error) return classifyPushError(result.push_error);
  return status === 200 && entry ? undefined : { kind: 'later', message: `HTTP ${status}, nothing said about this id` };
}

/**
 * APNs's own answers look like "push HTTP status: 410: APNs push error: Unregistered: timestamp …".
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
function classifyPushError(text: string): PushError {
  const message = shortMessage(text);
  const apnsStatus = /push HTTP status: (\d{3})/.exec(text)?.[1];
  if (apnsStatus === '410') return { kind: 'gone', message };
  // A bad device token is one for the wrong topic or environment as long as the device is enrolled.
  if (apnsStatus === '400' || apnsStatus === '403') return { kind: 'credential', message };
  if (apnsStatus !== undefined) return { kind: 'later', message };
  if (/push data missing/.test(text)) return { kind: 'unknown-id', message };
  if (/push cert|InvalidProviderToken|tls: (bad|revoked|expired|unknown|unsupported) certificate|tls: certificate required/i.test(text))
    return { kind: 'credential', message };
  return { kind: 'later', message };
}

import { createHmac } from 'node:crypto';
import { goJson, goTime, splitUserinfo } from './go.ts';
import type { NanoMdmOptions } from './nanomdm.types.ts';
import type { EnrollmentIds } from './nanomdm-store.ts';
import type { PlistDict } from './plist.ts';
import { bytesOf, type OutgoingInit } from './wire.ts';

/** One thing a device said, as the webhook tells it. */
export interface WebhookSource {
  topic: string;
  ids: EnrollmentIds;
  message: PlistDict;
  raw: Uint8Array;
  urlParams?: Record<string, string>;
  tokenUpdateTally?: number;
  eventId: string;
}

/** base64 of HMAC-SHA256 over the body, as NanoMDM signs (http/hashbody). */
export function bodySignature(key: string, body: Uint8Array): string {
  return createHmac('sha256', key).update(body).digest('base64');
}

/** URL and request of one webhook call; `created_at` is the moment of this call. */
export function webhookRequest(options: NanoMdmOptions, source: WebhookSource): { url: string; init: OutgoingInit } {
  const isOld = options.dialect === '0.8';
  const text = (key: string) => (typeof source.message[key] === 'string' ? (source.message[key] as string) : undefined);
  const isReport = source.topic === 'mdm.Connect';
  const common = {
    udid: text('UDID'),
    enrollment_id: text('EnrollmentID'),
    raw_payload: Buffer.from(source.raw).toString('base64'),
    url_params: source.urlParams,
  };
  const createdAt = goTime((options.clock ?? options.now)(), options.random);
  let body: string;
  if (isOld) {
    const event = isReport
      ? {
          acknowledge_event: {
            udid: common.udid,
            enrollment_id: common.enrollment_id,
            status: text('Status'),
            command_uuid: text('CommandUUID'),
            url_params: common.url_params,
            raw_payload: common.raw_payload,
          },
        }
      : {
          checkin_event: {
            udid: common.udid,
            enrollment_id: common.enrollment_id,
            url_params: common.url_params ?? null,
            raw_payload: common.raw_payload,
            token_update_tally: source.tokenUpdateTally,
          },
        };
    body = goJson({ topic: source.topic, event_id: '', created_at: createdAt, ...event });
  } else {
    const { id, parentId, type } = source.ids;
    const inner = {
      ...(isReport ? { command_uuid: text('CommandUUID') } : {}),
      enrollment_id: common.enrollment_id,
      ids: { id, parent_id: parentId, type },
      raw_payload: common.raw_payload,
      ...(isReport ? { status: text('Status') } : { token_update_tally: source.tokenUpdateTally }),
      udid: common.udid,
      url_params: common.url_params,
    };
    const head = isReport ? { acknowledge_event: inner } : { checkin_event: inner };
    body = goJson({ ...head, created_at: createdAt, ...(options.isInsideHub ? {} : { event_id: source.eventId }), topic: source.topic });
  }
  const bytes = bytesOf(body);
  const { url, authorization } = splitUserinfo(options.webhookUrl ?? '');
  const headers: Record<string, string> = { 'User-Agent': 'Go-http-client/1.1', 'Content-Type': 'application/json; charset=utf-8' };
  if (authorization !== undefined) headers.Authorization = authorization;
  if (!isOld && options.webhookHmacKey !== undefined) headers['X-Hmac-Signature'] = bodySignature(options.webhookHmacKey, bytes);
  return { url, init: { method: 'POST', headers, body: bytes, eventId: source.eventId } };
}

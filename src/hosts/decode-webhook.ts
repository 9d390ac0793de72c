import { decodeMessage } from '../mdm/decode-message.ts';
import { enrollmentRefOf } from '../mdm/enrollment-ref.ts';
import type { UndecodableReason } from '../mdm/messages.ts';
import type { DecodePlist } from '../runtime.ts';
import type { WebhookEnvelope, WebhookEvent } from './host.ts';
import { topics } from './webhook-envelope.ts';

/** Longest enrollment id understood: MySQL backends keep 127 characters. */
const enrollmentIdLengthMax = 255;

/**
 * Decodes the payload of a webhook call and reduces it to what is stored. Never rejects: what can't be understood is
 * an event of its own, with a detail that never quotes the payload.
 */
export async function decodeWebhook(envelope: WebhookEnvelope, decodePlist: DecodePlist): Promise<WebhookEvent> {
  const { topic } = envelope;
  const channel = Object.hasOwn(topics, topic) ? topics[topic] : undefined;
  if (channel === undefined) return { kind: 'ignored', topic };
  const bytes = decodeBase64(envelope.rawPayload);
  if (!bytes) return undecodable(topic, 'payload-not-base64', `${envelope.rawPayload.length} characters`);
  let plist: unknown;
  try {
    plist = await decodePlist(bytes);
  } catch {
    // The parser's message quotes what it stumbled over.
    return undecodable(topic, 'payload-not-plist', `${bytes.length} octets`);
  }
  const message = decodeMessage(plist, channel);
  if (!message.ok) return undecodable(topic, message.reason, message.detail);
  const enrollment = envelope.ids ?? enrollmentRefOf(plist);
  if (!enrollment) return undecodable(topic, 'enrollment-id-missing', 'neither ids nor UDID nor EnrollmentID');
  if (enrollment.id.length > enrollmentIdLengthMax) {
    return undecodable(topic, 'enrollment-id-missing', `an enrollment id of ${enrollment.id.length} characters`);
  }
  return {
    kind: 'event',
    topic,
    enrollment,
    ...(envelope.createdAt !== undefined && { createdAt: envelope.createdAt }),
    ...(envelope.eventId !== undefined && { eventId: envelope.eventId }),
    ...(envelope.tokenUpdateTally !== undefined && { tokenUpdateTally: envelope.tokenUpdateTally }),
    ...(envelope.urlTag !== undefined && { urlTag: envelope.urlTag }),
    message: message.value,
  };
}

function undecodable(topic: string, reason: UndecodableReason, detail: string): WebhookEvent {
  return { kind: 'undecodable', topic, reason, detail };
}

/** Padded standard base64 only: Buffer alone would skip over anything else. An empty payload is not one. */
function decodeBase64(text: string): Uint8Array | undefined {
  if (text === '' || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

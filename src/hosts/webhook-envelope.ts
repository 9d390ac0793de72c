import { z } from 'zod';
import type { EnrollmentRef, EnrollmentType } from '../mdm/messages.ts';
import type { WebhookEnvelope } from './host.ts';

export type ReadEnvelopeResult = { ok: true; value: WebhookEnvelope } | { ok: false; message: 'not JSON' | 'no event envelope' };

/** Topics that carry a device's message; any other is ignored, so that a new one of the server's breaks nothing. */
export const topics: Readonly<Record<string, 'check-in' | 'connect'>> = {
  'mdm.Authenticate': 'check-in',
  'mdm.TokenUpdate': 'check-in',
  'mdm.CheckOut': 'check-in',
  'mdm.UserAuthenticate': 'check-in',
  'mdm.SetBootstrapToken': 'check-in',
  'mdm.GetBootstrapToken': 'check-in',
  'mdm.GetToken': 'check-in',
  'mdm.DeclarativeManagement': 'check-in',
  'mdm.Connect': 'connect',
};

const enrollmentTypes: readonly EnrollmentType[] = ['Device', 'User', 'Shared iPad', 'User Enrollment (Device)', 'User Enrollment'];

/** Longest id or name kept. */
const textMax = 256;

/** Absent, null, of another type or empty: one and the same. NanoMDM up to 0.8 sends an empty `event_id`. */
const optionalText = z
  .string()
  .optional()
  .catch(undefined)
  .transform((text) => text?.slice(0, textMax) || undefined);

const Ids = z
  .object({ id: z.string().min(1), parent_id: optionalText, type: z.enum(enrollmentTypes) })
  .optional()
  .catch(undefined);

/** `acknowledge_event` and `checkin_event` in one: their fields don't collide. */
const MessageEvent = z.object({
  ids: Ids,
  udid: optionalText,
  enrollment_id: optionalText,
  raw_payload: z.string().catch(''),
  token_update_tally: z.int().nonnegative().optional().catch(undefined),
  status: optionalText,
  command_uuid: optionalText,
  /** Query of the URL the device talks to: https://mdm.example.com/mdm?tag=pilot. */
  url_params: z.object({ tag: optionalText }).optional().catch(undefined),
});

const Envelope = z.object({
  topic: z.string().min(1),
  created_at: z.string().optional().catch(undefined),
  event_id: optionalText,
  acknowledge_event: MessageEvent.optional().catch(undefined),
  checkin_event: MessageEvent.optional().catch(undefined),
});

/**
 * Reads the JSON body of a webhook call of NanoMDM (0.2 up to now), NanoHUB or MicroMDM: one form, grown over time.
 * Permissive: only what isn't JSON, has no topic, or has a topic we know without its event fails. The payload stays
 * base64. NanoMDM: service/webhook/event.json.
 */
export function readEnvelope(jsonText: string): ReadEnvelopeResult {
  let json: unknown;
  try {
    json = JSON.parse(jsonText);
  } catch {
    return { ok: false, message: 'not JSON' };
  }
  const parsed = parseEnvelope(json);
  if (parsed === undefined) return { ok: false, message: 'no event envelope' };
  const { topic, created_at, event_id } = parsed;
  const event = parsed.acknowledge_event ?? parsed.checkin_event;
  if (!event && Object.hasOwn(topics, topic)) return { ok: false, message: 'no event envelope' };
  return {
    ok: true,
    value: {
      topic: topic.slice(0, textMax),
      createdAt: epochMs(created_at),
      eventId: event_id,
      ids: event?.ids && enrollmentRef(event.ids),
      udid: event?.udid,
      enrollmentId: event?.enrollment_id,
      tokenUpdateTally: event?.token_update_tally,
      status: event?.status,
      commandUuid: event?.command_uuid,
      urlTag: event?.url_params && (event.url_params.tag ?? ''),
      rawPayload: event?.raw_payload ?? '',
    },
  };
}

/** zod looks at the `length` of whatever has one, and throws where that can't be compared. */
function parseEnvelope(json: unknown): z.infer<typeof Envelope> | undefined {
  try {
    return Envelope.safeParse(json).data;
  } catch {
    return undefined;
  }
}

/** RFC 3339 with nanoseconds and the server's own offset; milliseconds are kept. */
function epochMs(text: string | undefined): number | undefined {
  // biome-ignore lint/style/noRestrictedGlobals: it parses, and reads no clock
  const instant = text === undefined || text.length > 64 ? Number.NaN : Date.parse(text);
  return Number.isNaN(instant) ? undefined : instant;
}

function enrollmentRef(ids: { id: string; parent_id?: string; type: EnrollmentType }): EnrollmentRef {
  return { id: ids.id, ...(ids.parent_id !== undefined && { parentId: ids.parent_id }), type: ids.type };
}

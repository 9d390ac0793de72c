import { createHash } from 'node:crypto';
import { isOurs } from '../../ddm/declarations.ts';
import { decodeStatusReport } from '../../ddm/decode-status-report.ts';
import { parseEndpoint } from '../../ddm/endpoint.ts';
import type { EventBody, EventSubject } from '../../enrollment/event.ts';
import { createStampReader } from '../../enrollment/observed-at.ts';
import type { HostWire, WebhookEvent } from '../../hosts/host.ts';
import { ENROLLMENT_ID, REASON, TOPIC, TRACE_ID } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import { TAG } from '../../policy/match-keys.ts';
import type { Clock, DecodePlist } from '../../runtime.ts';
import { InboxFullError, type InboxItem, type Store } from '../../store/store.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';

/** Of one URL, as of one list. */
const URL_TAGS_MAX = 32;

/** "pilot,berlin"; what is no tag is left out. */
function tagsIn(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .filter((tag) => TAG.test(tag))
    .slice(0, URL_TAGS_MAX)
    .sort();
}

/** What became of a webhook call, for the route to answer. */
export type ReceiveResult =
  /** On disk: 200. `isDeclarative`: a device asks the server for declarations; `isForOurs`: for one of ours, as only who was told of it does. */
  | { kind: 'committed'; topic: string; isDeclarative?: true; isForOurs?: true }
  /** Nothing to keep: 200. */
  | { kind: 'ignored'; topic: string }
  /** Not a call of the server: 400, nothing stored. */
  | { kind: 'malformed'; message: string }
  /** The store can't take it: 503; the host does not repeat, and its log says so. */
  | { kind: 'unavailable'; message: string };

export interface ReceiveOptions {
  wire: HostWire;
  store: Store;
  reconciler: Pick<Reconciler, 'wakeSoon'>;
  clock: Clock;
  isClockDoubted(): boolean;
  decodePlist: DecodePlist;
  log: Logger;
  /** A device asked for something of declarative management. */
  onDeclarative?(): void;
}

/**
 * Verified bytes in, committed event out: decode, keep what we read (redaction is an allow-list: the decoded
 * types have no field for a secret), commit, then answer. Nothing is decided here.
 */
export function createReceiveWebhook({
  wire,
  store,
  reconciler,
  clock,
  isClockDoubted,
  decodePlist,
  log,
  onDeclarative,
}: ReceiveOptions): (raw: Uint8Array) => Promise<ReceiveResult> {
  const readStamp = createStampReader();

  return async function receiveWebhook(raw) {
    const envelope = wire.readEnvelope(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8'));
    if (!envelope.ok) return { kind: 'malformed', message: envelope.message };
    const receivedAt = clock.now();
    const event = await wire.decodeWebhook(envelope.value, decodePlist);
    try {
      if (event.kind === 'ignored') {
        log.debug({ [TOPIC]: event.topic, [TRACE_ID]: envelope.value.eventId }, 'webhook topic not known; ignored');
        return { kind: 'ignored', topic: event.topic };
      }
      if (event.kind === 'undecodable') {
        await park(event, raw, receivedAt, envelope.value.eventId);
        log.warn(
          { [TOPIC]: event.topic, [REASON]: event.reason, [TRACE_ID]: envelope.value.eventId },
          'webhook payload not understood; put aside',
        );
        return { kind: 'committed', topic: event.topic };
      }
      const item = await toInboxItem(event, raw, receivedAt);
      if (item === undefined) return { kind: 'ignored', topic: event.topic };
      await store.append([item]);
      reconciler.wakeSoon([item.subject.id], isSignOfLife(item.event.body) ? 'sign-of-life' : 'something');
      log.debug({ [TOPIC]: event.topic, [ENROLLMENT_ID]: item.subject.id, [TRACE_ID]: event.eventId }, 'webhook committed');
      if (event.message.kind !== 'DeclarativeManagement') return { kind: 'committed', topic: event.topic };
      onDeclarative?.();
      return {
        kind: 'committed',
        topic: event.topic,
        isDeclarative: true,
        ...(isForOurs(event.message.endpoint) ? { isForOurs: true } : {}),
      };
    } catch (error) {
      const message = error instanceof InboxFullError ? 'the inbox is full' : 'the store is not writable';
      log.error({ [TRACE_ID]: envelope.value.eventId, err: error }, 'webhook not stored; answered 503');
      return { kind: 'unavailable', message };
    }
  };

  async function toInboxItem(event: WebhookEvent & { kind: 'event' }, raw: Uint8Array, receivedAt: number): Promise<InboxItem | undefined> {
    const subject = subjectOf(event);
    if (subject === undefined) return undefined;
    const urlTags = tagsIn(event.urlTag);
    const body = subject.id === event.enrollment.id ? await bodyOf(event, raw, receivedAt) : { kind: 'user-channel' as const };
    return {
      subject,
      event: {
        observedAt: readStamp(event.createdAt, receivedAt),
        receivedAt,
        ...(isClockDoubted() ? { isClockDoubted: true as const } : {}),
        ...(event.eventId ? { eventId: event.eventId } : {}),
        ...(urlTags === undefined ? {} : { urlTags }),
        body,
      },
    };
  }

  /** A status report inside the webhook is read like one from our own listener; a broken one is put aside and still a sign of life. */
  async function bodyOf(event: WebhookEvent & { kind: 'event' }, raw: Uint8Array, receivedAt: number): Promise<EventBody> {
    const { message } = event;
    if (message.kind === 'DeclarativeManagement' && message.data !== undefined) {
      const report = decodeStatusReport(message.data);
      if (report.ok) return { kind: 'status-report', report: report.value };
      await park(
        { kind: 'undecodable', topic: event.topic, reason: 'status-report-not-json', detail: report.detail },
        raw,
        receivedAt,
        event.eventId,
      );
    }
    const reduced = message.kind === 'DeclarativeManagement' ? { kind: message.kind, endpoint: message.endpoint } : message;
    return {
      kind: 'message',
      message: reduced,
      ...(event.tokenUpdateTally === undefined ? {} : { tokenUpdateTally: event.tokenUpdateTally }),
    };
  }

  async function park(
    event: WebhookEvent & { kind: 'undecodable' },
    raw: Uint8Array,
    receivedAt: number,
    eventId: string | undefined,
  ): Promise<void> {
    await store.park({
      receivedAt,
      topic: event.topic.slice(0, 100),
      reason: event.reason,
      detail: event.detail.slice(0, 300),
      bytes: raw.byteLength,
      sha256: createHash('sha256').update(raw).digest('hex'),
      ...(eventId ? { eventId } : {}),
    });
  }
}

function isForOurs(path: string): boolean {
  const endpoint = parseEndpoint(path);
  return endpoint?.kind === 'declaration' && isOurs(endpoint.identifier);
}

/** It says that the device is there and nothing else; of declarative management our own listener has heard before. */
function isSignOfLife(body: EventBody): boolean {
  if (body.kind !== 'message') return body.kind === 'user-channel';
  const { message } = body;
  return message.kind === 'DeclarativeManagement' || (message.kind === 'CommandReport' && message.status === 'Idle');
}

/**
 * User channels are folded into their device as a sign of life: OS updates are a matter of the device channel,
 * and a Shared iPad's user ids are people's names, which are not kept.
 */
function subjectOf({ enrollment }: WebhookEvent & { kind: 'event' }): EventSubject | undefined {
  switch (enrollment.type) {
    case 'Device':
    case 'User Enrollment (Device)':
      return { id: enrollment.id, type: enrollment.type };
    case 'User':
    case 'Shared iPad':
      return enrollment.parentId === undefined ? undefined : { id: enrollment.parentId, type: 'Device' };
    case 'User Enrollment':
      return enrollment.parentId === undefined ? undefined : { id: enrollment.parentId, type: 'User Enrollment (Device)' };
    default:
      return undefined;
  }
}

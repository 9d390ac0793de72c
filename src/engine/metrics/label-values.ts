import type { EventBody } from '../../enrollment/event.ts';
import type { UpstreamAnswer } from '../../hosts/ddm-upstream.ts';
import type { EnqueueAnswer, PushError } from '../../hosts/host.ts';
import type { MdmMessage, UndecodableReason } from '../../mdm/messages.ts';
import { SOFA_PLATFORMS } from '../../releases/severity.types.ts';

/** Every value that the labels of our metrics can have, where that is a closed set. The types see to it that none is left out. */

export type EventKind = Exclude<EventBody['kind'], 'message'> | MdmMessage['kind'];

export const EVENT_KINDS = keysOf<EventKind>({
  Authenticate: true,
  TokenUpdate: true,
  CheckOut: true,
  UserAuthenticate: true,
  SetBootstrapToken: true,
  GetBootstrapToken: true,
  GetToken: true,
  DeclarativeManagement: true,
  CommandReport: true,
  'status-report': true,
  'ddm-answer': true,
  'ddm-contact': true,
  'ddm-refused': true,
  'ddm-uninvited': true,
  'user-channel': true,
  named: true,
  'push-gone': true,
});

export const PUT_ASIDE_REASONS = keysOf<UndecodableReason>({
  'payload-not-base64': true,
  'payload-not-plist': true,
  'payload-not-a-dictionary': true,
  'message-type-unknown': true,
  'enrollment-id-missing': true,
  'status-missing': true,
  'status-report-not-json': true,
});

export const ENQUEUE_ANSWERS = keysOf<EnqueueAnswer['kind']>({
  queued: true,
  'already-queued': true,
  refused: true,
  retry: true,
  ambiguous: true,
  unknowable: true,
  unauthorized: true,
});

export const UPSTREAM_ANSWERS = keysOf<UpstreamAnswer['kind']>({ answer: true, refused: true, down: true });

export type PushResultKind = 'taken' | PushError['kind'];
export const PUSH_RESULTS = keysOf<PushResultKind>({ taken: true, gone: true, 'unknown-id': true, later: true, credential: true });

export const ROUTES = ['webhook', 'ddm'] as const;
export type MeteredRoute = (typeof ROUTES)[number];

export const STATUSES = ['200', '400', '401', '403', '404', '405', '413', '415', '500', '503', 'another'] as const;

export const FEEDS = ['releases', ...SOFA_PLATFORMS.map((platform) => `sofa-${platform}` as const)] as const;
export type FeedName = (typeof FEEDS)[number];

/** Days since the first release it lacks; the first and the last day of each, both included. */
export const BEHIND = [
  { days: '0-6', until: 6 },
  { days: '7-13', until: 13 },
  { days: '14-29', until: 29 },
  { days: '30-89', until: 89 },
  { days: '90+', until: Number.POSITIVE_INFINITY },
] as const;

/** UTC days, today included. */
export const WINDOWS = { '7d': 7, '30d': 30 } as const;

function keysOf<Name extends string>(all: Readonly<Record<Name, true>>): readonly Name[] {
  return Object.keys(all) as Name[];
}

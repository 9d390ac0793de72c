import { isOurs } from '../../ddm/declarations.ts';
import { parseEndpoint } from '../../ddm/endpoint.ts';
import type { StatusReport } from '../../ddm/status-report.types.ts';
import type { Placement, Placing } from '../../decide/placement.ts';
import type { EnrollmentEvent, EventBody } from '../../enrollment/event.ts';

/**
 * Where another server answers devices in our place, what they got is known by what they asked for (NanoMDM's webhook tells)
 * and by what they report. Each such event is given beside it what our own listener would have noted. A request at a time
 * when that server was not reached counts for nothing: the webhook tells of it also when it failed.
 */
export function asAnsweredElsewhere(
  events: readonly EnrollmentEvent[],
  placement: Placement | undefined,
  placing: Placing | undefined,
): readonly EnrollmentEvent[] {
  if (placing === undefined) return events;
  return events.flatMap((event) => {
    const body = answerIn(event, placement, placing);
    return body === undefined ? [event] : [event, { ...event, body }];
  });
}

function answerIn({ body, observedAt }: EnrollmentEvent, placement: Placement | undefined, placing: Placing): EventBody | undefined {
  const { token } = placement ?? {};
  /** It got what is in place now. */
  const isOfNow = token !== undefined && placement !== undefined && observedAt >= placement.at;
  const gotAll: EventBody | undefined = isOfNow ? { kind: 'ddm-answer', endpoint: 'declaration-items', token } : undefined;
  if (body.kind === 'status-report') return isOfNow && showsPlaced(body.report, placement) ? gotAll : undefined;
  if (body.kind !== 'message' || body.message.kind !== 'DeclarativeManagement' || observedAt < placing.upSince) return undefined;
  const endpoint = parseEndpoint(body.message.endpoint);
  if (endpoint?.kind === 'declaration-items') return gotAll;
  // What is not there it was refused.
  if (endpoint?.kind !== 'declaration' || !isOurs(endpoint.identifier) || !placement?.identifiers.includes(endpoint.identifier))
    return undefined;
  return { kind: 'ddm-answer', endpoint: 'declaration', identifier: endpoint.identifier };
}

/**
 * A full report lists all that the device has. Another may list only what changed, so it shows no more than what it lists:
 * a declaration that came with this placement came with all of it.
 */
function showsPlaced({ declarations, fullReport }: StatusReport, { identifiers, added }: Placement): boolean {
  if (declarations === undefined) return false;
  const ours = new Set(declarations.map(({ identifier }) => identifier).filter(isOurs));
  if (!fullReport) return added.some((identifier) => ours.has(identifier));
  return ours.size === identifiers.length && identifiers.every((identifier) => ours.has(identifier));
}

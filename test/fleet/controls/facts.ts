import type { EnrollmentEvent, EventBody } from '../../../src/enrollment/event.ts';
import type { Gathered, InboxItem } from '../../../src/store/store.ts';
import type { FleetParts } from '../harness.ts';

/** Changes what is heard of devices before it is stored; `undefined` drops the event. */
export function alterEvents(parts: FleetParts, alter: (body: EventBody, id: string, event: EnrollmentEvent) => EventBody): void {
  const { append } = parts.store;
  parts.store.append = (items) =>
    append(
      items.map((item): InboxItem => ({ ...item, event: { ...item.event, body: alter(item.event.body, item.subject.id, item.event) } })),
    );
}

/** Without the version that a report of any kind tells. */
export function withoutVersion(body: EventBody): EventBody {
  if (body.kind === 'status-report') {
    const { osVersion: _, ...report } = body.report;
    return { ...body, report };
  }
  if (body.kind === 'message' && body.message.kind === 'CommandReport' && body.message.deviceInformation) {
    const { osVersion: _, ...deviceInformation } = body.message.deviceInformation;
    return { ...body, message: { ...body.message, deviceInformation } };
  }
  return body;
}

export function tellsVersion(body: EventBody): boolean {
  if (body.kind === 'status-report') return body.report.osVersion !== undefined;
  return body.kind === 'message' && body.message.kind === 'CommandReport' && body.message.deviceInformation?.osVersion !== undefined;
}

/** Changes what a decision is made on: what is read of one enrollment. */
export function alterGathered(parts: FleetParts, alter: (gathered: Gathered) => Gathered): void {
  const { loadForReconcile } = parts.store;
  parts.store.loadForReconcile = async (ids) => (await loadForReconcile(ids)).map(alter);
}

/** The app's clock, as it last asked its store what is due. */
export function clockOf({ store }: FleetParts): () => number {
  const { listDueCommands } = store;
  let now = 0;
  store.listDueCommands = (at, limit) => {
    now = Math.max(now, at);
    return listDueCommands(at, limit);
  };
  return () => now;
}

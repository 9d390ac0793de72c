import type { Decision } from '../../decide/decide.ts';
import type { OutboxEntry } from '../../delivery/outbox-entry.ts';
import type { EnrollmentEvent } from '../../enrollment/event.ts';
import type { Exchange } from '../../store/store.ts';

/** What went over the wire for an entry of the timeline, as its field; entries of one event share one. */
export interface Exchanges {
  heard(event: EnrollmentEvent | undefined): { exchange?: Exchange };
  /** The event that told of something: by when it was observed and, of several of that moment, by the value that it carries. */
  heardAt(observedAt: number, value?: unknown): { exchange?: Exchange };
  /** The answer to a command. */
  answer(commandUuid: string): { exchange?: Exchange };
  sent(entry: OutboxEntry): { exchange?: Exchange };
  /** A declaration of this decision: what was handed out, or is to be fetched. */
  declaration(identifier: string): { exchange?: Exchange };
}

export function exchangesOf(events: readonly EnrollmentEvent[], { declarations }: Pick<Decision, 'declarations'>): Exchanges {
  const known = new Map<unknown, Exchange>();
  const once = (key: unknown, make: () => Exchange): { exchange: Exchange } => {
    const exchange = known.get(key) ?? make();
    known.set(key, exchange);
    return { exchange };
  };
  const heard: Exchanges['heard'] = (event) => (event === undefined ? {} : once(event, () => ({ what: 'heard', event })));
  return {
    heard,
    heardAt(observedAt, value) {
      const found = events.filter((event) => event.observedAt === observedAt);
      return heard(found.length > 1 ? (found.findLast(({ body }) => carries(body, value)) ?? found.at(-1)) : found[0]);
    },
    answer: (commandUuid) => heard(events.findLast(({ body }) => body.kind === 'message' && answers(body.message) === commandUuid)),
    sent: ({ commandUuid, plist }) => (plist === '' ? {} : once(commandUuid, () => ({ what: 'command', commandUuid, plist }))),
    declaration(identifier) {
      const declaration = declarations.find((candidate) => candidate.Identifier === identifier);
      return declaration === undefined ? {} : once(declaration, () => ({ what: 'declaration', declaration }));
    },
  };
}

function answers(message: { kind: string; commandUuid?: string }): string | undefined {
  return message.kind === 'CommandReport' ? message.commandUuid : undefined;
}

function carries(body: EnrollmentEvent['body'], value: unknown): boolean {
  return value !== undefined && JSON.stringify(body).includes(JSON.stringify(value));
}

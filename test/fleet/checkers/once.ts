import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createUnderWay } from './under-way.ts';

/**
 * Promise 10: a CommandUUID belongs to one attempt. It is sent again only when it can't be known whether the host took
 * it, and then with the same bytes; and no second command of a kind follows one that may still be on its way.
 */
export const once: CheckerKind = { promise: 10, title: 'once', file: 'once.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const bytes = new Map<string, string>();
  /** UUIDs of which the host has said yes or no, and to which life of the app. */
  const settled = new Map<string, { answer: string; life: number }>();
  /** Those of which what was said is in the store: no later life can have forgotten it. */
  const saved = new Set<string>();
  const underWay = createUnderWay(fleet);

  return {
    onCall({ path, body, status, answer, life }) {
      const commandUuid = /<key>CommandUUID<\/key>\s*<string>([^<]+)</.exec(body)?.[1];
      if (commandUuid === undefined) return;
      const device = decodeURIComponent(/\/(?:enqueue|commands)\/([^?]*)/.exec(path)?.[1] ?? '');
      if ((bytes.get(commandUuid) ?? body) !== body) violate(device, `${commandUuid} was sent again with other bytes`);
      bytes.set(commandUuid, body);
      const before = settled.get(commandUuid);
      if (before !== undefined && (before.life === life || saved.has(commandUuid)))
        violate(device, `${commandUuid} was sent again after the host had answered ${before.answer}`);
      const isAnswered = status === 200 || status === 201 || status === 207 || answer.includes('command already exists');
      if (isAnswered)
        settled.set(commandUuid, { answer: `${status} ${answer.includes('already exists') ? 'command already exists' : 'yes'}`, life });
    },
    onCommandSaved({ commandUuid, state }) {
      if (state === 'enqueued') saved.add(commandUuid);
    },
    onEvent(event) {
      if (event.kind === 'enqueue' && event.result === 'doubled')
        violate(event.device, `${event.commandUuid} stands twice in a queue that duplicates corrupt`);
      if (event.kind === 'enqueue' && event.result === 'queued') {
        const { device, commandUuid, requestType } = event;
        const others = underWay.of(device, requestType, event.at).filter((sent) => sent.commandUuid !== commandUuid);
        for (const other of others) violate(device, `got ${requestType} ${commandUuid} while ${other.commandUuid} may still be on its way`);
      }
      underWay.note(event);
    },
  };
}

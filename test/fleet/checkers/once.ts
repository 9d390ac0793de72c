import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';

const MINUTE = 60_000;
const RESULT_TIMEOUT_MS = 24 * 60 * MINUTE;
const IDLE_APART_MS = 15 * MINUTE;

/** A DeclarativeManagement command the host has taken, and what had reached the app about it. */
interface Sent {
  commandUuid: string;
  at: number;
  isOver: boolean;
  firstIdleAt?: number;
  lastIdleAt?: number;
  /** It could be taken for lost until then: what was sent meanwhile may still be under way. */
  wasLostAt?: number;
}

/**
 * Promise 10: a CommandUUID belongs to one attempt. It is sent again only when it can't be known whether the host took
 * it, and then with the same bytes; and no second DeclarativeManagement command follows one that may still be on its way.
 */
export const once: CheckerKind = { promise: 10, title: 'once', file: 'once.ts', create };

function create({ violate }: Watched): Checker {
  const bytes = new Map<string, string>();
  /** UUIDs of which the host has said yes or no. */
  const settled = new Map<string, string>();
  const outstanding = new Map<string, Sent>();
  const enrolledAt = new Map<string, number>();

  function onReport(event: WorldEvent & { kind: 'webhook' }): void {
    const sent = outstanding.get(event.device);
    if (sent === undefined || event.status !== 200) return;
    if (event.topic === 'mdm.Authenticate' && event.sentAt >= sent.at) sent.isOver = true;
    // The first TokenUpdate tells of the Authenticate before it, should that have been lost.
    const enrolled = enrolledAt.get(event.device) ?? 0;
    if (event.topic === 'mdm.TokenUpdate' && enrolled >= sent.at && event.sentAt >= enrolled) sent.isOver = true;
    if (event.topic !== 'mdm.Connect') return;
    if (event.commandUuid === sent.commandUuid) {
      if (event.answer !== 'NotNow') sent.isOver = true;
      if (isLost(sent, event.at)) sent.wasLostAt = event.at;
      delete sent.firstIdleAt;
      delete sent.lastIdleAt;
    } else if (event.answer === 'Idle' && event.sentAt > sent.at) {
      sent.firstIdleAt = Math.min(sent.firstIdleAt ?? event.sentAt, event.sentAt);
      sent.lastIdleAt = Math.max(sent.lastIdleAt ?? event.sentAt, event.sentAt);
    }
  }

  /** Longer than an enqueue may take. */
  function wasJustLost({ wasLostAt = 0 }: Sent, now: number): boolean {
    return now < wasLostAt + 2 * MINUTE;
  }

  /** Rule 28: the timeout has passed and the device has found its queue empty twice. */
  function isLost({ at, firstIdleAt = 0, lastIdleAt = 0 }: Sent, now: number): boolean {
    return now >= at + RESULT_TIMEOUT_MS && lastIdleAt - firstIdleAt >= IDLE_APART_MS;
  }

  return {
    onCall({ path, body, status, answer }) {
      const commandUuid = /<key>CommandUUID<\/key>\s*<string>([^<]+)</.exec(body)?.[1];
      if (commandUuid === undefined) return;
      const device = decodeURIComponent(/\/(?:enqueue|commands)\/([^?]*)/.exec(path)?.[1] ?? '');
      if ((bytes.get(commandUuid) ?? body) !== body) violate(device, `${commandUuid} was sent again with other bytes`);
      bytes.set(commandUuid, body);
      const before = settled.get(commandUuid);
      if (before !== undefined) violate(device, `${commandUuid} was sent again after the host had answered ${before}`);
      const isAnswered = status === 200 || status === 201 || status === 207 || answer.includes('command already exists');
      if (isAnswered) settled.set(commandUuid, `${status} ${answer.includes('already exists') ? 'command already exists' : 'yes'}`);
    },
    onEvent(event) {
      if (event.kind === 'enrollment' && event.what === 're-enroll') enrolledAt.set(event.device, event.at);
      if (event.kind === 'webhook') onReport(event);
      if (event.kind === 'enqueue' && event.result === 'doubled')
        violate(event.device, `${event.commandUuid} stands twice in a queue that duplicates corrupt`);
      if (event.kind !== 'enqueue' || event.result !== 'queued' || event.requestType !== 'DeclarativeManagement') return;
      const before = outstanding.get(event.device);
      // MicroMDM takes the resent one of an ambiguous call also when the first was delivered; its bytes are judged above.
      if (before?.commandUuid === event.commandUuid) return;
      if (before !== undefined && !before.isOver && !isLost(before, event.at) && !wasJustLost(before, event.at))
        violate(event.device, `got ${event.commandUuid} while ${before.commandUuid} may still be on its way`);
      outstanding.set(event.device, { commandUuid: event.commandUuid, at: event.at, isOver: false });
    },
  };
}

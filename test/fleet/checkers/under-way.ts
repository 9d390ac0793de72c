import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Fleet } from '../harness.ts';
import { createHeardAt } from './heard-at.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const IDLE_APART_MS = 15 * MINUTE;
/** Longer than an enqueue may take: what was lost when it began may be heard of before it has ended. */
const ENQUEUE_MS = 2 * MINUTE;

/** A command the host has taken, and what had reached the app about it. */
export interface Sent {
  commandUuid: string;
  at: number;
  isInstall: boolean;
  /** By an answer, or because the device began anew. */
  isOver: boolean;
  /** When the answer that came was given. */
  answeredAt?: number;
  /** When it was last answered NotNow. */
  notNowAt?: number;
  firstIdleAt?: number;
  lastIdleAt?: number;
  /** It could be taken for lost until then. */
  wasLostAt?: number;
}

/** Which commands are under way, as far as the app can know (rule 28). */
export interface UnderWay {
  note(event: WorldEvent): void;
  /** Of the commands of a type, oldest first, those that may still be on their way. */
  of(device: string, requestType: string, now: number): Sent[];
  /** All of a type, oldest first. */
  sent(device: string, requestType: string): readonly Sent[];
}

/** Every action but these two may install (rule 26). */
export function isInstallAction(action: string | undefined): boolean {
  return action?.split(' ').some((word) => word !== 'DownloadOnly' && word !== 'NotifyOnly') ?? false;
}

export function createUnderWay(fleet: Pick<Fleet, 'lives' | 'skewMs'>): UnderWay {
  const heardAt = createHeardAt(fleet);
  const byDevice = new Map<string, Map<string, Sent[]>>();
  const enrolledAt = new Map<string, number>();

  function onReport(sent: Sent, event: WorldEvent & { kind: 'webhook' }, began: number): void {
    if (event.topic === 'mdm.Authenticate' && began >= sent.at) sent.isOver = true;
    // The first TokenUpdate tells of the Authenticate before it, should that have been lost.
    const enrolled = enrolledAt.get(event.device) ?? 0;
    if (event.topic === 'mdm.TokenUpdate' && enrolled >= sent.at && event.sentAt >= enrolled) sent.isOver = true;
    if (event.topic !== 'mdm.Connect') return;
    if (event.commandUuid === sent.commandUuid) {
      // One told again, or late: what came after it was told before stands.
      if (event.answer === 'NotNow' && event.sentAt <= (sent.notNowAt ?? 0)) return;
      if (event.answer === 'NotNow') sent.notNowAt = event.sentAt;
      if (event.answer !== 'NotNow') {
        sent.isOver = true;
        sent.answeredAt ??= event.sentAt;
      }
      if (isLost(sent, event.at)) sent.wasLostAt = event.at;
      delete sent.firstIdleAt;
      delete sent.lastIdleAt;
    } else if (event.answer === 'Idle' && event.sentAt > sent.at) {
      sent.firstIdleAt = Math.min(sent.firstIdleAt ?? event.sentAt, event.sentAt);
      sent.lastIdleAt = Math.max(sent.lastIdleAt ?? event.sentAt, event.sentAt);
    }
  }

  function sentOf(device: string, requestType: string): Sent[] {
    return byDevice.get(device)?.get(requestType) ?? [];
  }

  return {
    note(event) {
      if (event.kind === 'enrollment' && event.what === 're-enroll') enrolledAt.set(event.device, event.at);
      if (event.kind === 'webhook' && event.status === 200) {
        const heard = heardAt(event);
        for (const all of byDevice.get(event.device)?.values() ?? [])
          for (const sent of all) if (!sent.isOver) onReport(sent, event, heard);
      }
      if (event.kind !== 'enqueue' || event.result === 'exists') return;
      const { device, requestType, commandUuid, at } = event;
      // MicroMDM takes the resent one of an ambiguous call also when the first was delivered.
      if (sentOf(device, requestType).some((sent) => sent.commandUuid === commandUuid)) return;
      const types = byDevice.get(device) ?? new Map<string, Sent[]>();
      const isInstall = isInstallAction(event.action);
      byDevice.set(device, types.set(requestType, [...sentOf(device, requestType), { commandUuid, at, isInstall, isOver: false }]));
    },
    of: (device, requestType, now) =>
      sentOf(device, requestType).filter((sent) => !sent.isOver && !isLost(sent, now) && now >= (sent.wasLostAt ?? 0) + ENQUEUE_MS),
    sent: sentOf,
  };
}

/** The timeout has passed and the device has found its queue empty twice. */
function isLost({ at, isInstall, firstIdleAt = 0, lastIdleAt = 0 }: Sent, now: number): boolean {
  return now >= at + (isInstall ? 72 : 24) * HOUR && lastIdleAt - firstIdleAt >= IDLE_APART_MS;
}

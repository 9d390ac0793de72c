import type { WorldEvent } from '../../../src/sim/world.types.ts';

/** An answer as it reached the app: when it was given, and when it came. */
interface Came<T> {
  value: T;
  sentAt: number;
  cameAt: number;
}

/** What of a device's updates by commands had reached the app, as told in the enrollment it knew of. */
export interface Told {
  note(event: WorldEvent): void;
  /** The newest of what OSUpdateStatus and UpdateResults said, of what had come by then. */
  progress(device: string, by: number): { words: readonly string[]; sentAt: number } | undefined;
  /** Answers to OSUpdateStatus given after `since` have come; `isList`: those that say what is in progress, not an error. */
  hasStatusSince(device: string, since: number, isList: boolean): boolean;
  zone(device: string): string | undefined;
  /** Its own list holds that version. */
  isListed(device: string, version: string): boolean;
  /** Each other version than before that it told since. */
  hasNewVersionSince(device: string, since: number): boolean;
}

interface Heard {
  enrolledAt: number;
  progress: Came<readonly string[]>[];
  statuses: { sentAt: number; isList: boolean }[];
  zone?: Came<string>;
  listed?: Came<readonly string[]>;
  version?: Came<string>;
  versionChangedAt: number;
}

export function createTold(): Told {
  const byDevice = new Map<string, Heard>();
  const requestTypes = new Map<string, string>();
  const enrolledAt = new Map<string, number>();

  function heardOf(device: string): Heard {
    const heard = byDevice.get(device) ?? { enrolledAt: 0, progress: [], statuses: [], versionChangedAt: 0 };
    byDevice.set(device, heard);
    return heard;
  }

  /** What was told before is of another enrollment. */
  function beginAnew(heard: Heard, at: number): void {
    heard.enrolledAt = Math.max(heard.enrolledAt, at);
    heard.progress = heard.progress.filter(({ sentAt }) => sentAt >= at);
    heard.statuses = heard.statuses.filter(({ sentAt }) => sentAt >= at);
    if ((heard.zone?.sentAt ?? at) < at) delete heard.zone;
    if ((heard.listed?.sentAt ?? at) < at) delete heard.listed;
  }

  function onWebhook(event: WorldEvent & { kind: 'webhook' }): void {
    const { sentAt, at: cameAt, topic, commandUuid = '', answer } = event;
    const heard = heardOf(event.device);
    if (topic === 'mdm.Authenticate') beginAnew(heard, sentAt);
    const enrolled = enrolledAt.get(event.device) ?? 0;
    if (topic === 'mdm.TokenUpdate' && enrolled > 0 && sentAt >= enrolled) beginAnew(heard, enrolled);
    if (sentAt < heard.enrolledAt) return;
    const came = <T>(value: T): Came<T> => ({ value, sentAt, cameAt });
    if (event.progress) heard.progress.push(came(event.progress));
    if (requestTypes.get(commandUuid) === 'OSUpdateStatus' && answer !== 'NotNow')
      heard.statuses.push({ sentAt, isList: event.progress !== undefined });
    if (event.timeZone !== undefined && sentAt >= (heard.zone?.sentAt ?? 0)) heard.zone = came(event.timeZone);
    if (event.listed && sentAt >= (heard.listed?.sentAt ?? 0)) heard.listed = came(event.listed);
    onVersion(heard, event, sentAt);
  }

  function onVersion(heard: Heard, { osVersion, at }: { osVersion?: string; at: number }, sentAt: number): void {
    if (osVersion === undefined || sentAt < (heard.version?.sentAt ?? 0)) return;
    if (heard.version !== undefined && heard.version.value !== osVersion) heard.versionChangedAt = sentAt;
    heard.version = { value: osVersion, sentAt, cameAt: at };
  }

  return {
    note(event) {
      if (event.kind === 'enqueue') requestTypes.set(event.commandUuid, event.requestType);
      if (event.kind === 'enrollment' && event.what === 're-enroll') enrolledAt.set(event.device, event.at);
      if (event.kind === 'webhook' && event.status === 200) onWebhook(event);
      if (event.kind === 'dm' && event.status === 200) onVersion(heardOf(event.device), event, event.at);
    },
    progress(device, by) {
      const came = heardOf(device).progress.filter(({ cameAt }) => cameAt <= by);
      const last = came.reduce<Came<readonly string[]> | undefined>((a, b) => (a && a.sentAt > b.sentAt ? a : b), undefined);
      return last && { words: last.value, sentAt: last.sentAt };
    },
    hasStatusSince: (device, since, isList) =>
      heardOf(device).statuses.some((status) => status.sentAt >= since && (status.isList || !isList)),
    zone: (device) => heardOf(device).zone?.value,
    isListed: (device, version) => heardOf(device).listed?.value.includes(version) ?? false,
    hasNewVersionSince: (device, since) => heardOf(device).versionChangedAt >= since,
  };
}

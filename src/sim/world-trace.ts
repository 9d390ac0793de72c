import { dictsOf } from './legacy-asked.ts';
import type { PlistDict } from './plist.ts';
import { SETTINGS } from './settings-judge.ts';
import type { ServedEnforcement, WorldEvent } from './world.types.ts';

/** One line for people: "2026-10-05T08:00:00.000Z iphone-07 dm GET tokens status=200 token=…". */
export function traceLine(event: WorldEvent): string {
  const { at, device: _, name, local, kind, ...rest } = event;
  const words = [new Date(at).toISOString(), name === '' ? '-' : name, kind];
  for (const [key, value] of Object.entries(rest)) {
    if (value !== undefined) words.push(`${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  }
  if (local !== '') words.push(`local=${local}`);
  return words.join(' ');
}

function parse(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What of a device's message, as the webhook tells it, checkers ask for. */
export interface ReportTold {
  osVersion?: string;
  commandUuid?: string;
  answer?: string;
  timeZone?: string;
  /** Of a status report. */
  installState?: string;
  /** Versions of its own list. */
  listed?: string[];
  /** Of OSUpdateStatus and UpdateResults: "Installing", "Downloading", "Idle"; "Scheduled" and the instant where one is set. */
  progress?: string[];
}

export function readReport(message: PlistDict): ReportTold {
  const { OSVersion, QueryResponses, CommandUUID, Status, MessageType, Endpoint, Data } = message;
  const answers = QueryResponses as { OSVersion?: unknown; TimeZone?: unknown } | undefined;
  const told = OSVersion ?? answers?.OSVersion;
  const isStatusReport = MessageType === 'DeclarativeManagement' && Endpoint === 'status' && Data instanceof Uint8Array;
  const report = isStatusReport ? readStatus(Data) : undefined;
  const osVersion = report ? report.osVersion : told;
  const progress = message.OSUpdateStatus ?? message.UpdateResults;
  return {
    ...(typeof osVersion === 'string' ? { osVersion } : {}),
    ...(report?.installState === undefined ? {} : { installState: report.installState }),
    ...(typeof CommandUUID === 'string' ? { commandUuid: CommandUUID } : {}),
    ...(typeof Status === 'string' ? { answer: Status } : {}),
    ...(typeof answers?.TimeZone === 'string' ? { timeZone: answers.TimeZone } : {}),
    ...(message.AvailableOSUpdates === undefined
      ? {}
      : { listed: dictsOf(message.AvailableOSUpdates).map((item) => String(item.Version)) }),
    ...(progress === undefined ? {} : { progress: dictsOf(progress).map(progressOf) }),
  };
}

/** "Scheduled" with its instant, RFC 3339. */
function progressOf({ Status, NextScheduledInstall }: PlistDict): string {
  if (Status === 'Installing' || !(NextScheduledInstall instanceof Date)) return String(Status);
  return `Scheduled ${NextScheduledInstall.toISOString()}`;
}

function readStatus(report: Uint8Array): { osVersion?: string; installState?: string } {
  const items = parse(report)?.StatusItems as
    | { device?: { 'operating-system'?: { version?: string } }; softwareupdate?: { 'install-state'?: string } }
    | undefined;
  const osVersion = items?.device?.['operating-system']?.version;
  const installState = items?.softwareupdate?.['install-state'];
  return { ...(osVersion === undefined ? {} : { osVersion }), ...(installState === undefined ? {} : { installState }) };
}

/** What of a -dm exchange checkers ask for; nothing when it failed or is malformed. */
export function readDmExchange(
  endpoint: string,
  request: Uint8Array,
  response: Uint8Array,
): {
  token?: string;
  timestamp?: string;
  items?: string[];
  enforcement?: ServedEnforcement;
  served?: string;
  alwaysOn?: string[];
  osVersion?: string;
  installState?: string;
} {
  if (endpoint === 'status') return readStatus(request);
  const body = parse(response);
  if (!body) return {};
  if (endpoint === 'tokens') {
    const tokens = body.SyncTokens as { DeclarationsToken?: string; Timestamp?: string } | undefined;
    return { ...(tokens?.DeclarationsToken === undefined ? {} : { token: tokens.DeclarationsToken, timestamp: String(tokens.Timestamp) }) };
  }
  if (endpoint === 'declaration-items') {
    const lists = Object.entries((body.Declarations ?? {}) as Record<string, { Identifier: string; ServerToken: string }[]>);
    const items = lists.flatMap(([list, entries]) =>
      entries.map((item) => `${list.toLowerCase().replace(/s$/, '')}/${item.Identifier}@${item.ServerToken}`),
    );
    return { token: String(body.DeclarationsToken), items: items.sort() };
  }
  const payload = body.Payload as Record<string, unknown> | undefined;
  const served = `${endpoint.split('/')[1]}/${body.Identifier}@${body.ServerToken}`;
  if (body.Type === SETTINGS && payload) {
    const actions = Object.entries((payload.AutomaticActions ?? {}) as Record<string, unknown>);
    return { served, alwaysOn: actions.filter(([, value]) => value === 'AlwaysOn').map(([name]) => name) };
  }
  if (body.Type !== 'com.apple.configuration.softwareupdate.enforcement.specific' || !payload) return { served };
  return {
    served,
    enforcement: {
      identifier: String(body.Identifier),
      serverToken: String(body.ServerToken),
      targetOSVersion: String(payload.TargetOSVersion),
      ...(payload.TargetBuildVersion === undefined ? {} : { targetBuildVersion: String(payload.TargetBuildVersion) }),
      targetLocalDateTime: String(payload.TargetLocalDateTime),
    },
  };
}

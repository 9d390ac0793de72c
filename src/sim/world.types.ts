import type { SimCatalogue } from './catalogue.ts';
import type { DeviceEvent, DeviceFaults, Outcome, Switches } from './device.types.ts';
import type { FeedFaults, SimFeed } from './feed.ts';
import type { HostAccident, PushOutcome, ServerName, SimHost } from './host.types.ts';
import type { HostFaults } from './host-accidents.ts';
import type { SimKmfddm } from './kmfddm.types.ts';
import type { UpdateAsked } from './legacy-asked.ts';
import type { MishapRates } from './mishaps.ts';
import type { NanoHubOptions } from './nanohub-host.ts';
import type { NanoMdmOptions } from './nanomdm.types.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimDevice } from './sim-device.types.ts';
import type { SimSofa, SofaFault, SofaOptions, SofaPlatformName } from './sofa-feed.ts';
import type { Answer, Outgoing } from './wire.ts';

/** What goes wrong, in thousandths of the calls or answers concerned; `heal()` sets all to 0. */
export interface WorldFaults extends DeviceFaults, HostFaults, MishapRates {
  /** CheckOut is never lost: nothing later could make up for it. */
  webhookLostPerMille: number;
  webhookDoubledPerMille: number;
  /** A second to half an hour late, so that others overtake it. */
  webhookDelayedPerMille: number;
  /** The API answers 5xx and has done nothing. */
  apiErrorPerMille: number;
  /** The API never answers; in one of two cases it has done what was asked. */
  apiTimeoutPerMille: number;
  /** Apple's push service answers 503 for one id. */
  pushUnavailablePerMille: number;
  /** Apple took the push, the device never gets it. */
  pushLostPerMille: number;
  /** Apple delivers the push a minute to six hours late. */
  pushLatePerMille: number;
  feed: Partial<FeedFaults>;
}

/** What the operator of this world wants: the newest release, `days` after it was first seen, at a device-local time of day. */
export interface WorldPolicy {
  days: number;
  /** "18:00" */
  at: string;
  /** IANA zone assumed for devices that don't tell theirs. */
  fallbackTimeZone: string;
  /** Days on which no date falls, and the waits for others: so much later everything may rest. Default 0. */
  daysOff?: number;
}

export interface WorldOptions {
  seed: string | number;
  devices: number;
  /** Of the devices drawn, counted from 0, the ones that are there; each is as it would be among the others. Absent: all. */
  keep?: readonly number[];
  scheduler: Scheduler;
  policy: WorldPolicy;
  /** Calls of the host into the application: webhook and -dm. Reject where a connection would fail. */
  outgoing: Outgoing;
  faults?: Partial<WorldFaults>;
  /** Those not given are drawn, or usual. */
  switches?: Partial<Switches>;
  /** All switches are drawn; else those that came later have their usual value. Default false. */
  drawsAllSwitches?: boolean;
  /** Longest sleep of the fault `asleepPerMille`, days; a world rests no sooner than its last sleeper is back. Default 60. */
  asleepDaysMax?: number;
  /** How long the first weeks take in which things happen by themselves, beside their usual length; above 0, default 1. Below 1 there are no Macs before macOS 12. */
  pace?: number;
  /** New releases appear within this many days from the start; 0: none. Default 10. */
  newReleaseDays?: number;
  /** Apple takes its newest release back from some models for a few days: in some worlds, or in each. Absent: in none. */
  withdraws?: 'sometimes' | 'always';
  /** SOFA's feeds answer, too. Absent: nobody does there. */
  sofa?: SofaOptions;
  /** At least a fifth of the fleet can be updated by commands only. Default false. */
  legacy?: boolean;
  /** Without `legacy`: so many percent of the devices that would get there fail to install. Default 0. */
  failingPercent?: number;
  /** Owners' absences are drawn for this long; default 90. */
  horizonDays?: number;
  /** Default `nanomdm`. */
  server?: ServerName;
  /** `webhookUrl` and `dmUrl` may carry userinfo, which MicroMDM needs; keys are NanoMDM's. */
  host?: Partial<
    Pick<NanoHubOptions, 'notify'> &
      Pick<
        NanoMdmOptions,
        'apiKey' | 'webhookUrl' | 'webhookHmacKey' | 'dmUrl' | 'dmSendHmacKey' | 'dmRecvHmacKey' | 'dialect' | 'losesQueueOnUnknownResult'
      >
  >;
}

/** An enforcement as the server served it to a device. */
export interface ServedEnforcement {
  identifier: string;
  serverToken: string;
  targetOSVersion: string;
  targetBuildVersion?: string;
  targetLocalDateTime: string;
}

/** What happened, as the world saw it. `local` is the device's wall clock; `device` is "" for what concerns none. */
export type WorldEvent = { at: number; device: string; name: string; local: string } & (
  | DeviceEvent
  /** With what a ScheduleOSUpdate asks for. */
  | ({ kind: 'enqueue'; commandUuid: string; requestType: string; result: 'queued' | 'exists' | 'doubled' } & Partial<UpdateAsked>)
  | { kind: 'push'; outcome: PushOutcome | 'unknown-id' }
  /** Status 0: it was lost or refused. `sentAt`: when the message was; it may arrive later. */
  | {
      kind: 'webhook';
      topic: string;
      eventId: string;
      status: number;
      sentAt: number;
      /** Its created_at, where the server's clock is wrong. */
      createdAt?: number;
      /** Of command reports; `answer` is their Status. */
      commandUuid?: string;
      answer?: string;
      /** When the message tells them. */
      osVersion?: string;
      installState?: string;
      timeZone?: string;
      /** Versions of AvailableOSUpdates. */
      listed?: string[];
      /** Each item's status of OSUpdateStatus and UpdateResults; "Scheduled" and the instant where one is set. */
      progress?: string[];
    }
  | {
      kind: 'dm';
      channel: 'device' | 'user';
      method: string;
      endpoint: string;
      status: number;
      /** Token of `tokens` and `declaration-items`. */
      token?: string;
      /** Of `tokens`. */
      timestamp?: string;
      /** "configuration/identifier@server-token" of `declaration-items`, sorted. */
      items?: string[];
      enforcement?: ServedEnforcement;
      /** The same of a declaration's body, its kind as asked for. */
      served?: string;
      /** Of settings: what they make the device do by itself. */
      alwaysOn?: string[];
      /** What a status report tells. */
      osVersion?: string;
      installState?: string;
    }
  /** `odd`: what is unusual about an answer that offers what it should. */
  | { kind: 'feed'; status: number; fault?: string; odd?: readonly string[] }
  /** SOFA was asked of a platform. */
  | { kind: 'sofa'; status: number; platform: SofaPlatformName; fault?: SofaFault }
  /** Of one device, or of the whole server. */
  | { kind: 'host'; what: HostAccident; ageMs?: number; aheadMs?: number }
  | { kind: 'healed' }
);

/** A device of the world as checkers see it. */
export interface WorldDevice extends SimDevice {
  readonly id: string;
  /** Worked out before anything ran. */
  readonly expected: Outcome;
}

export interface World {
  readonly devices: readonly WorldDevice[];
  device(id: string): WorldDevice | undefined;
  readonly server: ServerName;
  /** `kmfddm`: the one inside NanoHUB. */
  readonly host: SimHost & { kmfddm?: SimKmfddm };
  readonly feed: SimFeed;
  readonly sofa: SimSofa | undefined;
  readonly catalogue: SimCatalogue;
  readonly switches: Switches;
  readonly faults: WorldFaults;
  /** As given: what checkers judge dates by. */
  readonly policy: WorldPolicy;
  /** The last thing that happens by itself: a release, an enrollment, a wipe, the end of a holiday. */
  readonly arrivedAt: number;
  /** When, without faults and with a server that does its work, every device has reached its outcome. */
  readonly restsAt: number;
  /** Schedules the first events. */
  start(): void;
  /**
   * The application's Fetch port: http://nanomdm.sim/… or http://micromdm.sim/… is the host's API, http://gdmf.sim/v2/pmv the feed,
   * and http://sofa.sim/v2/… SOFA's.
   * Anything else, and a call that times out, rejects.
   */
  fetch(
    url: string,
    init?: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array; timeoutMs?: number },
  ): Promise<Answer>;
  /** Ends all accidental faults. What ails single devices stays. */
  heal(): void;
  readonly events: readonly WorldEvent[];
  /** The returned function ends it. */
  onEvent(listener: (event: WorldEvent) => void): () => void;
  /** Digest of the trace so far: one line per event. */
  traceSha256(): string;
}

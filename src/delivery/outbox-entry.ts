import type { MdmError, UpdateResult } from '../mdm/messages.ts';
import type { InstallAction } from '../os/update-commands.ts';
import type { Instant } from '../time/local.ts';

/**
 * One command on its way to one enrollment. This is *delivery*, which is ours; what the device makes of it
 * is *progress*, which it reports. "We sent it" never turns into "it is installing".
 *
 *   pending → leased → enqueued → answered | lost
 *      └→ superseded | expired      └→ refused
 */
export type DeliveryState = 'pending' | 'leased' | 'enqueued' | 'answered' | 'lost' | 'expired' | 'superseded' | 'refused';

export type RequestType =
  | 'DeviceInformation'
  | 'SecurityInfo'
  | 'DeclarativeManagement'
  | 'ScheduleOSUpdateScan'
  | 'AvailableOSUpdates'
  | 'ScheduleOSUpdate'
  | 'OSUpdateStatus';

/** What a ScheduleOSUpdate asks for, and of what device: kept with the command for the record of the attempt. */
export interface UpdateAsked {
  release: string;
  /** Version text of the release. */
  version: string;
  productKey?: string;
  action: InstallAction;
  /** It may start the installation (rule 26). */
  isInstall: boolean;
  /** The policy's window it was meant for; absent for what may be sent at any hour. */
  window?: { opensAt: Instant; closesAt: Instant };
  /** The device as it was known then. */
  device: {
    productName?: string;
    fromVersion?: string;
    fromBuild?: string;
    /** Gigabytes. */
    availableDeviceCapacity?: number;
    /** 0..1 */
    batteryLevel?: number;
    passcodePresent?: boolean;
  };
}

export interface OutboxEntry {
  /** Belongs to this one attempt; only an ambiguous enqueue is resent, with the same value. */
  commandUuid: string;
  enrollmentId: string;
  requestType: RequestType;
  /** A DeviceInformation of before it was known what the device is: it asked for what everything knows only. */
  isBlind?: boolean;
  /** The finished MDM command, XML plist; emptied when it ended. */
  plist: string;
  state: DeliveryState;
  createdAt: Instant;
  /** 1 for the first attempt of what is wanted, counted up while attempts fail. */
  attempt: number;
  /** Not to be sent before. */
  notBefore: Instant;
  /** When it may first have been sent. */
  leasedAt?: Instant;
  leaseUntil?: Instant;
  /** How often the enqueue was tried. */
  enqueueTries: number;
  /** A try ended without telling whether the host took it: it can't be taken back, and only the same UUID is resent. */
  maybeQueued?: boolean;
  /** The host confirmed that it has the command. */
  enqueuedAt?: Instant;
  endedAt?: Instant;
  /** Status of the device's answer: Acknowledged, Error, CommandFormatError or another string. */
  answer?: string;
  errorChain?: MdmError[];
  lastError?: string;
  notNowAt?: Instant;
  notNowCount: number;
  /** First and last Idle since the confirmed enqueue with no NotNow between them. */
  firstIdleAt?: Instant;
  lastIdleAt?: Instant;
  /** Of ScheduleOSUpdate. */
  update?: UpdateAsked;
  /** What the device answered to it. */
  updateResults?: UpdateResult[];
  /** Never to be enqueued from then on, not even under the same UUID. */
  notAfter?: Instant;
  /** Nobody confirmed that the host has it, and it is not asked for again: it may be on its way, or not. */
  isUnconfirmed?: boolean;
  /** Nothing that was sent: it stands for what may have been, and is not known any more after a restore. */
  isStandIn?: boolean;
  /** Counted up by every change: what a commit was based on. */
  revision: number;
}

export function isEnded(entry: OutboxEntry): boolean {
  return (
    entry.state === 'answered' ||
    entry.state === 'lost' ||
    entry.state === 'expired' ||
    entry.state === 'superseded' ||
    entry.state === 'refused'
  );
}

/** It may be in the host's queue, on the device, or on its way there. */
export function isOutstanding(entry: OutboxEntry): boolean {
  return !isEnded(entry);
}

/** An update command, outstanding or not, that may start an installation. */
export function isInstall(entry: OutboxEntry): boolean {
  return entry.update?.isInstall === true;
}

/** An install command that the device took after the window it was meant for. */
export function isLate({ update, state, endedAt }: OutboxEntry): boolean {
  return update?.isInstall === true && state === 'answered' && update.window !== undefined && (endedAt ?? 0) >= update.window.closesAt;
}

import type { SimCatalogue } from './catalogue.ts';
import type { LegacyEvent, LegacyTraits } from './legacy.types.ts';
import type { Prng } from './prng.ts';
import type { Scheduler } from './scheduler.ts';
import type { Model } from './table.ts';
import type { WireResponse } from './wire.ts';

/** Troubles of devices that are updated by commands, in the application's names of reasons. */
export type CommandTrouble =
  /** The owner never enters it. */
  | 'waiting-for-passcode'
  /** Someone is always logged in. */
  | 'shared-ipad-user'
  | 'access-rights-missing'
  | 'lost-mode'
  /** iOS before 10.3 installs nothing while there is a passcode. */
  | 'passcode-set'
  /** iOS before 10.3 wants automated enrollment. */
  | 'not-dep-enrolled'
  /** A Mac whose own list never holds the target. */
  | 'update-not-listed'
  /** Acknowledges, and nothing ever follows. */
  | 'known-bug'
  | 'needs-computer';

/** Why a device will never get there by itself, in the application's names of reasons. */
export type Trouble =
  | CommandTrouble
  | 'declarations-unsupported'
  | 'not-supervised'
  | 'user-enrollment'
  | 'beta-os'
  | 'model-not-in-feed'
  | 'foreign-declarations'
  | 'awaiting-configuration'
  | 'insufficient-space'
  | 'insufficient-power'
  | 'insufficient-network'
  | 'bootstrap-token-suspected'
  | 'install-failed'
  | 'overdue'
  | 'not-seen'
  | 'unenrolled';

/** Where a device is expected to end. */
export type Outcome = 'verified' | Trouble;

export interface OwnerTraits {
  /** On and connected day and night. */
  isAlwaysOn: boolean;
  /** Probability that a night is spent off. */
  nightOff: number;
  /** Probability that a weekend is spent off. */
  weekendOff: number;
  /** Away and switched off, epoch ms. */
  holidays: { from: number; until: number }[];
  /** Installs some time between "prepared" and the date. */
  installsEarly: boolean;
  /** Installs the newest release without being asked, at this instant. */
  updatesAloneAt?: number;
  /** Of working days, so many nights off at most, one after the other. */
  nightsOffMax?: number;
  /** Local minute of the day of the device's own daily check-in. */
  checkInMinute: number;
}

/** What happens to a device once in its world, on days drawn before anything runs; instants are epoch ms. All of it passes. */
export interface Mishaps {
  /** Back to an older version that is still signed, erased or not. */
  restored?: { at: number; isWiped: boolean };
  /** Enrolls anew and is not erased: after a CheckOut, or with the profile replaced in place. */
  reEnrolled?: { at: number; saysCheckOut: boolean };
  shortage?: { of: 'insufficient-space' | 'insufficient-power'; from: number; until: number };
  /**
   * What it tells of its OS by DeviceInformation, or by status reports, is wrong: what it ran before its last update, nothing,
   * or `text`. The other channel tells the truth.
   */
  lie?: { channel: 'information' | 'status'; tells: 'old' | 'none' | 'garbage'; text: string; from: number; until: number };
  /** Its clock is ahead by this much, or behind. */
  clock?: { aheadMs: number; from: number; until: number };
}

/** Everything about a device that is settled before anything runs. */
export interface DeviceSpec {
  /** What the host addresses: the UDID, or the EnrollmentID of a User Enrollment. */
  id: string;
  /** For people reading a trace: "iphone-07". */
  name: string;
  isUserEnrollment: boolean;
  serialNumber: string;
  model: Model;
  osVersion: string;
  build: string;
  /** IANA. */
  timeZone: string;
  isSupervised: boolean;
  /** Gets the second of Apple's two builds of a release. */
  usesTwinBuilds: boolean;
  /** Undefined: enrolled before anybody listened, so no Authenticate is seen. */
  enrollsAt?: number;
  /** Of the devices enrolled before: when it is first heard. */
  firstContactAt: number;
  trouble?: Trouble;
  /** Failed attempts before the update succeeds. */
  hiccups: number;
  /** User channel of a Mac. */
  userId?: string;
  checksOutAt?: number;
  goesDarkAt?: number;
  /** Erased and enrolled again. */
  wipedAt?: number;
  owner: OwnerTraits;
  /** Only in worlds that draw some. */
  mishaps?: Mishaps;
  /** Only in worlds with update commands; without it the device refuses them. */
  legacy?: LegacyTraits;
}

/**
 * What Apple's documents leave open and a decision touches: drawn per world, and everything promised must hold for
 * every value.
 */
export interface Switches {
  /** A declaration answered with an error: the sync is tried again later, or the declaration is taken as gone. */
  failedFetch: 'retry' | 'drop';
  /** A date that is already past when the declaration comes. */
  pastDate: 'in-an-hour' | 'at-once';
  /** management.declarations of an incremental report. */
  declarationsInReports: 'whole' | 'changed';
  /** A device that answered NotNow polls by itself when it is unlocked. */
  pollsAfterNotNow: boolean;
  /** A download tried again after a failure is told as `downloading`, the failure's count still there; else it stays `failed`. */
  retriesShowDownloading: boolean;
  /** User channels take part in DDM once their device does. */
  userChannelSyncs: boolean;
  /** An update command on OS 27: error 12021, CommandFormatError, another error; `by-device`: one of the first two, as each device drew. */
  removedCommand: 'by-device' | 'unknown' | 'format' | 'other';
  /** A DeviceInformation query that OS 27 removed. */
  removedQuery: 'omitted' | 'empty';
  /** How a background improvement is named beside the version; `none`: nobody has one installed. */
  supplemental: 'none' | '(a)' | 'a' | ' (a)';
  /** visionOS tells softwareupdate.device-id since. */
  visionDeviceId: '26' | '26.4';
  /** Whether OS 27 has the status items mdm.enrollment-type and mdm.is-awaiting-configuration. */
  mdmItemsIn27: boolean;
  /** Code in `Errors` of a subscribed item that the OS doesn't have. */
  unsupportedItem: 'Error.UnsupportedStatusItem' | 'Error.StatusItemNotSupported' | 'Error.Unknown';
  /** First retry of a failed sync: after a quarter of an hour, or three hours. */
  syncRetry: 'minutes' | 'hours';
  /** A report may hold a declaration twice, the replaced one first. */
  reportsReplaced: boolean;
  /** DeferredUntil of a Mac's list: a label, or nothing can be installed before. */
  deferredUntil: 'label' | 'holds-back';
  /** macOS 13 knows InstallASAP and Default only (as Intune says), or all. */
  macos13Actions: 'all' | 'asap-only';
  /** A device is silent for hours after an update, unless a push wakes it. */
  afterUpdate: 'soon' | 'hours';
  /** Signing ends with the ExpirationDate, or before it; `never`: not at all. */
  expirationDay: 'never' | 'inclusive' | 'exclusive';
}

export interface DeviceFaults {
  /** Commands answered NotNow because the device is locked, in thousandths. */
  notNowPerMille: number;
  /** Syncs in which minutes to hours pass between the manifest and the first declaration, in thousandths. */
  syncPausedPerMille: number;
  /** Status reports that come a second time within half an hour, so that newer ones may come before; in thousandths. */
  statusDoubledPerMille: number;
}

/** A declaration's date, the owner (also where a passcode was typed because a command asked for it), or a command. */
export type InstallCause = 'enforced' | 'owner' | 'command';

/** What a watcher of one device can see; the instant is the world's now. */
export type DeviceEvent =
  | { kind: 'command'; channel: 'device' | 'user'; commandUuid: string; requestType: string; answer: string }
  | { kind: 'sync'; channel: 'device' | 'user'; result: string }
  | { kind: 'report'; channel: 'device' | 'user'; status: number; full: boolean; installState?: string }
  | { kind: 'state'; installState: string; targetVersion: string; targetLocal: string; failure?: string }
  | { kind: 'installing'; from: string; to: string; cause: InstallCause; targetLocal: string }
  | { kind: 'installed'; from: string; to: string; build: string; cause: InstallCause }
  /** From outside: onto an older system. */
  | { kind: 'restored'; from: string; to: string; build: string; isWiped: boolean }
  | LegacyEvent
  | { kind: 'enrollment'; what: 'enroll' | 're-enroll' | 'check-out' | 'dark' };

/** The world as one device sees it. */
export interface DeviceWorld {
  scheduler: Scheduler;
  catalogue: SimCatalogue;
  switches: Switches;
  /** Draws of this device alone. */
  prng: Prng;
  faults: () => DeviceFaults;
  /** One request to the host; the body is a check-in or a command report. Rejects when there is no connection. */
  send(kind: 'checkin' | 'report', certificate: string, body: Uint8Array): Promise<WireResponse>;
  record(event: DeviceEvent): void;
}

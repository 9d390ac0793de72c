import type { ForeignUpdate } from '../ddm/foreign-update.ts';
import type { ClientCapabilities, DeclarationStatus, FailureReason, InstallReason, PendingVersion } from '../ddm/status-report.types.ts';
import type { AvailableUpdate, Deferral, EnrollmentType, UpdateResult, UpdateStatus } from '../mdm/messages.ts';
import type { Instant } from '../time/local.ts';
import type { Fact } from './fact.ts';

/** Every fact by name, spelled after Apple's keys. */
export interface Facts {
  serialNumber: string;
  /** As people named it. Shown and searched for; nothing is decided by it. */
  deviceName: string;
  productName: string;
  model: string;
  modelName: string;
  softwareUpdateDeviceId: string;
  osVersion: string;
  /** "" when the device has no rapid security response. */
  osVersionExtra: string;
  buildVersion: string;
  supplementalBuildVersion: string;
  isSupervised: boolean;
  isAppleSilicon: boolean;
  isMultiUser: boolean;
  awaitingConfiguration: boolean;
  isMdmLostModeEnabled: boolean;
  /** IANA name. */
  timeZone: string;
  batteryLevel: number;
  availableDeviceCapacity: number;
  passcodePresent: boolean;
  bootstrapTokenAllowedForAuthentication: string;
  bootstrapTokenRequiredForSoftwareUpdate: boolean;
  userApprovedEnrollment: boolean;
  enrolledViaDep: boolean;
  bootstrapToken: 'escrowed' | 'removed';
  clientCapabilities: ClientCapabilities;
  installState: string;
  installReason: InstallReason;
  failureReason: FailureReason;
  pendingVersion: PendingVersion;
  betaEnrollment: string;
  enrollmentType: string;
  /** Declarations on the device that are not ours; emptied only by a full report. */
  foreignDeclarations: string[];
  /** Those that the last full report called active; of a longer list only the first. */
  foreignActive: string[];
  /** Answers of the update commands, ours or anybody's: what the device lists, what it is doing, what it said to the last ScheduleOSUpdate. */
  availableUpdates: AvailableUpdate[];
  updateStatuses: UpdateStatus[];
  updateResults: UpdateResult[];
  /** The ScheduleOSUpdate that `updateResults` answer, whoever sent it, and the first of them. */
  updateAnswered: { commandUuid: string; action: string; status: string };
  /** By profiles, as far as another tool asked for them. */
  deferral: Deferral;
  updateProfiles: string[];
  /** Our DeclarationsToken the device last got with `tokens`, and with `declaration-items`. */
  /** Tags in the query of the URL it talks to. */
  urlTags: string[];
  tokensAnswered: string;
  itemsAnswered: string;
}

export type FactName = keyof Facts;

/**
 * One enrollment of the device channel: what the fold makes of everything heard. Every field only grows
 * by a commutative merge, so any order of the same events gives the same state.
 */
export interface EnrollmentState {
  id: string;
  type: EnrollmentType;
  /**
   * Time of the newest Authenticate known; 0 when none was heard (a device older than this installation). Where only the
   * first TokenUpdate after it was heard (tally 1), five minutes before that; an hour, where the host told no time to go by.
   */
  generation: Instant;
  facts: { [K in FactName]?: Fact<Facts[K]> };
  /** What the device says of declarations of ours, by identifier. */
  declarations: Record<string, Fact<DeclarationStatus>>;
  /** When each declaration of ours was last fetched in this generation, by identifier. */
  fetched: Record<string, Instant>;
  /** When our -dm listener last refused each declaration of ours (its notice was gone), by identifier. */
  refused: Record<string, Instant>;
  /** What it was answered of another server's about software updates, by identifier; absent in what an older version stored. */
  foreignUpdates?: Record<string, Fact<HeldForeignUpdate>>;
  /** When a full status report was last observed: declarations reported before it and not in it are gone. */
  fullReportAt: Instant;
  /** Last sign of life of any channel, CheckOut excepted. */
  lastSeenAt: Instant;
  firstSeenAt: Instant;
  tokenUpdateAt: Instant;
  /** Last TokenUpdate with tally 1: the enrollment was completed then. */
  enrolledAt: Instant;
  checkOutAt: Instant;
  /** Last time it asked our -dm listener without having been sent a DeclarativeManagement command. */
  uninvitedAt: Instant;
  /** APNs said the device is gone. Void on the next sign of life. */
  pushGoneAt: Instant;
}

/** Another server's declaration about software updates, and what people call that server. */
export type HeldForeignUpdate = ForeignUpdate & { server: string };

/** Bounds of what one enrollment may hold (promise 14). */
export const DECLARATIONS_KEPT_MAX = 32;
export const FETCHED_KEPT_MAX = 32;
export const FOREIGN_UPDATES_KEPT_MAX = 8;
export const FOREIGN_ACTIVE_KEPT_MAX = 60;

export function newEnrollment(id: string, type: EnrollmentType): EnrollmentState {
  return {
    id,
    type,
    generation: 0,
    facts: {},
    declarations: {},
    fetched: {},
    refused: {},
    fullReportAt: 0,
    lastSeenAt: 0,
    firstSeenAt: 0,
    tokenUpdateAt: 0,
    enrolledAt: 0,
    checkOutAt: 0,
    uninvitedAt: 0,
    pushGoneAt: 0,
  };
}

/** A fact's value, or undefined. */
export function known<K extends FactName>(state: EnrollmentState, name: K): Facts[K] | undefined {
  return (state.facts[name] as Fact<Facts[K]> | undefined)?.value;
}

/**
 * The letter of the improvement it runs, "" for none. One told before the version speaks of the version before: after
 * an update from 40.5 (a) to 40.6 the device may tell the new version alone.
 */
export function knownExtra(state: EnrollmentState): string {
  const extra = state.facts.osVersionExtra;
  return extra === undefined || extra.observedAt < observedWhen(state, 'osVersion') ? '' : extra.value;
}

/** When a fact was observed, or 0. */
export function observedWhen(state: EnrollmentState, name: FactName): Instant {
  return state.facts[name]?.observedAt ?? 0;
}

/** It left management and was not heard of since. */
export function isCheckedOut(state: EnrollmentState): boolean {
  return state.checkOutAt > 0 && state.checkOutAt >= state.lastSeenAt;
}

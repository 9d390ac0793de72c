import type { MdmError } from '../mdm/messages.ts';
import type { InstallAction } from '../os/update-commands.ts';
import type { VersionText } from '../os/version.ts';
import type { ReasonName } from '../reasons/reasons.ts';
import type { Instant } from '../time/local.ts';
import type { CommandProgress } from './command-progress.ts';

/**
 * What became of one ScheduleOSUpdate:
 * `open`: nothing is certain yet; `verified`: the device was seen at the version asked for, or above it; `failed`: it
 * answered an error, and did nothing that it told of; `no-effect`: it took the command, and was no nearer when it was
 * asked or when the next command was due; `lost`: it enrolled anew, or the silence of rule 28; `never-sent`: taken
 * back, out of time, or refused by the server.
 */
export const ATTEMPT_OUTCOMES = ['open', 'verified', 'failed', 'no-effect', 'lost', 'never-sent'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/**
 * The record of one ScheduleOSUpdate, from the decision to what became of it. The same value is stored, answered by the
 * API and printed. What the device never told is absent. Instants are epoch ms.
 */
export interface Attempt {
  commandUuid: string;
  enrollmentId: string;
  serialNumber?: string;
  /** ProductName. */
  model?: string;
  fromVersion?: VersionText;
  fromBuild?: string;
  /** Key of the release: "iOS 16.7.9". */
  release: string;
  toVersion: VersionText;
  /** InstallAction asked for. */
  action: InstallAction;
  /** InstallAction the device answered; it may be another one. */
  actionAnswered?: string;
  /** 1 for the first of a row that failed, counted up. */
  attempt: number;
  decidedAt: Instant;
  /** When the server had it, or may have had it. */
  sentAt?: Instant;
  answeredAt?: Instant;
  /** Gigabytes free when it was decided. */
  availableDeviceCapacity?: number;
  /** 0..1 when it was decided. */
  batteryLevel?: number;
  passcodePresent?: boolean;
  /** Devices tell of power and network only when they lack them. */
  power?: 'insufficient';
  network?: 'insufficient';
  /** Times it was answered NotNow. */
  notNowCount: number;
  /** Status of the answer: Acknowledged, Error, … */
  answer?: string;
  /** Status of UpdateResults: Downloading, Installing, InstallFailed, … */
  updateStatus?: string;
  /** The innermost error. */
  error?: MdmError;
  /** What that error or status means. */
  reason?: ReasonName;
  /** It may install, and the device took it after its window had closed (rule 25). */
  isLate: boolean;
  /** The furthest the device told of after its answer. */
  stage?: CommandProgress['stage'];
  outcome: AttemptOutcome;
  /** When the outcome became known; absent while open. */
  outcomeAt?: Instant;
  /** Nothing that happens to the device changes it any more. */
  isSettled: boolean;
}

import type { UpdateAsked } from './legacy-asked.ts';

/** What decides how a device answers the update commands of older systems, and what the world tells of it. */

/**
 * Misbehaviour known of real systems; each device of a world draws few of them, and each fades so that a patient server
 * gets there. Numbers count how often it happens before things work. All absent or 0: the device does as Apple documents.
 */
export interface LegacyQuirks {
  /** iOS 11.3.1 (openradar 40161553): ScheduleOSUpdate is Acknowledged, without UpdateResults, and nothing follows; so often. */
  nothingFollows: number;
  /** iOS 11.3 (radar 45414737): IsDownloaded is 0 or 1 instead of a bool. */
  isDownloadedAsInteger: boolean;
  /** iOS 11.4 (radar 45414692): so many answers say Error, and the download starts. */
  errorThoughItDownloads: number;
  /** Radar 45414727: a second ScheduleOSUpdate while an install is authorized and scheduled for 1–3 AM starts it at once. */
  secondCommandInstalls: boolean;
  /** A ScheduleOSUpdate that finds nothing left to do: nothing (Apple's page), Idle (protocol reference of 2018), or an error. */
  afterRestart: 'no-results' | 'idle' | 'error';
  /** Apple's page: the device may choose another InstallAction. So many install commands are answered, and done, otherwise. */
  choosesOtherAction: number;
  /** With a passcode: so many install commands are acknowledged and never prompt. */
  neverPrompts: number;
  /** "UpdateAvailable", which no schema has, instead of Idle and Downloading. */
  saysUpdateAvailable: boolean;
  /** iOS 11.3 and later (openradar 39170807): nothing to offer is Error 2213 and 3, not an empty array. */
  emptyListIsError: boolean;
  /** So many install commands meet a phone call. */
  phoneCalls: number;
  /** So many ScheduleOSUpdate commands are answered NotNow. */
  notNows: number;
  /** Low on battery so often: DownloadInsufficientPower, InstallInsufficientPower. */
  lowPower: number;
  /** InstallASAP before anything is downloaded: error 12059 or 2211, or it downloads first. iOS and tvOS. */
  asapBeforeDownload: 'refuses' | 'downloads';
  /** Failures are told by the command's Status, or by its UpdateResults. */
  failuresIn: 'status' | 'results';
  /** macOS: so many scans are said to be initiated and never end. */
  scansHang: number;
  /** macOS: so many scans end with an empty list. */
  scansFindNothing: number;
  /** macOS: softwareupdated does nothing until its owner restarts the Mac, epoch ms. */
  wedgedUntil: number;
  /** macOS: the list also holds what is not the OS, and something older than what runs. */
  listsMore: boolean;
  /** macOS: items carry a DeferredUntil in the future, and can be installed all the same. */
  saysDeferred: boolean;
  /** macOS: SUMacControllerError noise on the first command, which works all the same: 7301 no update found, 7507, 7509 access lost. */
  noise: 0 | 7301 | 7507 | 7509;
  /** Doesn't tell TimeZone before it takes declarations. */
  hidesTimeZone: boolean;
  /** So many results are delivered twice. */
  repeatsResults: number;
  /** BatteryLevel −1, free space as an integer, DownloadSize as a real, no InstallSize, progress above 1. */
  oddNumbers: boolean;
  /** A command that OS 27 removed. */
  removedCommand: 'Error' | 'CommandFormatError';
  /** In Setup Assistant: NotNow, or error 2001. */
  inSetupAssistant: 'NotNow' | 'Error';
}

/** What the owner does when an iPhone or iPad asks for the passcode. */
export interface PasscodeHabit {
  /** Prompts put off before; Apple allows some, 3 by what vendors say. */
  deferrals: number;
  /** From a prompt to the next act of the owner, ms. Infinity: never looks. */
  answersAfterMs: number;
  /** "Install now", or "install tonight": between 1 and 3 in the night. */
  when: 'now' | 'tonight';
}

/** Of a device in a world with update commands. */
export interface LegacyTraits {
  isDepEnrolled: boolean;
  /** Undefined: there is no passcode. */
  passcode?: PasscodeHabit;
  /** Shared iPad, with a user logged in from 7 to 17 on weekdays, or always. */
  sharedIpad?: 'by-day' | 'always';
  quirks: LegacyQuirks;
}

export const NO_QUIRKS: LegacyQuirks = {
  nothingFollows: 0,
  isDownloadedAsInteger: false,
  errorThoughItDownloads: 0,
  secondCommandInstalls: false,
  afterRestart: 'no-results',
  choosesOtherAction: 0,
  neverPrompts: 0,
  saysUpdateAvailable: false,
  emptyListIsError: false,
  phoneCalls: 0,
  notNows: 0,
  lowPower: 0,
  asapBeforeDownload: 'refuses',
  failuresIn: 'results',
  scansHang: 0,
  scansFindNothing: 0,
  wedgedUntil: 0,
  listsMore: false,
  saysDeferred: false,
  noise: 0,
  hidesTimeZone: false,
  repeatsResults: 0,
  oddNumbers: false,
  removedCommand: 'Error',
  inSetupAssistant: 'Error',
};

/** Whose doing an install is: a command's, or the owner's who typed the passcode. */
export type LegacyCause = 'command' | 'owner';

/** What a checker of commands can see. `commandUuid` is of the command that led to it. */
export type LegacyEvent = { kind: 'legacy' } & (
  | ({
      what: 'command';
      commandUuid: string;
      requestType: string;
      answer: string;
      /** Status of the first item of UpdateResults. */
      itemStatus?: string;
      /** An update was downloading, awaiting its passcode, scheduled or installing before. */
      before: string;
      /** It is on and connected by its own plan. */
      isPresent: boolean;
    } & Partial<UpdateAsked>)
  | { what: 'download started' | 'download finished' | 'download failed'; target: string; commandUuid: string }
  | { what: 'prompted' | 'deferred' | 'notified'; target: string; commandUuid: string }
  | { what: 'scheduled'; target: string; commandUuid: string; cause: LegacyCause; localAt: string }
  | { what: 'install started' | 'install failed'; target: string; commandUuid: string; cause: LegacyCause }
  /** A second ScheduleOSUpdate started a scheduled install; `commandUuid` is the second one's. */
  | { what: 'restarted early'; target: string; commandUuid: string; cause: 'command' }
  | { what: 'restarted by owner' }
);

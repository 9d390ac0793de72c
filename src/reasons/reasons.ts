import { CONFLICT_REASONS } from './conflict-reasons.ts';
import { ORDERED } from './ordered.ts';
import { PLACING_REASONS } from './placing-reasons.ts';
import type { Reason } from './reason.types.ts';

/** The closed set of reasons, as data. A decision has exactly one; docs/reasons.md is generated from this table. */

const table = {
  // ── who it is ────────────────────────────────────────────────────────────────────────────────
  unenrolled: {
    sentence: 'The device checked out of management.',
    remedy: 'Nothing, or enroll it again.',
    needsPerson: false,
    group: 'left-alone',
  },
  'enrollment-incomplete': {
    sentence: 'The device began to enroll (Authenticate) but has not finished (TokenUpdate).',
    remedy: 'Finish the enrollment on the device.',
    needsPerson: true,
    group: 'needs-person',
  },
  'user-enrollment': {
    sentence: 'User Enrollment: Apple does not let a server enforce OS updates on a personally owned device.',
    remedy: 'Enroll the device with Device Enrollment or Automated Device Enrollment if the organisation owns it.',
    needsPerson: true,
    group: 'broken',
  },
  'inventory-missing': {
    sentence: 'Its model, OS version, supervision or serial number is not known yet; the device has been asked.',
    remedy: 'Nothing, unless it lasts: then see whether the device answers DeviceInformation.',
    needsPerson: false,
    group: 'on-the-way',
  },
  'platform-observe-only': {
    sentence: 'Apple offers no way to update this platform by MDM; its version is only observed.',
    remedy: 'Update it by hand if needed.',
    needsPerson: true,
    group: 'needs-person',
  },
  'beta-os': {
    sentence: 'The device runs a beta; betas are left alone.',
    remedy: 'Move the device off the beta if it should be managed.',
    needsPerson: true,
    group: 'needs-person',
  },
  // ── what it should run ───────────────────────────────────────────────────────────────────────
  'no-policy': {
    sentence: 'No policy matches this device.',
    remedy: 'Add a policy for it, or leave it as it is.',
    needsPerson: true,
    group: 'left-alone',
  },
  'catalogue-missing': {
    sentence: "No answer of Apple's lookup service has been read yet, so nothing is known to be on offer.",
    remedy: "Set the releases source and look at the feed's last error.",
    needsPerson: true,
    group: 'broken',
  },
  'device-id-unknown': {
    sentence: "The software-update device id of this Mac is not known, so what Apple offers it can't be looked up.",
    remedy: "Wait for its answer; a Mac before macOS 12 can't tell.",
    needsPerson: true,
    group: 'broken',
  },
  'model-not-in-feed': {
    sentence: 'Apple lists no release for this model any more.',
    remedy: 'Replace the device, or exclude it from the policy.',
    needsPerson: true,
    group: 'broken',
  },
  'target-not-offered': {
    sentence: 'The release this policy asks for is not offered to this device.',
    remedy: 'Choose a release Apple lists for this model.',
    needsPerson: true,
    group: 'broken',
  },
  'release-withdrawn': {
    sentence: 'Apple took the release back from this model; it is not handed out.',
    remedy: 'Nothing: the next release is taken as it appears.',
    needsPerson: false,
    group: 'held',
  },
  'release-expired': {
    sentence: 'Apple no longer signs the release this policy asks for, or will have stopped before its date.',
    remedy: 'Ask for a newer release.',
    needsPerson: true,
    group: 'broken',
  },
  verified: {
    sentence: 'The device was seen running the required OS or a newer one.',
    remedy: '',
    needsPerson: false,
    group: 'current',
  },
  // ── whether it can be asked ──────────────────────────────────────────────────────────────────
  'declarations-unsupported': {
    sentence: 'This OS takes neither software-update declarations nor update commands, or the policy allows only the one it does not take.',
    remedy: 'Update it by hand; see channel in its policy.',
    needsPerson: true,
    group: 'broken',
  },
  'not-supervised': {
    sentence: 'This device takes updates by MDM only when supervised, and it is not.',
    remedy: 'Supervise it (Automated Device Enrollment, or a user-approved enrollment on macOS).',
    needsPerson: true,
    group: 'broken',
  },
  'capability-missing': {
    sentence: 'The device says it does not support software-update enforcement.',
    remedy: 'See its client-capabilities and enrollment type.',
    needsPerson: true,
    group: 'broken',
  },
  'foreign-declarations': {
    sentence: "The device already takes part in someone else's declarative management; Ratchet does not replace it.",
    remedy:
      'If KMFDDM or another declaration server has it, put Ratchet in front of that (--dm-upstream-url) or inside (--kmfddm-url). If nothing else shall serve declarations here, set dm.adopt: true.',
    needsPerson: true,
    group: 'broken',
  },
  ...CONFLICT_REASONS,
  'awaiting-configuration': {
    sentence: 'The device is still in Setup Assistant.',
    remedy: 'Finish Setup Assistant on the device.',
    needsPerson: true,
    group: 'needs-person',
  },
  'lost-mode': {
    sentence: 'The device is in Lost Mode.',
    remedy: 'Take it out of Lost Mode when it is found.',
    needsPerson: true,
    group: 'needs-person',
  },
  'commands-removed': {
    sentence: 'OS 27 removed the update commands, and the policy allows nothing else (channel: commands).',
    remedy: 'Set channel: auto in its policy.',
    needsPerson: true,
    group: 'broken',
  },
  'not-dep-enrolled': {
    sentence: 'Before iOS 10.3 update commands work only with Automated Device Enrollment.',
    remedy: 'Update it by hand.',
    needsPerson: true,
    group: 'broken',
  },
  'passcode-set': {
    sentence: 'The device takes the update only without a passcode.',
    remedy: 'Take the passcode off, or update it by hand.',
    needsPerson: true,
    group: 'needs-person',
  },
  'access-rights-missing': {
    sentence: 'The enrollment lacks an access right that update commands need (device information, security queries, app management).',
    remedy: 'Access rights can only be given by enrolling anew.',
    needsPerson: true,
    group: 'broken',
  },
  'command-unknown': {
    sentence: 'The device says that it does not know the update command.',
    remedy: 'See its OS version and the error chain in its timeline.',
    needsPerson: true,
    group: 'broken',
  },
  'shared-ipad-user': {
    sentence: 'Someone is logged in on this Shared iPad; it takes updates only when nobody is.',
    remedy: 'Log the user out; the command follows in the next window.',
    needsPerson: true,
    group: 'needs-person',
  },
  'needs-computer': {
    sentence: 'The device takes this update only from a computer.',
    remedy: 'Update it with Finder or Apple Configurator.',
    needsPerson: true,
    group: 'needs-person',
  },
  'update-not-listed': {
    sentence: 'The device itself does not list the update, and it has to be named by its list.',
    remedy: 'Restart it; see deferrals and its connection to Apple’s update servers.',
    needsPerson: true,
    group: 'broken',
  },
  'ramped-by-apple': {
    sentence: 'Apple has not offered this release to any device of this model here yet; it comes to each model step by step.',
    remedy: '',
    needsPerson: false,
    group: 'on-the-way',
  },
  'command-outstanding': {
    sentence: 'An update command sent earlier is not answered yet; no declaration is handed out beside it.',
    remedy: '',
    needsPerson: false,
    group: 'on-the-way',
  },
  // ── whether it may be asked now ──────────────────────────────────────────────────────────────
  ...ORDERED,
  'clock-suspect': {
    sentence: "The server's clock can't be trusted, so no date is handed out.",
    remedy: 'Set the clock of the server Ratchet runs on.',
    needsPerson: true,
    group: 'broken',
  },
  'feed-doubtful': {
    sentence: "Apple's last answer looks wrong (empty, shrunken or older), so nothing new is handed out on it.",
    remedy: 'Wait, or accept it: ratchet releases accept.',
    needsPerson: false,
    group: 'held',
  },
  'ring-not-open': {
    sentence: 'The ring of this device has not opened for this release.',
    remedy: 'Nothing, or look at what the ring before it waits for: ratchet rollout show.',
    needsPerson: false,
    group: 'held',
  },
  'rollout-paused': {
    sentence: 'The rollout of this release is paused: nobody new gets it, and what devices hold stays.',
    remedy: 'Run ratchet rollout resume.',
    needsPerson: true,
    group: 'held',
  },
  'rollout-halted': {
    sentence: 'The rollout of this release was halted: nobody gets it, and it is taken back from whoever has not started.',
    remedy: 'See what failed: ratchet rollout show. Then run ratchet rollout resume, or skip.',
    needsPerson: true,
    group: 'held',
  },
  'release-skipped': {
    sentence: 'An operator said to skip the release this policy asks for.',
    remedy: 'Wait for the next release, or run ratchet rollout resume.',
    needsPerson: false,
    group: 'held',
  },
  'daily-limit': {
    sentence: 'As many devices as limits.newPerDay allows were newly handed an update today; this one follows on a later day.',
    remedy: 'Nothing, or allow more in ratchet.yaml; ratchet rollout expedite goes past it.',
    needsPerson: false,
    group: 'held',
  },
  // ── how far it is ────────────────────────────────────────────────────────────────────────────
  'awaiting-first-device': {
    sentence: 'Declarative management is being tried with one device first; the others wait until the server reaches us.',
    remedy: 'If it lasts: check the -dm URL of the server and its trailing slash.',
    needsPerson: false,
    group: 'on-the-way',
  },
  'not-seen': {
    sentence:
      'The device has not been heard from for days, or not since before its date; a date that passed meanwhile is replaced, with grace, when it is seen again.',
    remedy: 'Switch it on and connect it; if it is gone, take it out of management.',
    needsPerson: true,
    group: 'needs-person',
  },
  'awaiting-sync': {
    sentence: 'The declaration is ready and the device is being told to fetch it.',
    remedy: '',
    needsPerson: false,
    group: 'on-the-way',
  },
  'push-token-missing': {
    sentence: 'The MDM server has no push token of the device, so nobody can wake it: what waits for it is sent when it comes by itself.',
    remedy:
      'Enroll it again, which tells the server its token; on a Mac run sudo profiles renew -type enrollment. A server put back to an older copy of its store has no token of devices that enrolled since.',
    needsPerson: true,
    group: 'broken',
  },
  ...PLACING_REASONS,
  'declarations-refused': {
    sentence: 'The device answered the DeclarativeManagement command with an error.',
    remedy: 'See the error chain in its timeline.',
    needsPerson: true,
    group: 'broken',
  },
  'declaration-invalid': {
    sentence: "The device says the declaration can't be applied.",
    remedy: 'See the reasons it gave.',
    needsPerson: true,
    group: 'broken',
  },
  'waiting-for-date': {
    sentence: 'The device holds the declaration, or is sent the command, with which the update is enforced at its date.',
    remedy: 'The owner may install it earlier.',
    needsPerson: false,
    group: 'on-the-way',
  },
  downloading: {
    sentence: 'The device is downloading the update.',
    remedy: '',
    needsPerson: false,
    group: 'on-the-way',
  },
  prepared: {
    sentence: 'The update is downloaded and ready to install at its date.',
    remedy: 'The owner may install it earlier.',
    needsPerson: false,
    group: 'on-the-way',
  },
  'waiting-for-list': {
    sentence: 'The device has been asked which updates it can install.',
    remedy: '',
    needsPerson: false,
    group: 'on-the-way',
  },
  'waiting-for-window': {
    sentence: 'The date has come; the command is sent when the device is seen within its window.',
    remedy: 'Leave the device switched on and connected during the window.',
    needsPerson: false,
    group: 'on-the-way',
  },
  'update-commanded': {
    sentence: 'The device took the update command; what it made of it is asked for.',
    remedy: '',
    needsPerson: false,
    group: 'on-the-way',
  },
  'waiting-for-passcode': {
    sentence: 'The device has a passcode: its owner has to enter it to start the update.',
    remedy: 'Ask the owner to install the update or to enter the passcode when asked.',
    needsPerson: true,
    group: 'needs-person',
  },
  'known-bug': {
    sentence: 'The device takes the command and nothing follows; its OS version is known for that.',
    remedy: 'Update it by hand, with Finder or Apple Configurator.',
    needsPerson: true,
    group: 'needs-person',
  },
  installing: {
    sentence: 'The device is installing the update.',
    remedy: '',
    needsPerson: false,
    group: 'on-the-way',
  },
  'insufficient-space': {
    sentence: 'The device has too little free space for the update.',
    remedy: 'Free space on the device.',
    needsPerson: true,
    group: 'needs-person',
  },
  'insufficient-power': {
    sentence: 'The battery is too low for the update.',
    remedy: 'Connect the device to power.',
    needsPerson: true,
    group: 'needs-person',
  },
  'insufficient-network': {
    sentence: "The device can't download the update over its network.",
    remedy: "Connect it to a network that reaches Apple's update servers.",
    needsPerson: true,
    group: 'needs-person',
  },
  'bootstrap-token-suspected': {
    sentence: 'The Mac was refused authorisation to install: its bootstrap token is probably not escrowed.',
    remedy: 'Put com.apple.mdm.bootstraptoken into ServerCapabilities of the enrollment profile, then let a Secure Token user log in.',
    needsPerson: true,
    group: 'broken',
  },
  'install-failed': {
    sentence: 'The device reports that the update failed; it tries again by itself.',
    remedy: 'See the failure it reports; restart the device if it repeats.',
    needsPerson: true,
    group: 'broken',
  },
  overdue: {
    sentence: 'The date is past and the device, seen since, reports no progress.',
    remedy: 'Restart the device; in Single App Mode declarations do not work.',
    needsPerson: true,
    group: 'broken',
  },
} as const satisfies Record<string, Reason>;

export type ReasonName = keyof typeof table;

export const REASONS: Readonly<Record<ReasonName, Reason>> = table;

export const REASON_NAMES = Object.keys(table) as ReasonName[];

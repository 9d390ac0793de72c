import type { ReasonName } from '../../reasons/reasons.ts';

/**
 * Every text of the pages for owners, in English: who translates them needs this file alone. {device} is "iPhone", {update}
 * "iOS 26.1" or "the update", {date} "Thursday, 3 December, 6:00 in the evening (18:00)".
 */

/** How the page looks: all is well, something will happen, something is to be done, it is late, nothing happens now. */
export type Tone = 'done' | 'planned' | 'act' | 'late' | 'calm';

export type StepName = keyof typeof STEPS;

export interface Situation {
  tone: Tone;
  headline: string;
  /** What is the matter, where the headline does not say all. */
  about?: string;
  /** What will happen: where a date is in force, and where there is none. */
  dated?: string;
  /** The same, when it has passed. */
  passed?: string;
  undated?: string;
  steps: readonly StepName[];
}

export const SITUATIONS = {
  current: {
    tone: 'done',
    headline: 'Your {device} is up to date',
    about: 'It runs what your organisation asks for. Thank you.',
    undated: 'Nothing, until the next update comes.',
    steps: [],
  },
  planned: {
    tone: 'planned',
    headline: '{update} is ready for your {device}',
    steps: ['install', 'power', 'space', 'save'],
  },
  downloading: {
    tone: 'planned',
    headline: 'Your {device} is downloading {update}',
    steps: ['network', 'power', 'space'],
  },
  prepared: {
    tone: 'planned',
    headline: '{update} is downloaded and ready',
    steps: ['install', 'power', 'save'],
  },
  installing: {
    tone: 'planned',
    headline: 'Your {device} is installing {update}',
    dated: 'It restarts when it is done, and can’t be used until then.',
    undated: 'It restarts when it is done, and can’t be used until then.',
    steps: ['leaveOn'],
  },
  underWay: {
    tone: 'planned',
    headline: '{update} is on its way to your {device}',
    dated: 'Your {device} has been told to install it. It may restart soon.',
    undated: 'Your {device} has been told to install it. It may restart soon.',
    steps: ['leaveOn', 'save'],
  },
  window: {
    tone: 'late',
    headline: '{update} will be installed soon',
    dated: 'The date has come. Your {device} installs it in the hours that your organisation set aside for it, and restarts.',
    undated: 'Your {device} installs it in the hours that your organisation set aside for it, and restarts.',
    steps: ['leaveOnOvernight', 'install', 'save'],
  },
  power: {
    tone: 'act',
    headline: 'Your {device} needs power for {update}',
    about: 'Its battery is too low to install it.',
    steps: ['power', 'install'],
  },
  space: {
    tone: 'act',
    headline: 'Your {device} has too little space for {update}',
    about: 'It can’t be downloaded or installed before there is more.',
    steps: ['space', 'install'],
  },
  network: {
    tone: 'act',
    headline: 'Your {device} can’t download {update}',
    about: 'The network it is on is too slow, or does not let it through.',
    steps: ['network', 'power', 'install'],
  },
  passcode: {
    tone: 'act',
    headline: '{update} waits for your passcode',
    about: 'Your {device} can’t begin without it.',
    steps: ['passcode', 'install', 'power'],
  },
  authorise: {
    tone: 'act',
    headline: '{update} waits for you',
    about: 'Your {device} was not allowed to install it by itself.',
    steps: ['install', 'power', 'save', 'ask'],
  },
  failed: {
    tone: 'act',
    headline: '{update} could not be installed',
    about: 'Your {device} tries again by itself. You can help it.',
    steps: ['restart', 'power', 'space', 'install', 'ask'],
  },
  overdue: {
    tone: 'late',
    headline: '{update} should be on your {device} by now',
    about: 'Its date has passed, and your {device} has not begun.',
    steps: ['restart', 'install', 'power', 'space', 'ask'],
  },
  notSeen: {
    tone: 'act',
    headline: 'Your {device} has not been heard from for a while',
    about: 'It needs {update}, and can’t be told or helped while it is switched off or not connected.',
    dated: 'If it is switched on after its date, it may install the update and restart within the hour.',
    undated: 'When it is back it gets a new date, with at least a day’s notice.',
    steps: ['switchOn', 'power'],
  },
  notListed: {
    tone: 'act',
    headline: 'Your {device} does not find {update}',
    steps: ['restart', 'network', 'ask'],
  },
  signOut: {
    tone: 'act',
    headline: '{update} waits until nobody is signed in',
    about: 'This {device} is shared. It takes updates only while nobody uses it.',
    steps: ['signOut', 'leaveOnOvernight'],
  },
  computer: {
    tone: 'act',
    headline: '{update} needs a computer',
    about: 'Your {device} can’t install it by itself.',
    undated: 'Nothing by itself.',
    steps: ['bring'],
  },
  setUp: {
    tone: 'act',
    headline: 'Your {device} is not set up yet',
    about: 'Updates follow when it is.',
    steps: ['setUp'],
  },
  byYourself: {
    tone: 'act',
    headline: '{update} waits for you',
    about: 'Your organisation can’t install it on this {device} for you.',
    undated: 'Nothing by itself, as far as your organisation is concerned.',
    steps: ['install', 'power', 'space', 'ask'],
  },
  lost: {
    tone: 'act',
    headline: 'This {device} is marked as lost',
    about: 'If you found it, please give it back.',
    undated: 'Nothing, while it is marked as lost.',
    steps: [],
  },
  notYet: {
    tone: 'calm',
    headline: 'Your {device} gets {update} later',
    about: 'Your organisation brings it to its devices step by step, and it is not your turn yet.',
    dated: 'If your {device} was told of it before, it may still install it on {date}.',
    passed: 'If your {device} was told of it before, it may still install it.',
    undated: 'When it is your turn, your {device} gets a date, with notice.',
    steps: [],
  },
  takenBack: {
    tone: 'calm',
    headline: '{update} is not to be installed now',
    about: 'Your organisation, or Apple, has stopped it for the time being. Please don’t install it until you hear of it again.',
    dated: 'If your {device} has not heard of that yet, it may still install it on {date}.',
    passed: 'If your {device} has not heard of that yet, it may still install it.',
    undated: 'Nothing, until your organisation goes on with it or the next update comes.',
    steps: [],
  },
  calm: {
    tone: 'calm',
    headline: 'There is nothing to do for you now',
    about: 'No update of your {device} is asked for at this moment, or it is not known yet which.',
    dated: 'An update that it was told of before may still be installed on {date}.',
    passed: 'An update that it was told of before may still be installed.',
    undated: 'When there is something to install, your {device} tells you, with notice.',
    steps: [],
  },
} as const satisfies Record<string, Situation>;

export type SituationName = keyof typeof SITUATIONS;

/** What the owner is told for each reason. Who adds a reason decides it here. */
export const SITUATION_OF: Readonly<Record<ReasonName, SituationName>> = {
  unenrolled: 'calm',
  'enrollment-incomplete': 'setUp',
  'user-enrollment': 'byYourself',
  'inventory-missing': 'calm',
  'platform-observe-only': 'byYourself',
  'beta-os': 'calm',
  'no-policy': 'calm',
  'catalogue-missing': 'calm',
  'device-id-unknown': 'calm',
  'model-not-in-feed': 'calm',
  'target-not-offered': 'calm',
  'release-withdrawn': 'takenBack',
  'release-expired': 'calm',
  verified: 'current',
  'declarations-unsupported': 'byYourself',
  'not-supervised': 'byYourself',
  'capability-missing': 'byYourself',
  'foreign-declarations': 'calm',
  'foreign-update-declaration': 'calm',
  'foreign-update-command': 'calm',
  'awaiting-configuration': 'setUp',
  'lost-mode': 'lost',
  'commands-removed': 'byYourself',
  'not-dep-enrolled': 'byYourself',
  'passcode-set': 'byYourself',
  'access-rights-missing': 'byYourself',
  'command-unknown': 'byYourself',
  'shared-ipad-user': 'signOut',
  'needs-computer': 'computer',
  'update-not-listed': 'notListed',
  'update-deferred': 'notListed',
  'ramped-by-apple': 'notYet',
  'command-outstanding': 'underWay',
  held: 'notYet',
  leaving: 'takenBack',
  left: 'takenBack',
  stopped: 'takenBack',
  'observe-only': 'calm',
  exempt: 'byYourself',
  paused: 'notYet',
  'awaiting-report': 'calm',
  'clock-suspect': 'calm',
  'feed-doubtful': 'calm',
  'ring-not-open': 'notYet',
  'rollout-paused': 'notYet',
  'rollout-halted': 'takenBack',
  'release-skipped': 'takenBack',
  'daily-limit': 'notYet',
  'awaiting-first-device': 'notYet',
  'not-seen': 'notSeen',
  'awaiting-sync': 'planned',
  'push-token-missing': 'planned',
  'declarations-not-placed': 'planned',
  'awaiting-contact': 'planned',
  'declarations-refused': 'byYourself',
  'declaration-invalid': 'byYourself',
  'waiting-for-date': 'planned',
  downloading: 'downloading',
  prepared: 'prepared',
  'waiting-for-list': 'planned',
  'waiting-for-window': 'window',
  'update-commanded': 'underWay',
  'waiting-for-passcode': 'passcode',
  'known-bug': 'byYourself',
  installing: 'installing',
  'insufficient-space': 'space',
  'insufficient-power': 'power',
  'insufficient-network': 'network',
  'bootstrap-token-suspected': 'authorise',
  'install-failed': 'failed',
  overdue: 'overdue',
};

/** Where software is updated, by what it is done on. */
type Kind = 'phone' | 'mac' | 'tv' | 'watch' | 'other';

/** One text for all, or one for each kind; "" where it does not apply. */
export const STEPS = {
  install: {
    phone: 'Install it now, at a time that suits you: open Settings, then General, then Software Update.',
    mac: 'Install it now, at a time that suits you: open System Settings, then General, then Software Update.',
    tv: 'Install it now, at a time that suits you: open Settings, then System, then Software Updates.',
    watch: 'Install it now, at a time that suits you: on the iPhone open the Watch app, then General, then Software Update.',
    other: 'Install it now, at a time that suits you, in the settings of the device.',
  },
  power: {
    phone: 'Connect it to power, and leave it connected.',
    mac: 'Connect it to power, and leave it connected.',
    tv: '',
    watch: 'Put it on its charger, and leave it there.',
    other: '',
  },
  space: {
    phone: 'Make room: an update needs several gigabytes. Settings, then General, shows under Storage what takes up most.',
    mac: 'Make room: an update needs many gigabytes. System Settings, then General, shows under Storage what takes up most.',
    tv: 'Make room: delete apps that nobody uses.',
    watch: 'Make room: delete apps, music or photos that you don’t need on it.',
    other: 'Make room on it.',
  },
  save: { phone: '', mac: 'Save your work before you leave it: a restart closes everything.', tv: '', watch: '', other: '' },
  network: 'Connect it to a Wi-Fi with internet. If that does not help, try another one, as at home.',
  leaveOn: 'Leave it switched on and connected to power. Don’t switch it off in between.',
  leaveOnOvernight: 'Leave it switched on and connected to power and Wi-Fi, overnight too.',
  passcode: 'Unlock it, and enter your passcode when it asks for it.',
  restart: {
    phone: 'Switch it off and on again.',
    mac: 'Save your work and restart it.',
    tv: 'Restart it: Settings, then System, then Restart.',
    watch: 'Switch it off and on again.',
    other: 'Switch it off and on again.',
  },
  switchOn: 'Switch it on, unlock it, and connect it to Wi-Fi.',
  signOut: 'Sign out when you are done with it.',
  setUp: 'Follow what it asks for on its screen, to the end.',
  bring: 'Bring it to your IT department, or ask them how.',
  ask: 'If that does not help, ask your IT department.',
} as const satisfies Record<string, string | Readonly<Record<Kind, string>>>;

export const WORDS = {
  title: 'Software update',
  kicker: 'Software update from your organisation',
  byWhen: 'By when',
  passed: 'Was due',
  why: 'Why',
  happens: 'What will happen',
  now: 'What you can do now',
  /** Of who needs nothing to be done. */
  nothing: 'Nothing.',
  wanted: 'Your organisation asks for {update} on this {device}.',
  exploited: 'It fixes security problems known to be used in attacks. Please don’t wait.',
  safe: 'Updates keep what is on it safe.',
  /** The update itself is not known. */
  someUpdate: 'the update',
  device: 'device',
  /** What a date means, where nothing else is the matter. */
  byDevice: 'If you have not installed it by then, your {device} does so by itself: it restarts, and can’t be used for {span}.',
  byDevicePast: 'The date has passed: your {device} may install it and restart at any moment.',
  byCommand: 'From then on your {device} installs it by itself, in hours that your organisation set aside for it, and restarts.',
  byCommandPast: 'Your {device} installs it by itself, in hours that your organisation set aside for it, and restarts.',
  noDateYet: 'Your {device} gets a date soon, with notice. Until then nothing happens by itself.',
  spanShort: 'half an hour or so',
  spanLong: 'up to an hour',
  stays: 'Your apps and data stay as they are.',
  about:
    'This page knows of the update of one device, and of nothing and nobody else. Nothing can be changed here. After an update it may take a day until this page knows of it.',
  notFound: 'This page does not exist, or no longer',
  notFoundAbout:
    'Links to this page end when a device is set up anew or leaves your organisation. The newest one is on the device, in its settings under Software Update.',
  unavailable: 'This page can’t be shown right now',
  unavailableAbout: 'The update of your device does not depend on it. Please try again in a few minutes.',
} as const;

export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

export const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
] as const;

/** "Thursday, 3 December"; the year where it is another one. */
export function dayText({ weekday, day, month, year }: { weekday: number; day: number; month: number; year?: number }): string {
  return `${WEEKDAYS[weekday - 1]}, ${day} ${MONTHS[month - 1]}${year === undefined ? '' : ` ${year}`}`;
}

/** "6:00 in the evening (18:00)": clocks of either kind are meant. */
export function timeText(hour: number, minute: number): string {
  const minutes = String(minute).padStart(2, '0');
  const part = hour < 5 || hour >= 22 ? 'at night' : hour < 12 ? 'in the morning' : hour < 18 ? 'in the afternoon' : 'in the evening';
  const words = hour === 12 && minute === 0 ? 'noon' : `${hour % 12 || 12}:${minutes} ${part}`;
  return `${words} (${String(hour).padStart(2, '0')}:${minutes})`;
}

/** By calendar days from today on; undefined where that says nothing. */
export function distanceText(days: number): string | undefined {
  if (days === 0) return 'today';
  if (days === 1) return 'tomorrow';
  return days > 1 ? `in ${days} days` : undefined;
}

/** Every kind of alert there is, in one table: what is raised, told, listed and documented follows from it. */

export interface AlertKindSpec {
  /** What follows the kind in the key of an alert, as the documentation writes it: "<policy> <release>". Absent: the kind is the key. */
  of?: string;
  /** A few words, as the heading of a message. */
  title: string;
  /** What it says, in general; an alert that is raised may be more precise. */
  sentence: string;
  /** What a person does about it, in plain text; commands in backticks. */
  remedy: string;
  /** Part of docs/operations.md that says more. */
  more?: string;
  /** `immediate`: told at once, and when it is over. `digest`: once a day. `log`: a line of the log and nothing else. */
  urgency: 'immediate' | 'digest' | 'log';
  /** A key of its detail that names what it is about: told anew when that changes. */
  anewBy?: string;
}

const table = {
  'host-unauthorized': {
    title: 'The MDM server refuses us',
    sentence: 'The MDM server refuses our API key: nothing can be sent.',
    remedy: 'Make `--enqueue-key` the API key of the server (NanoMDM: its `-api`).',
    urgency: 'immediate',
  },
  'host-unreachable': {
    title: 'The MDM server is not reached',
    sentence: 'The MDM server does not take commands (5 failures in a row).',
    remedy: 'Is it running? Is `--enqueue-url` right? What waits is sent later by itself.',
    urgency: 'immediate',
  },
  'webhook-silent': {
    title: 'The webhook is silent',
    sentence: 'No event came by the webhook for hours, though devices talked to the MDM server, or many should have.',
    remedy: 'Does the MDM server run, and is its webhook URL right? What it says of the webhook is in its log. Ends with the next event.',
    more: '#a-silent-webhook',
    urgency: 'immediate',
  },
  'push-credential': {
    title: 'Devices can’t be woken',
    sentence: 'The server has no push certificate, or Apple refuses it: devices can’t be woken.',
    remedy: 'Renew it in the MDM server. Devices sync once a day even so.',
    urgency: 'immediate',
  },
  'dm-not-wired': {
    title: 'Declarations do not reach us',
    sentence: 'A device acknowledged DeclarativeManagement and its server never reached our listener.',
    remedy: 'Look at the server’s `-dm` URL; mostly the slash at its end is missing.',
    more: 'quickstart-nanomdm.md#a-device-stays-at-awaiting-sync',
    urgency: 'immediate',
  },
  'upstream-down': {
    title: 'The other declaration server is not reached',
    sentence: 'The declarative-management server that we stand in front of is not reached for minutes.',
    remedy:
      'Does it run, and is `--dm-upstream-url` right? Devices get the last whole union for three days, then errors; nothing is removed from them.',
    more: '#in-front-of-another-declaration-server',
    urgency: 'immediate',
  },
  'upstream-emptied': {
    title: 'The other declaration server lists nothing',
    sentence: 'The declarative-management server that we stand in front of lists nothing any more for devices it had declarations for.',
    remedy:
      'Did it lose its store? It counts as down until it lists something again. Were all of them removed on purpose, take `--dm-upstream-url` out and set `dm: adopt: true`.',
    more: '#in-front-of-another-declaration-server',
    urgency: 'immediate',
  },
  'upstream-missing': {
    title: 'The address of the other declaration server is not set',
    sentence: 'Devices have declarations of a server that Ratchet stood in front of, and its address is not set.',
    remedy:
      'Set `--dm-upstream-url` again: until then these devices are answered errors, and keep what they have. Are its declarations to go, set `dm: adopt: true`.',
    more: '#in-front-of-another-declaration-server',
    urgency: 'immediate',
  },
  'declarations-not-placed': {
    title: 'Declarations can’t be placed',
    sentence: 'The declaration server (KMFDDM, NanoHUB) is not reached for minutes, or refuses our key.',
    remedy:
      'Does it run, and are `--kmfddm-url` and `--kmfddm-key` right? Devices keep what they have. What waits is placed later by itself, withdrawals first.',
    more: '#inside-kmfddm-or-nanohub',
    urgency: 'immediate',
  },
  'withdrawals-not-placed': {
    title: 'Dates can’t be taken back',
    sentence: 'A date was taken back from devices, and the declaration server still has it for them.',
    remedy:
      'Bring the declaration server back. If a device must not restart, remove its set `ratchet.enforcement.…` there, or switch the device off.',
    more: '#inside-kmfddm-or-nanohub',
    urgency: 'immediate',
  },
  'gate-path': {
    title: 'Devices ask past the enrollment gate',
    sentence: 'A device asked --listen-public for its enrollment profile at a path that is not the gate’s, and was answered 404.',
    remedy:
      'Make the path of `--gate-url` the one that the proxy sends (its `asked`), or correct the proxy. Ends with the next request at the gate.',
    more: 'gate.md#with-your-own-server',
    urgency: 'immediate',
  },
  held: {
    title: 'Ratchet is held',
    sentence: 'Ratchet is held: nothing is handed out until ratchet resume.',
    remedy:
      'The data folder was restored, or a device reports declarations that it doesn’t know. The right folder? Then look at the plan, and `ratchet resume`.',
    more: '#backups',
    urgency: 'immediate',
  },
  'policies-held': {
    title: 'A change of the policies waits for a person',
    sentence: 'A change of the policies is held, those before it stay in force.',
    remedy:
      'Look at it (`ratchet plan <file>`), then `ratchet apply <file> --accept <plan>`; or put the file back as it was, and `SIGHUP`.',
    more: '#the-change-guard',
    urgency: 'immediate',
    anewBy: 'plan',
  },
  'policies-refused': {
    title: 'The file of policies was not loaded',
    sentence: 'The file of policies has problems and was not loaded: those before it stay in force.',
    remedy: 'Its `problems` say what; `ratchet check` says all of them. Then `SIGHUP`.',
    urgency: 'immediate',
  },
  'severity-held': {
    of: '<platform>',
    title: 'A severity waits for a person',
    sentence: 'What SOFA says of some releases is held, the severity before it stays in force.',
    remedy: 'Look at it (`ratchet severities show`), then `ratchet severities accept <plan>`.',
    more: '#the-change-guard',
    urgency: 'immediate',
    anewBy: 'plan',
  },
  'store-unwritable': {
    title: 'Nothing can be stored',
    sentence: 'Nothing can be stored: webhooks are answered 503 and devices 500.',
    remedy: 'Its `err` says what to do. Ratchet goes on by itself. It can’t be told to targets, because they are told of what is stored.',
    more: '#when-the-disk-or-the-database-fails',
    urgency: 'log',
  },
  'alerts-undelivered': {
    of: '<target>',
    title: 'Alerts do not arrive',
    sentence: 'A target of alerts has taken none for an hour, or refused one.',
    remedy:
      'Its `message` says what it answered; `ratchet alerts test` tries it. What waits is sent when it answers again; what it refused is given up.',
    urgency: 'immediate',
  },
  'forward-behind': {
    of: '<target>',
    title: 'Another consumer of webhooks is behind',
    sentence: 'Webhooks for a target of `forward:` have waited for 15 minutes.',
    remedy:
      'Does it run, and is its address right? Its `message` says what it answered. What waits is sent in order when it answers; ends when it has caught up.',
    more: '#sending-webhooks-on',
    urgency: 'immediate',
  },
  'forward-dropping': {
    of: '<target>',
    title: 'Webhooks for another consumer are lost',
    sentence: 'Webhooks for a target of `forward:` are dropped, the oldest first: too many waited, or for too long.',
    remedy:
      'Mend the target, or take it out of `forward:`; a larger `queue` bears a longer outage. Have the consumer read anew what it missed. Ends after an hour without another.',
    more: '#sending-webhooks-on',
    urgency: 'immediate',
  },
  'forward-refused': {
    of: '<target>',
    title: 'Another consumer refuses webhooks',
    sentence: 'A target of `forward:` refused a webhook, or failed at it again and again; it was given up.',
    remedy:
      'Its `message` says what it answered, its `topic` which event. Where the consumer does not know that topic, name those that it knows: `topics:`. Ends after a day without another.',
    more: '#sending-webhooks-on',
    urgency: 'digest',
  },
  'clock-suspect': {
    title: 'The clock can’t be trusted',
    sentence: 'The clock can’t be trusted: no date is handed out.',
    remedy:
      'It differs by over 10 minutes from the releases server’s, was set (or the machine slept) while Ratchet ran, runs behind the latest it showed, or Ratchet was away for more than a day. A restart does not end it. The releases server is asked at once; when its clock agrees, this ends by itself. Otherwise set the clock; or `ratchet resume` when it is right and nothing else is paused.',
    urgency: 'immediate',
  },
  'machine-clock-wrong': {
    title: 'The machine’s clock is wrong',
    sentence: 'The machine’s clock was set wrong; Ratchet goes on by elapsed time until it stops.',
    remedy: 'Set it before Ratchet is restarted.',
    urgency: 'immediate',
  },
  'rollout-halted': {
    of: '<policy> <release>',
    title: 'A rollout is halted',
    sentence: 'Too many devices failed to install a release: nobody gets it, and it is taken back from whoever has not started.',
    remedy: '`ratchet rollout show` says who failed; then `ratchet rollout resume` or `skip`.',
    urgency: 'immediate',
  },
  'exploited-release': {
    of: '<platform> <version>',
    title: 'A release fixes something that is exploited',
    sentence: 'A release of the last 14 days fixes something that is known to be exploited, and devices miss it.',
    remedy:
      'Policies with `due.severity` hurry by themselves; `ratchet rollout expedite` brings the date forward. Ends when no device of the platform misses such a fix, or after the 14 days.',
    more: '#how-severe-releases-are',
    urgency: 'immediate',
  },
  'blackout-not-withdrawn': {
    of: '<policy>',
    title: 'Devices may restart in a blackout',
    sentence:
      'So many devices, the first five by name, hold a date that may come true in a blackout: it was taken back, and they have not asked since. Looked at once an hour, from the lead of the blackout to its end.',
    remedy:
      '`ratchet blackouts` has all of them. Have them switched on and on the network before it begins, or leave them off until it is over. Ends by itself.',
    urgency: 'immediate',
  },
  'releases-doubtful': {
    title: 'Apple’s list looks wrong',
    sentence: 'Apple’s answer looks wrong: nothing new is handed out on it.',
    remedy: 'Wait (3 days unchanged count), or `ratchet releases accept`.',
    urgency: 'immediate',
  },
  'dates-missed': {
    title: 'Dates have passed without progress',
    sentence: 'So many devices were seen after their date and report no progress (reason `overdue`).',
    remedy:
      'The devices with reason overdue, in the dashboard or `ratchet plan`; `ratchet why` says what each of them last did. Ends by itself.',
    urgency: 'digest',
  },
  'bootstrap-token-suspected': {
    title: 'Macs seem to lack a bootstrap token',
    sentence: 'So many Macs were refused authorisation to install: their bootstrap token is probably not escrowed.',
    remedy:
      'Put com.apple.mdm.bootstraptoken into ServerCapabilities of the enrollment profile, then let a Secure Token user log in. Ends by itself.',
    urgency: 'digest',
  },
  'foreign-updates': {
    title: 'Another tool enforces updates too',
    sentence: 'So many devices hold software-update declarations of another server, or answered update commands that Ratchet did not send.',
    remedy:
      'Its `devices` names the first five; `ratchet why` says whose it is, who wins and what to do. Let one tool enforce updates. Ends by itself.',
    more: '#beside-other-tools',
    urgency: 'digest',
  },
  'rollout-stalled': {
    of: '<policy> <release>',
    title: 'A rollout stands still',
    sentence: 'For a week only devices or a person could have opened the next ring, and `promote` has no `atLatest`.',
    remedy: '`ratchet rollout show` says what it waits for; `approve` opens the next ring. Ends by itself.',
    urgency: 'digest',
  },
  'target-refused': {
    of: '<policy>',
    title: 'The target of a policy can’t be installed',
    sentence:
      'Nothing of the target of a policy that enforces can be installed on any model it can match, or not any more at its date. Looked at with each read of the releases.',
    remedy: '`because` says why; write another target. Ends by itself.',
    urgency: 'digest',
  },
  'release-withdrawn': {
    of: '<release>',
    title: 'Apple took a release back',
    sentence: 'Apple took a release back; nobody new gets it and who has not started has it taken back.',
    remedy: 'Nothing: the next release is taken as it appears.',
    urgency: 'digest',
  },
  'releases-outage': {
    title: 'Apple’s releases can’t be read',
    sentence: 'Apple’s releases could not be read; what is known stays in force.',
    remedy: 'See its message: network, certificate, path.',
    urgency: 'digest',
  },
  'releases-unreadable': {
    title: 'The list of releases is none',
    sentence: 'The releases source answered something that is no release list; what is known stays.',
    remedy: 'Look at the file or address.',
    urgency: 'digest',
  },
  'sofa-silent': {
    title: 'SOFA is silent',
    sentence: 'SOFA has told nothing of use for three days: new releases count as standard.',
    remedy: 'Look at the warnings of the log, and whether the address or folder is right.',
    urgency: 'digest',
  },
  'sofa-doubtful': {
    of: '<platform>',
    title: 'SOFA’s answer looks wrong',
    sentence: 'What SOFA says looks wrong: severities stay as they are.',
    remedy: 'Wait: it ends by itself, or after 3 days unchanged.',
    urgency: 'digest',
  },
  'sofa-disagrees': {
    of: '<platform>',
    title: 'SOFA and Apple disagree',
    sentence: 'SOFA has named a release for more than a day that Apple’s list does not have, or the reverse.',
    remedy:
      '`ratchet releases show` says who named what when. A mirror or file of Apple’s list may be stale; Apple may have taken the release back; SOFA may be late.',
    urgency: 'digest',
  },
} as const satisfies Record<string, AlertKindSpec>;

export type AlertKind = keyof typeof table;

/** A kind, and behind a blank what it is about where there may be several: "rollout-halted everyone iOS 26.6.1". */
export type AlertKey = AlertKind | `${AlertKind} ${string}`;

export const ALERT_KINDS: Readonly<Record<AlertKind, AlertKindSpec>> = table;
export const ALERT_KIND_NAMES = Object.keys(table) as AlertKind[];
/** Those that can be told to somebody. */
export const TOLD_KIND_NAMES = ALERT_KIND_NAMES.filter((kind) => ALERT_KINDS[kind].urgency !== 'log');

/** Undefined for a key that this version does not know: a later one raised it. */
export function kindOf(key: string): AlertKind | undefined {
  const [kind = ''] = key.split(' ', 1);
  return Object.hasOwn(ALERT_KINDS, kind) ? (kind as AlertKind) : undefined;
}

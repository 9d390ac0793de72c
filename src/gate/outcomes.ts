/**
 * What becomes of whoever asks for an enrollment profile, as data: the closed list of outcomes. Two send it away; every other lets it
 * enroll, because a device that can't enroll is worse than one that enrolls on an old OS and is updated afterwards.
 */
export interface GateOutcomeSpec {
  /** For people, without a full stop. */
  sentence: string;
  /** What a person can do, if anything. */
  remedy?: string;
}

export const GATE_OUTCOMES = {
  'sent-away': { sentence: 'Sent away: it has to update first, and Setup Assistant does that' },
  refused: {
    sentence: 'Refused, because the gate is strict: it did not prove to be a device of Apple',
    remedy: 'Take --gate-strict out if devices are to enroll that do not identify themselves.',
  },
  'no-machine-info': {
    sentence: 'Let in: it told nothing of itself, as browsers and devices outside of Setup Assistant do',
  },
  unverified: {
    sentence: 'Let in: what it told is not signed by a device of Apple, so nothing of it is believed',
    remedy: 'Nothing, where it is a test; else look what stands between devices and the gate.',
  },
  unreadable: { sentence: 'Let in: what it signed tells neither its serial number nor its UDID' },
  'cannot-be-asked': {
    sentence: 'Let in: it says that it can not be asked to update before it enrolls (before iOS 17 and macOS 14 none can)',
  },
  'no-policy': { sentence: 'Let in: no policy means it' },
  'no-minimum': { sentence: 'Let in: its policy has no enrollmentMinimum' },
  'policy-undecided': {
    sentence: 'Let in: which policy means it hangs on what only enrolled devices tell, and they do not all ask the same of it',
    remedy:
      'Put a policy for it, matched by platform, model or serial number, before those matched by tags; or give them all the same target and enrollmentMinimum.',
  },
  'not-enforced': {
    sentence: 'Let in: its policy does not enforce now, by its mode or because a person paused, stopped or held Ratchet',
    remedy: 'Write mode: enforce, or resume.',
  },
  exempt: { sentence: 'Let in: a person exempted or paused this device' },
  'clock-doubtful': { sentence: 'Let in: our clock is in doubt', remedy: 'See ratchet alerts.' },
  'version-unknown': { sentence: 'Let in: it did not tell its OS version' },
  reached: { sentence: 'Let in: it runs what its policy wants, or something newer' },
  beta: { sentence: 'Let in: it runs a beta, of which the list of releases says nothing' },
  'no-releases': { sentence: 'Let in: no list of releases was read yet', remedy: 'See ratchet releases show.' },
  'feed-doubtful': {
    sentence: 'Let in: Apple’s last list of releases is in doubt',
    remedy: 'See ratchet releases show; ratchet releases accept.',
  },
  'model-unknown': { sentence: 'Let in: Apple’s list can not be searched for its model, or has nothing for it' },
  'not-offered': { sentence: 'Let in: Apple offers it no release that its policy means and that reaches the minimum' },
  'ring-closed': { sentence: 'Let in: the release it would have to take still goes through its rings, or was stopped there' },
  'sent-away-enough': {
    sentence: 'Let in: it was sent away as often as the gate may, and came back without the update',
    remedy: 'Look why it could not update (network, storage, power); it is updated as an enrolled device now.',
  },
  trouble: { sentence: 'Let in: Ratchet itself had trouble', remedy: 'See the log.' },
} as const satisfies Record<string, GateOutcomeSpec>;

export type GateOutcome = keyof typeof GATE_OUTCOMES;

export const GATE_OUTCOME_NAMES = Object.keys(GATE_OUTCOMES) as GateOutcome[];

/** Its own answer, and not that of the server behind. */
export const TURNED_AWAY: readonly GateOutcome[] = ['sent-away', 'refused'];

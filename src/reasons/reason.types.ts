/**
 * `current`: it runs what it should. `on-the-way`: nothing is needed. `needs-person`: somebody has to do something with the
 * device itself, its owner or whoever has it at hand (charge it, free space, enter the passcode, finish its setup). `broken`:
 * an admin has to mend something, or find out what is wrong (its enrollment, the policy, the wiring, the clock; the update
 * fails). `held`: Ratchet holds it back, by order or out of caution. `left-alone`: it is not Ratchet's to update.
 */
export type ReasonGroup = 'current' | 'on-the-way' | 'needs-person' | 'broken' | 'held' | 'left-alone';

export interface Reason {
  /** One sentence, for people. */
  sentence: string;
  /** What a person can do; empty when nothing is needed. */
  remedy: string;
  /** True when the device will not get further until a person does something. */
  needsPerson: boolean;
  /** Where the device stands, for totals, colours and filters. */
  group: ReasonGroup;
}

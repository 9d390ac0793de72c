export interface Reason {
  /** One sentence, for people. */
  sentence: string;
  /** What a person can do; empty when nothing is needed. */
  remedy: string;
  /** True when the device will not get further until a person does something. */
  needsPerson: boolean;
  /** Where the device stands, for counting: current, on its way, held by the operator, waiting for a person, left alone. */
  group: 'current' | 'on-the-way' | 'held' | 'needs-person' | 'left-alone';
}

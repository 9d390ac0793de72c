import type { Show } from '../../engine/show/show.ts';

/** What an act may look at to say what it would do. */
export type Look = Pick<Show, 'fleet' | 'releases' | 'rollouts'>;

/** Fields of a form as they were typed. */
export type Fields = Readonly<Record<string, string>>;

/** An operation of the API that pages have a form for, and what they say of it. */
export interface FormAct {
  /** Of the operation. */
  id: string;
  /** What its button says: "Stop everything". */
  label: string;
  /**
   * What will happen, in sentences, for an act that touches more than one device or can't be undone: it is asked about first.
   * Absent: done at once.
   */
  before?(fields: Fields, look: Look): readonly string[] | Promise<readonly string[]>;
  /** What became of it, from the operation's answer. */
  after(answer: never, fields: Fields): string | Question;
  /** How the page calls a field that may be wrong: {until: "Until"}. */
  names?: Fields;
}

/** It was not done yet: something has to be looked at first, and is agreed to by sending these fields too. */
export interface Question {
  ask: readonly string[];
  fields: Fields;
}

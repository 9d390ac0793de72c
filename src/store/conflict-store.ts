import type { Conflict } from '../decide/conflict.types.ts';

/** What devices are told about updates by others, over the whole fleet. */
export interface ConflictStore {
  /** How many devices have the same conflicts; those without are left out. */
  countConflicts(): Promise<ConflictCount[]>;
  /** Serial numbers, else ids, of devices with a conflict of that kind, in the order of their ids. */
  listConflicting(kind: Conflict['kind'], limit: number): Promise<string[]>;
}

/** Of a conflict what devices are counted by. */
export type ConflictMark = Pick<Conflict, 'kind' | 'whose'>;

export interface ConflictCount {
  conflicts: ConflictMark[];
  devices: number;
}

/** In a fixed order, each once. */
export function marksOf(conflicts: readonly Conflict[] = []): ConflictMark[] {
  const marks = conflicts.map(({ kind, whose }): ConflictMark => ({ kind, ...(whose === undefined ? {} : { whose }) }));
  return [...new Map(marks.map((mark) => [JSON.stringify(mark), mark])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, mark]) => mark);
}

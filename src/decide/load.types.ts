/** Limits that hold for all devices together (rule 22): what is counted. */

/** yyyy-mm-dd. */
export type Day = string;

/** What one device takes up of the limits. */
export interface Counted {
  /** The day of its enforced date, on its own clock. */
  date?: Day;
  /** Its tags that have a limit. */
  tags?: string[];
  /** The day, by `timeZone` of the policies, on which it was newly handed an update. */
  newOn?: Day;
}

/** What all other devices take up: counts of decisions, read by each of them. */
export interface Load {
  /** Devices that count as the fleet. */
  fleet(): number;
  newOn(day: Day): number;
  /** Of that tag, or of all; without the device of that id. */
  restartsOn(day: Day, exceptId: string, tag?: string): number;
}

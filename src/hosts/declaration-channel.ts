import type { DeclarationGroup } from '../ddm/declaration-groups.ts';
import type { HostProbe } from './host.ts';

/**
 * A declarative-management server that answers devices in our place: our declarations are kept there beside what it has of
 * others, which is never touched. One folder per implementation. Nothing here tells devices anything: that is our own
 * DeclarativeManagement command's.
 */
export interface DeclarationChannel {
  /** What people call it: its URL without credentials. */
  readonly name: string;
  /**
   * Makes these, and nothing else of ours, what one enrollment has there. In an order that never leaves a device with half
   * of a group, nor with two dates; when it fails in between, the next call goes on. Never rejects.
   */
  place(enrollmentId: string, groups: readonly DeclarationGroup[], onWrite?: OnWrite): Promise<PlaceAnswer>;
  /** Names of our groups that one enrollment has there, sorted. Never rejects. */
  listPlaced(enrollmentId: string): Promise<ChannelAnswer<{ groups: string[] }>>;
  /** Names of our groups that are kept there, whoever has them, sorted. Never rejects. */
  listGroups(): Promise<ChannelAnswer<{ groups: string[] }>>;
  /** Makes a group what it is to be, also where it was there before; `isChanged`: something of it was missing or other. Never rejects. */
  repairGroup(group: DeclarationGroup, onWrite?: OnWrite): Promise<ChannelAnswer<{ isChanged: boolean }>>;
  /** Takes a group of ours that nobody has any more away, with its declarations. Never rejects. */
  removeGroup(name: string): Promise<ChannelAnswer<Record<never, never>>>;
  /** Status reports of one enrollment, as the server keeps them: 0 is the newest. Never rejects. */
  readReport(enrollmentId: string, index: number): Promise<ChannelAnswer<{ report: KeptReport | undefined }>>;
  /** Whether it is there and takes our key. Changes nothing. Never rejects. */
  probe(): Promise<HostProbe>;
}

export type ChannelAnswer<Value> =
  | ({ kind: 'done' } & Value)
  /** It understood, and did not do it. */
  | { kind: 'refused'; message: string }
  /** Not reached, or no answer in time. */
  | { kind: 'down'; message: string }
  /** 401: our key is wrong. */
  | { kind: 'unauthorized'; message: string };

/**
 * `before`: names of our groups that the enrollment had, also where it failed after that was told; until then nothing is
 * changed. `isChanged`: it has others now.
 */
export type PlaceAnswer =
  | { kind: 'done'; before: string[]; isChanged: boolean }
  | (Exclude<ChannelAnswer<unknown>, { kind: 'done' }> & { before?: string[] });

/**
 * Called with the name of a group that is new there, or not as it is to be, before it is written, and waited for; where it
 * rejects, nothing is written. It is so called for any group once at a time.
 */
export type OnWrite = (group: string) => Promise<void>;

export interface KeptReport {
  /** The server's name of it. */
  id: string;
  /** How long ago the server got it, by its own clock, ms, to the second; undefined where it doesn't tell. */
  ageMs: number | undefined;
  /** JSON text as the device sent it. */
  body: string;
}

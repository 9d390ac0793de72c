import type { Configuration } from '../../config/load-configuration.ts';
import type { Settings } from '../../config/settings.types.ts';
import type { SystemAnswer } from '../../engine/system-answers.ts';
import type { FeedReach, ReleaseFeed } from '../../feeds/feed.ts';
import type { SofaFeed } from '../../feeds/sofa.ts';
import type { DdmUpstream } from '../../hosts/ddm-upstream.ts';
import type { HostWire } from '../../hosts/host.ts';
import type { HostLinks, KmfddmLinks } from '../../hosts/host-links.ts';
import type { Instant } from '../../time/local.ts';

/** `unknown`: nothing proves it, and nothing speaks against it. `warning`: it works, and will not for ever or not as told. */
export const LINK_STATUSES = ['ok', 'warning', 'broken', 'unknown', 'skipped'] as const;
export type LinkStatus = (typeof LINK_STATUSES)[number];

/** What one look at a link found. */
export interface LinkReport {
  status: LinkStatus;
  finding: string;
  /** What to do about it, with the value to be set; absent where nothing is to be done. */
  fix?: string;
}

/** The outside, as only doctor asks it; main.ts gives the real one. Nothing of it changes anything. */
export interface DoctorPorts {
  inspectData(folder: string): Promise<DataSeen>;
  /** Rejects never; undefined when the settings don't say where it is. `topic`: of its push certificate. */
  examineHost(settings: Settings, topic: string | undefined): Promise<HostLinks> | undefined;
  /** Rejects never; undefined: our declarations are not kept there. */
  examineKmfddm(settings: Settings): Promise<KmfddmLinks> | undefined;
  signatureOf(settings: Settings): HostWire['signature'];
  upstreamOf(settings: Settings): DdmUpstream | undefined;
  feedOf(settings: Settings): ReleaseFeed | undefined;
  sofaOf(settings: Settings): readonly SofaFeed[];
}

/** A data folder, looked at from outside. */
export interface DataSeen {
  isThere: boolean;
  /** By whoever runs doctor. */
  isWritable: boolean;
  /** Of its disk; absent when it can't be told. */
  freeBytes?: number;
  lock: 'free' | { holder?: { pid: number; hostname: string } };
  database:
    | { kind: 'none' }
    /** Damaged, of a newer version, not readable. */
    | { kind: 'unusable'; message: string }
    /** Of an older version: the next start brings it up to date. */
    | { kind: 'older' }
    | { kind: 'whole'; facts: StoreFacts };
}

/** What a store remembers of the links, for when no server can be asked. */
export interface StoreFacts {
  /** The MDM server it belongs to; absent: it was never started on. */
  host?: string;
  devices: number;
  heardAt?: Instant;
  dmReached: boolean;
  clockDoubt?: string;
  releases: FeedMemory;
}

export interface FeedMemory {
  /** The last answer of any kind, and the one that is held. */
  readAt?: Instant;
  goodAt?: Instant;
  doubt?: string;
  notBefore?: Instant;
}

/** Everything that was looked at, before anything is judged. */
export interface Evidence {
  now: Instant;
  configuration: Configuration;
  data: DataSeen;
  ratchet: RatchetSeen;
  /** Absent: the settings don't say where it is. */
  host?: HostLinks;
  /** Absent: off. */
  releases?: FeedSeen;
  sofa?: FeedSeen;
  /** Absent: our declarations are not kept there. */
  kmfddm?: KmfddmLinks;
  /** Absent: there is none in front of which we stand. */
  upstream?: UpstreamSeen;
  /** Absent: there is no enrollment gate. */
  gate?: GateSeen;
}

export type RatchetSeen =
  | { kind: 'unreached'; url: string; message: string }
  /** Somebody else has the port. */
  | { kind: 'other'; url: string; message: string }
  | {
      kind: 'there';
      url: string;
      version: string;
      /** Its /healthz: what is not "ok", by its part. */
      ailing: Record<string, string>;
      /** What it tells by its API; else why not. */
      system?: SystemAnswer;
      systemProblem?: { isRefused: boolean; message: string };
      webhook: TriedListener;
      dm: TriedListener;
    };

/** Calls to one of its listeners that reach nobody behind it. */
export interface TriedListener {
  url: string;
  /** With the credentials of the settings, without any, with wrong ones. */
  right: Tried;
  bare: Tried;
  wrong: Tried;
}

/** `isSigned`: the answer carries the signature of our key. */
export type Tried = { status: number; isSigned: boolean } | { message: string };

export type FeedSeen = {
  name: string;
  /** Of a server: it, and not a file, tells the time. */
  isServer: boolean;
} & (FeedReach | { kind: 'unreadable'; message: string } | { kind: 'left-alone'; until: Instant });

/** The server behind the gate, asked as a browser would: any answer shows that it is there. */
export type GateSeen = { url: string } & ({ status: number } | { message: string });

export type UpstreamSeen = { name: string } & (
  | { kind: 'answers'; declarations: number }
  | { kind: 'refused'; status: number; message: string }
  | { kind: 'down'; message: string }
  | { kind: 'nonsense'; message: string }
);

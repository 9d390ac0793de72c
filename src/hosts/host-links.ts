import type { Fetch } from '../runtime.ts';
import { instantOfHttpDate } from '../time/http-date.ts';
import type { Instant } from '../time/local.ts';

/** What an MDM server answers to questions that change nothing, link by link. Each adapter has its own way to ask. */
export interface HostLinks {
  version: VersionLink;
  /** Where commands are enqueued. */
  commands: ApiLink;
  pushes: ApiLink;
  certificate: CertificateLink;
  /** Its clock and ours, at its last answer that told the time. */
  clocks?: Clocks;
}

/** What a KMFDDM answers to questions that change nothing. */
export interface KmfddmLinks {
  version: VersionLink;
  /** Its list of sets, asked for with our key. */
  api: ApiLink;
}

/** GET /version, which needs no credential. */
export interface VersionLink {
  url: string;
  isReached: boolean;
  /** As it says itself; absent where it says none. */
  version?: string;
  /** It is the other kind of server. */
  looksLike?: 'nanomdm' | 'micromdm';
  /** Why it was not reached, or what it said instead. */
  message?: string;
}

/** One part of the API, asked with our credential about a device that does not exist. */
export interface ApiLink {
  url: string;
  /** `unauthorized`: 401 or 403. `other`: whoever answers there, it is not this API. */
  verdict: 'right' | 'unauthorized' | 'other' | 'unreached';
  message?: string;
  /** It refused our key as the API of NanoHUB, which has another user than those of NanoMDM and KMFDDM. */
  isNanoHub?: boolean;
}

/** The certificate for Apple's push service. */
export type CertificateLink =
  | { kind: 'told'; notAfter: Instant; topic?: string }
  /** There is none (for this topic). */
  | { kind: 'none'; message: string }
  /** `topic`: it is asked by topic, and we don't know it. `server`: this server or version does not tell. */
  | { kind: 'untold'; because: 'topic' | 'server'; message: string };

export interface Clocks {
  theirs: Instant;
  ours: Instant;
}

/** The same fetch, listening to what time answers tell. */
export function hearingClocks(fetch: Fetch, now: () => Instant): { fetch: Fetch; heard(): { clocks?: Clocks } } {
  let clocks: Clocks | undefined;
  return {
    async fetch(url, init) {
      const answer = await fetch(url, init);
      const theirs = instantOfHttpDate(answer.headers.get('date') ?? '');
      if (theirs !== undefined) clocks = { theirs, ours: now() };
      return answer;
    },
    heard: () => (clocks === undefined ? {} : { clocks }),
  };
}

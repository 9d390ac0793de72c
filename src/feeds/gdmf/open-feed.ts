import type { Clock, Fetch } from '../../runtime.ts';
import { APPLE_READS_PER_DAY_MAX, isApple } from '../apple.ts';
import type { ReleaseFeed } from '../feed.ts';
import { APPLE_ROOT_CA } from './apple-root-ca.ts';
import { createGdmfFileFeed } from './file.ts';
import { createGdmfHttpFeed } from './http.ts';

/** Where releases are read from. `ca` is PEM: the authorities a mirror's certificate may come from, and no others. */
export type GdmfSource = { kind: 'url'; url: string; ca?: string } | { kind: 'file'; path: string };

export interface OpenFeedOptions {
  source: GdmfSource;
  clock: Pick<Clock, 'now'>;
  /** Trusts what the system trusts. */
  fetch: Fetch;
  /** Trusts these authorities only. */
  pinnedFetch(ca: string): Fetch;
  userAgent: string;
}

/** Apple's own server is believed by Apple's root and by nothing else, whatever the settings say; a mirror as its owner says. */
export function openGdmfFeed({ source, clock, fetch, pinnedFetch, userAgent }: OpenFeedOptions): ReleaseFeed {
  if (source.kind === 'file') return createGdmfFileFeed(source.path, clock);
  if (isApple(source.url)) {
    return createGdmfHttpFeed({
      url: source.url,
      fetch: pinnedFetch(APPLE_ROOT_CA),
      clock,
      userAgent,
      readsPerDayMax: APPLE_READS_PER_DAY_MAX,
    });
  }
  return createGdmfHttpFeed({ url: source.url, fetch: source.ca === undefined ? fetch : pinnedFetch(source.ca), clock, userAgent });
}

/** Apple's software lookup service: what it offers to which device. Its chain ends in Apple's own root (src/feeds/gdmf). */
export const APPLE_LOOKUP_URL = 'https://gdmf.apple.com/v2/pmv';

/** True when an address is on Apple's own server, and not on a mirror. Throws on what is no URL. */
export function isApple(url: string): boolean {
  return new URL(url).hostname.replace(/\.$/, '') === new URL(APPLE_LOOKUP_URL).hostname;
}

/** Rule 6. Apple asks for no more than one read a day; the others are for people and for tries after an error. */
export const APPLE_READS_PER_DAY_MAX = 4;

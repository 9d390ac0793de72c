import type { Policy } from '../policy/policy.types.ts';
import type { Enforcement } from './manifest.ts';
import type { Situation } from './situation.types.ts';

/**
 * The page that a device shows its owner beside the update: the one its policy names, else our own. Its address is part of
 * the declaration, and a declaration that says something else is another one, which a device must fetch anew before its date
 * counts as known. So our own page, which no date is about, never is the reason for another declaration: a date that stands
 * keeps the page it was given, or none, whatever becomes of the setting.
 */

type Details = Pick<Enforcement, 'detailsUrl' | 'isOwnersPage'>;

/** For a new date. */
export function detailsFor({ input }: Pick<Situation, 'input'>, policy: Policy): Details {
  if (policy.detailsUrl !== undefined) return { detailsUrl: policy.detailsUrl };
  return input.ownersPage === undefined ? {} : { detailsUrl: input.ownersPage, isOwnersPage: true };
}

/** What of it was the policy's word: only that is compared. */
export function namedDetails({ detailsUrl, isOwnersPage }: Details): string | undefined {
  return isOwnersPage ? undefined : detailsUrl;
}

/**
 * A date worked out anew (another policy, a line that was edited) that comes to the one the device has fetched: with the page
 * that it has, whatever would be given now.
 */
export function withPageHeld(
  { held, isHeldFetched }: Pick<Situation, 'held' | 'isHeldFetched'>,
  fresh: Omit<Enforcement, 'identifier'>,
): Omit<Enforcement, 'identifier'> {
  if (held === undefined || !isHeldFetched || namedDetails(held) !== namedDetails(fresh)) return fresh;
  if (held.release !== fresh.release || held.build !== fresh.build || held.local !== fresh.local) return fresh;
  const { detailsUrl, isOwnersPage } = held;
  const page = { ...(detailsUrl === undefined ? {} : { detailsUrl }), ...(isOwnersPage ? { isOwnersPage } : {}) };
  return { ...withoutDetails(fresh), ...page };
}

export function withoutDetails<T extends Details>({ detailsUrl: _url, isOwnersPage: _ours, ...rest }: T): Omit<T, keyof Details> {
  return rest;
}

/**
 * A date that the device has not fetched, with the page of its present enrollment: it enrolled anew, perhaps with somebody
 * else, and the page of the one before opens nothing any more. Another address of the same page is none.
 */
export function withPageOf({ input }: Pick<Situation, 'input'>, held: Enforcement): Enforcement {
  const { ownersPage } = input;
  if (!held.isOwnersPage || ownersPage === undefined || nameOf(held.detailsUrl) === nameOf(ownersPage)) return held;
  return { ...held, detailsUrl: ownersPage };
}

/** The last part of its path, which names enrollment and nothing else. */
function nameOf(url: string | undefined): string | undefined {
  return url?.slice(url.lastIndexOf('/') + 1);
}

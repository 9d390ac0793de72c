import { createHmac } from 'node:crypto';
import { type EnrollmentState, isCheckedOut } from '../enrollment/state.ts';
import type { Ids } from '../runtime.ts';
import type { Store } from '../store/store.ts';

/** 192 bits, in characters that stand in a path as they are. */
const NAME_BYTES = 24;

/**
 * Where the pages for owners are. A page is named by a keyed digest of the enrollment and when it began, so that nobody can
 * guess it or tell from it whose it is, a device that enrolls anew has another one, and the same store always gives the same.
 */
export interface OwnersPages {
  /** Undefined: the device has none, because it is not, or no longer, enrolled as a whole device. */
  nameOf(state: EnrollmentState): string | undefined;
  /** The page's whole address. */
  addressOf(state: EnrollmentState): string | undefined;
}

/** `publicUrl` ends in "/"; `secret` is the store's own. */
export function createOwnersPages(publicUrl: string, secret: string): OwnersPages {
  function nameOf(state: EnrollmentState): string | undefined {
    if (state.type !== 'Device' || isCheckedOut(state)) return undefined;
    const digest = createHmac('sha256', secret).update(`owner's page\n${state.generation}\n${state.id}`).digest();
    return digest.subarray(0, NAME_BYTES).toString('base64url');
  }
  return {
    nameOf,
    addressOf(state) {
      const name = nameOf(state);
      return name && `${publicUrl}u/${name}`;
    },
  };
}

/** With the secret of the store, which is made when it is first needed. Undefined: no pages are wanted. */
export async function openOwnersPages(
  store: Pick<Store, 'loadSite' | 'saveSite'>,
  ids: Pick<Ids, 'secret'>,
  publicUrl: string | undefined,
): Promise<OwnersPages | undefined> {
  if (publicUrl === undefined) return undefined;
  let { ownersSecret } = await store.loadSite();
  if (ownersSecret === undefined) {
    ownersSecret = ids.secret();
    await store.saveSite({ ownersSecret });
  }
  return createOwnersPages(publicUrl, ownersSecret);
}

import type { Store } from '../../store/store.ts';
import type { Instant } from '../../time/local.ts';

/** A store that belongs to another host server. */
export class WrongHostError extends Error {
  override name = 'WrongHostError';
}

/**
 * One store serves one host: its enrollment ids, command UUIDs and dates mean nothing beside another. Throws
 * WrongHostError unless the store is new, already this host's, or to be taken over.
 */
export async function claimStore(store: Store, hostIdentity: string, adopt: boolean, now: Instant): Promise<void> {
  const site = await store.loadSite();
  if (site.host !== undefined && site.host !== hostIdentity && !adopt) {
    throw new WrongHostError(`this data folder belongs to ${site.host}, not to ${hostIdentity}; --adopt takes it over`);
  }
  if (site.host !== undefined && site.host !== hostIdentity) {
    await store.audit({ at: now, by: 'operator', act: 'adopt', detail: { from: site.host, to: hostIdentity } });
  }
  await store.saveSite({ host: hostIdentity, ...(site.createdAt === 0 ? { createdAt: now } : {}) });
}

import { dropAfterRestore } from '../../delivery/restore.ts';
import type { Store } from '../../store/store.ts';
import type { Instant } from '../../time/local.ts';
import { rfc3339 } from '../../time/rfc3339.ts';

const PAGE = 200;

/**
 * Rule 35. When the store is a backup that was put back, Ratchet is held from here on, and what waited to be sent when the
 * backup was made is dropped: it was sent since. The mark goes last, so that a start that is killed begins anew. Resolves
 * to whether it was one.
 */
export async function takeUpBackup(store: Store, now: Instant): Promise<boolean> {
  const { backup, control } = await store.loadSite();
  if (backup === undefined) return false;
  const held = `the data folder was restored from a backup of ${rfc3339(backup.at)}`;
  await store.saveSite({ control: { ...control, held, restored: { backupAt: backup.at, at: now } } });
  let dropped = 0;
  for (let after = ''; ; ) {
    const ids = (await store.listEnrollments(after, PAGE)).map(({ id }) => id);
    const last = ids.at(-1);
    if (last === undefined) break;
    const commands = (await store.loadForReconcile(ids)).flatMap((gathered) => gathered.commands);
    const changed = commands.flatMap((entry) => {
      const next = dropAfterRestore(entry, now);
      return next === entry ? [] : [next];
    });
    await Promise.all(changed.map((entry) => store.saveCommand(entry)));
    dropped += changed.length;
    after = last;
  }
  // The server that answers in our place has what came since.
  await store.voidPlacements();
  await store.audit({ at: now, by: 'ratchet', act: 'restore', detail: { backupAt: backup.at, version: backup.version, dropped } });
  await store.saveSite({ backup: undefined });
  return true;
}

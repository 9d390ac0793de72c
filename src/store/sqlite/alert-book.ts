import type { AlertBookChanges, AlertDelivery, AlertEpisode, AlertStore } from '../store.ts';
import type { Sqlite } from './database.ts';

const DIGEST_DAY = 'alertDigestDay';

export function createAlertStore(db: Sqlite): AlertStore {
  const selectEpisodes = db.prepare('SELECT episode FROM alert_episodes ORDER BY rowid').pluck();
  const upsertEpisode = db.prepare(
    'INSERT INTO alert_episodes (id, episode) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET episode = excluded.episode',
  );
  const forgetEpisode = db.prepare('DELETE FROM alert_episodes WHERE id = ?');
  const selectDeliveries = db.prepare('SELECT id, target, at, body FROM alert_deliveries ORDER BY seq');
  const insertDelivery = db.prepare('INSERT INTO alert_deliveries (id, target, at, body) VALUES (@id, @target, @at, @body)');
  const deleteDelivery = db.prepare('DELETE FROM alert_deliveries WHERE id = ? AND target = ?');
  const getMeta = db.prepare('SELECT value FROM meta WHERE key = ?').pluck();
  const putMeta = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
  const save = db.transaction(({ episodes = [], forgotten = [], add = [], remove = [], digestDay }: AlertBookChanges) => {
    for (const episode of episodes) upsertEpisode.run(episode.id, JSON.stringify(episode));
    for (const id of forgotten) forgetEpisode.run(id);
    for (const { id, target } of remove) deleteDelivery.run(id, target);
    for (const delivery of add) insertDelivery.run(delivery);
    if (digestDay !== undefined) putMeta.run(DIGEST_DAY, JSON.stringify(digestDay));
  });
  return {
    async loadAlertBook() {
      const day = getMeta.get(DIGEST_DAY) as string | undefined;
      return {
        episodes: (selectEpisodes.all() as string[]).map((text) => JSON.parse(text) as AlertEpisode),
        deliveries: selectDeliveries.all() as AlertDelivery[],
        ...(day === undefined ? {} : { digestDay: JSON.parse(day) as string }),
      };
    },
    async saveAlertBook(changes) {
      save.immediate(changes);
    },
  };
}

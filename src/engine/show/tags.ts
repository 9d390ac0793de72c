import type { Store } from '../../store/store.ts';
import type { TagsAnswer } from '../answers.ts';

const LOAD_AT_ONCE = 500;

/** What people call devices: by source and by tag, and whom nobody knows. */
export async function tagsOf(store: Store): Promise<TagsAnswer> {
  const rows = await store.listTags();
  const known = await knownSubjects(store);
  const sources = new Map<string, { devices: number; unknown: string[] }>();
  const bySubject = new Map<string, Set<string>>();
  for (const { source, subject, tags } of rows) {
    const counted = sources.get(source) ?? { devices: 0, unknown: [] };
    counted.devices += 1;
    if (!known.has(subject)) counted.unknown.push(subject);
    sources.set(source, counted);
    bySubject.set(subject, new Set([...(bySubject.get(subject) ?? []), ...tags]));
  }
  const counts = new Map<string, number>();
  for (const tags of bySubject.values()) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return {
    schema: 'ratchet.tags/1',
    tags: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([tag, devices]) => ({ tag, devices })),
    sources: [...sources].map(([source, counted]) => ({ source, ...counted })),
  };
}

async function knownSubjects(store: Store): Promise<Set<string>> {
  const subjects = new Set<string>();
  for (let after = ''; ; ) {
    const page = await store.listEnrollments(after, LOAD_AT_ONCE);
    for (const { id, summary } of page) {
      subjects.add(id);
      if (summary.serialNumber !== undefined && summary.serialNumber !== null) subjects.add(summary.serialNumber);
    }
    const last = page.at(-1);
    if (last === undefined) return subjects;
    after = last.id;
  }
}

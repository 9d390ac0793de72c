import { z } from 'zod';
import { TAG } from '../../policy/match-keys.ts';
import type { Clock } from '../../runtime.ts';
import type { Store, TagRow } from '../../store/store.ts';
import { createTags, type Standing } from '../standing.ts';

/** Of one source; the documented limits of a list of tags. */
export const TAG_ROWS_MAX = 100_000;
const TAGS_PER_DEVICE_MAX = 32;

/** One device and what it is called: `subject` is its enrollment id or serial number. */
export const TaggedDevice = z.strictObject({
  subject: z.string().regex(/^\S{1,128}$/),
  tags: z.array(z.string().regex(TAG)).max(TAGS_PER_DEVICE_MAX),
});

export type TaggedDevice = z.infer<typeof TaggedDevice>;

/** Who says so: a file, an inventory, a person. */
export const TagSource = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u);

export interface OperateTags {
  /** Everything this source says from now on; what it said before is forgotten. Every device is decided anew. */
  replace(source: string, rows: readonly TagRow[], act: { by: string; note?: string }): Promise<{ devices: number; before: number }>;
}

export interface OperateTagsOptions {
  store: Store;
  standing: Standing;
  clock: Pick<Clock, 'now'>;
  /** Rechecks are due now. */
  onChanged(): Promise<void>;
}

export function createOperateTags({ store, standing, clock, onChanged }: OperateTagsOptions): OperateTags {
  return {
    async replace(source, rows, { by, note }) {
      const merged = new Map<string, Set<string>>();
      for (const { subject, tags } of rows) merged.set(subject, new Set([...(merged.get(subject) ?? []), ...tags]));
      const devices = [...merged].map(([subject, tags]): TagRow => ({ subject, tags: [...tags].sort() }));
      const before = (await store.listTags()).filter((row) => row.source === source).length;
      await store.audit({
        at: clock.now(),
        by,
        act: 'tags',
        detail: { source, devices: devices.length, before, ...(note ? { note } : {}) },
      });
      const revision = await store.replaceTags(source, devices);
      standing.tags = createTags(await store.listTags(), revision);
      await onChanged();
      return { devices: devices.length, before };
    },
  };
}

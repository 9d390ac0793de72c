import { z } from 'zod';
import { TAG } from '../../policy/match-keys.ts';
import type { Clock } from '../../runtime.ts';
import type { Store, TagRow } from '../../store/store.ts';
import type { Planner } from '../plan/plan.ts';
import type { PlanDifference } from '../plan-answers.ts';
import { shortHash } from '../reconcile/reconcile-one.ts';
import { createTags, type Standing } from '../standing.ts';
import { ACCEPT_ANY } from './accept.ts';

/** Of one source; the documented limits of a list of tags. */
export const TAG_ROWS_MAX = 100_000;
const TAGS_PER_DEVICE_MAX = 32;

/** One device and what it is called: `subject` is its enrollment id or serial number. */
export const TaggedDevice = z.strictObject({
  subject: z.string().regex(/^\S{1,128}$/, 'expected an enrollment id or serial number'),
  tags: z.array(z.string().regex(TAG, 'expected letters, digits, dots, dashes and underscores')).max(TAGS_PER_DEVICE_MAX),
});

export type TaggedDevice = z.infer<typeof TaggedDevice>;

/** Who says so: a file, an inventory, a person. */
export const TagSource = z
  .string()
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u, 'expected letters, digits, dots, dashes and underscores, at most 64');

export interface TagsAct {
  by: string;
  note?: string;
  /** The plan a person says yes to. */
  accept?: string;
}

/** `held`: what the source said before stays. `devices`: how many it names now, or would; `before`: how many it named. */
export type TagsOutcome =
  | { kind: 'applied' | 'held'; devices: number; before: number; difference?: PlanDifference }
  /** Another plan was accepted than this would be. */
  | { kind: 'refused'; message: string };

export interface OperateTags {
  /**
   * Everything this source says from now on; what it said before is forgotten. Every device is decided anew. A list that
   * touches many devices waits for a person (rule 22); `difference` is absent where it says what it said before.
   */
  replace(source: string, rows: readonly TagRow[], act: TagsAct): Promise<TagsOutcome>;
}

export interface OperateTagsOptions {
  store: Store;
  standing: Standing;
  planner: Pick<Planner, 'differenceOf'>;
  clock: Pick<Clock, 'now'>;
  /** `any` accepts whatever a list does: demos and simulations. */
  acceptPlan: string | undefined;
  /** Rechecks are due now. */
  onChanged(): Promise<void>;
}

export function createOperateTags({ store, standing, planner, clock, acceptPlan, onChanged }: OperateTagsOptions): OperateTags {
  /** One list after the other: each is planned beside those before it. */
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function planFor(source: string, devices: readonly TagRow[], others: readonly TagRow[]): Promise<PlanDifference> {
    return planner.differenceOf({
      name: `tags of ${source}`,
      hash: shortHash([source, devices]),
      change: { tags: createTags([...others, ...devices], standing.tags.revision) },
    });
  }

  async function replace(source: string, rows: readonly TagRow[], { by, note, accept }: TagsAct): Promise<TagsOutcome> {
    const devices = merged(rows);
    const all = await store.listTags();
    const said = all.filter((row) => row.source === source);
    const counts = { devices: devices.length, before: said.length };
    // An inventory that says the same every hour needs no plan each time.
    const isSame = shortHash(merged(said)) === shortHash(devices);
    const others = all.filter((row) => row.source !== source);
    const difference = isSame ? undefined : await planFor(source, devices, others);
    const { plan, isHeld = false } = difference?.guard ?? {};
    if (accept !== undefined && plan !== undefined && accept !== plan)
      return {
        kind: 'refused',
        message: `Plan ${accept} is not what this list would do now: that is plan ${plan}. Import it without --accept, look at it, then accept that one. Nothing was changed.`,
      };
    const isStopped = isHeld && accept === undefined && acceptPlan !== ACCEPT_ANY;
    const { handedOut, broughtForward } = difference ?? {};
    await store.audit({
      at: clock.now(),
      by,
      act: isStopped ? 'tags-held' : 'tags',
      detail: { source, ...counts, ...(note ? { note } : {}), ...(difference ? { plan, handedOut, broughtForward } : {}) },
    });
    const outcome = { ...counts, ...(difference ? { difference } : {}) };
    if (isStopped) return { kind: 'held', ...outcome };
    const revision = await store.replaceTags(source, devices);
    standing.tags = createTags(await store.listTags(), revision);
    await onChanged();
    return { kind: 'applied', ...outcome };
  }

  return { replace: (source, rows, act) => inTurn(() => replace(source, rows, act)) };
}

/** Each subject once, sorted: the same list in another order is the same. */
function merged(rows: readonly TagRow[]): TagRow[] {
  const bySubject = new Map<string, Set<string>>();
  for (const { subject, tags } of rows) bySubject.set(subject, new Set([...(bySubject.get(subject) ?? []), ...tags]));
  return [...bySubject].map(([subject, tags]) => ({ subject, tags: [...tags].sort() })).sort((a, b) => (a.subject < b.subject ? -1 : 1));
}

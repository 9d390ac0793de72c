import { isOurs } from './declarations.ts';
import { type DeclarationItem, type DeclarationItems, declarationsToken } from './manifest.ts';

/** The four lists of a manifest. */
export type ItemLists = DeclarationItems['Declarations'];

const LISTS = ['Activations', 'Assets', 'Configurations', 'Management'] as const satisfies readonly (keyof ItemLists)[];

/** Of one manifest of another server; far above what a device takes. */
const ITEMS_MAX = 5_000;
/** Apple allows 64 octets; other servers' may be longer. */
const TEXT_MAX = 255;

/**
 * Reads another server's answer to `declaration-items`, or says what is wrong with it. What is absent from a manifest the
 * device removes, so one that is not whole is none. Its own token is not read: KMFDDM's changes from call to call.
 * https://developer.apple.com/documentation/devicemanagement/declarationitemsresponse
 */
export function readItemLists(text: string): { ok: true; lists: ItemLists } | { ok: false; detail: string } {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return { ok: false, detail: 'its declaration-items are not JSON' };
  }
  const given = (answer as { Declarations?: Record<string, unknown> } | null)?.Declarations;
  if (typeof given !== 'object' || given === null) return { ok: false, detail: 'its declaration-items have no Declarations' };
  const lists: ItemLists = { Activations: [], Assets: [], Configurations: [], Management: [] };
  let count = 0;
  for (const name of LISTS) {
    const entries = given[name] ?? [];
    if (!Array.isArray(entries)) return { ok: false, detail: `its declaration-items have ${name} that are no list` };
    for (const entry of entries) {
      const item = itemOf(entry);
      if (item === undefined)
        return { ok: false, detail: `its declaration-items have an item in ${name} without Identifier and ServerToken` };
      lists[name].push(item);
      count += 1;
    }
  }
  if (count > ITEMS_MAX) return { ok: false, detail: `its declaration-items are ${count}` };
  // KMFDDM lists the same in another order with each call: what is the same is to look the same, and is not noted again.
  for (const name of LISTS) lists[name].sort((a, b) => (a.Identifier < b.Identifier ? -1 : 1));
  return { ok: true, lists };
}

function itemOf(entry: unknown): DeclarationItem | undefined {
  const { Identifier, ServerToken } = (entry ?? {}) as Partial<Record<keyof DeclarationItem, unknown>>;
  return isText(Identifier) && isText(ServerToken) ? { Identifier, ServerToken } : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= TEXT_MAX;
}

/** How many items all four lists have. */
export function countItems(lists: ItemLists): number {
  return LISTS.reduce((count, name) => count + lists[name].length, 0);
}

/**
 * Both manifests in one, under a token of its own: the same for the same items, whatever either server calls its state. What
 * another server lists under a name of ours is left out; ours goes by that name.
 */
export function unionOf(ours: ItemLists, theirs: ItemLists): DeclarationItems {
  const lists: ItemLists = { Activations: [], Assets: [], Configurations: [], Management: [] };
  for (const name of LISTS) lists[name] = [...theirs[name].filter(({ Identifier }) => !isOurs(Identifier)), ...ours[name]];
  return { Declarations: lists, DeclarationsToken: declarationsToken(LISTS.flatMap((name) => lists[name])) };
}

/** The server token under which that identifier is listed. */
export function tokenIn(lists: ItemLists, identifier: string): string | undefined {
  for (const name of LISTS) {
    const item = lists[name].find(({ Identifier }) => Identifier === identifier);
    if (item !== undefined) return item.ServerToken;
  }
  return undefined;
}

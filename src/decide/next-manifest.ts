import type { DeclarationSet, SoftwareUpdateSettings } from '../ddm/declaration.types.ts';
import { isSettingsIdentifier } from '../ddm/declarations.ts';
import { declarationKindOf, timestampAfter } from '../ddm/manifest.ts';
import type { Instant } from '../time/local.ts';
import { type Enforcement, FORMER_KEPT_MAX, FORMER_KEPT_MS, type FormerItem, type Manifest, type ManifestItem } from './manifest.ts';

/** Never needs a fresh decision by time alone. */
export const ALWAYS: Instant = Number.MAX_SAFE_INTEGER;

/** Not to be answered at all: the device keeps what it has. */
export const NEVER: Instant = -1;

export interface NextManifest {
  previous: Manifest | undefined;
  set: DeclarationSet;
  enforcement: Enforcement | undefined;
  /** Those in the set. */
  settings: SoftwareUpdateSettings | undefined;
  /** Settings that are not listed any more are not handed out either: a person wants back what there is (promise 11). */
  takesBackSettings: boolean;
  /** An earlier enforcement as it is to be judged now, or undefined when its body is not to be handed out any more. */
  review(former: Enforcement): Enforcement | undefined;
  answerableUntil: Instant;
  basis: string;
  isInvited: boolean;
  /** Also where nothing was listed before: it holds what another data folder listed, and is to give it back. */
  isAnsweredEmpty: boolean;
  now: Instant;
}

/**
 * The manifest to commit. Its token and Timestamp change if and only if the set does; what earlier
 * manifests listed stays known for a while, so that a sync under way can be finished (promise 7).
 */
export function nextManifest({
  previous,
  set,
  enforcement,
  settings,
  takesBackSettings,
  review,
  answerableUntil,
  basis,
  isInvited,
  isAnsweredEmpty,
  now,
}: NextManifest): Manifest | undefined {
  if (previous === undefined && set.declarations.length === 0 && !isAnsweredEmpty) return undefined;
  const items: ManifestItem[] = set.declarations.map((declaration) => ({
    identifier: declaration.Identifier,
    serverToken: declaration.ServerToken,
    kind: declarationKindOf(declaration.Type),
  }));
  const isSame = previous?.token === set.token;
  return {
    token: set.token,
    ...(isSame && previous ? timesOf(previous) : timesAfter(previous, now)),
    items,
    ...(enforcement === undefined ? {} : { enforcement, enforcementSince: listedSince(previous, enforcement) ?? now }),
    ...(settings === undefined ? {} : { settings }),
    answerableUntil,
    basis,
    isInvited,
    former: formerItems(previous, items, review, now).map((item) =>
      takesBackSettings && isSettingsIdentifier(item.identifier) ? { ...item, fetchable: false } : item,
    ),
  };
}

function timesOf({ changedAt, timestamp }: Manifest): Pick<Manifest, 'changedAt' | 'timestamp'> {
  return { changedAt, ...(timestamp === undefined ? {} : { timestamp }) };
}

function timesAfter(previous: Manifest | undefined, now: Instant): Pick<Manifest, 'changedAt' | 'timestamp'> {
  const timestamp = timestampAfter(previous && (previous.timestamp ?? previous.changedAt), now);
  return { changedAt: now, ...(timestamp === now ? {} : { timestamp }) };
}

/** Undefined: it was not listed before. In a manifest of an older version nobody knows, and it counts as always. */
function listedSince(previous: Manifest | undefined, { identifier }: Enforcement): Instant | undefined {
  return previous?.enforcement?.identifier === identifier ? (previous.enforcementSince ?? 0) : undefined;
}

function formerItems(
  previous: Manifest | undefined,
  items: readonly ManifestItem[],
  review: NextManifest['review'],
  now: Instant,
): FormerItem[] {
  if (previous === undefined) return [];
  const listed = new Set(items.map((item) => item.identifier));
  const former: FormerItem[] = [];
  for (const item of previous.items) {
    if (listed.has(item.identifier)) continue;
    const enforcement = previous.enforcement?.identifier === item.identifier ? previous.enforcement : undefined;
    former.push(reviewed({ ...item, until: now + FORMER_KEPT_MS, fetchable: true, ...(enforcement ? { enforcement } : {}) }, review));
  }
  for (const item of previous.former) {
    if (item.until <= now || listed.has(item.identifier) || former.some((other) => other.identifier === item.identifier)) continue;
    former.push(reviewed(item, review));
  }
  return former.slice(0, FORMER_KEPT_MAX);
}

/** What was taken back once is not handed out again under this entry. */
function reviewed(item: FormerItem, review: NextManifest['review']): FormerItem {
  if (item.enforcement === undefined || !item.fetchable) return item;
  const enforcement = review(item.enforcement);
  return enforcement === undefined ? { ...item, fetchable: false } : { ...item, enforcement };
}

export type DeclarationKind = 'activation' | 'asset' | 'configuration' | 'management';

const KINDS: readonly (readonly [plural: string, kind: DeclarationKind])[] = [
  ['Activations', 'activation'],
  ['Assets', 'asset'],
  ['Configurations', 'configuration'],
  ['Management', 'management'],
];

export interface ManifestItem {
  kind: DeclarationKind;
  identifier: string;
  serverToken: string;
}

/** What is listed, or what is wrong with it. Apple wants all four arrays, and identifiers unique over all of them. */
export function readManifest(items: Record<string, unknown>): { token: string; items: ManifestItem[] } | string {
  const lists = items.Declarations as Record<string, unknown> | undefined;
  if (typeof items.DeclarationsToken !== 'string' || typeof lists !== 'object' || lists === null) return 'declaration-items: malformed';
  const list: ManifestItem[] = [];
  const seen = new Set<string>();
  for (const [plural, kind] of KINDS) {
    const entries = lists[plural];
    if (!Array.isArray(entries)) return `declaration-items: no ${plural}`;
    for (const entry of entries as { Identifier?: unknown; ServerToken?: unknown }[]) {
      const { Identifier: identifier, ServerToken: serverToken } = entry;
      if (typeof identifier !== 'string' || typeof serverToken !== 'string') return 'declaration-items: malformed entry';
      if (identifier.length > 64 || serverToken.length > 64 || seen.has(identifier))
        return `declaration-items: bad identifier or token ${identifier}`;
      seen.add(identifier);
      list.push({ kind, identifier, serverToken });
    }
  }
  return { token: items.DeclarationsToken, items: list };
}

/** Dotted names become nested dictionaries. */
export function plant(tree: Record<string, unknown>, name: string, value: unknown): void {
  const parts = name.split('.');
  const last = parts.pop() as string;
  let at = tree;
  for (const part of parts) {
    at[part] ??= {};
    at = at[part] as Record<string, unknown>;
  }
  at[last] = value;
}

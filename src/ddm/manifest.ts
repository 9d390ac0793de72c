import { createHash } from 'node:crypto';
import type { Instant } from '../time/local.ts';
import { compareText } from './canonical-json.ts';
import type { Declaration, DeclarationKind, DeclarationSet } from './declaration.types.ts';

/** How a manifest names one declaration. */
export interface DeclarationItem {
  Identifier: string;
  ServerToken: string;
}

/** Answer to `declaration-items`. https://developer.apple.com/documentation/devicemanagement/declarationitemsresponse */
export interface DeclarationItems {
  Declarations: {
    Activations: DeclarationItem[];
    Assets: DeclarationItem[];
    Configurations: DeclarationItem[];
    Management: DeclarationItem[];
  };
  DeclarationsToken: string;
}

/** Answer to `tokens`. https://developer.apple.com/documentation/devicemanagement/tokensresponse */
export interface TokensAnswer {
  SyncTokens: { DeclarationsToken: string; Timestamp: string };
}

const listOfKind = { activation: 'Activations', asset: 'Assets', configuration: 'Configurations', management: 'Management' } as const;

/**
 * The manifest of a set, an empty one included. All four lists are always there, and what is absent from them the
 * device removes.
 */
export function declarationItems(set: DeclarationSet): DeclarationItems {
  const lists: DeclarationItems['Declarations'] = { Activations: [], Assets: [], Configurations: [], Management: [] };
  for (const declaration of set.declarations) {
    const { Type, Identifier, ServerToken } = declaration;
    lists[listOfKind[declarationKindOf(Type)]].push({ Identifier, ServerToken });
  }
  return { Declarations: lists, DeclarationsToken: set.token };
}

/**
 * The moment to tell of a change made `now`, after another was told as `told`: where our clock was set back in between it
 * is a second later, for what a device is told of its manifest goes forward.
 */
export function timestampAfter(told: Instant | undefined, now: Instant): Instant {
  return told === undefined || now > told ? now : told + 1_000;
}

/** `timestamp` is the time of the last change as RFC 3339 in UTC with seconds ("2026-11-20T10:00:00Z"), not now. */
export function tokensAnswer(token: string, timestamp: string): TokensAnswer {
  return { SyncTokens: { DeclarationsToken: token, Timestamp: timestamp } };
}

/** Which of the four lists, and which `declaration/<kind>/` path, a declaration of that type belongs to. */
export function declarationKindOf(type: Declaration['Type']): DeclarationKind {
  if (type.startsWith('com.apple.activation.')) return 'activation';
  if (type.startsWith('com.apple.asset.')) return 'asset';
  return type.startsWith('com.apple.management.') ? 'management' : 'configuration';
}

/**
 * The token of a manifest: the same for the same (Identifier, ServerToken) pairs in any order, another one for any
 * other pairs. Every part carries its length, so that no two lists run together to the same text.
 * 64 characters; Apple allows 256 octets.
 */
export function declarationsToken(items: readonly DeclarationItem[]): string {
  const hash = createHash('sha256');
  const sorted = [...items].sort((a, b) => compareText(a.Identifier, b.Identifier) || compareText(a.ServerToken, b.ServerToken));
  for (const { Identifier, ServerToken } of sorted) hash.update(withLength(Identifier)).update(withLength(ServerToken));
  return hash.digest('hex');
}

function withLength(part: string): string {
  return `${Buffer.byteLength(part)}:${part},`;
}

import type { DeclarationKind } from './declaration.types.ts';

export type DdmEndpoint =
  | { kind: 'tokens' }
  | { kind: 'declaration-items' }
  | { kind: 'status' }
  | { kind: 'declaration'; declarationKind: DeclarationKind; identifier: string };

/** Apple allows identifiers of 64 octets; other servers' may be longer. */
const identifierLengthMax = 255;

/**
 * Reads the path below the base of the declarative management URL ("tokens", "declaration/configuration/a.b"; one
 * leading slash is allowed). The *device* chooses this path and the MDM server forwards it as it is, so only what
 * Apple's protocol names is understood: anything else, a query string or a dot segment included, is undefined. Identifiers
 * of other servers may have any character, percent-encoded, but those that make another path of it.
 * https://developer.apple.com/documentation/devicemanagement/declarativemanagementrequest
 */
export function parseEndpoint(path: string): DdmEndpoint | undefined {
  const endpoint = path.startsWith('/') ? path.slice(1) : path;
  if (endpoint === 'tokens' || endpoint === 'declaration-items' || endpoint === 'status') return { kind: endpoint };
  const match = /^declaration\/(activation|asset|configuration|management)\/((?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)$/.exec(
    endpoint,
  );
  const identifier = decoded(match?.[2]);
  if (!match || identifier === undefined || identifier.length > identifierLengthMax || /^\.+$|[/\\?#\p{Cc}]/u.test(identifier))
    return undefined;
  return { kind: 'declaration', declarationKind: match[1] as DeclarationKind, identifier };
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The path again, below the base. */
export function endpointPath(endpoint: DdmEndpoint): string {
  return endpoint.kind === 'declaration'
    ? `declaration/${endpoint.declarationKind}/${encodeURIComponent(endpoint.identifier)}`
    : endpoint.kind;
}

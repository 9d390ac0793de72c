import type { Declaration } from './declaration.types.ts';
import { isOurs } from './declarations.ts';

/**
 * Declarations that only make sense together, a configuration and the activation that names it, under one name: the
 * configuration's identifier. Both are named after their content, so a group of that name is the same everywhere.
 */
export interface DeclarationGroup {
  name: string;
  /** What is named before what names it. */
  declarations: Declaration[];
}

/** The groups of a set, in the order of their names. An activation belongs to what it names first. */
export function groupsOf(declarations: readonly Declaration[]): DeclarationGroup[] {
  const activations = declarations.filter(isActivation);
  return declarations
    .filter((declaration) => !isActivation(declaration))
    .map((declaration) => ({
      name: declaration.Identifier,
      declarations: [declaration, ...activations.filter(({ Payload }) => firstNamed(Payload) === declaration.Identifier)],
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The names of those groups, where only what they consist of is known. */
export function groupNamesOf(items: readonly { identifier: string; kind: string }[]): string[] {
  return items.filter(({ kind }) => kind !== 'activation').map(({ identifier }) => identifier);
}

/** Whether a group of that name, wherever it is kept, was made by some version of Ratchet. */
export function isOurGroup(name: string): boolean {
  return isOurs(name);
}

function isActivation({ Type }: Declaration): boolean {
  return Type.startsWith('com.apple.activation.');
}

function firstNamed({ StandardConfigurations }: Record<string, unknown>): unknown {
  return Array.isArray(StandardConfigurations) ? StandardConfigurations[0] : undefined;
}

import { createHash } from 'node:crypto';

/** A declaration as KMFDDM keeps it. */
export interface StoredDeclaration {
  Identifier: string;
  Type: string;
  /** Sixteen hex characters, of the content and how often it was touched. */
  ServerToken: string;
  /** JSON as devices get it. */
  raw: string;
}

export interface StoredReport {
  id: string;
  /** From 0, of this enrollment's. */
  index: number;
  at: number;
  body: Uint8Array;
}

type Content = { Identifier: string; Type: string; Payload: unknown; ServerToken?: unknown };

/** Of one enrollment's reports; the real one keeps them all. */
const REPORTS_MAX = 50;

/** KMFDDM's storage: declarations, in sets, of which enrollments have some. */
export class KmfddmStore {
  readonly declarations = new Map<string, StoredDeclaration>();
  readonly #touched = new Map<string, number>();
  readonly #sets = new Map<string, Set<string>>();
  readonly #enrollmentSets = new Map<string, Set<string>>();
  readonly #reports = new Map<string, StoredReport[]>();

  /** Undefined: no valid declaration. */
  put(content: Partial<Content>): { isChanged: boolean } | undefined {
    const { Identifier, Type, Payload } = content;
    if (typeof Identifier !== 'string' || Identifier === '' || typeof Type !== 'string' || Type === '' || Payload === undefined)
      return undefined;
    // The client's own token counts for nothing.
    const ServerToken = this.#token(Identifier, Type, Payload);
    if (this.declarations.get(Identifier)?.ServerToken === ServerToken) return { isChanged: false };
    this.#write({ Identifier, Type, Payload, ServerToken });
    return { isChanged: true };
  }

  touch(id: string): boolean {
    const found = this.declarations.get(id);
    if (found === undefined) return false;
    this.#touched.set(id, (this.#touched.get(id) ?? 0) + 1);
    const { Payload } = JSON.parse(found.raw) as Content;
    this.#write({ Identifier: id, Type: found.Type, Payload, ServerToken: this.#token(id, found.Type, Payload) });
    return true;
  }

  #token(id: string, type: string, payload: unknown): string {
    const content = JSON.stringify([id, type, payload, this.#touched.get(id) ?? 0]);
    return createHash('sha256').update(content).digest('hex').slice(0, 16);
  }

  #write({ Identifier, Type, Payload, ServerToken }: { Identifier: string; Type: string; Payload: unknown; ServerToken: string }): void {
    this.declarations.set(Identifier, {
      ...{ Identifier, Type, ServerToken },
      raw: JSON.stringify({ Identifier, Type, Payload, ServerToken }, undefined, '\t'),
    });
  }

  /** How many sets still have it; it is deleted when none has. */
  delete(id: string): { inSets: number; isChanged: boolean } {
    const inSets = this.setsOf(id).length;
    return { inSets, isChanged: inSets === 0 && this.declarations.delete(id) };
  }

  setNames(): string[] {
    return [...this.#sets.keys()];
  }

  setsOf(declaration: string): string[] {
    return this.setNames().filter((set) => this.#sets.get(set)?.has(declaration));
  }

  inSet(set: string): string[] {
    return [...(this.#sets.get(set) ?? [])];
  }

  /** A set is there as long as it has something. */
  changeSet(set: string, declaration: string, isIn: boolean): boolean {
    return change(this.#sets, set, declaration, isIn);
  }

  setsOfEnrollment(id: string): string[] {
    return [...(this.#enrollmentSets.get(id) ?? [])];
  }

  changeEnrollment(id: string, set: string, isIn: boolean): boolean {
    return change(this.#enrollmentSets, id, set, isIn);
  }

  /** With duplicates left out: which enrollments have one of these sets. */
  enrollmentsWith(sets: readonly string[]): string[] {
    return [...this.#enrollmentSets].flatMap(([id, has]) => (sets.some((set) => has.has(set)) ? [id] : []));
  }

  /** What an enrollment is to have. */
  itemsFor(id: string): StoredDeclaration[] {
    const ids = new Set(this.setsOfEnrollment(id).flatMap((set) => this.inSet(set)));
    return [...ids].flatMap((declaration) => this.declarations.get(declaration) ?? []);
  }

  report(id: string, report: Omit<StoredReport, 'index'>): void {
    const before = this.#reports.get(id) ?? [];
    this.#reports.set(id, [...before, { ...report, index: (before.at(-1)?.index ?? -1) + 1 }].slice(-REPORTS_MAX));
  }

  /** The newest first. */
  reportsOf(id: string): StoredReport[] {
    return [...(this.#reports.get(id) ?? [])].reverse();
  }

  enrollmentsThatReported(): string[] {
    return [...this.#reports.keys()];
  }

  /** Loses everything, as with its volume. */
  clear(): void {
    for (const kept of [this.declarations, this.#touched, this.#sets, this.#enrollmentSets, this.#reports]) kept.clear();
  }
}

function change(kept: Map<string, Set<string>>, key: string, entry: string, isIn: boolean): boolean {
  const entries = kept.get(key) ?? new Set();
  if (entries.has(entry) === isIn) return false;
  if (isIn) entries.add(entry);
  else entries.delete(entry);
  if (entries.size > 0) kept.set(key, entries);
  else kept.delete(key);
  return true;
}

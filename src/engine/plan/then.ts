import { NOT_SEEN_MS } from '../../decide/progress.ts';
import type { LedgerLine } from '../../policy/ledger.ts';
import type { Catalogue } from '../../releases/catalogue.types.ts';
import type { Gathered, ReconcileCommit } from '../../store/store.ts';

/**
 * How things stand at another time if nothing else changes: devices that talk go on talking and fetch what they are handed
 * out, silent ones stay silent, nobody installs anything, Apple releases nothing and takes nothing back.
 */

/** One device, after the decision that is made now. */
export function gatheredThen(
  gathered: Gathered,
  { state, memory, manifest, ledgerLines }: ReconcileCommit,
  now: number,
  at: number,
): Gathered {
  const isTalking = now - state.lastSeenAt < NOT_SEEN_MS;
  const lastSeenAt = isTalking ? state.lastSeenAt + (at - now) : state.lastSeenAt;
  const { enforcement, enforcementSince = 0 } = manifest ?? gathered.manifest ?? {};
  const held = enforcement?.identifier;
  const isFetched = held === undefined || (state.fetched[held] ?? -1) >= enforcementSince;
  return {
    ...gathered,
    events: [],
    state: { ...state, lastSeenAt, ...(isTalking && !isFetched ? { fetched: { ...state.fetched, [held]: now } } : {}) },
    memory: { ...memory, lastSeenAt },
    manifest: manifest ?? gathered.manifest,
    lines: withWritten(gathered.lines, ledgerLines),
  };
}

function withWritten(lines: readonly LedgerLine[], written: readonly LedgerLine[]): LedgerLine[] {
  const isOver = (line: LedgerLine) => written.some(({ policy, release }) => policy === line.policy && release === line.release);
  return [...lines.filter((line) => !isOver(line)), ...written];
}

/** Releases whose expiry Apple moves on every day stay installable. */
export function catalogueThen(catalogue: Catalogue | undefined): Catalogue | undefined {
  if (catalogue === undefined) return undefined;
  return {
    ...catalogue,
    releases: catalogue.releases.map((release) => ({
      ...release,
      groups: release.groups.map((group) => {
        if (!group.expirationRolls) return group;
        const { expirationDate: _rolls, ...rest } = group;
        return rest;
      }),
    })),
  };
}

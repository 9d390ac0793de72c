import type { ConflictCount, ConflictMark } from '../../store/store.ts';
import { devicesText } from './judge-fleet.ts';

/** Servers named; the others are counted. */
const NAMED_MAX = 5;

export interface ToldConflicts {
  sentence: string;
  /** Devices with a conflict that is worth an alert, each once. */
  count: number;
}

/**
 * What of the conflicts of a fleet is worth an alert: that somebody else enforces updates too. Settings, deferrals and profiles
 * are often wanted, and hinder nothing. Undefined: nothing is.
 */
export function conflictSentence(counts: readonly ConflictCount[]): ToldConflicts | undefined {
  const isWorth = ({ kind }: ConflictMark) => kind === 'enforcement' || kind === 'update-command';
  const worth = counts.filter(({ conflicts }) => conflicts.some(isWorth));
  if (worth.length === 0) return undefined;
  const sum = (some: readonly ConflictCount[]) => some.reduce((total, { devices }) => total + devices, 0);
  const withMark = (isMeant: (mark: ConflictMark) => boolean) => sum(worth.filter(({ conflicts }) => conflicts.some(isMeant)));
  const servers = new Set(
    worth.flatMap(({ conflicts }) => conflicts.filter(({ kind }) => kind === 'enforcement').map(({ whose }) => whose)),
  );
  const named = [...servers].sort((a, b) => ((a ?? '~') < (b ?? '~') ? -1 : 1)).slice(0, NAMED_MAX);
  const parts = named.map((whose) => {
    const devices = withMark((mark) => mark.kind === 'enforcement' && mark.whose === whose);
    return `${devicesText(devices)} ${devices === 1 ? 'holds' : 'hold'} software-update declarations of ${whose ?? 'another server'}`;
  });
  if (servers.size > named.length) parts.push(`some hold those of ${servers.size - named.length} more`);
  const answered = withMark(({ kind }) => kind === 'update-command');
  if (answered > 0) parts.push(`${devicesText(answered)} answered update commands that Ratchet did not send`);
  return { sentence: `${parts.join('; ')}.`, count: sum(worth) };
}

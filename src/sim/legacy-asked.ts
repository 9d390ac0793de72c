import type { PlistDict, PlistValue } from './plist.ts';

/** What a ScheduleOSUpdate asks for: one word for each of its items, apart by spaces. */
export interface UpdateAsked {
  /** InstallAction. */
  action: string;
  /** ProductVersion, or ProductKey where there is none. */
  target: string;
  priority?: string;
}

/** Undefined for any other command. */
export function updateAsked(command: PlistDict): UpdateAsked | undefined {
  if (command.RequestType !== 'ScheduleOSUpdate') return undefined;
  const items = dictsOf(command.Updates);
  const word = (name: string) => items.map((item) => String(item[name])).join(' ');
  return {
    action: word('InstallAction'),
    target: items.map((item) => String(item.ProductVersion ?? item.ProductKey)).join(' '),
    ...(items.some((item) => item.Priority !== undefined) ? { priority: word('Priority') } : {}),
  };
}

/** The dictionaries of an array; none when it is no array. */
export function dictsOf(value: PlistValue | undefined): PlistDict[] {
  return Array.isArray(value) ? value.filter((item): item is PlistDict => typeof item === 'object' && !Array.isArray(item)) : [];
}

import type { DeviceSpec } from './device.types.ts';

function isDuring(span: { from: number; until: number } | undefined, at: number): boolean {
  return span !== undefined && span.from <= at && at < span.until;
}

/** What keeps the device from updating at an instant, for good or for a time. */
export function ailmentOf({ trouble, mishaps }: DeviceSpec, at: number): DeviceSpec['trouble'] {
  return trouble ?? (isDuring(mishaps?.shortage, at) ? mishaps?.shortage?.of : undefined);
}

/** How far the device's clock is ahead at an instant, ms. */
export function clockAhead({ mishaps }: DeviceSpec, at: number): number {
  return isDuring(mishaps?.clock, at) ? (mishaps?.clock?.aheadMs ?? 0) : 0;
}

/** What the device says on one channel that it runs. */
export function systemTold(
  { mishaps }: DeviceSpec,
  system: { osVersion: string; build: string; before?: { osVersion: string; build: string } },
  channel: 'information' | 'status',
  at: number,
): { osVersion: string | undefined; build: string | undefined } {
  const { osVersion, build } = system;
  const lie = mishaps?.lie;
  if (lie === undefined || lie.channel !== channel || !isDuring(lie, at)) return { osVersion, build };
  if (lie.tells === 'old') return system.before ?? { osVersion, build };
  return lie.tells === 'none' ? { osVersion: undefined, build: undefined } : { osVersion: lie.text, build };
}

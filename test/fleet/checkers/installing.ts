import type { WorldEvent } from '../../../src/sim/world.types.ts';

/** Which devices are installing, by the newest status report that reached the app, by its server or its webhook, or may have. */
export interface Installing {
  note(event: WorldEvent): void;
  has(device: string): boolean;
}

export function createInstalling(): Installing {
  const since = new Map<string, { at: number; isInstalling: boolean }>();

  function tell(device: string, at: number, installState: string): void {
    if ((since.get(device)?.at ?? 0) > at) return;
    since.set(device, { at, isInstalling: installState === 'installing' });
  }

  return {
    note(event) {
      if (event.kind === 'dm' && event.status === 200 && event.installState !== undefined) tell(event.device, event.at, event.installState);
      if (event.kind === 'webhook' && event.status === 200 && event.installState !== undefined)
        tell(event.device, event.sentAt, event.installState);
      // An answer that got lost on its way to the device: the app may have the report all the same.
      if (event.kind === 'report' && event.status !== 200 && event.installState === 'installing')
        tell(event.device, event.at, 'installing');
    },
    has: (device) => since.get(device)?.isInstalling === true,
  };
}

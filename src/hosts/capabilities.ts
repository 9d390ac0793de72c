import type { HostCapabilities } from './host.ts';

/** The servers Ratchet can stand beside. */
export type HostName = 'nanomdm' | 'nanohub' | 'micromdm';

const nanoMdm: HostCapabilities = {
  serverVersionRange: '0.5 and newer',
  // Far below the 8 KiB that reverse proxies allow a request line.
  pushIdsMax: 30,
  pushesOnEnqueue: false,
  duplicates: 'refused',
  namesQueue: false,
  listsDevices: false,
  webhookSigned: true,
  webhookHasTally: true,
  webhookCarriesDdm: true,
  ddmSigned: true,
  ddmUserChannelIds: 'with-device',
};

/** What differs between them, in one table. Sources: NanoMDM's docs/operations-guide.md and MicroMDM's platform/. */
export const hostCapabilities: Readonly<Record<HostName, HostCapabilities>> = {
  nanomdm: nanoMdm,
  // NanoMDM's core; its own KMFDDM answers devices, and nobody asks us.
  nanohub: { ...nanoMdm, serverVersionRange: '0.1.1 and newer; signs its webhook after 0.2.0' },
  micromdm: {
    serverVersionRange: '1.11 to 1.13',
    pushIdsMax: 1,
    pushesOnEnqueue: true,
    duplicates: 'corrupt-queue',
    namesQueue: true,
    listsDevices: true,
    webhookSigned: false,
    webhookHasTally: false,
    webhookCarriesDdm: false,
    ddmSigned: false,
    ddmUserChannelIds: 'bare',
  },
};

import type { GateInput } from '../../src/gate/decide-gate.ts';
import type { MachineInfo } from '../../src/mdm/machine-info.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { catalogue, MAC_KEY, NOW, PHONE, withPolicy } from '../decide/builders.ts';

/** A phone on 40.4 that can be asked, under one policy that wants the latest release (40.6) and 40.5 at enrollment. */
export const PHONE_INFO: MachineInfo = {
  serialNumber: 'SERIAL1',
  udid: 'D1',
  productName: PHONE,
  osVersion: '40.4',
  buildVersion: '40E40',
  canRequestSoftwareUpdate: true,
};

export const MAC_INFO: MachineInfo = {
  ...{ serialNumber: 'SERIAL2', udid: 'D2', productName: 'Mac90,1', softwareUpdateDeviceId: MAC_KEY },
  ...{ osVersion: '40.4', buildVersion: '40E40', canRequestSoftwareUpdate: true },
};

export function gateInput(changes: Partial<GateInput> = {}): GateInput {
  return {
    now: NOW,
    info: PHONE_INFO,
    policies: withPolicy({ enrollmentMinimum: '40.5' }),
    tags: [],
    control: { state: 'running', pausedPolicies: [], held: undefined },
    clockSuspect: undefined,
    catalogue: catalogue(),
    rollouts: new Map(),
    overrides: undefined,
    sentAway: [],
    timesMax: 3,
    periodMs: 7 * DAY_MS,
    ...changes,
  };
}

/** As the device writes it. */
export function machineInfoPlist(info: Readonly<Record<string, string | boolean>>): string {
  const rows = Object.entries(info).map(
    ([key, value]) => `<key>${key}</key>${typeof value === 'string' ? `<string>${value}</string>` : `<${value}/>`}`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>${rows.join('')}</dict></plist>`;
}

import { clientCapabilities, hasFullReport } from './capabilities.ts';
import { createDdmClient, type DdmClient, type DdmClientOptions } from './ddm-client.ts';
import type { DeviceSpec, DeviceWorld } from './device.types.ts';
import { canEnforce, createJudge, enforcementOf } from './device-judge.ts';
import { userOf } from './device-messages.ts';
import { statusItemsOf } from './device-status.ts';
import type { PlistDict } from './plist.ts';
import type { RunningSystem, UpdateEngine } from './update-engine.ts';
import type { WireResponse } from './wire.ts';

export interface DeviceDdmOptions extends Required<Pick<DdmClientOptions, 'pause' | 'onReported'>> {
  spec: DeviceSpec;
  world: DeviceWorld;
  system: RunningSystem;
  updates: UpdateEngine;
  /** One check-in of the device. */
  exchange(message: PlistDict): Promise<WireResponse>;
}

/** Declarative management of a device, and of its user channel. */
export function createDeviceDdm({ spec, world, system, updates, exchange, pause, onReported }: DeviceDdmOptions): {
  ddm: DdmClient;
  userDdm: DdmClient;
} {
  const { scheduler, switches } = world;
  const { family } = spec.model;
  const canUpdate = canEnforce(spec);
  const says = (who: PlistDict) => (endpoint: string, data: Uint8Array) =>
    exchange({ MessageType: 'DeclarativeManagement', Endpoint: endpoint, Data: data.length > 0 ? data : undefined, ...who });
  const common = { hasFullReport: () => hasFullReport(family, system.osVersion), switches };
  return {
    ddm: createDdmClient({
      ...common,
      exchange: says({}),
      judge: createJudge(spec, system, false),
      pause,
      onApplied: (configurations) =>
        updates.consider(canUpdate ? configurations.flatMap((declaration) => enforcementOf(declaration) ?? []) : []),
      statusItems: () => statusItemsOf(spec, system, updates.items(), { at: scheduler.now(), switches }),
      capabilities: () => clientCapabilities(family, system.osVersion, canUpdate, switches),
      onReported,
    }),
    userDdm: createDdmClient({
      ...common,
      exchange: says(userOf(spec)),
      judge: createJudge(spec, system, true),
      onApplied: () => {},
      statusItems: () => ({}),
      capabilities: () => clientCapabilities(family, system.osVersion, false, switches),
    }),
  };
}

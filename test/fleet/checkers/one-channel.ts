import { ENFORCEMENT, hasUpdateCommands } from '../../../src/sim/capabilities.ts';
import { compareVersionTexts, majorOf } from '../../../src/sim/table.ts';
import type { WorldDevice, WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createReported } from './reported.ts';
import { createUnderWay } from './under-way.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;
const COMMANDS: ReadonlySet<string> = new Set(['ScheduleOSUpdate', 'AvailableOSUpdates', 'OSUpdateStatus', 'ScheduleOSUpdateScan']);

/**
 * Promise 5: a device has an enforcement declaration or update commands, never both; none of these commands goes to OS 27
 * or to an OS that does not know it.
 */
export const oneChannel: CheckerKind = { promise: 5, title: 'declarations or commands', file: 'one-channel.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world } = fleet;
  const reported = createReported();
  const underWay = createUnderWay(fleet);

  function onCommand({ requestType, commandUuid, at }: WorldEvent & { kind: 'enqueue' }, device: WorldDevice): void {
    const { family } = device.spec.model;
    // A question that was on its way when the version came is asked in vain; an update would be sent in error.
    const runs = requestType === 'ScheduleOSUpdate' ? reported.latest(device.id)?.version : reported.before(device.id, at - CALL_MS);
    const what = `got ${requestType} ${commandUuid}`;
    if (runs === undefined) violate(device.id, `${what} and had not told what it runs`);
    else if (majorOf(runs) >= 27) violate(device.id, `${what} and had told that it runs ${runs}, where the command is gone`);
    else if (!isKnown(requestType, family, runs)) violate(device.id, `${what}, which ${family} ${runs} does not know`);
    if (requestType !== 'ScheduleOSUpdate') return;
    const held = [...device.ddm.declarations.values()].find(({ type }) => type === ENFORCEMENT);
    if (held) violate(device.id, `${what} and holds the declaration ${held.identifier}`);
  }

  return {
    onEvent(event) {
      const device = world.device(event.device);
      if (device && event.kind === 'enqueue' && event.result !== 'exists' && COMMANDS.has(event.requestType)) onCommand(event, device);
      if (event.kind === 'dm' && event.enforcement !== undefined) {
        const command = underWay.of(event.device, 'ScheduleOSUpdate', event.at)[0];
        if (command)
          violate(event.device, `was handed ${event.enforcement.identifier} while ${command.commandUuid} may still be on its way`);
      }
      reported.note(event);
      underWay.note(event);
    },
  };
}

/** Scans are for Macs, whose OSUpdateStatus came a little later than the rest. */
function isKnown(requestType: string, family: WorldDevice['spec']['model']['family'], version: string): boolean {
  if (!hasUpdateCommands(family, version)) return false;
  if (requestType === 'ScheduleOSUpdateScan') return family === 'Mac';
  return requestType !== 'OSUpdateStatus' || family !== 'Mac' || compareVersionTexts(version, '10.11.5') >= 0;
}

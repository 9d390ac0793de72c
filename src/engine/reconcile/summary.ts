import type { Decision } from '../../decide/decide.ts';
import { type EnrollmentState, known, knownExtra } from '../../enrollment/state.ts';
import { lookupKey } from '../../os/lookup-key.ts';
import { platformOf } from '../../os/platform.ts';
import { formatVersion, parseVersion } from '../../os/version.ts';
import type { EnrollmentSummary } from '../../store/store.ts';

/** What lists and searches show of a device, as it is known and decided now. */
export function summaryOf(
  state: EnrollmentState,
  decision: Pick<Decision, 'policy' | 'enforcement' | 'counted' | 'holds' | 'missesExploitedFix' | 'memory'>,
  tags: readonly string[],
): EnrollmentSummary {
  const productName = known(state, 'productName') ?? known(state, 'model');
  const osVersion = known(state, 'osVersion');
  const runs = parseVersion(osVersion, knownExtra(state));
  const platform = platformOf(productName);
  const { rollout, rolloutNext } = decision.memory;
  return {
    type: state.type,
    serialNumber: known(state, 'serialNumber'),
    deviceName: known(state, 'deviceName'),
    platform,
    productName,
    osVersion,
    runs: runs && formatVersion(runs),
    buildVersion: known(state, 'buildVersion'),
    lookupKey: lookupKey({
      platform,
      softwareUpdateDeviceId: known(state, 'softwareUpdateDeviceId'),
      productName: known(state, 'productName'),
      model: known(state, 'model'),
    }),
    policy: decision.policy,
    // Of a policy it is no longer under, its memory tells too.
    ring: [rolloutNext, rollout].find((device) => device !== undefined && device.policy === decision.policy)?.ring,
    date: decision.enforcement?.local.slice(0, 10),
    isHandedOut: decision.counted?.date !== undefined,
    isHolding: decision.holds !== undefined,
    isExposed: decision.missesExploitedFix,
    tags,
    lastSeenAt: state.lastSeenAt,
  };
}

/** Whether two of them differ in nothing but when the device was last seen. */
export function isListedAlike(a: EnrollmentSummary, b: EnrollmentSummary): boolean {
  return (
    a.type === b.type &&
    a.serialNumber === b.serialNumber &&
    a.deviceName === b.deviceName &&
    a.platform === b.platform &&
    a.productName === b.productName &&
    a.osVersion === b.osVersion &&
    a.runs === b.runs &&
    a.buildVersion === b.buildVersion &&
    a.lookupKey === b.lookupKey &&
    a.policy === b.policy &&
    a.ring === b.ring &&
    a.date === b.date &&
    a.isHandedOut === b.isHandedOut &&
    a.isHolding === b.isHolding &&
    a.isExposed === b.isExposed &&
    a.tags.length === b.tags.length &&
    a.tags.every((tag, index) => tag === b.tags[index])
  );
}

import type { Switches } from './device.types.ts';
import type { Prng } from './prng.ts';

type Later = Omit<
  Switches,
  'failedFetch' | 'pastDate' | 'declarationsInReports' | 'pollsAfterNotNow' | 'retriesShowDownloading' | 'userChannelSyncs'
>;

/** As worlds are that don't draw all. */
export const USUAL_SWITCHES: Later = {
  removedCommand: 'by-device',
  removedQuery: 'omitted',
  supplemental: 'none',
  visionDeviceId: '26',
  mdmItemsIn27: true,
  unsupportedItem: 'Error.UnsupportedStatusItem',
  syncRetry: 'minutes',
  reportsReplaced: false,
  deferredUntil: 'label',
  macos13Actions: 'all',
  afterUpdate: 'soon',
  expirationDay: 'never',
};

/** One value for each point that Apple's documents leave open. `drawsAll`: also those that came later. */
export function drawSwitches(prng: Prng, drawsAll: boolean): Switches {
  return {
    failedFetch: prng.pick(['retry', 'drop']),
    pastDate: prng.pick(['in-an-hour', 'at-once']),
    declarationsInReports: prng.pick(['whole', 'changed']),
    pollsAfterNotNow: prng.chance(0.5),
    retriesShowDownloading: prng.chance(0.5),
    userChannelSyncs: prng.chance(0.7),
    ...(drawsAll ? drawLater(prng) : USUAL_SWITCHES),
  };
}

function drawLater(prng: Prng): Later {
  return {
    removedCommand: prng.pick(['by-device', 'unknown', 'format', 'other']),
    removedQuery: prng.pick(['omitted', 'empty']),
    supplemental: prng.pick(['none', '(a)', 'a', ' (a)']),
    visionDeviceId: prng.pick(['26', '26.4']),
    mdmItemsIn27: prng.chance(0.5),
    unsupportedItem: prng.pick(['Error.UnsupportedStatusItem', 'Error.StatusItemNotSupported', 'Error.Unknown']),
    syncRetry: prng.pick(['minutes', 'hours']),
    reportsReplaced: prng.chance(0.5),
    deferredUntil: prng.pick(['label', 'holds-back']),
    macos13Actions: prng.pick(['all', 'asap-only']),
    afterUpdate: prng.pick(['soon', 'hours']),
    expirationDay: prng.pick(['never', 'inclusive', 'exclusive']),
  };
}

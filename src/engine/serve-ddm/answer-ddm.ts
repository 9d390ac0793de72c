import type { DdmUpstream } from '../../hosts/ddm-upstream.ts';
import type { DeclarationChannel } from '../../hosts/declaration-channel.ts';
import type { Host } from '../../hosts/host.ts';
import type { Alerts } from '../alerts.ts';
import { createPlaceDdm } from '../place/place-ddm.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import { createAfterMerge } from './after-merge.ts';
import type { AnswerDdm } from './answer-ddm.types.ts';
import { createMergeDdm } from './merge-ddm.ts';
import { createNoteForeign } from './note-foreign.ts';
import { createServeDdm, type ServeDdmOptions } from './serve-ddm.ts';
import { createStatusRelay } from './status-relay.ts';

export interface AnswerDdmOptions extends ServeDdmOptions {
  reconciler: Reconciler;
  host: Pick<Host, 'capabilities'>;
  /** The server that answers in our place. Undefined: we do. */
  channel: DeclarationChannel | undefined;
  /** Undefined: there is none. */
  upstream: DdmUpstream | undefined;
  alerts: Alerts;
}

export function createAnswerDdm({ upstream, channel, host, alerts, ...ours }: AnswerDdmOptions): AnswerDdm {
  const { standing, store, clock, log } = ours;
  if (channel !== undefined) return createPlaceDdm({ ...ours, ...host.capabilities, channel, alerts });
  standing.site = { ...standing.site, mergesDdm: upstream !== undefined };
  const serve = createServeDdm(ours);
  if (upstream === undefined) return { ...NOTHING_ELSE, answer: createAfterMerge({ ...ours, alerts, serve }) };
  const relay = createStatusRelay({ upstream, clock, log });
  return {
    ...NOTHING_ELSE,
    answer: createMergeDdm({
      upstream,
      serve,
      relay,
      store,
      reconciler: ours.reconciler,
      clock,
      alerts,
      log,
      onForeign: createNoteForeign(ours, upstream.name),
    }),
    idle: relay.idle,
    stop: async () => relay.stop(),
  };
}

const NOTHING_ELSE = {
  changed: () => undefined,
  heard: () => undefined,
  waiting: () => undefined,
  start: async () => undefined,
  idle: async () => undefined,
  stop: async () => undefined,
};

import type { DdmUpstream } from '../../hosts/ddm-upstream.ts';
import type { DeclarationChannel } from '../../hosts/declaration-channel.ts';
import type { Alerts } from '../alerts.ts';
import { createPlaceDdm } from '../place/place-ddm.ts';
import type { Changed } from '../place/placer.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import { createMergeDdm } from './merge-ddm.ts';
import { createServeDdm, type DdmAnswer, type DdmRequest, type ServeDdmOptions } from './serve-ddm.ts';
import { createStatusRelay } from './status-relay.ts';

/**
 * What answers devices: our own declarations alone, in front of another server that has some for them too, or that server,
 * with ours in it.
 */
export interface AnswerDdm {
  answer(request: DdmRequest): Promise<DdmAnswer>;
  /** Manifests were committed. Never throws. */
  changed(manifests: readonly Changed[]): void;
  /** The webhook told of a device's request of declarative management. */
  heard(): void;
  start(): Promise<void>;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface AnswerDdmOptions extends ServeDdmOptions {
  reconciler: Reconciler;
  /** The server that answers in our place. Undefined: we do. */
  channel: DeclarationChannel | undefined;
  /** Undefined: there is none. */
  upstream: DdmUpstream | undefined;
  alerts: Alerts;
}

export function createAnswerDdm({ upstream, channel, alerts, ...ours }: AnswerDdmOptions): AnswerDdm {
  const { standing, store, clock, log } = ours;
  if (channel !== undefined) return createPlaceDdm({ ...ours, channel, alerts });
  standing.site = { ...standing.site, mergesDdm: upstream !== undefined };
  const serve = createServeDdm(ours);
  if (upstream === undefined) return { ...NOTHING_ELSE, answer: serve };
  const relay = createStatusRelay({ upstream, clock, log });
  return {
    ...NOTHING_ELSE,
    answer: createMergeDdm({ upstream, serve, relay, store, clock, alerts, log }),
    idle: relay.idle,
    stop: async () => relay.stop(),
  };
}

const NOTHING_ELSE = {
  changed: () => undefined,
  heard: () => undefined,
  start: async () => undefined,
  idle: async () => undefined,
  stop: async () => undefined,
};

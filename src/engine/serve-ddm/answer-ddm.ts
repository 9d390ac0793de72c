import type { DdmUpstream } from '../../hosts/ddm-upstream.ts';
import type { Alerts } from '../alerts.ts';
import { createAfterMerge } from './after-merge.ts';
import { createMergeDdm } from './merge-ddm.ts';
import { createNoteForeign } from './note-foreign.ts';
import { createServeDdm, type DdmAnswer, type DdmRequest, type ServeDdmOptions } from './serve-ddm.ts';
import { createStatusRelay } from './status-relay.ts';

/** What answers devices: our own declarations alone, or in front of another server that has some for them too. */
export interface AnswerDdm {
  answer(request: DdmRequest): Promise<DdmAnswer>;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface AnswerDdmOptions extends ServeDdmOptions {
  /** Undefined: there is none. */
  upstream: DdmUpstream | undefined;
  alerts: Alerts;
}

export function createAnswerDdm({ upstream, alerts, ...ours }: AnswerDdmOptions): AnswerDdm {
  const { standing, store, clock, log } = ours;
  standing.site = { ...standing.site, mergesDdm: upstream !== undefined };
  const serve = createServeDdm(ours);
  if (upstream === undefined)
    return { answer: createAfterMerge({ ...ours, alerts, serve }), idle: async () => undefined, stop: async () => undefined };
  const relay = createStatusRelay({ upstream, clock, log });
  return {
    answer: createMergeDdm({ upstream, serve, relay, store, clock, alerts, log, onForeign: createNoteForeign(ours, upstream.name) }),
    idle: relay.idle,
    stop: async () => relay.stop(),
  };
}

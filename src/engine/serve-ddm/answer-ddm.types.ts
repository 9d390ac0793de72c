import type { Changed } from '../place/changed.ts';
import type { DdmAnswer, DdmRequest } from './serve-ddm.ts';

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
  /** Devices whose declarations wait to be put into the server that answers; undefined where we do. */
  waiting(): number | undefined;
  start(): Promise<void>;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

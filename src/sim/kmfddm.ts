import type { DdmUpstream, UpstreamAnswer, UpstreamRequest } from '../hosts/ddm-upstream.ts';
import type { Prng } from './prng.ts';

/** A declaration of another server's, for every device that it has in its sets. */
export interface SimDeclaration {
  Type: string;
  Identifier: string;
  ServerToken: string;
  Payload: Record<string, unknown>;
}

export interface SimKmfddmOptions {
  prng: Prng;
  /** What it has for that enrollment now. */
  declarationsFor(enrollmentId: string): readonly SimDeclaration[];
  /** It does not answer now. */
  isDown(): boolean;
}

export interface SimKmfddm extends DdmUpstream {
  /** Bodies of status reports it took, by enrollment, in their order. */
  readonly reports: ReadonlyMap<string, readonly string[]>;
}

const LISTS = { activation: 'Activations', asset: 'Assets', configuration: 'Configurations', management: 'Management' } as const;

/**
 * KMFDDM as devices see it (http/ddm/ddm.go): who it does not know gets empty lists, and with its usual storage each call
 * lists in another order under another token (storage/kv/ddm.go iterates a map).
 */
export function createSimKmfddm({ prng, declarationsFor, isDown }: SimKmfddmOptions): SimKmfddm {
  const reports = new Map<string, string[]>();
  let calls = 0;

  function itemsFor(enrollmentId: string) {
    const lists: Record<(typeof LISTS)[keyof typeof LISTS], { Identifier: string; ServerToken: string }[]> = {
      ...{ Activations: [], Assets: [], Configurations: [], Management: [] },
    };
    for (const { Type, Identifier, ServerToken } of prng.shuffle([...declarationsFor(enrollmentId)]))
      lists[LISTS[kindOf(Type)]].push({ Identifier, ServerToken });
    calls += 1;
    return { Declarations: lists, DeclarationsToken: `token ${calls}` };
  }

  function answerTo({ endpoint, enrollmentId, body }: UpstreamRequest): UpstreamAnswer {
    switch (endpoint.kind) {
      case 'status':
        reports.set(enrollmentId, [...(reports.get(enrollmentId) ?? []), Buffer.from(body).toString('utf8')]);
        return { kind: 'answer', body: '' };
      case 'tokens': {
        const { DeclarationsToken } = itemsFor(enrollmentId);
        return { kind: 'answer', body: JSON.stringify({ SyncTokens: { DeclarationsToken, Timestamp: '2026-09-14T08:00:00Z' } }) };
      }
      case 'declaration-items':
        return { kind: 'answer', body: JSON.stringify(itemsFor(enrollmentId)) };
      case 'declaration': {
        const found = declarationsFor(enrollmentId).find(
          ({ Identifier, Type }) => Identifier === endpoint.identifier && kindOf(Type) === endpoint.declarationKind,
        );
        return found ? { kind: 'answer', body: JSON.stringify(found) } : { kind: 'refused', status: 404, message: 'declaration not found' };
      }
    }
  }

  return {
    name: 'http://kmfddm.sim/',
    reports,
    ask: async (request) => (isDown() ? { kind: 'down', message: 'ECONNREFUSED' } : answerTo(request)),
  };
}

function kindOf(type: string): keyof typeof LISTS {
  if (type.startsWith('com.apple.activation.')) return 'activation';
  if (type.startsWith('com.apple.asset.')) return 'asset';
  return type.startsWith('com.apple.management.') ? 'management' : 'configuration';
}

import type { DdmUpstream } from '../hosts/ddm-upstream.ts';
import type { EnqueueAnswer, Host, PushAnswer } from '../hosts/host.ts';
import type { Clock } from '../runtime.ts';
import type { Instant } from '../time/local.ts';
import type { ReceiveResult } from './receive/receive-webhook.ts';

/**
 * What this process has seen of its neighbours, for people to look at. Nothing is decided by it, and it begins anew with each
 * start.
 */
export interface Watch {
  /** The same host, looked at while it is used. */
  host: Host;
  /** The same handlers of what the MDM server sends us, counted. */
  webhook<Given extends unknown[]>(receive: (...given: Given) => Promise<ReceiveResult>): (...given: Given) => Promise<ReceiveResult>;
  declarations<Given extends unknown[], Answer extends { status: number }>(
    serve: (...given: Given) => Promise<Answer>,
  ): (...given: Given) => Promise<Answer>;
  /** The same declaration server behind us, looked at while it is used; undefined: there is none. */
  upstream(server: DdmUpstream | undefined): DdmUpstream | undefined;
  seen(): Seen;
}

export interface Seen {
  startedAt: Instant;
  /** From us to the server, and from the server to us. */
  contacts: Readonly<Record<LinkName, Contact>>;
}

export const LINK_NAMES = ['commands', 'pushes', 'webhook', 'declarations', 'upstream'] as const;
export type LinkName = (typeof LINK_NAMES)[number];

export interface Contact {
  /** The last one that went well, and the last that did not. */
  okAt?: Instant;
  failedAt?: Instant;
  /** What was wrong with that one. */
  problem?: string;
}

const PROBLEM_MAX = 300;

export function createWatch(host: Host, clock: Pick<Clock, 'now'>): Watch {
  const contacts: Record<LinkName, Contact> = { commands: {}, pushes: {}, webhook: {}, declarations: {}, upstream: {} };
  const startedAt = clock.now();

  function note(link: LinkName, problem: string | undefined): void {
    const at = clock.now();
    contacts[link] =
      problem === undefined ? { ...contacts[link], okAt: at } : { ...contacts[link], failedAt: at, problem: problem.slice(0, PROBLEM_MAX) };
  }

  return {
    host: {
      name: host.name,
      capabilities: host.capabilities,
      async enqueue(...given) {
        const answer = await host.enqueue(...given);
        note('commands', problemOfEnqueue(answer));
        return answer;
      },
      async push(ids) {
        const answer = await host.push(ids);
        if (ids.length > 0) note('pushes', problemOfPush(ids, answer));
        return answer;
      },
      probe: () => host.probe(),
    },
    webhook:
      (receive) =>
      async (...given) => {
        const result = await receive(...given);
        note('webhook', 'message' in result ? result.message : undefined);
        return result;
      },
    declarations:
      (serve) =>
      async (...given) => {
        const answer = await serve(...given);
        note('declarations', answer.status < 500 ? undefined : 'a request was refused; the log says which and why');
        return answer;
      },
    upstream: (server) =>
      server && {
        name: server.name,
        async ask(request) {
          const answer = await server.ask(request);
          // What it refuses it has understood.
          note('upstream', answer.kind === 'down' ? answer.message : undefined);
          return answer;
        },
      },
    seen: () => ({ startedAt, contacts: { ...contacts } }),
  };
}

/** A server that understood us was reached, whatever it said. */
function problemOfEnqueue(answer: EnqueueAnswer): string | undefined {
  return answer.kind === 'queued' || answer.kind === 'already-queued' || answer.kind === 'refused' ? undefined : answer.message;
}

/** Of a device that is gone the push service told; only when it took none of them something is wrong with the way. */
function problemOfPush(ids: readonly string[], { errors }: PushAnswer): string | undefined {
  const problems = ids.map((id) => errors.get(id)).filter((error) => error?.kind === 'later' || error?.kind === 'credential');
  return problems.length === ids.length ? problems[0]?.message : undefined;
}

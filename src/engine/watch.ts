import type { DdmUpstream } from '../hosts/ddm-upstream.ts';
import type { ChannelAnswer, DeclarationChannel } from '../hosts/declaration-channel.ts';
import type { EnqueueAnswer, Host, PushAnswer } from '../hosts/host.ts';
import type { Clock } from '../runtime.ts';
import type { Instant } from '../time/local.ts';
import type { ReceiveResult } from './receive/receive-webhook.ts';
import { createRefusals, type Refusal, type Refusals } from './refusals.ts';

/**
 * What this process has seen of its neighbours, for people to look at. Nothing is decided by it, and it begins anew with each
 * start.
 */
export interface Watch {
  /** The same host, looked at while it is used. */
  host: Host;
  /** The same handlers of what the MDM server sends us, counted. */
  webhook<Given extends unknown[]>(receive: (...given: Given) => Promise<ReceiveResult>): (...given: Given) => Promise<ReceiveResult>;
  declarations<Given extends [{ endpoint: { kind: string } }, ...unknown[]], Answer extends { status: number }>(
    serve: (...given: Given) => Promise<Answer>,
  ): (...given: Given) => Promise<Answer>;
  /** The same declaration server behind us, looked at while it is used; undefined: there is none. */
  upstream(server: DdmUpstream | undefined): DdmUpstream | undefined;
  /** The same declaration server that answers devices in our place, looked at while it is used; undefined: we answer them. */
  channel(server: DeclarationChannel | undefined): DeclarationChannel | undefined;
  /** Calls that came to neither of them, because they were refused at the door. */
  refusals: Refusals;
  seen(): Seen;
}

export interface Seen {
  startedAt: Instant;
  /** From us to the server, and from the server to us. */
  contacts: Readonly<Record<LinkName, Contact>>;
}

export const LINK_NAMES = ['commands', 'pushes', 'webhook', 'declarations', 'upstream', 'kmfddm'] as const;
export type LinkName = (typeof LINK_NAMES)[number];

export interface Contact {
  /** The last one that went well, and the last that did not. */
  okAt?: Instant;
  failedAt?: Instant;
  /** What was wrong with that one. */
  problem?: string;
  /** Of the webhook: the last event that said a device asks for declarations, wherever the server sent that question. */
  declarativeAt?: Instant;
  /** Of declarations: the last time a device came for the lists, as each does that believes our tokens and does not know them. */
  listsAt?: Instant;
  /** Of KMFDDM: the last sign that devices are answered by it: one came for a declaration of ours, or reported there. */
  answersAt?: Instant;
  /** Refused at the door since the start; absent: none. */
  refused?: readonly Refusal[];
}

const PROBLEM_MAX = 300;

export function createWatch(host: Host, clock: Pick<Clock, 'now'>): Watch {
  const contacts: Record<LinkName, Contact> = { commands: {}, pushes: {}, webhook: {}, declarations: {}, upstream: {}, kmfddm: {} };
  const startedAt = clock.now();
  const refusals = createRefusals(clock);

  function withRefused(link: 'webhook' | 'declarations'): Contact {
    const refused = refusals.of(link);
    return { ...contacts[link], ...(refused.length === 0 ? {} : { refused }) };
  }

  function note(link: LinkName, problem: string | undefined): void {
    const at = clock.now();
    contacts[link] =
      problem === undefined ? { ...contacts[link], okAt: at } : { ...contacts[link], failedAt: at, problem: problem.slice(0, PROBLEM_MAX) };
  }

  /** What it refuses is not where it should be. */
  function heard<Answer extends ChannelAnswer<unknown>>(answer: Answer): Answer {
    note('kmfddm', answer.kind === 'done' ? undefined : answer.message);
    return answer;
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
        if (result.kind === 'committed' && result.isDeclarative) contacts.webhook.declarativeAt = clock.now();
        if (result.kind === 'committed' && result.isForOurs) contacts.kmfddm.answersAt = clock.now();
        return result;
      },
    declarations:
      (serve) =>
      async (...given) => {
        const answer = await serve(...given);
        note('declarations', answer.status < 500 ? undefined : 'a request was refused; the log says which and why');
        if (given[0].endpoint.kind === 'declaration-items') contacts.declarations.listsAt = clock.now();
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
    channel: (server) =>
      server && {
        name: server.name,
        place: async (...given) => heard(await server.place(...given)),
        listPlaced: async (...given) => heard(await server.listPlaced(...given)),
        listGroups: async () => heard(await server.listGroups()),
        repairGroup: async (...given) => heard(await server.repairGroup(...given)),
        removeGroup: async (...given) => heard(await server.removeGroup(...given)),
        async readReport(...given) {
          const answer = heard(await server.readReport(...given));
          const at = answer.kind === 'done' && answer.report !== undefined ? clock.now() - (answer.report.ageMs ?? 0) : undefined;
          if (at !== undefined && at > (contacts.kmfddm.answersAt ?? 0)) contacts.kmfddm.answersAt = at;
          return answer;
        },
        probe: () => server.probe(),
      },
    refusals,
    seen: () => ({ startedAt, contacts: { ...contacts, webhook: withRefused('webhook'), declarations: withRefused('declarations') } }),
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

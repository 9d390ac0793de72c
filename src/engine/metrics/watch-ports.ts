import type { EventBody } from '../../enrollment/event.ts';
import type { ReleaseFeed } from '../../feeds/feed.ts';
import type { SofaFeed } from '../../feeds/sofa.ts';
import type { DdmUpstream } from '../../hosts/ddm-upstream.ts';
import type { Host } from '../../hosts/host.ts';
import type { MachineClock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { type EventKind, type FeedName, PUT_ASIDE_REASONS } from './label-values.ts';
import type { Meters } from './meters.ts';

/** The ports at which something is counted. */
export interface Watchable {
  store: Store;
  host: Host;
  feed: ReleaseFeed | undefined;
  sofa?: readonly SofaFeed[];
  upstream?: DdmUpstream;
  clock: MachineClock;
}

/** The same ports, counted: who works through them need not know of it. */
export function watchPorts<Ports extends Watchable>(ports: Ports, meters: Meters): Ports {
  const { store, host, feed, sofa, upstream, clock } = ports;
  return {
    ...ports,
    store: watchStore(store, meters),
    host: watchHost(host, meters, clock),
    feed: feed && watchFeed(feed, 'releases', meters),
    ...(sofa ? { sofa: sofa.map(({ platform, feed: of }) => ({ platform, feed: watchFeed(of, `sofa-${platform}`, meters) })) } : {}),
    ...(upstream ? { upstream: watchUpstream(upstream, meters) } : {}),
  };
}

function watchUpstream(upstream: DdmUpstream, meters: Meters): DdmUpstream {
  return over(upstream, {
    async ask(request) {
      const answer = await upstream.ask(request);
      meters.count('ratchet_upstream_requests_total', { answer: answer.kind });
      return answer;
    },
  });
}

function watchStore(store: Store, meters: Meters): Store {
  return over(store, {
    async append(items) {
      await store.append(items);
      for (const { event } of items) meters.count('ratchet_events_total', { kind: kindOf(event.body) });
    },
    async park(item) {
      await store.park(item);
      if ((PUT_ASIDE_REASONS as readonly string[]).includes(item.reason))
        meters.count('ratchet_events_put_aside_total', { reason: item.reason });
    },
  });
}

function kindOf(body: EventBody): EventKind {
  return body.kind === 'message' ? body.message.kind : body.kind;
}

function watchHost(host: Host, meters: Meters, clock: MachineClock): Host {
  async function timed<Answer>(call: 'enqueue' | 'push', ask: () => Promise<Answer>): Promise<Answer> {
    const began = clock.elapsed();
    const answer = await ask();
    meters.observe('ratchet_host_request_duration_seconds', { call }, (clock.elapsed() - began) / 1_000);
    return answer;
  }
  return over(host, {
    async enqueue(...given) {
      const answer = await timed('enqueue', () => host.enqueue(...given));
      meters.count('ratchet_enqueues_total', { answer: answer.kind });
      return answer;
    },
    async push(ids) {
      const answer = await timed('push', () => host.push(ids));
      for (const id of ids) meters.count('ratchet_pushes_total', { result: answer.errors.get(id)?.kind ?? 'taken' });
      return answer;
    },
  });
}

function watchFeed(feed: ReleaseFeed, name: FeedName, meters: Meters): ReleaseFeed {
  return over(feed, {
    async read(etag) {
      const answer = await feed.read(etag);
      meters.count('ratchet_feed_reads_total', { feed: name, result: answer.kind });
      return answer;
    },
  });
}

/** Everything else is looked up with each call: whose port it is may change it. */
function over<Port extends object>(port: Port, changes: Partial<Port>): Port {
  return new Proxy(port, { get: (target, name) => Reflect.get(changes, name) ?? Reflect.get(target, name) });
}

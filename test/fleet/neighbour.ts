import type { Host } from '../../src/hosts/host.ts';
import { declarativeManagementCommand } from '../../src/mdm/commands.ts';
import { connectionTo, createSimKmfddm } from '../../src/sim/kmfddm.ts';
import type { SimKmfddm } from '../../src/sim/kmfddm.types.ts';
import { createPrng } from '../../src/sim/prng.ts';
import type { Scheduler } from '../../src/sim/scheduler.ts';
import type { Outgoing } from '../../src/sim/wire.ts';
import { HOUR_MS } from '../../src/time/local.ts';

export const NEIGHBOUR_URL = 'http://kmfddm.sim:9002/';

/** What a person does in the other declaration server. Devices are counted from 0, as the world has them. */
export type NeighbourAct =
  /** All have it: a new declaration with its activation. */
  | { act: 'add'; name: string }
  /** Another content under the same name. */
  | { act: 'change'; name: string }
  /** Nobody has it any more. */
  | { act: 'remove'; name: string }
  /** One device has nothing at all any more. */
  | { act: 'empty'; device: number };

/** A declaration server beside us, KMFDDM, with what it has for the same devices, and what befalls it. */
export interface NeighbourSpec {
  /** Who answers devices: the app in front of it (`merge`, the default), or it, with what the app keeps there. */
  wiring?: 'merge' | 'kmfddm';
  /** It does not answer. */
  downs: readonly { afterHours: number; forHours: number }[];
  /** It answers everyone that there is nothing, until its store is put back. */
  losses: readonly { afterHours: number; forHours: number }[];
  changes: readonly ({ afterHours: number } & NeighbourAct)[];
}

/** "configuration/identifier@server-token", as the world writes items. */
export type Declared = ReadonlySet<string>;

export interface Neighbour {
  readonly kmfddm: SimKmfddm;
  /** What a client of it is answered; rejects while it is down. */
  readonly fetch: Outgoing;
  /** CommandUUIDs that it, not the app, had queued. */
  readonly commands: ReadonlySet<string>;
  readonly wiring: 'merge' | 'kmfddm';
  isDown(at?: number): boolean;
  hasLostStore(at?: number): boolean;
  /** Every set of declarations it was to have for that enrollment since then, the oldest first; a lost store does not count. */
  declaredSince(enrollmentId: string, since: number): Declared[];
  /** What its store has for that enrollment of others than the app. */
  theirsFor(enrollmentId: string): string[];
}

export interface NeighbourOptions {
  spec: NeighbourSpec;
  seed: string | number;
  scheduler: Pick<Scheduler, 'now' | 'schedule' | 'track'>;
  startedAt: number;
  /** Enrollment ids of devices and of their user channels, in the world's order. */
  enrollments: readonly { id: string; userId?: string }[];
  apiKey: string;
  /** It is inside the MDM server. */
  inside?: SimKmfddm;
  host: Pick<Host, 'enqueue' | 'push'>;
}

const EVERYONE = 'everyone';

export function createNeighbour({ spec, seed, scheduler, startedAt, enrollments, apiKey, inside, host }: NeighbourOptions): Neighbour {
  const prng = createPrng(`neighbour ${seed}`);
  const kmfddm =
    inside ??
    createSimKmfddm({
      shuffle: (items) => prng.shuffle(items),
      now: scheduler.now,
      apiKey,
      notify(ids) {
        notify(ids);
        return undefined;
      },
    });
  const { store } = kmfddm;
  const commands = new Set<string>();
  /** Its notifier: a command and a push for each; user channels it never reaches (notifier/foss/foss.go takes their id for a URL). */
  const notify = (ids: readonly string[]) => void scheduler.track(syncAll(ids));
  async function syncAll(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (id.includes(':')) continue;
      const uuid = prng.uuid();
      commands.add(uuid);
      await host.enqueue(id, uuid, declarativeManagementCommand(uuid));
      await host.push([id]);
    }
  }

  const empty = createSimKmfddm({ shuffle: (items) => items, now: scheduler.now, apiKey });
  const versions = new Map<string, number>();
  const states: { at: number; declared: Map<string, Declared> }[] = [];
  const during = (spans: NeighbourSpec['downs'], at: number) =>
    spans.some(({ afterHours, forHours }) => at >= startedAt + afterHours * HOUR_MS && at < startedAt + (afterHours + forHours) * HOUR_MS);
  const isDown = (at = scheduler.now()) => during(spec.downs, at);
  const hasLostStore = (at = scheduler.now()) => during(spec.losses, at);

  function write(name: string): void {
    const version = (versions.get(name) ?? 0) + 1;
    versions.set(name, version);
    const Identifier = `com.example.${name}`;
    store.put({ Identifier, Type: 'com.apple.configuration.legacy', Payload: { ProfileURL: `https://example.com/${name}/${version}` } });
    store.put({
      Identifier: `${Identifier}.activation`,
      Type: 'com.apple.activation.simple',
      Payload: { StandardConfigurations: [Identifier] },
    });
  }

  const partsOf = (name: string) => [`com.example.${name}`, `com.example.${name}.activation`];

  function act(what: NeighbourAct): void {
    if (what.act === 'empty') {
      const id = enrollments[what.device % enrollments.length]?.id;
      if (id !== undefined && store.changeEnrollment(id, EVERYONE, false)) tell([id]);
    } else if (what.act === 'remove') {
      for (const part of partsOf(what.name)) store.changeSet(EVERYONE, part, false);
      tell(store.enrollmentsWith([EVERYONE]));
    } else {
      write(what.name);
      for (const part of partsOf(what.name)) store.changeSet(EVERYONE, part, true);
      tell(store.enrollmentsWith([EVERYONE]));
    }
  }

  function tell(ids: string[]): void {
    note();
    if (!hasLostStore() && !isDown()) notify(ids);
  }

  /** Without what the app keeps there. */
  function theirsFor(id: string): string[] {
    return store
      .itemsFor(id)
      .filter(({ Identifier }) => !Identifier.startsWith('ratchet.'))
      .map(itemText);
  }

  function note(): void {
    const ids = enrollments.flatMap(({ id, userId }) => (userId === undefined ? [id] : [id, userId]));
    states.push({ at: scheduler.now(), declared: new Map(ids.map((id) => [id, new Set(theirsFor(id))])) });
  }

  for (const name of ['wifi', 'mail']) {
    write(name);
    for (const part of partsOf(name)) store.changeSet(EVERYONE, part, true);
  }
  for (const { id, userId } of enrollments)
    for (const each of userId === undefined ? [id] : [id, userId]) store.changeEnrollment(each, EVERYONE, true);
  note();
  for (const { afterHours, ...what } of spec.changes) scheduler.schedule(startedAt + afterHours * HOUR_MS, () => act(what));

  const asItIs = connectionTo(kmfddm, isDown);
  const asLost = connectionTo(empty, isDown);
  return {
    ...{ kmfddm, commands, isDown, hasLostStore, theirsFor },
    wiring: spec.wiring ?? 'merge',
    fetch: (url, init) => (hasLostStore() ? asLost : asItIs)(url, init),
    declaredSince(enrollmentId, since) {
      const from = states.findLastIndex(({ at }) => at <= since);
      return states.slice(Math.max(0, from)).map(({ declared }) => declared.get(enrollmentId) ?? new Set<string>());
    },
  };
}

function itemText({ Type, Identifier, ServerToken }: { Type: string; Identifier: string; ServerToken: string }): string {
  return `${Type.split('.')[2]}/${Identifier}@${ServerToken}`;
}

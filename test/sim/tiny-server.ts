import { createHash } from 'node:crypto';
import { writePlist } from '../../src/sim/plist.ts';
import { createPrng } from '../../src/sim/prng.ts';
import type { Scheduler } from '../../src/sim/scheduler.ts';
import { compareVersionTexts } from '../../src/sim/table.ts';
import { type Answer, answerOf, bytesOf, headerOf, NOTHING, type OutgoingInit, textOf } from '../../src/sim/wire.ts';
import type { World } from '../../src/sim/world.types.ts';
import { localTime } from '../../src/sim/zone.ts';

/**
 * The least server that brings a fleet up to date, so that the world can be tested without the application. It cheats:
 * models, versions and zones are read from the world, not from what devices say.
 */
export interface TinyServer {
  outgoing(url: string, init: OutgoingInit): Promise<Answer>;
  start(world: World): void;
}

interface Declaration {
  kind: 'activation' | 'configuration';
  Identifier: string;
  Type: string;
  Payload: Record<string, unknown>;
}

const HOUR = 3_600_000;
const KEY = `Basic ${Buffer.from('nanomdm:apikey').toString('base64')}`;
const ITEMS = ['softwareupdate.install-state', 'softwareupdate.failure-reason', 'device.operating-system.version', 'no.such-item'];

export function createTinyServer(scheduler: Scheduler, policy: { days: number; at: string }): TinyServer {
  const ids = createPrng('tiny server');
  let world: World;
  const known = new Map<string, { told?: string; outstanding?: string; isOurs: boolean; dates: Map<string, string> }>();
  const foreign = new Set<string>();
  const hash = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
  const localIn = (hours: number, zone: string) => `${localTime(scheduler.now() + hours * HOUR, zone).slice(0, 10)}T${policy.at}:00`;

  function declarationsFor(id: string): Declaration[] {
    const device = world.device(id);
    const state = known.get(id);
    if (!device || !state) return [];
    const set: Declaration[] = [
      {
        kind: 'configuration',
        Identifier: 'tiny.sub',
        Type: 'com.apple.configuration.management.status-subscriptions',
        Payload: { StatusItems: ITEMS.map((Name) => ({ Name })) },
      },
    ];
    const newest = world.catalogue.newestFor(device.spec.model, scheduler.now());
    if (newest && compareVersionTexts(newest.version, device.osVersion) > 0 && !device.spec.isUserEnrollment) {
      const zone = device.spec.timeZone;
      const held = state.dates.get(newest.version);
      const local =
        held === undefined
          ? localIn(policy.days * 24, zone)
          : held < localTime(scheduler.now() - 24 * HOUR, zone)
            ? localIn(48, zone)
            : held;
      state.dates.set(newest.version, local);
      set.push({
        kind: 'configuration',
        Identifier: 'tiny.enf',
        Type: 'com.apple.configuration.softwareupdate.enforcement.specific',
        Payload: { TargetOSVersion: newest.version, TargetLocalDateTime: local },
      });
    }
    const standard = set.map((declaration) => declaration.Identifier);
    return [
      ...set,
      { kind: 'activation', Identifier: 'tiny.act', Type: 'com.apple.activation.simple', Payload: { StandardConfigurations: standard } },
    ];
  }

  function dm(endpoint: string, headers: Record<string, string>): Answer {
    const id = headerOf(headers, 'x-enrollment-id') ?? '';
    const isDevice = headerOf(headers, 'x-enrollment-type') === 'Device';
    if (isDevice && !known.get(id)?.isOurs) {
      // Whoever syncs before we said anything is someone else's.
      foreign.add(id);
      return answerOf(500, {}, NOTHING);
    }
    const json = (value: unknown) => answerOf(200, {}, bytesOf(JSON.stringify(value)));
    if (endpoint === 'status') return answerOf(200, {}, NOTHING);
    const set = isDevice ? declarationsFor(id) : [];
    const token = hash(set);
    if (endpoint === 'tokens') return json({ SyncTokens: { DeclarationsToken: token, Timestamp: '2026-10-01T00:00:00Z' } });
    const entries = (kind: string) => set.filter((d) => d.kind === kind).map((d) => ({ Identifier: d.Identifier, ServerToken: hash(d) }));
    if (endpoint === 'declaration-items') {
      return json({
        Declarations: { Activations: entries('activation'), Assets: [], Configurations: entries('configuration'), Management: [] },
        DeclarationsToken: token,
      });
    }
    const declaration = set.find((d) => endpoint === `declaration/${d.kind}/${d.Identifier}`);
    if (!declaration) return answerOf(404, {}, NOTHING);
    const { kind: _, ...body } = declaration;
    return json({ ...body, ServerToken: hash(declaration) });
  }

  async function tell(id: string): Promise<void> {
    const state = known.get(id);
    const token = hash(declarationsFor(id));
    if (!state || foreign.has(id) || state.told === token) return;
    state.outstanding ??= ids.uuid();
    state.isOurs = true;
    const commandUuid = state.outstanding;
    const body = writePlist({ CommandUUID: commandUuid, Command: { RequestType: 'DeclarativeManagement' } });
    try {
      const answer = await world.fetch(`http://nanomdm.sim/v1/enqueue/${id}`, { method: 'PUT', headers: { Authorization: KEY }, body });
      if (answer.status >= 500 && !(await answer.text()).includes('{')) return;
      // Once and again: an ambiguous answer is followed by the same UUID.
      state.told = token;
      delete state.outstanding;
    } catch {
      // The next tick sends the same UUID.
    }
  }

  return {
    start(itsWorld) {
      world = itsWorld;
      const tick = async () => {
        scheduler.at(scheduler.now() + HOUR, 'tiny/tick', tick);
        for (const id of known.keys()) void tell(id);
      };
      scheduler.at(scheduler.now() + HOUR, 'tiny/tick', tick);
    },
    async outgoing(url, init) {
      const target = new URL(url);
      if (target.pathname !== '/webhook') return dm(target.pathname.slice(1), init.headers);
      const event = JSON.parse(textOf(init.body ?? NOTHING));
      const ids = (event.checkin_event ?? event.acknowledge_event).ids;
      if (ids.type !== 'Device') return answerOf(200, {}, NOTHING);
      if (event.topic === 'mdm.CheckOut') known.delete(ids.id);
      else if (!known.has(ids.id)) known.set(ids.id, { isOurs: false, dates: new Map() });
      else if (event.topic === 'mdm.TokenUpdate' && event.checkin_event.token_update_tally === 1) delete known.get(ids.id)?.told;
      return answerOf(200, {}, NOTHING);
    },
  };
}

import { SETTINGS, settingsRefusal } from '../../../src/sim/settings-judge.ts';
import type { WorldDevice, WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { isAnsweredElsewhere } from './time-to-repair.ts';

const DAY_MS = 86_400_000;

type DmEvent = WorldEvent & { kind: 'dm' };

/** What one device was answered in its present enrollment. */
interface Answered {
  itemsByToken: Map<string, string>;
  tokenByItems: Map<string, string>;
  /** "kind/identifier" → the server token listed last, and when. */
  listed: Map<string, { serverToken: string; at: number }>;
  /** Of the last `tokens`. */
  timestamp?: string;
  heldSomething: boolean;
}

/**
 * Promise 7: manifests are whole. Token and set change together; what is listed stays fetchable for a day with the token
 * listed, or is refused with 500; a device that holds something is never answered an empty
 * manifest, unless its policy was changed to observe, or was when the manifest last changed: whoever enforces again while
 * our clock is in doubt or all is stopped lists nothing new yet. And no device holds settings that it refuses: it would
 * refuse them whole.
 */
export const manifests: CheckerKind = { promise: 7, title: 'whole manifests', file: 'manifests.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, scheduler, policies } = fleet;
  const devices = new Map<string, Answered>();

  function answeredTo(id: string): Answered {
    let answered = devices.get(id);
    if (!answered) {
      answered = { itemsByToken: new Map(), tokenByItems: new Map(), listed: new Map(), heldSomething: false };
      devices.set(id, answered);
    }
    return answered;
  }

  const observedAt = (at: number) => policies.at(at).some(({ mode }) => mode === 'observe');

  /** Who sent a webhook that came: before, a device behind MicroMDM is the neighbour's alone, whose tokens change from call to call. */
  const named = new Set<string>();
  const isPassedOn = (device: string) => fleet.neighbour !== undefined && world.server === 'micromdm' && !named.has(device);

  function onItems({ device, at, token = '', items = [] }: DmEvent): void {
    const answered = answeredTo(device);
    const set = items.join(' ');
    if (isPassedOn(device)) {
      if (items.some((item) => item.includes('/ratchet.'))) violate(device, 'was answered ours before anything named it');
    } else noteTokens(answered, device, token, set);
    for (const item of items) {
      const [path = '', serverToken = ''] = item.split('@');
      answered.listed.set(path, { serverToken, at });
    }
    judgeEmpty(answered, device, at, items);
  }

  function noteTokens(answered: Answered, device: string, token: string, set: string): void {
    if ((answered.itemsByToken.get(token) ?? set) !== set) violate(device, `the token ${token} stood for another set before`);
    if ((answered.tokenByItems.get(set) ?? token) !== token) violate(device, `the same set had another token than ${token} before`);
    answered.itemsByToken.set(token, set);
    answered.tokenByItems.set(set, token);
  }

  function judgeEmpty(answered: Answered, device: string, at: number, items: readonly string[]): void {
    // What a neighbour has for it comes and goes as that one says; neighbours.ts looks after it.
    const ours = fleet.neighbour === undefined ? items : items.filter((item) => item.includes('/ratchet.'));
    if (ours.length > 0) answered.heldSomething = true;
    else if (
      items.length === 0 &&
      answered.heldSomething &&
      world.device(device)?.isEnrolled &&
      !observedAt(at) &&
      !observedAt(Date.parse(answered.timestamp ?? ''))
    )
      violate(device, 'was answered an empty manifest after it held something');
  }

  function onTokens({ device, timestamp = '' }: DmEvent): void {
    if (isPassedOn(device)) return;
    const answered = answeredTo(device);
    if ((answered.timestamp ?? '') > timestamp) violate(device, `Timestamp went back from ${answered.timestamp} to ${timestamp}`);
    answered.timestamp = timestamp;
  }

  function onDeclaration({ device, served = '' }: DmEvent): void {
    const [path = '', serverToken] = served.split('@');
    const listed = answeredTo(device).listed.get(path);
    if (listed === undefined) violate(device, `was handed ${path}, which no manifest listed`);
    else if (listed.serverToken !== serverToken) violate(device, `was handed ${path} as ${serverToken}; listed was ${listed.serverToken}`);
  }

  function judgeSettings({ id, spec, osVersion, ddm, isEnrolled }: WorldDevice): void {
    const { isSupervised, isUserEnrollment, model } = spec;
    for (const { type, identifier, payload } of isEnrolled ? ddm.declarations.values() : []) {
      if (type !== SETTINGS || !identifier.startsWith('ratchet.')) continue;
      const refusal = settingsRefusal(payload, { family: model.family, osVersion, isSupervised });
      if (isUserEnrollment || (model.family === 'Mac' && !isSupervised)) violate(id, 'holds settings, which its enrollment forbids');
      else if (refusal) violate(id, `refuses ${identifier}: ${refusal.code} ${JSON.stringify(refusal.details ?? {})}`);
    }
  }

  return {
    async sweep() {
      for (const device of world.devices) judgeSettings(device);
    },
    onEvent(event) {
      if (event.kind === 'webhook' && event.status === 200) named.add(event.device);
      if (event.kind === 'enrollment' && event.what === 're-enroll') devices.delete(event.device);
      if (event.kind !== 'dm' || event.channel !== 'device' || event.status !== 200) return;
      // Rule 32: KMFDDM's own tokens change from call to call, and what it serves is not ours to keep whole.
      if (isAnsweredElsewhere(fleet)) return;
      if (event.endpoint === 'declaration-items') onItems(event);
      else if (event.endpoint === 'tokens') onTokens(event);
      else if (event.endpoint.startsWith('declaration/')) onDeclaration(event);
    },
    onAnswer({ enrollmentId, endpoint, status }) {
      if (status !== 200 && status !== 500) violate(enrollmentId.split(':')[0] ?? '', `${endpoint} was answered ${status}`);
    },
    /** What was listed within the last day is asked for once more, whoever is there to fetch it. */
    async end() {
      for (const [id, { listed }] of devices) {
        for (const [path, { serverToken, at }] of listed) {
          if (at < scheduler.now() - DAY_MS || !world.device(id)?.isEnrolled) continue;
          const { status, body } = await fleet.askDm(id, `declaration/${path}`);
          if (status === 500) continue;
          const { ServerToken } = (status === 200 ? JSON.parse(body) : {}) as { ServerToken?: string };
          if (status !== 200 || ServerToken !== serverToken)
            violate(id, `${path} was listed as ${serverToken} and is answered ${status} ${ServerToken}`);
        }
      }
    },
  };
}

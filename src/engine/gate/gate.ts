import { newEnrollment } from '../../enrollment/state.ts';
import { decideGate, type GateDecision } from '../../gate/decide-gate.ts';
import { type EnrollRequest, type EnrollServer, endToEnd } from '../../gate/enroll-server.ts';
import type { GateContact } from '../../gate/gate-contact.ts';
import type { GateOutcome } from '../../gate/outcomes.ts';
import { prefersXml, type UpdateRequired, updateRequired } from '../../gate/update-required.ts';
import type { VerifyDevice } from '../../gate/verify-device.ts';
import { ERROR, PATH, REASON } from '../../log-keys.ts';
import type { Logger } from '../../logger.ts';
import { type MachineInfo, readMachineInfo } from '../../mdm/machine-info.ts';
import { formatVersion, parseVersion } from '../../os/version.ts';
import type { Clock, DecodePlist } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { DAY_MS, MINUTE_MS } from '../../time/local.ts';
import type { Alerts } from '../alerts.ts';
import type { Standing } from '../standing.ts';
import { createRecord } from './record.ts';
import { signedBy } from './signed-by.ts';

/** The enrollment gate: who asks for an enrollment profile either has to update first, or is passed on to the server that has it. */

export interface GateSettings {
  /** Whoever does not prove to be a device of Apple is refused, and not passed on. */
  isStrict: boolean;
  /** A device is sent away so often, then let in, until it was not for `periodMs`. */
  timesMax: number;
  periodMs: number;
}

const DEFAULTS: GateSettings = { isStrict: false, timesMax: 3, periodMs: 7 * DAY_MS };

/** What is behind it; the real ones are made in main.ts. */
export interface GatePorts {
  verify: VerifyDevice;
  server: EnrollServer;
}

export interface GateOptions {
  gate?: GatePorts | undefined;
  settings?: GateSettings | undefined;
  store: Pick<Store, 'addGateContact' | 'listSentAway' | 'loadForReconcile'>;
  standing: Standing;
  clock: Pick<Clock, 'now'>;
  decodePlist: DecodePlist;
  log: Logger;
  alerts: Pick<Alerts, 'raise' | 'clear'>;
  onGateContact?(outcome: GateOutcome): void;
}

export type GateAnswer =
  | { kind: 'required'; answer: UpdateRequired }
  | { kind: 'refused' }
  /** Too many are under way: whoever asks tries again, or goes past the gate. */
  | { kind: 'busy' }
  | { kind: 'passed'; status: number; headers: readonly (readonly [string, string])[]; body: Uint8Array }
  | { kind: 'down' };

export interface Gate {
  /** Where the server behind is, as in the settings: requests for its path come here. */
  readonly url: string;
  /** Never rejects. */
  answer(request: EnrollRequest): Promise<GateAnswer>;
  /** A device asked for its profile at another path, and is answered 404. Never rejects. */
  astray(path: string): Promise<void>;
}

/** Requests under way at a time: each may hold an answer of up to 16 MB in memory. */
const UNDER_WAY_MAX = 50;
/** Named in `Via`: a request that has been here before came back by the address of the server behind. */
const VIA = '1.1 ratchet-gate';
const LOGGED_EVERY_MS = MINUTE_MS;
/** Of a path that somebody asked for. */
const PATH_MAX = 100;

interface Seen {
  decision: GateDecision;
  info?: MachineInfo;
  problem?: string;
}

/** Undefined where nothing stands behind it. */
export function createGate(options: GateOptions): Gate | undefined {
  return options.gate && createGateBefore(options.gate, options);
}

function createGateBefore(
  gate: GatePorts,
  { settings = DEFAULTS, store, standing, clock, decodePlist, log, alerts, onGateContact }: GateOptions,
): Gate {
  const { verify, server } = gate;
  const record = createRecord(store, clock);
  const loggedAt = new Map<string, number>();
  let underWay = 0;

  /** Whoever reaches the listener must not be able to fill the log. */
  function warn(message: string, error: unknown): void {
    if (isToldAgain(message)) log.warn({ [ERROR]: error }, message);
  }

  function isToldAgain(message: string): boolean {
    if (clock.now() - (loggedAt.get(message) ?? Number.NEGATIVE_INFINITY) < LOGGED_EVERY_MS) return false;
    loggedAt.set(message, clock.now());
    return true;
  }

  async function astray(asked: string): Promise<void> {
    const message = 'a device asked for its enrollment profile at a path that is not that of --gate-url; answered 404';
    if (!isToldAgain(message)) return;
    const told = { asked: asked.slice(0, PATH_MAX), path: new URL(server.url).pathname };
    log.warn({ [PATH]: told.asked, [REASON]: `--gate-url ${server.url} has the path ${told.path}` }, message);
    const sentence = `A device asked --listen-public for its enrollment profile at ${told.asked}, and the path of --gate-url is ${told.path}.`;
    await alerts
      .raise('gate-path', sentence, told)
      .catch((error: unknown) => warn('that devices ask at another path can not be kept', error));
  }

  async function judge(request: EnrollRequest): Promise<Seen> {
    const signed = signedBy(request);
    if (signed === undefined) return seen(settings.isStrict ? 'refused' : 'no-machine-info');
    const answer = await verify(signed);
    if (!answer.ok) return { ...seen(settings.isStrict ? 'refused' : 'unverified'), problem: answer.problem };
    const info = readMachineInfo(await decodePlist(answer.content).catch(() => undefined));
    if (info === undefined) return seen('unreadable');
    return { decision: decideGate(await inputOf(info)), info };
  }

  async function inputOf(info: MachineInfo) {
    const { policies, control, catalogue, clockSuspect, rollouts } = standing;
    const now = clock.now();
    const { udid = '', serialNumber } = info;
    const observed = { observedAt: now, source: 'authenticate' as const };
    const device = {
      ...newEnrollment(udid, 'Device'),
      facts: serialNumber === undefined ? {} : { serialNumber: { value: serialNumber, ...observed } },
    };
    const [held] = udid === '' ? [] : await store.loadForReconcile([udid]);
    return {
      ...{ now, info, policies, control, catalogue, clockSuspect, rollouts, ...settings },
      tags: standing.tags.of(device),
      overrides: held?.overrides,
      sentAway: await store.listSentAway(serialNumber ?? udid, settings.timesMax),
    };
  }

  /** Sent away only once that is on disk: the count of it is what ends it. */
  async function turnAway(contact: GateContact): Promise<boolean> {
    try {
      await record.keep(contact);
      return true;
    } catch (error) {
      warn('the gate lets devices in: that they were sent away can not be kept', error);
      return false;
    }
  }

  async function pass(request: EnrollRequest, contact: GateContact): Promise<GateAnswer> {
    onGateContact?.(contact.outcome);
    const headers = [...endToEnd(request.headers), ['Via', VIA] as const];
    const answer = await server.pass({ ...request, headers });
    const isDown = answer.kind === 'down';
    if (isDown) warn(`the enrollment server can not be reached: answered 502`, `${server.url}: ${answer.message}`);
    const told = isDown ? { problem: `the enrollment server can not be reached: ${answer.message}` } : { answered: answer.status };
    await record.note({ ...contact, ...told }).catch((error: unknown) => warn('who came to the gate can not be kept', error));
    return isDown ? { kind: 'down' } : { ...answer, kind: 'passed' };
  }

  async function answer(request: EnrollRequest): Promise<GateAnswer> {
    if (headerOf(request, 'via')?.includes('ratchet-gate')) {
      warn('the address of the enrollment server leads back to the gate', server.url);
      return { kind: 'down' };
    }
    await alerts.clear('gate-path').catch((error: unknown) => warn('that devices ask at the right path again can not be kept', error));
    let judged: Seen;
    try {
      judged = await judge(request);
    } catch (error) {
      warn('the gate had trouble and lets devices in', error);
      judged = seen('trouble');
    }
    const contact = contactOf(judged, clock.now());
    const { outcome, requires } = judged.decision;
    if (outcome === 'refused') {
      onGateContact?.(outcome);
      await record.note(contact).catch((error: unknown) => warn('who came to the gate can not be kept', error));
      return { kind: 'refused' };
    }
    if (requires === undefined) return pass(request, contact);
    if (!(await turnAway(contact))) return pass(request, { ...contact, outcome: 'trouble' });
    onGateContact?.(outcome);
    return { kind: 'required', answer: updateRequired(requires, prefersXml(headerOf(request, 'accept'))) };
  }

  return {
    url: server.url,
    async answer(request) {
      if (underWay >= UNDER_WAY_MAX) return { kind: 'busy' };
      underWay += 1;
      try {
        return await answer(request);
      } finally {
        underWay -= 1;
      }
    },
    astray,
  };
}

function seen(outcome: GateOutcome): Seen {
  return { decision: { outcome } };
}

function headerOf({ headers }: EnrollRequest, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

function contactOf({ decision, info, problem }: Seen, at: number): GateContact {
  const { outcome, policy, requires } = decision;
  const version = parseVersion(info?.osVersion, info?.supplementalOsVersionExtra);
  const told = {
    serialNumber: info?.serialNumber,
    udid: info?.udid,
    productName: info?.productName,
    osVersion: version === undefined ? info?.osVersion : formatVersion(version),
    buildVersion: info?.supplementalBuildVersion ?? info?.buildVersion,
    policy,
    requires: requires?.version,
    isMandatoryAnyway: info?.mandatorySoftwareUpdateRequired || undefined,
    problem,
  };
  const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
  return { at, outcome, isVerified: info !== undefined || outcome === 'unreadable', ...given };
}

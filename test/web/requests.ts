import { createApi } from '../../src/web/api.ts';
import type { Operation } from '../../src/web/operation.ts';
import { allOperations, type UseCases } from '../../src/web/operations/all.ts';
import { withReference } from '../../src/web/operations/reference.ts';
import { HALT, ring } from '../rollout/builders.ts';
import { NOW, type WebOptions } from './bench.ts';

/** A request for each operation of the API that it does not refuse, in a house with D1 enrolled and rings. */

export interface ValidRequest {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: Record<string, unknown>;
}

const FILE = 'policies:\n  - name: everyone\n    target: latest\n    due: {days: 9, at: "18:00"}\ntimeZone: Europe/Berlin\n';
const ROLLOUT = { release: '26.6.1', policy: 'everyone', by: 'jane', note: 'exams' };

const BUNDLE = {
  schema: 'ratchet.releases-bundle/1',
  exportedAt: NOW,
  source: 'apple',
  catalogue: {
    schema: 1,
    releases: [
      {
        key: 'iOS 26.6.1',
        platform: 'iOS',
        version: { major: 26, minor: 6, patch: 1, extra: '' },
        groups: [
          {
            devices: ['iPhone15,2'],
            builds: ['23G80'],
            prerequisiteBuilds: [],
            ...{ isPublic: true, isManaged: true, isImprovement: false },
            ...{ postingDate: '2026-11-15', expirationDate: '2027-02-18', expirationRolls: false, firstSeenAt: NOW - 1_000 },
          },
        ],
      },
    ],
    heldDigest: 'digest of another',
    heldAt: NOW - 1_000,
    lastCheckedAt: NOW - 1_000,
    droppedEntries: 0,
  },
};

const ON_DEVICE = { params: { device: 'D1' }, body: { by: 'jane', note: 'trade fair' } };

export const VALID: Readonly<Record<string, ValidRequest>> = {
  showStatus: {},
  showFleet: {},
  showFleetHistory: { query: { days: '30' } },
  listDevices: { query: { q: 'SD1', group: 'on-the-way', sort: 'lastSeenAt', order: 'desc', limit: '50' } },
  exportDevices: { query: { platform: 'iOS', sort: 'serial' } },
  showDevice: { params: { device: 'D1' } },
  listAttempts: { query: { device: 'SD1', since: '1d12h' } },
  ...Object.fromEntries(['recheckDevice', 'askDevice', 'pauseDevice'].map((id) => [id, ON_DEVICE])),
  exemptDevice: { ...ON_DEVICE, body: { by: 'jane', note: 'trade fair', until: '2026-12-01' } },
  giveDeviceTime: { ...ON_DEVICE, body: { note: 'trade fair', until: '2026-12-24' } },
  resumeDevice: ON_DEVICE,
  showDeviceHistory: { params: { device: 'D1' }, query: { limit: '10', before: '1000' } },
  showExchange: { params: { device: 'D1', exchange: '1' } },
  listInbox: {},
  listGate: { query: { device: 'SD1', since: '1d12h' } },
  listBlackouts: {},
  pause: { body: { policy: 'everyone', by: 'jane', note: 'exams' } },
  resume: { body: { by: 'jane' } },
  stop: { body: { note: 'bad release' } },
  showLeave: {},
  leave: { body: { confirm: 'leave', by: 'jane' } },
  showPlan: {},
  planChange: { body: { file: FILE, name: 'other.yaml', at: NOW + 86_400_000 } },
  applyPolicies: { body: { file: FILE, name: 'other.yaml', by: 'jane' } },
  listRollouts: {},
  approveRollout: { body: ROLLOUT },
  pauseRollout: { body: ROLLOUT },
  resumeRollout: { body: ROLLOUT },
  haltRollout: { body: ROLLOUT },
  skipRollout: { body: ROLLOUT },
  expediteRollout: { body: { ...ROLLOUT, due: '2026-11-25T18:00', rings: ['canary'] } },
  listTags: {},
  replaceTags: { params: { source: 'inventory' }, body: { devices: [{ subject: 'SD1', tags: ['pilot', 'berlin'] }], by: 'jane' } },
  nameEnrollments: { body: { enrollments: [{ id: 'D7', serial: 'SD7', type: 'Device' }], note: 'list' } },
  importLedger: {
    body: {
      lines: [
        {
          ...{ policy: 'everyone', enrollmentId: 'D1', release: 'iOS 26.6.1', version: '26.6.1', dueLocal: '2026-11-27T18:00:00' },
          ...{ zone: 'Europe/Berlin', zoneAssumed: false, dueAt: NOW + 604_800_000, clockStartAt: NOW - 1_000, writtenAt: NOW },
          dueSpec: '7 days at 18:00',
        },
      ],
      by: 'jane',
    },
  },
  listReleases: {},
  countReleaseDevices: {},
  exportReleases: {},
  refreshReleases: { body: {} },
  acceptReleases: { body: { by: 'jane' } },
  importReleases: { body: { bundle: BUNDLE, by: 'jane' } },
  listSeverities: {},
  acceptSeverities: { body: { plan: '0123456789ab', by: 'jane' } },
  showSystem: {},
  listJobs: {},
  listAudit: { query: { cursor: '3', limit: '50' } },
  listAlerts: {},
  testAlerts: { body: { to: 'ops', by: 'jane' } },
  listTokens: {},
  createToken: { body: { name: 'grafana', role: 'read', expires: '90d', by: 'jane' } },
  revokeToken: { body: { token: 'grafana', by: 'jane' } },
  showReference: {},
  showOpenApi: {},
};

/** The house for them: a release on its way through two rings, and somebody who is told of alerts. */
export const RINGED: WebOptions = {
  alerts: {
    to: [{ name: 'ops', form: 'webhook', url: 'http://alerts.example/hook', secret: 'secret of alerts', tell: 'both' }],
    digest: { at: '08:00', timeZone: 'Europe/Berlin' },
  },
  policies: {
    policies: [
      {
        name: 'everyone',
        match: {},
        target: { kind: 'latest' },
        due: { kind: 'days', days: 7, at: '18:00' },
        mode: 'enforce',
        paused: false,
        rings: [ring('canary', { who: { kind: 'devices', count: 1 } }), ring('everyone')],
        halt: HALT,
      },
    ],
  },
};

/** The table itself; nothing of it may be run. */
export const OPERATIONS: readonly Operation[] = withReference(allOperations({} as UseCases), '1.2.3', () => '');

/** What the router was really given, as [method, path below /api/v1]; ALL: whatever method. */
export function registeredRoutes(): [method: string, path: string][] {
  const tokens = { judge: () => Promise.reject(new Error('nobody is judged')) };
  const sessions = { find: () => undefined };
  const tries = { waitUntil: () => undefined, wrong: () => undefined, right: () => undefined };
  const who = { password: 'x', open: false, trustProxy: false, tokens, sessions, tries, now: () => NOW };
  const { routes } = createApi({ ...who, operations: OPERATIONS });
  return routes.map(({ method, path }) => [method, path]);
}

export function pathOf(path: string, { params = {}, query = {} }: ValidRequest): string {
  const filled = path.replaceAll(/[:{](\w+)\}?/g, (_, name: string) => encodeURIComponent(params[name] ?? 'x'));
  const search = new URLSearchParams(query).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

export function initOf({ method }: Operation, { body }: ValidRequest): [RequestInit, Record<string, string>] {
  if (body === undefined) return [{ method: method.toUpperCase() }, {}];
  return [{ method: method.toUpperCase(), body: JSON.stringify(body) }, { 'Content-Type': 'application/json' }];
}

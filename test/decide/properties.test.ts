import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { explain } from '../../src/decide/explain.ts';
import type { DecideInput } from '../../src/decide/input.ts';
import type { Manifest } from '../../src/decide/manifest.ts';
import { isFetched } from '../../src/decide/situation.ts';
import { isOutstanding } from '../../src/delivery/outbox-entry.ts';
import { foldEvents } from '../../src/enrollment/fold.ts';
import { known, newEnrollment } from '../../src/enrollment/state.ts';
import { compareVersions, parseVersion } from '../../src/os/version.ts';
import { DAY_MS, HOUR_MS, instantOf, MINUTE_MS } from '../../src/time/local.ts';
import { events, T0 } from '../enrollment/builders.ts';
import {
  answered,
  catalogue,
  command,
  DEVICE,
  enqueued,
  input,
  NOW,
  PHONE,
  policy,
  policySet,
  RELEASES,
  REQUIRED,
  release,
  withPolicy,
} from './builders.ts';
import { createStory, type Story } from './story.ts';

/** What holds for every device, whatever it says and whatever happens to it. */

const weird = fc.oneof(
  fc.constantFrom('', ' ', '40.5', '40.5.0.0', '40.5 (a)', '(a)', '9999.9999.9999', '-1', '1e3', 'soon', '４０.５'),
  fc.string(),
);
const instants = fc.oneof(fc.integer({ min: -1e12, max: 9e12 }), fc.constantFrom(0, 1, NOW, 8.6e12, Date.UTC(1970, 0), Date.UTC(2040, 0)));
const zones = fc.oneof(
  fc.constantFrom('Europe/Berlin', 'Pacific/Apia', 'Etc/GMT+12', 'EST5EDT', 'utc', 'GMT0', '+14:00', 'Mars/Base', ''),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
  fc.string(),
);

const facts = fc.record(
  {
    productName: fc.constantFrom(PHONE, 'iPhone99,9', 'Mac90,1', 'AppleTV14,1', 'RealityDevice14,1', 'Watch7,1', '', '☎'),
    model: weird,
    softwareUpdateDeviceId: fc.constantFrom('J900AP', PHONE, ''),
    osVersion: fc.oneof(fc.constantFrom('40.5', '40.6', '40.4', '16.0', '41.0'), weird),
    osVersionExtra: fc.oneof(fc.constantFrom('', '(a)', 'a', 'ab'), fc.string()),
    buildVersion: fc.constantFrom('40F50', '40F5050a', '', 'x'),
    supplementalBuildVersion: fc.constantFrom('40F50', '40F750010a', ''),
    isSupervised: fc.boolean(),
    timeZone: zones,
    awaitingConfiguration: fc.boolean(),
    isMdmLostModeEnabled: fc.boolean(),
    installState: fc.constantFrom('none', 'downloading', 'prepared', 'installing', 'failed', '?'),
    enrollmentType: fc.constantFrom('supervised', 'device', 'user', '?'),
    foreignDeclarations: fc.array(fc.string(), { maxLength: 2 }),
    failureReason: fc.record({ count: fc.integer(), reason: fc.string() }),
    itemsAnswered: fc.constantFrom('a', 'b'),
  },
  { requiredKeys: [] },
);

const policies = fc
  .tuple(
    fc.constantFrom('enforce' as const, 'observe' as const, 'silent' as const),
    fc.constantFrom(
      { kind: 'latest' as const },
      { kind: 'latest-minor' as const },
      { kind: 'exact' as const, version: '40.6' },
      { kind: 'exact' as const, version: '40.5 (a)' },
    ),
    fc.oneof(
      fc.record({
        kind: fc.constant('days' as const),
        days: fc.integer({ min: 0, max: 400 }),
        at: fc.constantFrom('00:00', '02:30', '18:00', '23:59'),
      }),
      fc.constantFrom({ kind: 'date' as const, at: '2040-09-20T18:00:00' }, { kind: 'date' as const, at: '1999-01-01T00:00:00' }),
    ),
    fc.boolean(),
  )
  .map(([mode, target, due, dmAdopt]) => policySet({ policies: [policy({ mode, target, due }), policy({ name: 'rest' })], dmAdopt }));

const anyEnrollment = fc
  .tuple(facts, instants, instants, instants, instants, events)
  .map(([told, factsAt, generation, lastSeenAt, checkOutAt, heard]) => {
    const base = input({
      enrollment: { facts: told as never, factsAt, generation, lastSeenAt, checkOutAt, enrolledAt: generation },
    }).enrollment;
    return { ...foldEvents(newEnrollment(DEVICE, 'Device'), heard), ...base };
  });

const releases = [release('40.5 (a)', { prerequisiteBuilds: ['40F50'] }), ...RELEASES];
const catalogues = fc.constantFrom(
  undefined,
  catalogue(),
  catalogue(releases),
  catalogue([]),
  catalogue(RELEASES, { doubt: { kind: 'empty', detail: '', since: NOW, digest: 'd' } }),
);
const held = decide(input()).manifest as Manifest;
const by = fc.record({ by: fc.string(), at: instants });
const days = fc.constantFrom('2040-09-09', '2040-09-20', '2041-02-28', '9999-12-31', '0001-01-01');

const anyInput: fc.Arbitrary<DecideInput> = fc
  .record({
    now: instants,
    enrollment: anyEnrollment,
    policies,
    catalogue: catalogues,
    manifest: fc.constantFrom(undefined, held, { ...held, isInvited: true }),
    control: fc.record({
      state: fc.constantFrom('running' as const, 'paused' as const, 'stopped' as const),
      pausedPolicies: fc.constantFrom([], ['everyone']),
      held: fc.constantFrom(undefined, 'restored'),
    }),
    memory: fc.record(
      {
        lastSeenAt: instants,
        invitedAt: instants,
        verified: fc.record({ version: weird, at: instants }),
        fellBackAt: instants,
        silent: fc.record({ since: instants, local: fc.constant('2040-09-10T18:00:00'), missed: weird }),
        returned: fc.record({ at: instants, hardStopAt: instants, missed: weird }),
        requiredBy: fc.record({ policy: fc.constantFrom('everyone', 'gone'), wants: fc.constantFrom('latest', ''), since: instants }),
      },
      { requiredKeys: ['lastSeenAt'] },
    ),
    commands: fc.subarray([
      command(),
      enqueued({ commandUuid: 'e', requestType: 'DeclarativeManagement' }),
      answered({ commandUuid: 'a', requestType: 'SecurityInfo' }),
      enqueued({ commandUuid: 'l', state: 'lost', endedAt: NOW }),
    ]),
    lastSentAt: instants,
    dmReached: fc.boolean(),
    overrides: fc.record(
      {
        paused: by,
        exempt: fc.record({ by: fc.string(), at: instants, until: days }),
        moreTime: fc.record({ by: fc.string(), at: instants, until: days }),
        asked: by,
      },
      { requiredKeys: [] },
    ),
    clockSuspect: fc.constantFrom(undefined, 'behind'),
  })
  .map(({ lastSentAt, dmReached, ...rest }) => ({ ...input(), ...rest, push: { lastSentAt }, site: { dmReached } }));

describe('decide', () => {
  it('never throws, gives the same for the same, and looks again later', () => {
    fc.assert(
      fc.property(anyInput, (value) => {
        const frozen = JSON.stringify(value);
        const decision = decide(value);
        expect(decision.recheckAt).toBeGreaterThan(value.now);
        expect(decision.recheckAt).toBeLessThanOrEqual(value.now + DAY_MS);
        expect(decide(structuredClone(value))).toEqual(decision);
        expect(JSON.stringify(value)).toBe(frozen);
        expect(explain(value).decision.reason).toBe(decision.reason);
      }),
      { numRuns: 500 },
    );
  });

  it('hands out only what is newer, offered, and has its notice unless the device has it', () => {
    fc.assert(
      fc.property(anyInput, (value) => {
        const { enforcement, isHandedOut, manifest } = decide(value);
        if (!isHandedOut || enforcement === undefined) return;
        const runs = parseVersion(known(value.enrollment, 'osVersion'));
        const target = parseVersion(enforcement.release.slice(enforcement.release.indexOf(' ') + 1));
        expect(runs && target && compareVersions(target, runs)).toBeGreaterThan(0);
        expect(manifest?.items.map((item) => item.identifier)).toContain(enforcement.identifier);
        if (!isFetched(value.enrollment, enforcement.identifier) && value.enrollment.facts.installState?.value !== 'installing')
          expect(enforcement.earliestAt).toBeGreaterThanOrEqual(value.now + DAY_MS);
      }),
      { numRuns: 500 },
    );
  });
});

type Act = (story: Story) => void;
const report = (changes: object) => ({ kind: 'status-report' as const, report: { fullReport: false, refusedStatusItems: [], ...changes } });

/** What can happen to a device and its site, each at a moment of its own. */
const acts: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<Act>(
      (s) => void s.syncs(),
      (s) => void s.hear({ kind: 'ddm-contact' }),
      (s) => void s.answers(),
      (s) => void s.at(s.now),
      (s) => void s.at(s.decision.recheckAt),
    ),
  },
  fc.constantFrom<Act>(
    (s) => void s.tells({ osVersion: '40.5' }),
    (s) => void s.tells({ osVersion: '40.6' }),
    (s) => void s.tells({ osVersion: '40.7' }),
    (s) => void s.tells({ timeZone: 'Asia/Tokyo' }),
    (s) => void s.tells({ timeZone: 'Pacific/Niue' }),
    (s) => void s.tells({ timeZone: 'Pacific/Kiritimati' }),
    (s) => void s.hear(report({ installState: 'prepared' })),
    (s) => void s.hear(report({ installState: 'installing' })),
    (s) => void s.hear(report({ installState: 'failed', failureReason: { count: 1, reason: 'network' } })),
    (s) => void s.hear(report({ installState: 'none' })),
    (s) =>
      void s.hear({ kind: 'message', message: { kind: 'Authenticate', osVersion: '40.5', productName: PHONE, serialNumber: 'SERIAL1' } }),
    (s) => void s.hear({ kind: 'message', message: { kind: 'TokenUpdate' }, tokenUpdateTally: 1 }),
    (s) => void s.hear({ kind: 'message', message: { kind: 'CommandReport', status: 'Idle' } }),
    (s) => void s.hear({ kind: 'push-gone' }),
  ),
  fc.constantFrom<Act>(
    (s) => void s.catalogue(catalogue()),
    (s) => void s.catalogue(catalogue([release('40.7', { firstSeenAt: s.now, expirationDate: '2050-01-01' }), ...RELEASES])),
    (s) => void s.catalogue(catalogue([release('40.6', { withdrawnAt: s.now, isPublic: false }), release('40.5.1'), ...RELEASES.slice(1)])),
    (s) => void s.catalogue(catalogue(RELEASES, { doubt: { kind: 'shrunk', detail: '', since: s.now, digest: 'd' } })),
    (s) => void s.policies(withPolicy({})),
    (s) => void s.policies(withPolicy({ due: { kind: 'days', days: 1, at: '07:00' } })),
    (s) => void s.policies(withPolicy({ due: { kind: 'days', days: 21, at: '07:00' } })),
    (s) => void s.policies(withPolicy({ detailsUrl: 'https://example.org' })),
    (s) => void s.policies(withPolicy({ mode: 'observe' })),
    (s) => void s.policies(withPolicy({ mode: 'silent' })),
    (s) => void s.policies(withPolicy({ target: { kind: 'exact', version: '40.5.1' } })),
    (s) => void s.control({ state: 'paused' }),
    (s) => void s.control({ state: 'stopped' }),
    (s) => void s.control({ state: 'running' }),
    (s) => void s.control({ held: 'restored' }),
    (s) => void s.control({ held: undefined }),
    (s) => void s.overrides({ paused: { by: 'jane', at: s.now } }),
    (s) => void s.overrides({ exempt: { by: 'jane', at: s.now, until: '2040-09-25' } }),
    (s) => void s.overrides({ moreTime: { by: 'jane', at: s.now, until: '2040-09-28' } }),
    (s) => void s.overrides({ asked: { by: 'jane', at: s.now } }),
    (s) => void s.overrides({ paused: undefined, exempt: undefined, moreTime: undefined }),
  ),
);
const gaps = fc.oneof(fc.constantFrom(0, 1, MINUTE_MS, HOUR_MS, 12 * HOUR_MS, DAY_MS), fc.integer({ min: 0, max: 5 * DAY_MS }));
const lives = fc.array(fc.tuple(gaps, acts), { minLength: 5, maxLength: 40 });

function live(life: [number, Act][], check: (story: Story, before: { manifest: Manifest | undefined; sent: number }) => void): void {
  const story = createStory();
  for (const [gap, act] of life) {
    story.now += gap;
    const before = { manifest: story.manifest, sent: story.sent.length };
    act(story);
    check(story, before);
  }
}

function setOf(manifest: Manifest | undefined): string {
  return JSON.stringify(manifest?.items.map((item) => [item.identifier, item.serverToken]) ?? []);
}

describe('through any life of a device', () => {
  it('nothing is handed out that is not newer, or that it could fetch without notice', () => {
    fc.assert(
      fc.property(lives, (life) => {
        live(life, (story) => {
          const handedOut = story.handedOut();
          if (handedOut === undefined) return;
          const runs = parseVersion(known(story.state, 'osVersion'));
          const target = parseVersion(handedOut.version);
          if (runs && target) expect(compareVersions(target, runs)).toBeGreaterThan(0);
          if (story.state.fetched[handedOut.identifier] === undefined) {
            const zone = known(story.state, 'timeZone');
            const dueAt = zone === undefined ? Date.parse(`${handedOut.local}Z`) - 14 * HOUR_MS : instantOf(handedOut.local, zone);
            expect(dueAt).toBeGreaterThanOrEqual(story.now + DAY_MS);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('the token changes if and only if the set does', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const sets = new Map<string, string>();
        live(life, (story, before) => {
          if (story.manifest === undefined) return;
          const set = setOf(story.manifest);
          expect(sets.get(story.manifest.token) ?? set).toBe(set);
          sets.set(story.manifest.token, set);
          if (before.manifest && before.manifest.token === story.manifest.token)
            expect(story.manifest.changedAt).toBe(before.manifest.changedAt);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('at most one command of a type is outstanding', () => {
    fc.assert(
      fc.property(lives, (life) => {
        live(life, (story) => {
          const types = story.commands.filter(isOutstanding).map(({ requestType }) => requestType);
          expect(types).toEqual([...new Set(types)]);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('in silence nothing is sent', () => {
    fc.assert(
      fc.property(lives, (life) => {
        live(life, (story, before) => {
          if (story.decision.mode === 'silent') expect(story.sent.length).toBe(before.sent);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('stopped or held back, nothing is handed out but what the device has', () => {
    fc.assert(
      fc.property(lives, (life) => {
        live(life, (story) => {
          const { control } = story.standing;
          const handedOut = story.handedOut();
          if (handedOut === undefined) return;
          if (control.state !== 'running' || control.held !== undefined) expect(story.state.fetched).toHaveProperty([handedOut.identifier]);
          if (control.state === 'stopped')
            expect(story.decision.manifest?.enforcement && known(story.state, 'installState')).toBe('installing');
        });
      }),
      { numRuns: 60 },
    );
  });

  it('deciding again at the same moment changes nothing: no loop of dates or commands', () => {
    fc.assert(
      fc.property(lives, (life) => {
        live(life, (story) => {
          const { manifest, lines, commands } = story;
          const sent = story.sent.length;
          story.at(story.now);
          expect(story.manifest).toEqual(manifest);
          expect(story.lines).toEqual(lines);
          // What is remembered of the manifest is remembered of the one before: it follows one decision later.
          const { memory } = story;
          story.at(story.now);
          expect(story.memory).toEqual(memory);
          expect(story.commands).toEqual(commands);
          expect(story.sent.length).toBe(sent);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('a line gets later only by an edit of the operator', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const lines = new Map<string, { dueAt: number; dueSpec: string }>();
        live(life, (story) => {
          for (const line of story.lines) {
            const before = lines.get(line.release);
            if (before && before.dueSpec === line.dueSpec) expect(line.dueAt).toBe(before.dueAt);
            lines.set(line.release, line);
          }
        });
      }),
      { numRuns: 40 },
    );
  });

  it('commands are rare: a device that says nothing is not asked more than three times a day', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const story = createStory();
        for (const [gap, act] of life) {
          story.now += gap;
          act(story);
        }
        const before = story.sent.length;
        const until = story.now + 10 * DAY_MS;
        while (story.now < until) story.at(story.decision.recheckAt);
        expect(story.sent.length - before).toBeLessThanOrEqual(30);
      }),
      { numRuns: 20 },
    );
  });
});

it('builders: moments of the fold and of decisions are of one day', () => {
  expect(T0).toBe(NOW);
  expect(REQUIRED.requiredBy?.policy).toBe('everyone');
});

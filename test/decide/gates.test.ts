import { describe, expect, it } from 'vitest';
import { buildDeclarations } from '../../src/ddm/declarations.ts';
import { GATES } from '../../src/decide/checks.ts';
import { decide } from '../../src/decide/decide.ts';
import { explain } from '../../src/decide/explain.ts';
import { type DecideInput, newMemory } from '../../src/decide/input.ts';
import { createLoad } from '../../src/engine/load.ts';
import type { ReasonName } from '../../src/reasons/reasons.ts';
import type { Rollout } from '../../src/rollout/rollout.types.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { HALT, ring, rollout } from '../rollout/builders.ts';
import {
  ASKED,
  catalogue,
  DEVICE,
  enqueued,
  fact,
  type InputOptions,
  input,
  MAC_FACTS,
  NOW,
  PHONE_FACTS,
  policy,
  policySet,
  RELEASES,
  REQUIRED,
  release,
  withPolicy,
} from './builders.ts';

/** The checks of rules 1 to 5, 17, 20, 21 and 30 one by one, and the order in which they decide. */

const ENFORCEMENT = 'com.apple.configuration.softwareupdate.enforcement.specific';
const facts = (changes: object, base: object = PHONE_FACTS) => ({ enrollment: { facts: { ...base, ...changes } } }) as InputOptions;

/** [check, what is the case, how, its reason or `passes`]. Everything else is in order. */
/** After a restore at that time. */
function restored(at: number): InputOptions {
  return { control: { state: 'running', pausedPolicies: [], held: undefined, restored: { at, backupAt: at - DAY_MS } } };
}

/** It fetched the date of a release that rolls out in rings, and that rollout is now in this state. */
function inRollout(state: Rollout['state']): InputOptions {
  const policies = withPolicy({ rings: [ring('everyone')], halt: HALT });
  const openings = [{ ring: 'everyone', at: NOW - DAY_MS, because: '' }];
  const having = (rolledOut: Rollout) => new Map([['everyone', new Map([[rolledOut.release, rolledOut]])]]);
  const decided = decide(input({ policies, rollouts: having(rollout({ openings })) })).manifest;
  const manifest = decided && { ...decided, enforcementSince: NOW - 2 * HOUR_MS };
  const id = manifest?.enforcement?.identifier ?? '';
  return { policies, manifest, rollouts: having(rollout({ openings, state })), enrollment: { fetched: { [id]: NOW - HOUR_MS } } };
}

const BY = { by: 'jane', at: NOW };
/** One other device was newly handed an update today. */
const FULL = createLoad([['D2', { reason: 'waiting-for-date', counted: { newOn: '2040-09-10' } }]]);

const LEFT = { state: 'left', pausedPolicies: [], held: undefined } as const;
const EMPTY = buildDeclarations({ subscriptions: undefined }).token;

const table: [string, string, InputOptions, ReasonName | 'passes'][] = [
  ['our clock can be trusted', 'it can’t', { clockSuspect: '11 min ahead' }, 'clock-suspect'],
  ['is enrolled', 'checked out', { enrollment: { checkOutAt: NOW, lastSeenAt: NOW } }, 'unenrolled'],
  ['is enrolled', 'seen since it checked out', { enrollment: { checkOutAt: NOW - 1, lastSeenAt: NOW } }, 'passes'],
  [
    'is enrolled',
    'authenticated and no more',
    { enrollment: { generation: NOW, tokenUpdateAt: NOW - 1, lastSeenAt: NOW } },
    'enrollment-incomplete',
  ],
  [
    'is enrolled',
    'authenticated, then seen: the TokenUpdate was lost',
    { enrollment: { generation: NOW - 1, tokenUpdateAt: 0, lastSeenAt: NOW } },
    'passes',
  ],
  ['is enrolled', 'known by its user channel only', { enrollment: { generation: 0, tokenUpdateAt: 0, enrolledAt: 0 } }, 'passes'],
  ['Ratchet has not left', 'it has, and the device never fetched anything', { control: LEFT }, 'left'],
  [
    'Ratchet has not left',
    'it has, and the device holds what it fetched',
    { control: LEFT, ...facts({ itemsAnswered: 'a list' }) },
    'leaving',
  ],
  ['Ratchet has not left', 'it has, and the device fetched the empty list', { control: LEFT, ...facts({ itemsAnswered: EMPTY }) }, 'left'],
  ['is an enrollment Apple lets us update', 'User Enrollment', { enrollment: { type: 'User Enrollment (Device)' } }, 'user-enrollment'],
  ['is an enrollment Apple lets us update', 'says so itself', facts({ enrollmentType: 'user' }), 'user-enrollment'],
  ['is an enrollment Apple lets us update', 'says something new', facts({ enrollmentType: 'none' }), 'passes'],
  ['its model and OS are known', 'no model', facts({ productName: undefined }), 'inventory-missing'],
  ['its model and OS are known', 'no version', facts({ osVersion: undefined }), 'inventory-missing'],
  ['its model and OS are known', 'a version nobody can read', facts({ osVersion: 'soon' }), 'inventory-missing'],
  ['its model and OS are known', 'a Mac not known to be supervised', facts({ isSupervised: undefined }, MAC_FACTS), 'inventory-missing'],
  ['its model and OS are known', 'an iPhone not known to be supervised', facts({ isSupervised: undefined }), 'passes'],
  [
    'its model and OS are known',
    'not known to be supervised, where a policy asks for it',
    {
      ...facts({ isSupervised: undefined }),
      policies: policySet({ policies: [policy({ name: 'others', match: { supervised: false }, mode: 'observe' }), policy()] }),
    },
    'inventory-missing',
  ],
  [
    'its model and OS are known',
    'not known to be supervised, where only a later policy asks for it',
    {
      ...facts({ isSupervised: undefined }),
      policies: policySet({ policies: [policy(), policy({ name: 'others', match: { supervised: false } })] }),
    },
    'passes',
  ],
  [
    'its model and OS are known',
    'no serial number, where a policy before names one',
    {
      ...facts({ serialNumber: undefined }),
      policies: policySet({ policies: [policy({ name: 'the director’s', match: { serials: ['SERIAL1'] }, mode: 'observe' }), policy()] }),
    },
    'inventory-missing',
  ],
  ['its model and OS are known', 'no serial number, and no policy names one', facts({ serialNumber: undefined }), 'passes'],
  ['its platform takes updates by MDM', 'a watch', facts({ productName: 'Watch7,1', osVersion: '27.0' }), 'platform-observe-only'],
  ['its platform takes updates by MDM', 'something new', facts({ productName: 'Toaster1,1' }), 'platform-observe-only'],
  ['no beta', 'a beta build', facts({ buildVersion: '40F5050a', supplementalBuildVersion: undefined }), 'beta-os'],
  [
    'no beta',
    'a build Apple lists',
    {
      ...facts({ buildVersion: '40F5050a', supplementalBuildVersion: undefined }),
      catalogue: catalogue([release('40.5', { builds: ['40F5050a'] }), ...RELEASES]),
    },
    'passes',
  ],
  ['no beta', 'the build of an improvement', facts({ supplementalBuildVersion: '40F750010a' }), 'passes'],
  ['no beta', 'enrolled in a beta program, on no beta', facts({ betaEnrollment: 'iOS 41 Developer Beta' }), 'passes'],
  ['a policy matches', 'none', { policies: withPolicy({ match: { platform: ['macOS'] } }) }, 'no-policy'],
  ['releases are known', 'no answer yet', { catalogue: undefined }, 'catalogue-missing'],
  [
    'its key into the lookup service is known',
    'a Mac that did not tell its board',
    facts({ softwareUpdateDeviceId: undefined }, MAC_FACTS),
    'device-id-unknown',
  ],
  ['Apple lists its model', 'not at all', facts({ productName: 'iPhone99,1' }), 'model-not-in-feed'],
  ['is below its target', 'runs it', facts({ osVersion: '40.6' }), 'verified'],
  [
    'its target is offered',
    'an exact one that is not',
    { policies: withPolicy({ target: { kind: 'exact', version: '40.9' } }) },
    'target-not-offered',
  ],
  ['its OS takes declarations or commands', 'iOS 8', facts({ osVersion: '8.4.1' }), 'declarations-unsupported'],
  ['its OS takes declarations or commands', 'iOS 16', facts({ osVersion: '16.7' }), 'passes'],
  [
    'its OS takes declarations or commands',
    'iOS 16, and the policy allows declarations only',
    { ...facts({ osVersion: '16.7' }), policies: withPolicy({ channel: 'declarations' }) },
    'declarations-unsupported',
  ],
  [
    'its OS takes declarations or commands',
    'iOS 40, and the policy allows commands only',
    { ...facts({}), policies: withPolicy({ channel: 'commands' }) },
    'commands-removed',
  ],
  ['its OS takes declarations or commands', 'iOS 17.0', facts({ osVersion: '17.0' }), 'passes'],
  [
    'its OS takes declarations or commands',
    'iOS 16 that says it can',
    facts({ osVersion: '16.7', clientCapabilities: { declarations: [ENFORCEMENT], statusItems: [] } }),
    'passes',
  ],
  ['is supervised where that is needed', 'a Mac that is not', facts({ isSupervised: false }, MAC_FACTS), 'not-supervised'],
  ['is supervised where that is needed', 'an iPhone that is not', facts({ isSupervised: false }), 'passes'],
  [
    'is supervised where that is needed',
    'an iPhone on iOS 16 that is not',
    facts({ osVersion: '16.7', isSupervised: false }),
    'not-supervised',
  ],
  ['says it can enforce', 'it does not', facts({ clientCapabilities: { declarations: [], statusItems: [] } }), 'capability-missing'],
  ['says it can enforce', 'it said so before its upgrade', { enrollment: { facts: PHONE_FACTS } }, 'passes'],
  [
    'is in nobody else’s declarative management',
    'asked before it was invited',
    { enrollment: { uninvitedAt: NOW } },
    'foreign-declarations',
  ],
  [
    'is in nobody else’s declarative management',
    'shows nothing foreign since',
    { enrollment: { uninvitedAt: NOW, facts: { ...PHONE_FACTS, foreignDeclarations: [] } } },
    'passes',
  ],
  [
    'is in nobody else’s declarative management',
    'reports what is not ours',
    facts({ foreignDeclarations: ['theirs'] }),
    'foreign-declarations',
  ],
  [
    'is in nobody else’s declarative management',
    'asked, and is to be taken over',
    { enrollment: { uninvitedAt: NOW }, policies: policySet({ dmAdopt: true }) },
    'passes',
  ],
  [
    'is in nobody else’s declarative management',
    'asked after it was sent the command',
    { enrollment: { uninvitedAt: NOW }, commands: [enqueued({ requestType: 'DeclarativeManagement' })] },
    'passes',
  ],
  [
    'is in nobody else’s declarative management',
    'asked while its command is on its way to the host',
    {
      enrollment: { uninvitedAt: NOW },
      commands: [enqueued({ requestType: 'DeclarativeManagement', state: 'leased', enqueuedAt: undefined })],
    },
    'passes',
  ],
  [
    'is in nobody else’s declarative management',
    'asked, and the host did not take its command yet',
    {
      enrollment: { uninvitedAt: NOW },
      commands: [enqueued({ requestType: 'DeclarativeManagement', state: 'pending', enqueuedAt: undefined })],
    },
    'foreign-declarations',
  ],
  [
    'is in nobody else’s declarative management',
    'asked, and the host may have its command',
    {
      enrollment: { uninvitedAt: NOW },
      commands: [enqueued({ requestType: 'DeclarativeManagement', state: 'pending', enqueuedAt: undefined, maybeQueued: true })],
    },
    'passes',
  ],
  [
    'is in nobody else’s declarative management',
    'asked, and the host will never take its command',
    {
      enrollment: { uninvitedAt: NOW },
      commands: [enqueued({ requestType: 'DeclarativeManagement', state: 'refused', enqueuedAt: undefined })],
    },
    'foreign-declarations',
  ],
  [
    'is in nobody else’s declarative management',
    'was invited in an earlier enrollment only',
    { enrollment: { uninvitedAt: NOW }, memory: { ...newMemory(), invitedAt: NOW - 101 * DAY_MS } },
    'foreign-declarations',
  ],
  ['is past Setup Assistant', 'in it', facts({ awaitingConfiguration: true }), 'awaiting-configuration'],
  ['is not in Lost Mode', 'in it', facts({ isMdmLostModeEnabled: true }), 'lost-mode'],
  ['is ready for commands before iOS 10.3', 'enrolled by hand', facts({ osVersion: '9.3.5', enrolledViaDep: false }), 'not-dep-enrolled'],
  ['is ready for commands before iOS 10.3', 'a passcode', facts({ osVersion: '9.3.5', passcodePresent: true }), 'passcode-set'],
  ['is ready for commands before iOS 10.3', 'a passcode on iOS 10.3', facts({ osVersion: '10.3', passcodePresent: true }), 'passes'],
  ['Ratchet is not held', 'held', { control: { state: 'running', pausedPolicies: [], held: 'restored' } }, 'held'],
  ['Ratchet is not stopped', 'stopped', { control: { state: 'stopped', pausedPolicies: [], held: undefined } }, 'stopped'],
  ['the mode is enforce', 'observe', { policies: policySet({ mode: 'observe' }) }, 'observe-only'],
  ['the mode is enforce', 'observe for its policy', { policies: withPolicy({ mode: 'observe' }) }, 'observe-only'],
  ['is not exempt', 'by a person, to the end of today', { overrides: { exempt: { ...BY, until: '2040-09-10' } } }, 'exempt'],
  ['is not exempt', 'it was, to the end of yesterday', { overrides: { exempt: { ...BY, until: '2040-09-09' } } }, 'passes'],
  ['is not paused', 'all is', { control: { state: 'paused', pausedPolicies: [], held: undefined } }, 'paused'],
  [
    'is not paused',
    'its policy is, by a person',
    { control: { state: 'running', pausedPolicies: ['everyone'], held: undefined } },
    'paused',
  ],
  ['is not paused', 'it alone is', { overrides: { paused: BY } }, 'paused'],
  ['is not paused', 'another policy is', { control: { state: 'running', pausedPolicies: ['other'], held: undefined } }, 'passes'],
  ['is not paused', 'its policy is, in the file', { policies: withPolicy({ paused: true }) }, 'paused'],
  ['its rollout is not paused', 'it is, and the device has the date', inRollout('paused'), 'rollout-paused'],
  ['its rollout is not paused', 'it is not', inRollout('running'), 'passes'],
  ['has told since a restore where it stands', 'not a word yet', restored(NOW), 'awaiting-report'],
  ['has told since a restore where it stands', 'what it runs, not what it holds', restored(NOW - 40 * HOUR_MS), 'awaiting-report'],
  ['has told since a restore where it stands', 'enrolled since', restored(NOW - 200 * DAY_MS), 'passes'],
  [
    'Apple’s answer can be trusted',
    'it can’t',
    { catalogue: catalogue(RELEASES, { doubt: { kind: 'empty', detail: '', since: NOW, digest: '' } }) },
    'feed-doubtful',
  ],
  [
    'nothing of the other channel is outstanding',
    'an update command',
    { commands: [...ASKED, enqueued({ requestType: 'ScheduleOSUpdate' })] },
    'command-outstanding',
  ],
  [
    'nothing of the other channel is outstanding',
    'a declaration, where commands are meant',
    {
      ...facts({ osVersion: '17.2' }),
      policies: withPolicy({ channel: 'commands' }),
      memory: {
        ...REQUIRED,
        holds: { identifier: 'ratchet.enforcement.x', version: '40.5', local: '2040-09-12T18:00:00', since: NOW - DAY_MS },
      },
    },
    'awaiting-sync',
  ],
  ['has room and power for a command', 'a flat battery', facts({ osVersion: '16.7', batteryLevel: 0.1 }), 'insufficient-power'],
  [
    'has room and power for a command',
    'too little space',
    facts({
      osVersion: '16.7',
      availableDeviceCapacity: 3.5,
      availableUpdates: [{ productKey: 'k', name: 'iOS 40.6', version: '40.6', downloadSize: 3e9, installSize: 1e9 }],
    }),
    'insufficient-space',
  ],
  ['has room and power for a command', 'a flat battery, by declaration', facts({ batteryLevel: 0.1 }), 'passes'],
  [
    'is there, where a date once placed can’t be refused',
    'not heard from for a day',
    { placing: { upSince: 0 }, enrollment: { lastSeenAt: NOW - DAY_MS } },
    'awaiting-contact',
  ],
  [
    'is there, where a date once placed can’t be refused',
    'not heard from for days',
    { placing: { upSince: 0 }, enrollment: { lastSeenAt: NOW - 3 * DAY_MS } },
    'not-seen',
  ],
  [
    'is there, where a date once placed can’t be refused',
    'heard from a millisecond less ago',
    { placing: { upSince: 0 }, enrollment: { lastSeenAt: NOW - DAY_MS + 1 } },
    'passes',
  ],
  [
    'is there, where a date once placed can’t be refused',
    'where we answer devices',
    { enrollment: { lastSeenAt: NOW - DAY_MS } },
    'passes',
  ],
  [
    'its turn has come',
    'as many as one day allows had theirs',
    { policies: policySet({ limits: { newPerDay: 1 } }), load: FULL },
    'daily-limit',
  ],
];

it.each(table)('%s: %s', (check, _, options, expected) => {
  const { decision, checks } = explain(input(options));
  const outcome = checks.find(({ name }) => name === check);
  if (expected === 'passes') expect(outcome?.outcome).toBe('passed');
  else {
    expect(outcome?.outcome).toBe('objected');
    expect(decision).toMatchObject({ reason: expected, check });
  }
});

it('every check has a row that objects and is named once', () => {
  const objecting = new Set(table.filter(([, , , reason]) => reason !== 'passes').map(([check]) => check));
  expect(GATES.map(({ name }) => name)).toEqual([...objecting]);
});

describe('says it can enforce', () => {
  it.each([
    ['a day and two hours before the version was observed: it may speak of the OS before', 26 * HOUR_MS + 1, 'awaiting-sync'],
    ['a millisecond later', 26 * HOUR_MS, 'capability-missing'],
  ])('said %s', (_, ago, expected) => {
    const options = input(facts({}));
    options.enrollment.facts.clientCapabilities = fact({ declarations: [], statusItems: [] }, NOW - HOUR_MS - ago);
    expect(decide(options).reason).toBe(expected);
  });
});

describe('the order', () => {
  const told = (changes: object) => (o: DecideInput) => ({
    ...o,
    enrollment: {
      ...o.enrollment,
      facts: { ...o.enrollment.facts, ...Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, fact(value)])) },
    },
  });
  const ordered = (control: object) => (o: DecideInput) => ({ ...o, control: { ...o.control, ...control } });
  const doubt = { kind: 'empty' as const, detail: '', since: NOW, digest: '' };

  /** A way to violate each check that leaves the others alone. */
  const violations: [ReasonName, (options: DecideInput) => DecideInput][] = [
    ['clock-suspect', (o) => ({ ...o, clockSuspect: 'behind' })],
    ['unenrolled', (o) => ({ ...o, enrollment: { ...o.enrollment, checkOutAt: NOW, lastSeenAt: NOW } })],
    ['user-enrollment', told({ enrollmentType: 'user' })],
    ['inventory-missing', told({ osVersion: 'soon' })],
    ['platform-observe-only', told({ productName: 'Watch7,1' })],
    ['beta-os', told({ supplementalBuildVersion: '40F5050a' })],
    ['no-policy', (o) => ({ ...o, policies: { ...o.policies, policies: [policy({ match: { ids: ['another'] } })] } })],
    ['catalogue-missing', (o) => ({ ...o, catalogue: undefined })],
    [
      'model-not-in-feed',
      (o) => ({ ...o, catalogue: catalogue([release('40.6', { devices: ['another'] })], { doubt: o.catalogue?.doubt }) }),
    ],
    ['declarations-unsupported', told({ osVersion: '8.0' })],
    ['capability-missing', told({ clientCapabilities: { declarations: [], statusItems: [] } })],
    ['foreign-declarations', told({ foreignDeclarations: ['theirs'] })],
    ['awaiting-configuration', told({ awaitingConfiguration: true })],
    ['lost-mode', told({ isMdmLostModeEnabled: true })],
    ['held', ordered({ held: 'restored' })],
    ['stopped', ordered({ state: 'stopped' })],
    ['observe-only', (o) => ({ ...o, policies: { ...o.policies, mode: 'observe' } })],
    ['exempt', (o) => ({ ...o, overrides: { ...o.overrides, exempt: { ...BY, until: '2040-10-01' } } })],
    ['paused', ordered({ pausedPolicies: ['everyone'] })],
    ['feed-doubtful', (o) => ({ ...o, catalogue: o.catalogue && { ...o.catalogue, doubt } })],
  ];
  const pairs = violations.flatMap((first, index) =>
    violations.slice(index + 1).map((second) => [first[0], second[0], first[1], second[1]] as const),
  );

  it.each(pairs)('%s comes before %s', (expected, _, first, second) => {
    // Where both change the same value, the earlier check's wins.
    expect(decide(first(second(input()))).reason).toBe(expected);
  });
});

it('a device nobody has heard anything of is asked what it is', () => {
  const decision = decide(
    input({ enrollment: { facts: {}, generation: 0, tokenUpdateAt: 0, enrolledAt: 0, lastSeenAt: 0 }, memory: newMemory(), commands: [] }),
  );
  expect(decision.reason).toBe('inventory-missing');
  expect(decision.wants.commands.map(({ requestType }) => requestType)).toEqual(['DeviceInformation']);
  expect(decision.manifest).toBeUndefined();
});

it('a device whose serial number decides which policy it is is asked for it', () => {
  const policies = policySet({ policies: [policy({ name: 'named', match: { serials: ['SERIAL1'] } }), policy()] });
  const decision = decide(input({ ...facts({ serialNumber: undefined }), policies, commands: [] }));
  expect(decision.evidence).toEqual({ missing: ['SerialNumber'] });
  expect(decision.wants.commands.map(({ requestType }) => requestType)).toContain('DeviceInformation');
});

it('evidence names what a person needs', () => {
  expect(decide(input(facts({ osVersion: undefined }))).evidence).toEqual({ missing: ['OSVersion'] });
  expect(decide(input({ control: { state: 'running', pausedPolicies: [], held: 'restored' } })).evidence).toEqual({ because: 'restored' });
  expect(decide(input({ enrollment: { id: DEVICE, checkOutAt: NOW, lastSeenAt: NOW } })).evidence).toEqual({ checkOutAt: NOW });
});

it('an invitation is remembered when the host has it, not when it is only on its way', () => {
  const sent = (changes: Parameters<typeof enqueued>[0]) =>
    decide(input({ memory: newMemory(), commands: [enqueued({ requestType: 'DeclarativeManagement', ...changes })] }));
  expect(sent({}).memory.invitedAt).toBe(NOW - HOUR_MS);
  expect(sent({ state: 'lost' }).memory.invitedAt).toBe(NOW - HOUR_MS);
  expect(sent({ state: 'leased', enqueuedAt: undefined }).memory.invitedAt).toBeUndefined();
  expect(sent({ state: 'leased', enqueuedAt: undefined }).manifest?.isInvited).toBe(true);
});

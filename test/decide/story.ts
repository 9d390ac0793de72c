import type { Attempt } from '../../src/decide/attempt.types.ts';
import type { Decision } from '../../src/decide/decide.ts';
import type { Control, Memory, PushHistory } from '../../src/decide/input.ts';
import type { Enforcement, Manifest } from '../../src/decide/manifest.ts';
import type { Overrides } from '../../src/decide/overrides.types.ts';
import { finishEnqueue, isDue, lease } from '../../src/delivery/enqueue.ts';
import type { OutboxEntry } from '../../src/delivery/outbox-entry.ts';
import type { OwnersPages } from '../../src/engine/owners-pages.ts';
import { reconcileOne } from '../../src/engine/reconcile/reconcile-one.ts';
import { createStanding, type Standing } from '../../src/engine/standing.ts';
import type { EventBody } from '../../src/enrollment/event.ts';
import type { EnrollmentState } from '../../src/enrollment/state.ts';
import type { DeviceInformation } from '../../src/mdm/messages.ts';
import type { LedgerLine } from '../../src/policy/ledger.ts';
import { noticeOf } from '../../src/policy/notice.ts';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import type { Catalogue } from '../../src/releases/catalogue.types.ts';
import type { Severities } from '../../src/releases/severity.types.ts';
import type { InboxItem, StoredDecision } from '../../src/store/store.ts';
import { catalogue, DEVICE, type EnrollmentOptions, enrollment, NOW, type PHONE_FACTS, policySet, REQUIRED } from './builders.ts';

/**
 * One device over time, through the same reconcileOne as in the house, with a store of five variables and a host that
 * takes every command. For rules that are about more than one moment.
 */
export interface Story {
  readonly standing: Standing;
  now: number;
  state: EnrollmentState;
  memory: Memory;
  manifest: Manifest | undefined;
  lines: LedgerLine[];
  commands: OutboxEntry[];
  /** The record of every update command, oldest first. */
  attempts: Attempt[];
  decision: Decision;
  /** Undefined: it was pushed just now. */
  push?: PushHistory;
  /** Every command that was sent, oldest first. */
  readonly sent: string[];
  /** Time passes; the device says nothing. */
  at(instant: number): Decision;
  /** The device is heard. */
  hear(body: EventBody, at?: number): Decision;
  tells(info: DeviceInformation, at?: number): Decision;
  /** It asks tokens, items and every declaration it has not got, as the -dm listener would answer. Returns the refused identifiers. */
  syncs(at?: number): string[];
  /** It answers every outstanding command. */
  answers(at?: number): Decision;
  policies(change: PolicySet): Decision;
  catalogue(change: Catalogue): Decision;
  /** SOFA is read. */
  severities(change: Severities): Decision;
  control(change: Partial<Control>): Decision;
  /** A person orders it for this device, beside what was ordered before. */
  overrides(change: Overrides): Decision;
  /** The enforcement handed out, or undefined. */
  handedOut(): Enforcement | undefined;
}

export interface StoryOptions {
  policies?: PolicySet;
  catalogue?: Catalogue;
  enrollment?: EnrollmentOptions;
  memory?: Memory;
  ownersPages?: OwnersPages | undefined;
  at?: number;
}

export function createStory(options: StoryOptions = {}): Story {
  const standing = createStanding(
    options.policies ?? policySet(),
    'hash',
    {
      host: undefined,
      site: { dmReached: true },
      control: { state: 'running', pausedPolicies: [], held: undefined },
      policies: undefined,
      feed: undefined,
      lastCommitAt: 0,
      dueBasis: undefined,
      clockDoubt: undefined,
      createdAt: 0,
      tagsRevision: 0,
      rolloutsRevision: 0,
    },
    options.catalogue ?? catalogue(),
    'digest',
  );
  standing.ownersPages = options.ownersPages;
  let revision = 1;
  let uuids = 0;
  let stored: StoredDecision | undefined;
  let held: string[] = [];
  let ordered: Overrides = {};
  const story: Story = {
    standing,
    now: options.at ?? NOW,
    state: enrollment(options.enrollment),
    memory: options.memory ?? REQUIRED,
    manifest: undefined,
    lines: [],
    commands: [],
    attempts: [],
    decision: undefined as unknown as Decision,
    sent: [],
    at: (instant) => {
      story.now = instant;
      return reconcile([]);
    },
    hear: (body, at = story.now) => {
      story.now = at;
      return reconcile([{ subject: { id: DEVICE, type: 'Device' }, event: { observedAt: at, receivedAt: at, body } }]);
    },
    tells: (deviceInformation, at = story.now) =>
      story.hear(
        { kind: 'message', message: { kind: 'CommandReport', status: 'Acknowledged', commandUuid: 'told', deviceInformation } },
        at,
      ),
    syncs: (at = story.now) => {
      story.hear({ kind: 'ddm-contact' }, at);
      const manifest = story.manifest;
      if (manifest === undefined) return [];
      story.hear({ kind: 'ddm-answer', endpoint: 'declaration-items', token: manifest.token });
      const refused: string[] = [];
      for (const { identifier } of manifest.items) {
        if (held.includes(identifier)) continue;
        const { enforcement } = manifest;
        if (enforcement?.identifier === identifier && enforcement.earliestAt < story.now + noticeOf(standing.policies, enforcement)) {
          refused.push(identifier);
          story.hear({ kind: 'ddm-refused', identifier });
        } else story.hear({ kind: 'ddm-answer', endpoint: 'declaration', identifier });
      }
      if (refused.length === 0) held = manifest.items.map((item) => item.identifier);
      return refused;
    },
    answers: (at = story.now) => {
      story.now = at;
      for (const entry of story.commands.filter((candidate) => candidate.state === 'enqueued')) {
        story.hear({
          kind: 'message',
          message: {
            kind: 'CommandReport',
            status: 'Acknowledged',
            commandUuid: entry.commandUuid,
            ...(entry.requestType === 'DeviceInformation' ? { deviceInformation: informationOf(story.state) } : {}),
          },
        });
      }
      return reconcile([]);
    },
    policies: (change) => {
      standing.policies = change;
      standing.policiesHash = JSON.stringify(change);
      return reconcile([]);
    },
    catalogue: (change) => {
      standing.catalogue = change;
      standing.catalogueDigest = JSON.stringify(change.releases);
      return reconcile([]);
    },
    severities: (change) => {
      standing.severities = change;
      standing.severitiesDigest = JSON.stringify(change);
      return reconcile([]);
    },
    control: (change) => {
      standing.control = { ...standing.control, ...change };
      return reconcile([]);
    },
    overrides: (change) => {
      ordered = { ...ordered, ...change };
      return reconcile([]);
    },
    handedOut: () => (story.decision.isHandedOut ? story.decision.enforcement : undefined),
  };

  function reconcile(events: InboxItem[]): Decision {
    const { commit, decision } = reconcileOne(
      {
        id: DEVICE,
        revision,
        state: story.state,
        memory: story.memory,
        decision: stored,
        summary: undefined,
        ownersPage: undefined,
        events,
        lastSeq: 0,
        lines: story.lines,
        manifest: story.manifest,
        commands: story.commands,
        attempts: story.attempts.filter(({ isSettled }) => !isSettled),
        push: story.push ?? { lastSentAt: story.now },
        overrides: ordered,
      },
      standing,
      story.now,
      nextUuid,
    );
    revision += 1;
    stored = commit.decision;
    story.state = commit.state;
    story.memory = commit.memory;
    story.manifest = commit.manifest ?? story.manifest;
    const key = (line: LedgerLine) => `${line.policy} ${line.release}`;
    const written = new Set(commit.ledgerLines.map(key));
    story.lines = [...story.lines.filter((line) => !written.has(key(line))), ...commit.ledgerLines];
    const changed = new Map(commit.outbox.change.map((entry) => [entry.commandUuid, entry]));
    story.commands = [...commit.outbox.add, ...story.commands.map((entry) => changed.get(entry.commandUuid) ?? entry)];
    const recorded = new Map([...story.attempts, ...commit.attempts].map((attempt) => [attempt.commandUuid, attempt]));
    story.attempts = [...recorded.values()];
    story.decision = decision;
    // As in the house, the sender wakes the reconciler.
    return send() ? reconcile([]) : decision;
  }

  function nextUuid(): string {
    uuids += 1;
    return `story-${String(uuids).padStart(4, '0')}`;
  }

  /** What the dispatcher does with a host that takes everything at once; whether there was anything to send. */
  function send(): boolean {
    const before = story.sent.length;
    story.commands = story.commands.map((entry) => {
      if (!isDue(entry, story.now)) return entry;
      story.sent.push(entry.requestType);
      return finishEnqueue(lease(entry, story.now), { kind: 'queued' }, story.now);
    });
    return story.sent.length > before;
  }

  reconcile([]);
  return story;
}

function informationOf(state: EnrollmentState): DeviceInformation {
  const value = (name: keyof typeof PHONE_FACTS) => state.facts[name]?.value as never;
  return {
    productName: value('productName'),
    osVersion: value('osVersion'),
    buildVersion: value('buildVersion'),
    isSupervised: value('isSupervised'),
    timeZone: value('timeZone'),
  };
}

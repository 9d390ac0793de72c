import type { SofaFeed } from '../../feeds/sofa.ts';
import type { Severities, SofaPlatform } from '../../releases/severity.types.ts';
import type { Clock } from '../../runtime.ts';
import type { FeedMemory, Store } from '../../store/store.ts';
import type { ForwardState } from '../forward/target.types.ts';
import type { Health } from '../health.ts';
import type { JobName, Jobs } from '../jobs.ts';
import type { Standing } from '../standing.ts';
import type { AuditAnswer, JobsAnswer, SettingInForce, SystemAnswer } from '../system-answers.ts';
import { type Contact, LINK_NAMES, type LinkName, type Seen } from '../watch.ts';

/** How the installation itself is. Reads only. */
export interface ShowSystem {
  system(): Promise<SystemAnswer>;
  jobs(): Promise<JobsAnswer>;
  /** `before`: the cursor of the page before; absent: the newest. */
  audit(before: number | undefined, limit: number): Promise<AuditAnswer>;
}

export interface ShowSystemOptions {
  store: Store;
  standing: Standing;
  clock: Pick<Clock, 'now'>;
  watch: { seen(): Seen };
  jobs: Pick<Jobs, 'list'>;
  forwarding: { states(): readonly ForwardState[] };
  health(): Promise<Health>;
  /** Name of the source of releases; undefined: off. */
  source: string | undefined;
  sofaFeeds: readonly SofaFeed[];
  settings: {
    version: string;
    hostIdentity: string;
    /** For people; absent: nothing is told of them. */
    settingsInForce?: readonly SettingInForce[];
  };
}

/** As many as are kept. */
const PUT_ASIDE_MAX = 1_000;

const LINKS: Readonly<Record<LinkName, string>> = {
  commands: 'Commands to the MDM server',
  pushes: 'Pushes through the MDM server',
  webhook: 'Webhooks from the MDM server',
  declarations: 'Declarations asked for by the MDM server',
  upstream: 'Questions to the declaration server behind',
  kmfddm: 'Declarations kept in KMFDDM',
};

const JOBS: Readonly<Record<JobName, string>> = {
  sweep: 'Judges the clock, finds what was forgotten, counts the fleet of the day, clears away',
  recheck: 'Decides devices anew whose time has come',
  releases: 'Reads Apple’s list of releases',
  sofa: 'Reads SOFA’s feeds',
  rollouts: 'Looks at the health of rings, opens and halts',
  dispatch: 'Sends commands and pushes that are due',
};

export function createShowSystem(options: ShowSystemOptions): ShowSystem {
  const { store, standing, clock, watch, jobs, forwarding, health, source, sofaFeeds, settings } = options;

  function feedsOf(feed: FeedMemory | undefined, sofa: readonly FeedMemory[]): SystemAnswer['feeds'] {
    const { catalogue, severitiesTold } = standing;
    const releases =
      source === undefined && catalogue === undefined
        ? []
        : [
            {
              name: 'Apple’s releases',
              ...defined({
                source,
                ...askedOf(feed),
                readAt: catalogue?.lastCheckedAt,
                goodAt: catalogue?.heldAt,
                doubt: catalogue?.doubt?.detail,
              }),
            },
          ];
    const told = severitiesTold?.platforms ?? [];
    return [
      ...releases,
      ...sofaFeeds.map(({ platform, feed }) =>
        sofaOf(
          platform,
          told,
          sofa.find(({ source }) => source === feed.name),
        ),
      ),
    ];
  }

  /** Where KMFDDM answers devices, nobody is to ask us: what came all the same is shown. */
  function isThere(name: LinkName, { failedAt, refused }: Contact): boolean {
    const isKept = standing.placing !== undefined;
    if (name === 'upstream') return standing.site.mergesDdm === true;
    if (name === 'kmfddm') return isKept;
    return name !== 'declarations' || !isKept || failedAt !== undefined || refused !== undefined;
  }

  return {
    async system() {
      const { control, site } = standing;
      const { contacts, startedAt } = watch.seen();
      const { feed, sofaFeeds: sofaAsked = [], policies, heldPolicies } = await store.loadSite();
      const [last] = (await store.listDevices({ sort: 'lastSeenAt', isDescending: true, limit: 1 })).devices;
      const heardAt = last?.summary.lastSeenAt || undefined;
      return {
        schema: 'ratchet.system/1',
        at: clock.now(),
        version: settings.version,
        startedAt,
        state: control.held === undefined ? control.state : 'held',
        ...defined({ because: control.held, clockDoubt: standing.clockSuspect, heardAt }),
        pausedPolicies: [...control.pausedPolicies],
        checks: (await health()).checks,
        host: settings.hostIdentity,
        dmReached: site.dmReached,
        links: LINK_NAMES.filter((name) => isThere(name, contacts[name])).map((name) => linkOf(name, contacts[name])),
        feeds: feedsOf(feed, sofaAsked),
        commands: await store.countOpenCommands(),
        pushes: await store.countPushes(),
        inbox: { waiting: await store.countInbox(), putAside: (await store.listParked(PUT_ASIDE_MAX)).length },
        forward: forwarding.states().map((state) => ({ ...state })),
        alerts: (await store.listAlerts()).map(({ key, at, sentence }) => ({ key, at, sentence })),
        ...(policies === undefined
          ? {}
          : {
              policies: {
                ...{ hash: policies.hash, at: policies.at, by: policies.by },
                ...(heldPolicies === undefined ? {} : { held: { ...heldPolicies } }),
              },
            }),
        settings: (settings.settingsInForce ?? []).map((setting) => ({ ...setting })),
      };
    },
    async jobs() {
      return {
        schema: 'ratchet.jobs/1',
        at: clock.now(),
        jobs: jobs.list().map(({ name, startedAt, tookMs, result, nextAt }) => ({
          ...{ key: name, what: JOBS[name] },
          ...defined({ lastAt: startedAt, tookMs, result, nextAt }),
        })),
      };
    },
    async audit(before, limit) {
      const { entries, next } = await store.pageAudit(before, limit);
      return {
        schema: 'ratchet.audit/1',
        entries: entries.map(({ seq, at, by, act, detail }) => ({ id: seq, at, by, act, ...noteOf(detail), detail })),
        ...(next === undefined ? {} : { next: String(next) }),
      };
    },
  };
}

function linkOf(name: LinkName, { refused, ...contact }: Contact): SystemAnswer['links'][number] {
  return { name, what: LINKS[name], ...contact, ...(refused === undefined ? {} : { refused: refused.map((each) => ({ ...each })) }) };
}

function sofaOf(platform: SofaPlatform, told: Severities['platforms'], memory: FeedMemory | undefined): SystemAnswer['feeds'][number] {
  const { goodAt, doubt } = told.find((one) => one.platform === platform) ?? {};
  return { name: `SOFA: ${platform}`, ...defined({ source: memory?.source, ...askedOf(memory), goodAt, doubt: doubt?.detail }) };
}

function askedOf(memory: FeedMemory | undefined): { askedAt?: number; notBefore?: number } {
  return defined({ askedAt: memory?.askedAt.at(-1), notBefore: memory?.notBefore });
}

/** Why, whichever way it was kept. */
function noteOf({ note, because }: Record<string, unknown>): { note?: string } {
  const told = [note, because].find((text) => typeof text === 'string');
  return told === undefined ? {} : { note: String(told) };
}

/** Without what is not known. */
function defined<T extends object>(given: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

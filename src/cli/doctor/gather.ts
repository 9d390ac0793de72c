import { type Configuration, loadConfiguration } from '../../config/load-configuration.ts';
import type { Settings } from '../../config/settings.types.ts';
import type { ReleaseFeed } from '../../feeds/feed.ts';
import type { DdmUpstream } from '../../hosts/ddm-upstream.ts';
import { parsePmv } from '../../releases/pmv.ts';
import type { Fetch } from '../../runtime.ts';
import type { Instant } from '../../time/local.ts';
import type { CliWorld } from '../world.ts';
import type { DoctorPorts, Evidence, FeedSeen, GateSeen, UpstreamSeen } from './doctor.types.ts';
import { seeRatchet } from './see-ratchet.ts';

export interface Asked {
  flags: Readonly<Record<string, unknown>>;
  /** Of the MDM server's push certificate. */
  pushTopic?: string | undefined;
}

/** Looks at everything once, side by side; each question has its own end, so a neighbour that hangs hides no other. Rejects never. */
export async function gather(world: CliWorld, ports: DoctorPorts, { flags, pushTopic }: Asked): Promise<Evidence> {
  const now = world.now();
  const configuration = loadConfiguration({ flags, env: world.env, cwd: world.cwd }, now);
  const { settings } = configuration;
  const [data, ratchet] = await Promise.all([ports.inspectData(settings.data), seeRatchet(world.fetch, configuration, ports)]);
  const topic = pushTopic ?? topicOf(ratchet.kind === 'there' ? ratchet.system?.links : undefined);
  const notBefore =
    ratchet.kind === 'there' && ratchet.system !== undefined
      ? ratchet.system.feeds[0]?.notBefore
      : data.database.kind === 'whole'
        ? data.database.facts.releases.notBefore
        : undefined;
  const [host, kmfddm, releases, sofa, upstream, gate] = await Promise.all([
    ports.examineHost(settings, topic),
    ports.examineKmfddm(settings),
    seeReleases(configuration, ports, notBefore, now),
    seeSofa(settings, ports),
    seeUpstream(openUpstream(configuration, ports)),
    seeGate(settings, world.fetch),
  ]);
  return {
    ...{ now, configuration, data, ratchet },
    ...(host === undefined ? {} : { host }),
    ...(kmfddm === undefined ? {} : { kmfddm }),
    ...(releases === undefined ? {} : { releases }),
    ...(sofa === undefined ? {} : { sofa }),
    ...(upstream === undefined ? {} : { upstream }),
    ...(gate === undefined ? {} : { gate }),
  };
}

/** NanoMDM names the topic when it has no certificate for it. */
function topicOf(links: readonly { name: string; problem?: string | undefined }[] = []): string | undefined {
  return /topic \\?"([^"\\]+)/.exec(links.find(({ name }) => name === 'pushes')?.problem ?? '')?.[1];
}

async function seeReleases(
  { settings, settingsProblems }: Configuration,
  ports: DoctorPorts,
  notBefore: Instant | undefined,
  now: Instant,
): Promise<FeedSeen | undefined> {
  // A file of authorities that can't be read: nobody else is to be believed instead.
  const isCaWrong = settingsProblems.some(({ path }) => path === '--releases-ca');
  const feed = isCaWrong ? undefined : ports.feedOf(settings);
  if (feed === undefined) return undefined;
  const isServer = feed.tellsTime === true;
  if (notBefore !== undefined && notBefore > now) return { name: feed.name, isServer, kind: 'left-alone', until: notBefore };
  return { name: feed.name, isServer, ...(await seeFeed(feed)) };
}

/** What may be read only so often is asked whether it is there; the rest is read. */
async function seeFeed(feed: ReleaseFeed) {
  if (feed.readsPerDayMax !== undefined && feed.reach !== undefined) return feed.reach();
  const answer = await feed.read();
  if (answer.kind === 'outage') return { kind: answer.kind, message: answer.message, isUnreached: answer.isUnreached ?? false };
  const parsed = answer.kind === 'answer' ? parsePmv(answer.body) : undefined;
  if (parsed?.ok === false) return { kind: 'unreadable' as const, message: parsed.detail };
  return { kind: 'reached' as const, ...(answer.date === undefined ? {} : { date: answer.date }), at: answer.at };
}

/** One of its feeds stands for all: they lie in one folder. */
async function seeSofa(settings: Settings, ports: DoctorPorts): Promise<FeedSeen | undefined> {
  const [first] = ports.sofaOf(settings);
  if (first === undefined) return undefined;
  const { name, reach, read, tellsTime } = first.feed;
  const common = { name, isServer: tellsTime === true };
  if (reach !== undefined) return { ...common, ...(await reach()) };
  const answer = await read();
  if (answer.kind === 'outage') return { ...common, kind: 'outage', message: answer.message, isUnreached: true };
  return { ...common, kind: 'reached', at: answer.at };
}

function openUpstream({ settings }: Configuration, ports: DoctorPorts): DdmUpstream | undefined {
  return settings.dmUpstreamUrl === undefined ? undefined : ports.upstreamOf(settings);
}

/** A device that is not there: who does not know it answers with empty lists, and keeps nothing of the question. */
async function seeUpstream(upstream: DdmUpstream | undefined): Promise<UpstreamSeen | undefined> {
  if (upstream === undefined) return undefined;
  const { name } = upstream;
  const answer = await upstream.ask({
    ...{ endpoint: { kind: 'declaration-items' }, enrollmentId: '__probe__', type: 'Device' },
    body: new Uint8Array(),
  });
  switch (answer.kind) {
    case 'answer': {
      const declarations = countDeclarations(answer.body);
      return declarations === undefined
        ? { name, kind: 'nonsense', message: answer.body.slice(0, 100) }
        : { name, kind: 'answers', declarations };
    }
    case 'refused':
      return { name, kind: 'refused', status: answer.status, message: answer.message };
    case 'down':
      return { name, kind: 'down', message: answer.message };
  }
}

/** Undefined: it is no answer to declaration-items. */
function countDeclarations(body: string): number | undefined {
  try {
    const { Declarations: lists, DeclarationsToken: token } = JSON.parse(body) as Record<string, unknown>;
    if (typeof lists !== 'object' || lists === null || typeof token !== 'string') return undefined;
    return Object.values(lists).flat().length;
  } catch {
    return undefined;
  }
}

const GATE_TIMEOUT_MS = 10_000;

async function seeGate({ gateUrl: url }: Settings, fetch: Fetch): Promise<GateSeen | undefined> {
  if (url === undefined) return undefined;
  try {
    const answer = await fetch(url, { timeoutMs: GATE_TIMEOUT_MS });
    // Whatever it says: unread, the connection would stay open.
    await answer.arrayBuffer().catch(() => undefined);
    return { url, status: answer.status };
  } catch (error) {
    return { url, message: error instanceof Error ? error.message : String(error) };
  }
}

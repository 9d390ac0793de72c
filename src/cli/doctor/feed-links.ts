import { SKEW_MAX_MS } from '../../engine/schedule/steady-clock.ts';
import { isApple } from '../../feeds/apple.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../../time/local.ts';
import { instantText } from '../text.ts';
import type { Evidence, FeedMemory, LinkReport } from './doctor.types.ts';
import { ago, broken, ok, serverWords, skipped, span, unknown, warning } from './words.ts';

/** The clock, and what comes from outside: Apple's releases and SOFA. */

export function clockLink({ ratchet, data, releases, host, configuration, now }: Evidence): LinkReport {
  const doubt =
    ratchet.kind === 'there' && ratchet.system !== undefined
      ? ratchet.system.clockDoubt
      : data.database.kind === 'whole'
        ? data.database.facts.clockDoubt
        : undefined;
  const { name } = serverWords(configuration.settings, configuration.origins);
  const set = 'set it (timedatectl set-ntp true)';
  const feedSkew = releases?.kind === 'reached' && releases.date !== undefined ? releases.at - releases.date : undefined;
  const hostSkew = host?.clocks === undefined ? undefined : host.clocks.ours - host.clocks.theirs;
  if (feedSkew !== undefined && Math.abs(feedSkew) > SKEW_MAX_MS)
    return broken(
      `this machine’s clock is ${aside(feedSkew)} ${releases?.name}; it says ${instantText(now)}`,
      `${set}, then ratchet resume`,
    );
  if (doubt !== undefined)
    return broken(`Ratchet does not trust it, and hands out nothing: ${doubt}`, `${set}; when it is right, ratchet resume`);
  if (hostSkew !== undefined && Math.abs(hostSkew) > SKEW_MAX_MS)
    return feedSkew === undefined
      ? broken(
          `this machine’s clock is ${aside(hostSkew)} ${name}’s, and nobody tells which is right`,
          `look at both, and ${set.replace('it', 'the wrong one')}`,
        )
      : warning(
          `the clock of ${name} is ${aside(-hostSkew)} this machine’s, which is right`,
          'set that one: what it says of when is not believed',
        );
  const agrees = [
    ...(feedSkew === undefined ? [] : [`${releases?.name} (${seconds(feedSkew)})`]),
    ...(hostSkew === undefined ? [] : [`${name} (${seconds(hostSkew)})`]),
  ];
  return agrees.length === 0 ? unknown('nobody who tells the time was reached') : ok(`agrees with ${agrees.join(' and ')}`);
}

/** HTTP tells whole seconds, cut. */
function seconds(skew: number): string {
  return Math.abs(skew) < 2_000 ? 'to the second' : `${span(Math.abs(skew))} apart`;
}

function aside(skew: number): string {
  return `${span(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'}`;
}

/** Read once a day, an hour early or late; what is older has missed a read. */
const STALE_MS = 2 * DAY_MS;
/** After a start the first read is tried at once. */
const FIRST_READ_MS = HOUR_MS;

export function releasesLink(evidence: Evidence): LinkReport {
  const { releases, configuration, now } = evidence;
  const { settings, settingsProblems } = configuration;
  if (releases === undefined)
    return settingsProblems.some(({ path }) => path === '--releases-ca')
      ? skipped('--releases-ca can’t be read')
      : skipped('off: releases come by ratchet releases import alone');
  const { name } = releases;
  const memory = memoryOf(evidence);
  const held = memory?.readAt === undefined ? '' : `; the list held was confirmed ${ago(memory.readAt, now)}`;
  if (releases.kind === 'unreadable')
    return broken(`${name} is no list of releases: ${releases.message}`, 'give Apple’s v2/pmv, or a copy of it');
  if (releases.kind === 'outage') return broken(`${name}: ${releases.message}${held}`, outageFix(settings.releases, releases));
  if (memory?.doubt !== undefined)
    return warning(
      `${name} was reached, and its last answer is doubtful: ${memory.doubt}`,
      'compare it with Apple’s pages; ratchet releases accept believes it now',
    );
  if (releases.kind === 'left-alone')
    return warning(`${name} asked to be left alone until ${instantText(releases.until)}${held}`, 'nothing: Ratchet waits for it');
  const trust = releases.isServer ? `${name} answers${trustOf(name)}` : `${name} can be read`;
  return freshness(trust, memory?.readAt, evidence);
}

function freshness(trust: string, readAt: Instant | undefined, { ratchet, now }: Evidence): LinkReport {
  if (readAt !== undefined && now - readAt <= STALE_MS) return ok(`${trust}; read ${ago(readAt, now)}`);
  const startedAt = ratchet.kind === 'there' ? ratchet.system?.startedAt : undefined;
  const fix = 'ratchet releases refresh, and look into the log of Ratchet';
  if (readAt !== undefined)
    return startedAt === undefined
      ? unknown(`${trust}; last read ${ago(readAt, now)}`, 'ratchet serve reads it once a day')
      : broken(`${trust}, and was last read ${ago(readAt, now)}`, fix);
  if (startedAt !== undefined && now - startedAt > FIRST_READ_MS) return broken(`${trust}, and was never read`, fix);
  return unknown(`${trust}; not read yet`, 'ratchet serve reads it at its start');
}

/** Of the running server; else of what it left. */
function memoryOf({ ratchet, data }: Evidence): FeedMemory | undefined {
  const feed = ratchet.kind === 'there' ? ratchet.system?.feeds[0] : undefined;
  if (feed !== undefined) return feed as FeedMemory;
  return data.database.kind === 'whole' ? data.database.facts.releases : undefined;
}

function trustOf(url: string): string {
  if (!url.startsWith('https:')) return '';
  return isApple(url) ? ', by Apple’s own root' : ', trusted';
}

function outageFix(source: { kind: string }, { message, isUnreached }: { message: string; isUnreached: boolean }): string {
  if (source.kind === 'file') return 'correct --releases, or put the file there';
  if (/certificate|trusted/i.test(message))
    return 'let the TLS connection through unopened (a proxy’s own certificate is not believed), or name its authority with --releases-ca if it is a mirror of yours';
  return isUnreached
    ? 'let this machine reach it (https, port 443), or name a mirror or a file with --releases'
    : 'wait: it is asked again; look whether something else asks it from this address';
}

export function sofaLink(evidence: Evidence): LinkReport {
  const { sofa, ratchet, now } = evidence;
  if (sofa === undefined) return skipped('off: nobody tells how severe releases are');
  const { name } = sofa;
  if (sofa.kind === 'outage') return broken(`${name}: ${sofa.message}`, 'let this machine reach it, or name another folder with --sofa');
  const feeds = ratchet.kind === 'there' ? (ratchet.system?.feeds.filter((feed) => feed.name.startsWith('SOFA')) ?? []) : [];
  const doubted = feeds.find(({ doubt }) => doubt !== undefined);
  if (doubted !== undefined)
    return warning(`${doubted.name}: the last answer is doubtful: ${doubted.doubt}`, 'look at ratchet severities show');
  const oldest = feeds.map(({ goodAt }) => goodAt ?? 0).sort((a, b) => a - b)[0];
  if (oldest === undefined) return unknown(`${name} answers; when it was last read, only the running Ratchet tells`);
  if (oldest === 0) return unknown(`${name} answers; not all of its feeds were read yet`, 'look into the log of Ratchet');
  if (now - oldest > STALE_MS)
    return broken(`${name} answers, and a feed was last good ${ago(oldest, now)}`, 'look into the log of Ratchet');
  return ok(`${name} answers; read ${ago(oldest, now)}`);
}

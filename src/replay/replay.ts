import { emptyCatalogue, foldAnswer } from '../releases/catalogue.ts';
import type { Catalogue } from '../releases/catalogue.types.ts';
import { emptySeverities, foldSofa, severityDigest } from '../releases/severity.ts';
import type { Severities } from '../releases/severity.types.ts';
import { DAY_MS, type Instant } from '../time/local.ts';
import { createCohorts } from './cohorts.ts';
import { compareNaively } from './compare-naively.ts';
import type { RecordedAnswer, RecordedFeed } from './history.ts';
import { createExploitedHistory, createNewestHistory } from './newest.ts';
import { createOffered } from './offered.ts';
import { createPromises } from './promises.ts';
import type { ReplayOptions, ReplayResult } from './replay.types.ts';

/**
 * Recorded months over a fleet: the real folding of Apple's answers and of SOFA's feeds, the real policies, decisions and
 * rollouts, in memory. Time jumps from one instant at which something may change to the next: an answer that offers a
 * device something else, a ring, a date, an owner who installs. Nothing looks at the whole fleet every day.
 */
export function replay(options: ReplayOptions): ReplayResult | undefined {
  const { policies, seed } = options;
  const past = merged(options.history, options.sofa ?? []);
  let catalogue: Catalogue = emptyCatalogue();
  let severities: Severities | undefined;
  let severe = '';
  let answers = 0;
  let next = past.next();
  let now = 0;

  function fold(entry: RecordedAnswer | RecordedFeed): { isListingChanged: boolean; isSeverityChanged: boolean } {
    now = entry.at;
    const { answer } = entry;
    if ('assets' in answer) {
      answers += 1;
      catalogue = foldAnswer(catalogue, answer, now).catalogue;
      return { isListingChanged: true, isSeverityChanged: false };
    }
    const folded = foldSofa(severities ?? emptySeverities(), answer, now);
    severities = folded.severities;
    for (const change of folded.changes) if (change.kind === 'severity' && change.to === 'standard') takenBack.push(change.version);
    const digest = JSON.stringify(severityDigest(severities));
    const isSeverityChanged = digest !== severe;
    severe = digest;
    exploited.note(severities, now);
    return { isListingChanged: false, isSeverityChanged };
  }

  const exploited = createExploitedHistory();
  const takenBack: string[] = [];
  // Until the beginning it is only read.
  const isBefore = (at: Instant) => catalogue.heldDigest === undefined || (options.from !== undefined && at < options.from);
  let last: RecordedAnswer['answer'] | undefined;
  while (!next.done && isBefore(next.value.at)) {
    fold(next.value);
    if ('assets' in next.value.answer) last = next.value.answer;
    next = past.next();
  }
  if (catalogue.heldDigest === undefined || last === undefined) return undefined;
  const start = Math.max(options.from ?? now, now);
  const fleet = options.fleet(catalogue, policies);
  const keys = new Set(fleet.map(({ key }) => key));
  const offered = createOffered(keys);
  offered.heard(last);
  const promises = createPromises(policies, offered, start);
  const newest = createNewestHistory();
  const standing = { policies, catalogue, severities, start };
  const cohorts = createCohorts({ ...options, fleet, standing, promises, newest });
  cohorts.begin(start);

  const end = options.to ?? Number.POSITIVE_INFINITY;
  let told = start;
  while (!next.done && next.value.at <= end) {
    const entry = next.value;
    cohorts.runTo(entry.at);
    const { isListingChanged, isSeverityChanged } = fold(entry);
    Object.assign(standing, { catalogue, severities });
    for (const version of takenBack.splice(0)) promises.tookBack(version);
    if ('assets' in entry.answer) offered.heard(entry.answer);
    if (isListingChanged) cohorts.listingsChanged(now);
    if (isSeverityChanged) cohorts.severitiesChanged(now);
    if (now - told >= 7 * DAY_MS) {
      told = now;
      options.onProgress?.(now);
    }
    next = past.next();
  }
  const until = Number.isFinite(end) ? end : now;
  cohorts.runTo(until);
  const { replayed, ...ended } = cohorts.end(until);
  const { movedLater, broken, examples } = promises;
  return {
    from: start,
    to: until,
    devices: fleet.length,
    answers,
    movedLater,
    broken: { count: broken, examples },
    ...ended,
    naive: compareNaively({ fleet: replayed, policies, seed, start, end: until, newest, exploited: severities && exploited }),
  };
}

/** Both recordings as one, by time; at the same instant Apple's answer first. */
function* merged(history: Iterable<RecordedAnswer>, sofa: Iterable<RecordedFeed>): Generator<RecordedAnswer | RecordedFeed> {
  const [answers, feeds] = [history[Symbol.iterator](), sofa[Symbol.iterator]()];
  let [answer, feed] = [answers.next(), feeds.next()];
  while (!answer.done || !feed.done) {
    if (!answer.done && (feed.done || answer.value.at <= feed.value.at)) {
      yield answer.value;
      answer = answers.next();
    } else if (!feed.done) {
      yield feed.value;
      feed = feeds.next();
    }
  }
}

import { describe, expect, it } from 'vitest';
import type { Evidence, LinkReport, RatchetSeen } from '../../src/cli/doctor/doctor.types.ts';
import { LINKS } from '../../src/cli/doctor/links.ts';
import { loadConfiguration } from '../../src/config/load-configuration.ts';
import type { SystemAnswer } from '../../src/engine/system-answers.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';

/** What no server can be made to do in a test: time that passes, disks that fill, certificates that end. Each link, over made-up evidence. */

const NOW = Date.UTC(2026, 10, 20, 12);
const FLAGS = {
  enqueueUrl: 'http://127.0.0.1:9000/v1/enqueue/',
  enqueueKey: 'k'.repeat(32),
  webhookHmacKey: 'w'.repeat(32),
  dmHmacKey: 'd'.repeat(32),
  dmResponseHmacKey: 'r'.repeat(32),
  api: 'a'.repeat(32),
  data: '/data',
};

const SYSTEM: SystemAnswer = {
  ...{ schema: 'ratchet.system/1', at: NOW, version: '1.2.3', startedAt: NOW - 3 * HOUR_MS, state: 'running', pausedPolicies: [] },
  ...{ checks: {}, host: 'nanomdm http://127.0.0.1:9000/v1/enqueue/', dmReached: true, heardAt: NOW - MINUTE_MS, settings: [] },
  links: [
    { name: 'pushes', what: '', okAt: NOW - HOUR_MS },
    { name: 'webhook', what: '', okAt: NOW - MINUTE_MS },
    { name: 'declarations', what: '', okAt: NOW - MINUTE_MS, listsAt: NOW - HOUR_MS },
  ],
  feeds: [{ name: 'Apple’s releases', source: 'https://gdmf.apple.com/v2/pmv', readAt: NOW - HOUR_MS, goodAt: NOW - HOUR_MS }],
  commands: { pending: 0, leased: 0, enqueued: 0 },
  pushes: { waiting: 0 },
  inbox: { waiting: 0, putAside: 0 },
  alerts: [],
  forward: [],
};

const tried = (right: number, other: number) => ({
  right: { status: right, isSigned: true },
  bare: { status: other, isSigned: false },
  wrong: { status: other, isSigned: false },
});

type There = Extract<RatchetSeen, { kind: 'there' }>;

const RATCHET: There = {
  ...{ kind: 'there', url: 'http://127.0.0.1:9006', version: 'v1.2.3', ailing: {}, system: SYSTEM },
  webhook: { url: 'http://127.0.0.1:9006/webhook', ...tried(200, 401) },
  dm: { url: 'http://127.0.0.1:9007/ddm/tokens', ...tried(200, 401) },
};

function evidence(change: Partial<Evidence> = {}, flags: Record<string, string> = {}): Evidence {
  return {
    now: NOW,
    configuration: loadConfiguration({ flags: { ...FLAGS, ...flags }, env: {}, cwd: '/nowhere' }, NOW),
    data: {
      ...{ isThere: true, isWritable: true, freeBytes: 5_000_000_000, lock: { holder: { pid: 4711, hostname: 'here' } } },
      database: { kind: 'whole', facts: { devices: 2, dmReached: true, heardAt: NOW - DAY_MS, releases: { readAt: NOW - HOUR_MS } } },
    },
    ratchet: RATCHET,
    host: {
      version: { url: 'http://127.0.0.1:9000/version', isReached: true, version: 'v0.9.0', looksLike: 'nanomdm' },
      commands: { url: 'http://127.0.0.1:9000/v1/enqueue/__probe__?nopush=1', verdict: 'right' },
      pushes: { url: 'http://127.0.0.1:9000/v1/push/__probe__', verdict: 'right' },
      certificate: { kind: 'told', topic: 'com.apple.mgmt.External.lab', notAfter: NOW + 200 * DAY_MS },
      clocks: { theirs: NOW, ours: NOW + 400 },
    },
    releases: { name: 'https://gdmf.apple.com/v2/pmv', isServer: true, kind: 'reached', date: NOW, at: NOW + 800 },
    ...change,
  };
}

const FREE = { ...evidence().data, lock: 'free' as const };
const DOWN: RatchetSeen = { kind: 'unreached', url: 'http://127.0.0.1:9006', message: 'connect ECONNREFUSED' };
const withSystem = (change: Partial<SystemAnswer>): Evidence => evidence({ ratchet: { ...RATCHET, system: { ...SYSTEM, ...change } } });
const withLinks = (...links: SystemAnswer['links']): Evidence => withSystem({ links });
const withHost = (change: Partial<NonNullable<Evidence['host']>>, flags?: Record<string, string>): Evidence => {
  const { host } = evidence();
  return evidence(host === undefined ? {} : { host: { ...host, ...change } }, flags);
};
/** Our declarations are kept in KMFDDM. */
function kept(...links: SystemAnswer['links']): Evidence {
  const kmfddmUrl = 'http://127.0.0.1:9002/v1/';
  return evidence(
    {
      ratchet: { ...RATCHET, system: { ...SYSTEM, links } },
      kmfddm: {
        version: { url: 'http://127.0.0.1:9002/version', isReached: true, version: 'v0.8.3', looksLike: 'nanomdm' },
        api: { url: kmfddmUrl, verdict: 'right' },
      },
    },
    { kmfddmUrl, kmfddmKey: 'm'.repeat(32) },
  );
}
/** What is at that address is something else. */
function noKmfddm(kmfddmUrl: string, ...links: SystemAnswer['links']): Evidence {
  return evidence(
    {
      ratchet: { ...RATCHET, system: { ...SYSTEM, links } },
      kmfddm: {
        version: { url: new URL('/version', kmfddmUrl).href, isReached: true },
        api: { url: kmfddmUrl, verdict: 'other', message: 'HTTP 404: no' },
      },
    },
    { kmfddmUrl, kmfddmKey: 'm'.repeat(32) },
  );
}
function gated(answer: { status: number } | { message: string }, ...alerts: SystemAnswer['alerts']): Evidence {
  const gateUrl = 'http://127.0.0.1:8080/mdm/enroll';
  return evidence(
    { gate: { url: gateUrl, ...answer }, ratchet: { ...RATCHET, system: { ...SYSTEM, alerts } } },
    { gateUrl, listenPublic: '127.0.0.1:9008' },
  );
}
const versioned = (version: string) => ({
  version: { url: 'http://127.0.0.1:9000/version', isReached: true, version, looksLike: 'nanomdm' as const },
});
const certificate = (inDays: number) => withHost({ certificate: { kind: 'told', notAfter: NOW + inDays * DAY_MS } });

function judge(link: string, given: Evidence): string {
  const judged: LinkReport | undefined = LINKS.find(({ name }) => name === link)?.judge(given);
  if (judged === undefined) throw new Error(`no link is called ${link}`);
  const { status, finding, fix } = judged;
  return `${status}: ${finding}${fix === undefined ? '' : `; fix: ${fix}`}`;
}

const WEBHOOK = 'NanoMDM needs -webhook-url http://127.0.0.1:9006/webhook -webhook-hmac-key "<the value of --webhook-hmac-key>"';
const DM =
  'NanoMDM needs -dm http://127.0.0.1:9007/ddm/ -dm-send-hmac-key "<the value of --dm-hmac-key>" -dm-recv-hmac-key "<the value of --dm-response-hmac-key>"';

const TABLE: readonly [link: string, what: string, given: Evidence, expected: string][] = [
  [
    'config',
    'without its file',
    evidence(),
    'broken: ratchet.yaml: there is no such file; fix: write one (examples/nanomdm/ratchet.yaml), or name it with --config',
  ],
  [
    'config',
    'with a line that is wrong',
    evidence({
      configuration: {
        ...evidence().configuration,
        fileProblems: [
          { file: 'ratchet.yaml', line: 3, column: 1, path: 'policies[0].target', message: 'missing', expected: 'one', fix: 'add it' },
        ],
      },
    }),
    'broken: ratchet.yaml:3: policies[0].target: missing; fix: add it',
  ],
  ['store', 'beside a running server', evidence(), 'ok: /data: whole, 2 devices, 5000 MB free, held by process 4711'],
  [
    'store',
    'without room',
    evidence({ data: { ...FREE, freeBytes: 12_000_000 } }),
    'broken: /data: 12 MB are left on its disk; fix: make room there: Ratchet goes on by itself',
  ],
  [
    'store',
    'damaged',
    evidence({
      data: { ...FREE, database: { kind: 'unusable', message: 'it is damaged (row 3); go back to a backup (ratchet restore)' } },
    }),
    'broken: /data: it is damaged (row 3); fix: go back to a backup (ratchet restore)',
  ],
  [
    'store',
    'of another user',
    evidence({ ratchet: DOWN, data: { ...FREE, isWritable: false } }),
    'broken: /data can’t be written by who runs this; fix: run ratchet serve as its owner, or give the folder and its files to who runs it',
  ],
  [
    'store',
    'not made yet',
    evidence({ ratchet: DOWN, data: { isThere: false, isWritable: false, lock: 'free', database: { kind: 'none' } } }),
    'unknown: /data has no database yet; fix: the first ratchet serve makes it',
  ],
  [
    'store',
    'elsewhere than that of the running server',
    evidence({ data: { isThere: false, isWritable: false, lock: 'free', database: { kind: 'none' } } }),
    'unknown: /data has no database: the running Ratchet has another folder, or another machine; fix: give --data as ratchet serve has it',
  ],
  [
    'store',
    'of an older version',
    evidence({ ratchet: DOWN, data: { ...FREE, database: { kind: 'older' } } }),
    'ok: /data is of an older version; the next ratchet serve brings it up to date',
  ],
  [
    'store',
    'of an older version, under a server',
    evidence({ data: { ...evidence().data, database: { kind: 'older' } } }),
    'warning: /data is of an older version than this program, held by process 4711; fix: restart ratchet serve with this version',
  ],
  [
    'store',
    'of another MDM server',
    evidence({
      data: {
        ...FREE,
        database: { kind: 'whole', facts: { host: 'nanomdm http://old:9000/v1/enqueue/', devices: 1, dmReached: true, releases: {} } },
      },
    }),
    'broken: /data belongs to nanomdm http://old:9000/v1/enqueue/, and these settings name nanomdm http://127.0.0.1:9000/v1/enqueue/; fix: --host and --enqueue-url as before; or, when that server has moved, ratchet serve --adopt once',
  ],
  [
    'store',
    'that the running server can’t write',
    evidence({
      ratchet: {
        ...RATCHET,
        ailing: { store: "StoreError: the database can't be written: there is no room left on its disk (full); make room" },
      },
    }),
    "broken: the database can't be written: there is no room left on its disk (full); fix: make room",
  ],
  ['ratchet', 'up', evidence(), 'ok: v1.2.3 at http://127.0.0.1:9006, running, started 3 h ago'],
  [
    'ratchet',
    'down',
    evidence({ ratchet: DOWN, data: FREE }),
    'broken: does not run: nobody answers at http://127.0.0.1:9006 (connect ECONNREFUSED), and what the MDM server sends is lost; fix: ratchet serve',
  ],
  [
    'ratchet',
    'hanging',
    evidence({ ratchet: { ...RATCHET, ailing: { loops: 'no sweep for 900 s' } } }),
    'broken: v1.2.3 at http://127.0.0.1:9006 hangs: no sweep for 900 s; fix: look into its log, and restart it',
  ],
  [
    'ratchet',
    'another program',
    evidence({ ratchet: { kind: 'other', url: 'http://127.0.0.1:9006', message: 'GET /healthz: HTTP 404' } }),
    'broken: who answers at http://127.0.0.1:9006 is not Ratchet (GET /healthz: HTTP 404); fix: give its address with --server, or another port with --listen',
  ],
  [
    'ratchet',
    'held',
    withSystem({ state: 'held', because: 'a new data folder' }),
    'warning: v1.2.3 is held: a new data folder; fix: look at ratchet plan, then ratchet resume',
  ],
  ['ratchet', 'stopped by a person', withSystem({ state: 'stopped' }), 'ok: v1.2.3 at http://127.0.0.1:9006, stopped, started 3 h ago'],

  ['clock', 'right', evidence(), 'ok: agrees with https://gdmf.apple.com/v2/pmv (to the second) and NanoMDM (to the second)'],
  [
    'clock',
    'ahead of Apple’s',
    evidence({ releases: { name: 'https://gdmf.apple.com/v2/pmv', isServer: true, kind: 'reached', date: NOW - 14 * MINUTE_MS, at: NOW } }),
    'broken: this machine’s clock is 14 min ahead of https://gdmf.apple.com/v2/pmv; it says 2026-11-20 12:00:00Z; fix: set it (timedatectl set-ntp true), then ratchet resume',
  ],
  [
    'clock',
    'in doubt',
    withSystem({ clockDoubt: 'we were away for more than a day' }),
    'broken: Ratchet does not trust it, and hands out nothing: we were away for more than a day; fix: set it (timedatectl set-ntp true); when it is right, ratchet resume',
  ],
  [
    'clock',
    'of the MDM server behind',
    withHost({ clocks: { theirs: NOW - HOUR_MS, ours: NOW } }),
    'warning: the clock of NanoMDM is 60 min behind this machine’s, which is right; fix: set that one: what it says of when is not believed',
  ],
  [
    'clock',
    'of one of two wrong',
    {
      ...withHost({ clocks: { theirs: NOW - HOUR_MS, ours: NOW } }),
      releases: { name: '/pmv.json', isServer: false, kind: 'reached', at: NOW },
    },
    'broken: this machine’s clock is 60 min ahead of NanoMDM’s, and nobody tells which is right; fix: look at both, and set the wrong one (timedatectl set-ntp true)',
  ],

  ['releases', 'fresh', evidence(), 'ok: https://gdmf.apple.com/v2/pmv answers, by Apple’s own root; read 60 min ago'],
  [
    'releases',
    'behind a proxy that opens TLS',
    evidence({
      releases: {
        name: 'https://gdmf.apple.com/v2/pmv',
        isServer: true,
        kind: 'outage',
        message: "the server's certificate is not trusted (SELF_SIGNED)",
        isUnreached: true,
      },
    }),
    "broken: https://gdmf.apple.com/v2/pmv: the server's certificate is not trusted (SELF_SIGNED); the list held was confirmed 60 min ago; fix: let the TLS connection through unopened (a proxy’s own certificate is not believed), or name its authority with --releases-ca if it is a mirror of yours",
  ],
  [
    'releases',
    'behind a firewall',
    evidence({
      releases: { name: 'https://gdmf.apple.com/v2/pmv', isServer: true, kind: 'outage', message: 'connect ETIMEDOUT', isUnreached: true },
    }),
    'broken: https://gdmf.apple.com/v2/pmv: connect ETIMEDOUT; the list held was confirmed 60 min ago; fix: let this machine reach it (https, port 443), or name a mirror or a file with --releases',
  ],
  [
    'releases',
    'refused',
    evidence({
      releases: {
        name: 'https://gdmf.apple.com/v2/pmv',
        isServer: true,
        kind: 'outage',
        message: 'The server answered 403.',
        isUnreached: false,
      },
    }),
    'broken: https://gdmf.apple.com/v2/pmv: The server answered 403.; the list held was confirmed 60 min ago; fix: wait: it is asked again; look whether something else asks it from this address',
  ],
  [
    'releases',
    'stale',
    withSystem({ feeds: [{ name: 'Apple’s releases', readAt: NOW - 5 * DAY_MS }] }),
    'broken: https://gdmf.apple.com/v2/pmv answers, by Apple’s own root, and was last read 5 days ago; fix: ratchet releases refresh, and look into the log of Ratchet',
  ],
  [
    'releases',
    'never read',
    withSystem({ feeds: [{ name: 'Apple’s releases' }] }),
    'broken: https://gdmf.apple.com/v2/pmv answers, by Apple’s own root, and was never read; fix: ratchet releases refresh, and look into the log of Ratchet',
  ],
  [
    'releases',
    'doubtful',
    withSystem({ feeds: [{ name: 'Apple’s releases', readAt: NOW, doubt: 'it is empty' }] }),
    'warning: https://gdmf.apple.com/v2/pmv was reached, and its last answer is doubtful: it is empty; fix: compare it with Apple’s pages; ratchet releases accept believes it now',
  ],
  [
    'releases',
    'to be left alone',
    evidence({ releases: { name: 'https://gdmf.apple.com/v2/pmv', isServer: true, kind: 'left-alone', until: NOW + HOUR_MS } }),
    'warning: https://gdmf.apple.com/v2/pmv asked to be left alone until 2026-11-20 13:00:00Z; the list held was confirmed 60 min ago; fix: nothing: Ratchet waits for it',
  ],
  [
    'sofa',
    'out of reach',
    evidence({
      sofa: {
        name: 'https://sofafeed.macadmins.io/v2/ios_data_feed.json',
        isServer: true,
        kind: 'outage',
        message: 'ENOTFOUND',
        isUnreached: true,
      },
    }),
    'broken: https://sofafeed.macadmins.io/v2/ios_data_feed.json: ENOTFOUND; fix: let this machine reach it, or name another folder with --sofa',
  ],
  [
    'sofa',
    'stale',
    {
      ...withSystem({ feeds: [...SYSTEM.feeds, { name: 'SOFA: iOS', goodAt: NOW - 3 * DAY_MS }] }),
      sofa: { name: 'sofa', isServer: true, kind: 'reached', at: NOW },
    },
    'broken: sofa answers, and a feed was last good 3 days ago; fix: look into the log of Ratchet',
  ],

  ['mdm-server', '0.9', evidence(), 'ok: NanoMDM v0.9.0 at http://127.0.0.1:9000/version'],
  [
    'mdm-server',
    'that can’t sign',
    withHost(versioned('v0.8.0')),
    'broken: NanoMDM v0.8.0 signs nothing, and --webhook-hmac-key is asked for; fix: NanoMDM 0.9; or --webhook-user and --webhook-password, and these in its -webhook-url',
  ],
  [
    'mdm-server',
    'that is too old',
    withHost(versioned('v0.4.0')),
    'broken: NanoMDM v0.4.0 is too old: it is not tried with it; fix: NanoMDM 0.9 or newer',
  ],
  ['push', 'taken', evidence(), 'ok: Apple took the last push 60 min ago'],
  [
    'push',
    'without a way to Apple',
    withLinks({
      name: 'pushes',
      what: '',
      failedAt: NOW,
      problem: 'Post "https://api.push.apple.com/3/device/00": dial tcp: lookup api.push.apple.com: no such host',
    }),
    'broken: the last push failed 0 s ago: Post "https://api.push.apple.com/3/device/00": dial tcp: lookup api.push.apple.com: no such host; fix: let NanoMDM reach api.push.apple.com, port 443',
  ],
  [
    'push',
    'failed for want of what is there now',
    withLinks({ name: 'pushes', what: '', failedAt: NOW, problem: 'retrieving push cert for topic "x": not found' }),
    'unknown: the last push failed 0 s ago for want of a certificate, which is there now; fix: the next push shows it',
  ],
  ['push-certificate', 'for long', evidence(), 'ok: com.apple.mgmt.External.lab runs out at 2027-06-08 12:00:00Z, in 200 days'],
  [
    'push-certificate',
    'for some weeks',
    certificate(20),
    'warning: it runs out at 2026-12-10 12:00:00Z, in 20 days; fix: renew it (never make a new one) at identity.apple.com/pushcert with the same Apple Account, then upload it',
  ],
  [
    'push-certificate',
    'over',
    certificate(-3),
    'broken: it ran out 3 days ago; fix: renew it (never make a new one) at identity.apple.com/pushcert with the same Apple Account, then upload it',
  ],
  [
    'push-certificate',
    'of NanoMDM 0.9, which tells nothing of it',
    withHost({ certificate: { kind: 'untold', because: 'server', message: 'HTTP 405: Method Not Allowed' } }),
    'unknown: NanoMDM does not tell when it ends (HTTP 405: Method Not Allowed); fix: look at identity.apple.com/pushcert, and renew it there with the same Apple Account',
  ],

  [
    'webhook',
    'that takes anybody’s',
    evidence({ ratchet: { ...RATCHET, webhook: { url: 'http://127.0.0.1:9006/webhook', ...tried(200, 200) } } }),
    'warning: http://127.0.0.1:9006/webhook takes events from anybody; fix: set --webhook-hmac-key (or --webhook-user and --webhook-password) without --insecure-webhook',
  ],
  ['webhook-calls', 'signed', evidence(), 'ok: the last came 1 min ago, signed'],
  [
    'webhook-calls',
    'after which somebody came without a signature',
    withLinks({
      name: 'webhook',
      what: '',
      okAt: NOW - HOUR_MS,
      refused: [{ because: 'unsigned', count: 1, at: NOW - 10_000, path: '/webhook' }],
    }),
    `warning: 1 refused since the start, the last 10 s ago: no signature; the last good one came 60 min ago; fix: if NanoMDM was changed since: ${WEBHOOK}`,
  ],
  [
    'webhook-calls',
    'after which the key was changed',
    withLinks({
      name: 'webhook',
      what: '',
      okAt: NOW - HOUR_MS,
      refused: [{ because: 'wrong-signature', count: 12, at: NOW - 10_000, path: '/webhook' }],
    }),
    `broken: 12 refused since the start, the last 10 s ago: signed with another key; fix: ${WEBHOOK}`,
  ],
  [
    'webhook-calls',
    'after what was refused',
    withLinks({
      name: 'webhook',
      what: '',
      okAt: NOW - 5_000,
      refused: [{ because: 'wrong-signature', count: 12, at: NOW - 10_000, path: '/webhook' }],
    }),
    'ok: the last came 5 s ago, signed',
  ],
  [
    'webhook-calls',
    'missing, while devices ask for declarations',
    withLinks({ name: 'declarations', what: '', okAt: NOW - HOUR_MS }),
    `broken: none since the start, and a device asked for declarations 60 min ago; fix: ${WEBHOOK}`,
  ],
  [
    'webhook-calls',
    'missing, while devices were active',
    { ...withSystem({ links: [], alerts: [{ key: 'webhook-silent', at: NOW, sentence: '' }] }) },
    `broken: none since the start 3 h ago, and devices were active; fix: ${WEBHOOK}`,
  ],
  [
    'webhook-calls',
    'that ended, while devices were active',
    withSystem({
      links: [{ name: 'webhook', what: '', okAt: NOW - 26 * HOUR_MS }],
      alerts: [{ key: 'webhook-silent', at: NOW - HOUR_MS, sentence: '' }],
    }),
    `broken: the last came 26 h ago, and devices were active since or should have been; fix: ${WEBHOOK}`,
  ],
  [
    'webhook-calls',
    'that came again after an alert',
    withSystem({
      links: [{ name: 'webhook', what: '', okAt: NOW - MINUTE_MS }],
      alerts: [{ key: 'webhook-silent', at: NOW - HOUR_MS, sentence: '' }],
    }),
    'ok: the last came 1 min ago, signed',
  ],
  [
    'webhook-calls',
    'that could not be stored',
    withLinks({ name: 'webhook', what: '', okAt: NOW - HOUR_MS, failedAt: NOW - 5_000, problem: 'the inbox is full' }),
    'broken: the last was not taken 5 s ago: the inbox is full; fix: look into the log of Ratchet',
  ],
  [
    'webhook-calls',
    'of before, with Ratchet down',
    evidence({ ratchet: DOWN }),
    `unknown: Ratchet does not run; a device was last heard of 24 h ago; fix: start it; ${WEBHOOK}`,
  ],
  ['dm-calls', 'signed', evidence(), 'ok: the last came 1 min ago, signed, to the right path'],
  [
    'dm-calls',
    'whose answers nobody seems to believe',
    withLinks({ name: 'declarations', what: '', okAt: NOW - MINUTE_MS }),
    `unknown: the last came 1 min ago, signed; none came for more than tokens, as if our answers were not believed; fix: nothing, if nothing changed lately; else ${DM}`,
  ],
  [
    'dm-calls',
    'to a path that a device chose',
    withLinks({
      name: 'declarations',
      what: '',
      okAt: NOW - MINUTE_MS,
      listsAt: NOW,
      refused: [{ because: 'wrong-path', count: 1, at: NOW, path: '/v1/enqueue' }],
    }),
    'ok: the last came 1 min ago, signed, to the right path',
  ],
  [
    'dm-calls',
    'missing after a device was told',
    withSystem({ links: [], alerts: [{ key: 'dm-not-wired', at: NOW, sentence: '' }] }),
    `broken: a device was told to ask for declarations, and nobody came; fix: ${DM}`,
  ],
  ['kmfddm-api', 'in order', kept(), 'ok: http://127.0.0.1:9002/v1/ takes our key (v0.8.3)'],
  [
    'kmfddm-api',
    'that refused the running Ratchet',
    kept({ name: 'kmfddm', what: '', okAt: NOW - HOUR_MS, failedAt: NOW - MINUTE_MS, problem: 'HTTP 500: no room' }),
    'warning: http://127.0.0.1:9002/v1/ takes our key (v0.8.3); what the running Ratchet last asked for failed 1 min ago: HTTP 500: no room; fix: nothing, if that was before it was up again; else look into the log of Ratchet',
  ],
  [
    'dm-calls',
    'of KMFDDM, which devices reported to',
    kept({ name: 'kmfddm', what: '', okAt: NOW, answersAt: NOW - HOUR_MS }),
    'ok: a device was answered with what is kept in KMFDDM 60 min ago',
  ],
  [
    'dm-calls',
    'that came here before they were led to KMFDDM',
    kept(
      { name: 'declarations', what: '', failedAt: NOW - HOUR_MS, problem: 'refused' },
      { name: 'kmfddm', what: '', okAt: NOW, answersAt: NOW - MINUTE_MS },
    ),
    'ok: a device was answered with what is kept in KMFDDM 1 min ago',
  ],
  [
    'dm-calls',
    'that a stranger chose, where KMFDDM answers',
    kept({ name: 'declarations', what: '', refused: [{ because: 'wrong-path', count: 1, at: NOW, path: '/x' }] }),
    'unknown: no device came for what is kept in KMFDDM since the start 3 h ago; fix: it shows when a device is first given something to hold (mode: enforce); NanoMDM needs -dm http://127.0.0.1:9002/ (with the last slash)',
  ],
  ['dm', 'where nobody is to ask', kept(), 'skipped: nobody is to ask at http://127.0.0.1:9007/ddm/tokens: KMFDDM answers devices'],
  [
    'mdm-server',
    'NanoHUB 0.2.0, which can’t sign',
    withHost(versioned('v0.2.0'), { host: 'nanohub' }),
    'broken: NanoHUB v0.2.0 signs nothing, and --webhook-hmac-key is asked for; fix: NanoHUB newer than 0.2.0; or --webhook-user and --webhook-password, and these in its -webhook-url',
  ],
  [
    'mdm-server',
    'NanoHUB after 0.2.0',
    withHost(versioned('v0.2.0-14-g4c15436'), { host: 'nanohub' }),
    'ok: NanoHUB v0.2.0-14-g4c15436 at http://127.0.0.1:9000/version',
  ],
  [
    'dm-upstream',
    'in order',
    evidence({ upstream: { name: 'http://kmfddm:9002/', kind: 'answers', declarations: 0 } }),
    'ok: http://kmfddm:9002/ answers with lists',
  ],
  [
    'dm-upstream',
    'down',
    evidence({ upstream: { name: 'http://kmfddm:9002/', kind: 'down', message: 'ECONNREFUSED' } }),
    'broken: http://kmfddm:9002/ is down (ECONNREFUSED); fix: start it, or correct --dm-upstream-url; meanwhile devices get what it last told',
  ],
  [
    'dm-upstream',
    'that signs otherwise',
    evidence({ upstream: { name: 'http://kmfddm:9002/', kind: 'down', message: 'the signature of its answer is missing or wrong' } }),
    'broken: http://kmfddm:9002/: the signature of its answer is missing or wrong; fix: --dm-upstream-response-hmac-key as the MDM server’s -dm-recv-hmac-key was',
  ],
  [
    'dm-upstream',
    'that does not believe us',
    evidence({ upstream: { name: 'http://kmfddm:9002/', kind: 'refused', status: 403, message: 'HTTP 403: no' } }),
    'broken: http://kmfddm:9002/ refuses us (HTTP 403: no); fix: --dm-upstream-hmac-key as the MDM server’s -dm-send-hmac-key was',
  ],
  [
    'dm-upstream',
    'at another path',
    evidence({ upstream: { name: 'http://kmfddm:9002/x/', kind: 'refused', status: 404, message: 'HTTP 404: not found' } }),
    'broken: http://kmfddm:9002/x/ does not answer for declarations (HTTP 404: not found); fix: --dm-upstream-url as the MDM server’s -dm was, with its last slash',
  ],
  [
    'kmfddm-api',
    'that is no KMFDDM',
    noKmfddm('http://127.0.0.1:9306/v1/'),
    'broken: http://127.0.0.1:9306/v1/ is not the API of KMFDDM (HTTP 404: no); fix: --kmfddm-url must be the address of KMFDDM, such as http://127.0.0.1:9002/v1/; if it is, start KMFDDM with -api',
  ],
  [
    'dm-calls',
    'whose address is that of no KMFDDM',
    noKmfddm('http://127.0.0.1:9306/v1/'),
    'unknown: no device came for what is kept in KMFDDM since the start 3 h ago; fix: it shows when a device is first given something to hold (mode: enforce); correct --kmfddm-url first: see kmfddm-api',
  ],
  [
    'dm-calls',
    'that led here, and the address is that of no KMFDDM',
    noKmfddm('http://127.0.0.1:9306/v1/', { name: 'declarations', what: '', failedAt: NOW - MINUTE_MS, problem: 'refused' }),
    'broken: somebody asked Ratchet for declarations 1 min ago, and was refused: -dm leads here, and KMFDDM is to answer; fix: correct --kmfddm-url first: see kmfddm-api',
  ],
  ['gate', 'that is none', evidence(), 'skipped: off: devices enroll on what they run'],
  [
    'gate',
    'before a server that answers',
    gated({ status: 405 }),
    'ok: http://127.0.0.1:8080/mdm/enroll answers (405); the proxy has to send /mdm/enroll to 127.0.0.1:9008',
  ],
  [
    'gate',
    'before a server that does not know the path',
    gated({ status: 404 }),
    'warning: http://127.0.0.1:8080/mdm/enroll answers 404: the enrollment server is there, and seems to have no profile at /mdm/enroll; fix: nothing, if it takes POST alone; else correct the path of --gate-url http://127.0.0.1:8080/mdm/enroll',
  ],
  [
    'gate',
    'before a server that is down',
    gated({ message: 'connect ECONNREFUSED 127.0.0.1:8080' }),
    'broken: the enrollment server at http://127.0.0.1:8080/mdm/enroll is not reached (connect ECONNREFUSED 127.0.0.1:8080): devices that ask the gate can not enroll; fix: start it, or correct --gate-url http://127.0.0.1:8080/mdm/enroll',
  ],
  [
    'gate',
    'before a server that has trouble',
    gated({ status: 502 }),
    'broken: the enrollment server at http://127.0.0.1:8080/mdm/enroll answers 502: devices that ask the gate can not enroll; fix: look into its log, or correct --gate-url http://127.0.0.1:8080/mdm/enroll',
  ],
  [
    'gate',
    'that devices ask at another path',
    gated({ status: 200 }, { key: 'gate-path', at: NOW, sentence: 'A device asked at /enroll.' }),
    'broken: A device asked at /enroll; fix: give --gate-url http://127.0.0.1:8080/mdm/enroll the path that the proxy sends, or have the proxy send /mdm/enroll',
  ],
];

describe('doctor judges', () => {
  it.each(TABLE)('%s: %s', (link, _what, given, expected) => {
    expect(judge(link, given)).toBe(expected);
  });

  it('every link, and each is named once', () => {
    const names = LINKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(TABLE.map(([link]) => link)).size).toBeGreaterThan(10);
  });

  it('nothing as good while neither Ratchet nor the MDM server can be asked, but what is here', () => {
    const { host: _host, releases: _releases, ...nobody } = evidence({ ratchet: DOWN });
    const good = LINKS.filter(({ judge: look }) => look(nobody).status === 'ok').map(({ name }) => name);
    expect(good).toEqual(['store']);
  });
});

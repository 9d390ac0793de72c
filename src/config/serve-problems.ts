import { isApple } from '../feeds/apple.ts';
import { type HostName, hostCapabilities } from '../hosts/capabilities.ts';
import type { Policy } from '../policy/policy.types.ts';
import { kmfddmProblems } from './kmfddm-problems.ts';
import { ownAddressProblems } from './own-address-problems.ts';
import type { Problem } from './problem.ts';
import { readCertificates } from './read-certificates.ts';
import { isLoopback } from './setting-values.ts';
import { flagOf, variableOf } from './settings.ts';
import type { ListenAddress, SettingName, Settings } from './settings.types.ts';

const HMAC_KEYS = ['webhookHmacKey', 'webhookHmacKeyOld', 'dmHmacKey', 'dmHmacKeyOld', 'dmResponseHmacKey'] as const;

/**
 * What must hold before `serve` opens a port. A receiver that anybody can feed, or a declaration server that
 * anybody can read, is started only by an explicit word.
 */
export function serveProblems(settings: Settings): Problem[] {
  const problems: Problem[] = [];
  const problem = (name: SettingName, message: string, expected: string, fix: string): void => {
    problems.push({ file: 'settings', path: flagOf(name), message, expected, fix });
  };
  const missing = (name: SettingName, expected: string): void => {
    problem(name, 'not set', expected, `set ${flagOf(name)} or ${variableOf(name)}`);
  };

  const server = serverOf(settings);
  const { webhookSigned, ddmSigned } = hostCapabilities[settings.host];

  if (settings.enqueueUrl === undefined) missing('enqueueUrl', `${server.name}'s API, such as ${server.enqueueUrl}`);
  else if (new URL(settings.enqueueUrl).pathname.endsWith(server.otherPath)) {
    problem(
      'enqueueUrl',
      `ends in ${server.otherPath}, which is not ${server.name}'s`,
      `${server.name}'s API, such as ${server.enqueueUrl}`,
      `write ${flagOf('enqueueUrl')} ${server.enqueueUrl}, or --host ${server.other}`,
    );
  }
  if (settings.enqueueUrl !== undefined && settings.pushUrl === undefined)
    missing('pushUrl', "the MDM server's push API: it can't be told from this enqueue URL");
  if (settings.enqueueKey === undefined) missing('enqueueKey', `${server.name}'s API key (its ${server.keyFlag})`);

  const hasBasic = settings.webhookUser !== undefined && settings.webhookPassword !== undefined;
  if (webhookSigned && settings.webhookHmacKey === undefined && !hasBasic && !settings.insecureWebhook) {
    problem(
      'webhookHmacKey',
      'the webhook would take events from anybody',
      'an HMAC key, or --webhook-user and --webhook-password',
      "set it to NanoMDM's -webhook-hmac-key (before 0.9: put user:password@ into -webhook-url), or say --insecure-webhook",
    );
  }
  // Half a pair is said below.
  const isBasicMeant = settings.webhookUser !== undefined || settings.webhookPassword !== undefined;
  if (!webhookSigned && !isBasicMeant && !settings.insecureWebhook) {
    problem(
      'webhookUser',
      'the webhook would take events from anybody',
      '--webhook-user and --webhook-password: MicroMDM signs nothing',
      'put user:password@ into its -command-webhook-url and set both here, or say --insecure-webhook',
    );
  }
  if (settings.webhookUser !== undefined && settings.webhookPassword === undefined)
    missing('webhookPassword', 'the password of --webhook-user');
  if (settings.webhookPassword !== undefined && settings.webhookUser === undefined)
    missing('webhookUser', 'the user of --webhook-password');
  if (settings.webhookHmacKeyOld !== undefined && settings.webhookHmacKey === undefined)
    missing('webhookHmacKey', 'the new key beside the old');
  if (settings.dmHmacKeyOld !== undefined && settings.dmHmacKey === undefined) missing('dmHmacKey', 'the new key beside the old');

  for (const name of HMAC_KEYS) {
    if (settings[name] === undefined || (name.startsWith('webhook') ? webhookSigned : ddmSigned)) continue;
    const pair = name.startsWith('webhook') ? '--webhook-user and --webhook-password' : '--dm-user and --dm-password';
    problem(name, `of no use: ${server.name} signs nothing, and every call would be refused`, pair, `take it out, and set ${pair}`);
  }
  if (settings.dmUser !== undefined && settings.dmPassword === undefined) missing('dmPassword', 'the password of --dm-user');
  if (settings.dmPassword !== undefined && settings.dmUser === undefined) missing('dmUser', 'the user of --dm-password');

  for (const name of ['dmUpstreamHmacKey', 'dmUpstreamResponseHmacKey'] as const) {
    if (settings[name] !== undefined && settings.dmUpstreamUrl === undefined)
      missing('dmUpstreamUrl', 'the address of the server that the key is for');
  }

  problems.push(...kmfddmProblems(settings), ...ownAddressProblems(settings));

  const isDmGuarded = settings.dmHmacKey !== undefined || settings.dmUser !== undefined || settings.dmPassword !== undefined;
  // Nothing is served there then.
  const isServing = settings.kmfddmUrl === undefined;
  if (isServing && !ddmSigned && !isDmGuarded && !settings.insecureDm && !isLoopback(settings.listenDdm)) {
    problem(
      'dmUser',
      'declarations would be served to anybody who reaches the port',
      '--dm-user and --dm-password, or a loopback address in --listen-ddm',
      `put user:password@ into ${server.name}'s -dm URL and set both here, or say --insecure-dm when only it can reach the port`,
    );
  }
  if (isServing && ddmSigned && !isDmGuarded && !settings.insecureDm && !isLoopback(settings.listenDdm)) {
    problem(
      'dmHmacKey',
      'declarations would be served to anybody who reaches the port',
      "a key (NanoMDM's -dm-send-hmac-key), or a loopback address in --listen-ddm",
      'set the key on both sides, or say --insecure-dm when only the MDM server can reach the port',
    );
  }
  const caProblem = releasesCaProblem(settings);
  if (caProblem !== undefined)
    problem('releasesCa', caProblem, 'a PEM file with certificates, for a mirror at an https address', 'correct it, or leave it out');
  const gateCa = settings.gateCa === undefined ? undefined : readCertificates(settings.gateCa);
  if (gateCa?.ok === false) problem('gateCa', gateCa.message, 'a PEM file with certificates', 'correct it, or leave it out');
  for (const name of ['gateCa', 'gateStrict'] as const) {
    if (settings.gateUrl === undefined && settings[name] !== undefined && settings[name] !== false)
      missing('gateUrl', 'the address of the endpoint that gives devices their enrollment profile');
  }
  const { listen, listenDdm, listenPublic, publicUrl, gateUrl } = settings;
  if (publicUrl !== undefined && listenPublic === undefined)
    missing('listenPublic', `an address of its own for the pages under ${publicUrl}: nobody outside may reach --listen`);
  if (gateUrl !== undefined && listenPublic === undefined)
    missing('listenPublic', 'an address of its own for the enrollment gate: nobody outside may reach --listen');
  if (listenPublic !== undefined && publicUrl === undefined && gateUrl === undefined)
    missing('publicUrl', 'the https:// address under which owners reach --listen-public, or --gate-url for the enrollment gate');
  if (listenPublic !== undefined && [listen, listenDdm].some((other) => isSamePort(listenPublic, other))) {
    problem(
      'listenPublic',
      'the same port as --listen or --listen-ddm',
      'a port of its own: everybody may reach it',
      'write --listen-public 127.0.0.1:9008',
    );
  }
  if (isSamePort(listen, listenDdm)) {
    problem(
      'listenDdm',
      'the same port as --listen',
      'a port of its own: devices choose the path of what reaches it',
      'write --listen-ddm :9007',
    );
  }
  return problems;
}

function isSamePort(a: ListenAddress, b: ListenAddress): boolean {
  return a.port === b.port && a.port !== 0 && (a.host === b.host || !a.host || !b.host);
}

/** Names and paths of the server that stands beside us, for what is said about it. */
function serverOf({ host }: Settings) {
  return SERVERS[host];
}

const SERVERS: Record<HostName, { name: string; enqueueUrl: string; keyFlag: string; other: HostName; otherPath: string }> = {
  nanomdm: {
    name: 'NanoMDM',
    enqueueUrl: 'http://127.0.0.1:9000/v1/enqueue/',
    keyFlag: '-api',
    other: 'micromdm',
    otherPath: '/v1/commands/',
  },
  nanohub: {
    name: 'NanoHUB',
    enqueueUrl: 'http://127.0.0.1:9004/api/v1/nanomdm/enqueue/',
    keyFlag: '-api-key',
    other: 'nanomdm',
    otherPath: '/v1/commands/',
  },
  micromdm: {
    name: 'MicroMDM',
    enqueueUrl: 'http://127.0.0.1:8080/v1/commands/',
    keyFlag: '-api-key',
    other: 'nanomdm',
    otherPath: '/enqueue/',
  },
};

function releasesCaProblem({ releases, releasesCa }: Settings): string | undefined {
  if (releasesCa === undefined) return undefined;
  if (releases.kind !== 'url' || !releases.url.startsWith('https:')) return 'given, but the releases come from no https address';
  if (isApple(releases.url)) return "given, but Apple's own server is believed by Apple's root alone";
  const read = readCertificates(releasesCa);
  return read.ok ? undefined : read.message;
}

/** Allowed, but weaker than it looks. */
export function serveWarnings(settings: Settings, policies: readonly Policy[] = []): Problem[] {
  const warnings: Problem[] = [];
  const warn = (name: SettingName, message: string, expected: string, fix: string): void => {
    warnings.push({ file: 'settings', path: flagOf(name), message, expected, fix });
  };
  const ours = ['webhookHmacKey', 'webhookPassword', 'dmHmacKey', 'dmResponseHmacKey', 'dmPassword', 'api'] as const;
  for (const name of ours) {
    const length = settings[name]?.length;
    if (length !== undefined && length < 16) warn(name, 'shorter than 16 characters', 'a random key', 'openssl rand -hex 32');
  }
  for (const name of ['webhookHmacKey', 'enqueueKey', 'api'] as const) {
    // The signature of a request without body is constant, so the -dm key is as good as known to whoever saw one.
    if (settings.dmHmacKey !== undefined && settings.dmHmacKey === settings[name])
      warn('dmHmacKey', `the same as ${flagOf(name)}`, 'a key that opens nothing else', 'openssl rand -hex 32');
  }
  for (const name of ['webhookPassword', 'enqueueKey', 'api'] as const) {
    if (settings.dmPassword !== undefined && settings.dmPassword === settings[name])
      warn('dmPassword', `the same as ${flagOf(name)}`, 'a password that opens nothing else', 'openssl rand -hex 32');
  }
  if (settings.releases.kind === 'off')
    warn(
      'releases',
      'off: what is on offer is known only from ratchet releases import',
      "Apple's list of releases",
      'leave it out, and Apple is asked once a day',
    );
  if (settings.releases.kind === 'url' && settings.releases.url.startsWith('http:'))
    warn('releases', 'plain http: whoever is between can change the list', 'https, or a file', 'serve the mirror over https');
  if (settings.gateCa !== undefined)
    warn('gateCa', 'whoever has such a certificate can say that it is any device', "Apple's root alone, outside of a lab", 'leave it out');
  const gated = policies.find(({ enrollmentMinimum }) => enrollmentMinimum !== undefined);
  if (gated !== undefined && settings.gateUrl === undefined)
    warn(
      'gateUrl',
      `not set: enrollmentMinimum of "${gated.name}" does nothing`,
      'the address of the enrollment endpoint',
      'see docs/gate.md',
    );
  const hurried = policies.find(({ due }) => due.kind === 'days' && due.severity?.exploited !== undefined);
  if (settings.sofa.kind === 'off' && hurried !== undefined)
    warn('sofa', `off: nobody tells what is exploited, which "${hurried.name}" has days for`, 'macadmins, or a folder', 'write macadmins');
  if (settings.sofa.kind === 'url' && settings.sofa.url.startsWith('http:'))
    warn('sofa', 'plain http: whoever is between can hurry updates', 'https, or a folder', 'write an https address');
  if (settings.dmHmacKey !== undefined && settings.dmResponseHmacKey === undefined)
    warn('dmResponseHmacKey', 'not set: answers to the MDM server are not signed', "NanoMDM's -dm-recv-hmac-key", 'set it on both sides');
  return warnings;
}

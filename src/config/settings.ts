import {
  parseBasePath,
  parseBaseUrl,
  parseChoice,
  parseEnrollUrl,
  parseKey256,
  parseListen,
  parsePath,
  parsePeriod,
  parsePlan,
  parsePublicUrl,
  parseRate,
  parseReleases,
  parseSecret,
  parseServerUrl,
  parseSofaSource,
  parseSwitch,
  parseTimes,
  parseUser,
} from './setting-values.ts';
import type { SettingName, Settings } from './settings.types.ts';

/**
 * Every setting of the process, in one table: its flag, environment variable and key in ratchet.yaml all
 * follow from its name (enqueueUrl: --enqueue-url, RATCHET_ENQUEUE_URL, server.enqueueUrl).
 * docs/operations.md is generated from here.
 */

export interface Setting<T> {
  group: 'General' | 'MDM server' | 'Webhook' | 'Declarative management' | 'API' | 'Owners’ pages' | 'Enrollment gate' | 'Logs';
  /** What stands for the value in help, "<url>"; absent for a switch. */
  value?: string;
  /** Never printed; also read from a file: --api-file, RATCHET_API_FILE, server.apiFile. */
  isSecret?: true;
  /** Default, as text. */
  fallback?: string;
  /** False for what can't sensibly stand in ratchet.yaml. */
  inFile?: false;
  expected: string;
  example: string;
  doc: string;
  /** `base` is the folder that relative paths start from. Undefined when not acceptable. */
  parse(text: string, base: string): T | undefined;
}

type Table = { readonly [K in SettingName]: Setting<NonNullable<Settings[K]>> };

const secret = { isSecret: true, value: '<key>', expected: 'printable ASCII, no blanks at its ends', parse: parseSecret } as const;
const url = { value: '<url>', expected: 'an http:// or https:// address without credentials or query', parse: parseBaseUrl } as const;
const flag = { fallback: 'false', expected: 'true or false', example: 'true', parse: parseSwitch } as const;
const address = { value: '<address>', expected: 'host:port or :port, with a port up to 65535', parse: parseListen } as const;

export const SETTINGS: Table = {
  config: {
    group: 'General',
    value: '<file>',
    fallback: 'ratchet.yaml',
    inFile: false,
    expected: 'the path of a file',
    example: 'ratchet.yaml',
    doc: 'The policies, and settings under `server:`.',
    parse: parsePath,
  },
  data: {
    group: 'General',
    value: '<folder>',
    fallback: './data',
    expected: 'the path of a folder',
    example: './data',
    doc: 'Folder of the database. One process at a time; on a local disk.',
    parse: parsePath,
  },
  listen: { ...address, group: 'General', fallback: ':9006', example: ':9006', doc: 'Address of the webhook, the API and /healthz.' },
  releases: {
    group: 'General',
    value: '<source>',
    fallback: 'apple',
    expected: 'apple, off, the http(s) address of a mirror (https for Apple’s own) or the path of a file',
    example: 'apple',
    doc: "Where the list of releases (Apple's v2/pmv) is read from: `apple`, the address of a mirror, a file, or `off`. In ratchet.yaml: `releases:` with `source`, `url` or `file`.",
    inFile: false,
    parse: parseReleases,
  },
  releasesCa: {
    group: 'General',
    value: '<file>',
    expected: 'the path of a PEM file',
    example: './mirror-ca.pem',
    doc: 'Certificate authorities of a mirror, PEM: its certificate must come from one of these, whatever the system trusts.',
    inFile: false,
    parse: parsePath,
  },
  sofa: {
    group: 'General',
    value: '<source>',
    fallback: 'off',
    expected: 'off, macadmins, the http(s) address of a folder or the path of a folder',
    example: 'macadmins',
    doc: 'Where SOFA is read from, which says how severe releases are: `macadmins` (https://sofafeed.macadmins.io/v2/), another folder that holds ios_data_feed.json and so on (v1 or v2), by address or path, or `off`.',
    parse: parseSofaSource,
  },
  adopt: { ...flag, group: 'General', inFile: false, doc: 'Take over a data folder that was written beside another MDM server.' },
  acceptPlan: {
    group: 'General',
    value: '<plan>',
    inFile: false,
    expected: 'the id of a plan (twelve characters of 0-9 and a-f), or any',
    example: '3f9c2a7be041',
    doc: 'Lets a changed ratchet.yaml do what this plan says to many devices, at the start and at SIGHUP, or a held severity at the start; `any`: whatever is done.',
    parse: parsePlan,
  },
  host: {
    group: 'MDM server',
    value: '<name>',
    fallback: 'nanomdm',
    expected: 'nanomdm, nanohub or micromdm',
    example: 'micromdm',
    doc: 'Which MDM server stands beside Ratchet: nanomdm, nanohub or micromdm.',
    parse: parseChoice(['nanomdm', 'nanohub', 'micromdm']),
  },
  enqueueUrl: {
    ...url,
    group: 'MDM server',
    example: 'http://127.0.0.1:9000/v1/enqueue/',
    doc: "The server's enqueue API (NanoHUB: …/api/v1/nanomdm/enqueue/, MicroMDM: …/v1/commands/). Required.",
  },
  pushUrl: {
    ...url,
    group: 'MDM server',
    example: 'http://127.0.0.1:9000/v1/push/',
    doc: "The server's push API. Follows from the enqueue URL when that ends in /enqueue/ or /commands/.",
  },
  enqueueKey: {
    ...secret,
    group: 'MDM server',
    example: 'the value of NANOMDM_API',
    doc: "The server's API key (NanoMDM: -api, NanoHUB and MicroMDM: -api-key). Required.",
  },
  pushRate: {
    group: 'MDM server',
    value: '<n>',
    fallback: '20',
    expected: 'a number above 0, at most 1000',
    example: '20',
    doc: 'Pushes per second, at most.',
    parse: parseRate,
  },
  webhookHmacKey: { ...secret, group: 'Webhook', example: 'openssl rand -hex 32', doc: "NanoMDM's -webhook-hmac-key (0.9 and newer)." },
  webhookHmacKeyOld: { ...secret, group: 'Webhook', example: 'the former key', doc: 'Also accepted, while the key is being changed.' },
  webhookUser: {
    group: 'Webhook',
    value: '<user>',
    expected: 'a user name without blanks or colon',
    example: 'nanomdm',
    doc: 'Basic user of the webhook, for servers that send no HMAC, as MicroMDM (http://user:password@…/webhook).',
    parse: parseUser,
  },
  webhookPassword: { ...secret, group: 'Webhook', example: 'openssl rand -hex 32', doc: 'Basic password of the webhook.' },
  insecureWebhook: { ...flag, group: 'Webhook', doc: 'Accept webhooks from anybody. Without it, HMAC or Basic is required.' },
  forwardSpoolKey: {
    isSecret: true,
    value: '<key>',
    group: 'Webhook',
    expected: '32 bytes as base64',
    example: 'openssl rand -base64 32',
    doc: 'Encrypts what waits for targets of `forward:` with `spool: encrypted`.',
    parse: parseKey256,
  },
  listenDdm: {
    ...address,
    group: 'Declarative management',
    fallback: ':9007',
    example: '127.0.0.1:9007',
    doc: 'Address of the declarative-management routes, for the MDM server only.',
  },
  dmBasePath: {
    group: 'Declarative management',
    value: '<path>',
    fallback: '/ddm/',
    expected: 'a path that begins and ends in /',
    example: '/ddm/',
    doc: "Path of the server's -dm URL, which must end in a slash too.",
    parse: parseBasePath,
  },
  dmHmacKey: {
    ...secret,
    group: 'Declarative management',
    example: 'openssl rand -hex 32',
    doc: "NanoMDM's -dm-send-hmac-key: signs its requests to us.",
  },
  dmHmacKeyOld: {
    ...secret,
    group: 'Declarative management',
    example: 'the former key',
    doc: 'Also accepted, while the key is being changed.',
  },
  dmResponseHmacKey: {
    ...secret,
    group: 'Declarative management',
    example: 'openssl rand -hex 32',
    doc: "NanoMDM's -dm-recv-hmac-key: signs our answers. Must be set there and here alike.",
  },
  dmUser: {
    group: 'Declarative management',
    value: '<user>',
    expected: 'a user name without blanks or colon',
    example: 'micromdm',
    doc: "Basic user of the server's requests, for servers that sign nothing, as MicroMDM (-dm http://user:password@…/ddm/).",
    parse: parseUser,
  },
  dmPassword: {
    ...secret,
    group: 'Declarative management',
    example: 'openssl rand -hex 32',
    doc: 'Basic password of these requests.',
  },
  dmUpstreamUrl: {
    ...url,
    group: 'Declarative management',
    example: 'http://127.0.0.1:9002/',
    doc: 'Another declarative-management server that devices have declarations of, as KMFDDM: what the server’s -dm URL named before. Devices get the union of both.',
  },
  dmUpstreamHmacKey: {
    ...secret,
    group: 'Declarative management',
    example: 'the key that it checks',
    doc: 'Signs our requests to that server, as NanoMDM’s -dm-send-hmac-key did.',
  },
  dmUpstreamResponseHmacKey: {
    ...secret,
    group: 'Declarative management',
    example: 'the key that it signs with',
    doc: 'That server’s answers have to be signed with it, as for NanoMDM’s -dm-recv-hmac-key.',
  },
  kmfddmUrl: {
    ...url,
    group: 'Declarative management',
    example: 'http://127.0.0.1:9002/v1/',
    doc: 'The API of a KMFDDM that devices keep asking: Ratchet keeps its declarations there, beside what it has of yours. With NanoHUB it follows from the enqueue URL.',
  },
  kmfddmKey: {
    ...secret,
    group: 'Declarative management',
    example: 'the value of KMFDDM_API',
    doc: 'The API key of that KMFDDM (-api).',
  },
  insecureDm: {
    ...flag,
    group: 'Declarative management',
    doc: 'Serve declarations without a key or password on an address others can reach. Without it, one of these or a loopback address is required.',
  },
  api: {
    ...secret,
    group: 'API',
    value: '<password>',
    example: 'openssl rand -hex 32',
    doc: 'Password of user `ratchet` for /api/v1. Without it the API is off. The verbs that call the server also take a token here.',
  },
  trustProxy: {
    ...flag,
    group: 'API',
    doc: 'Nothing but a reverse proxy of yours reaches the port: believe the last address of its X-Forwarded-For (who guesses passwords), and its X-Forwarded-Proto (cookies are for https only).',
  },
  server: {
    group: 'API',
    value: '<url>',
    fallback: 'http://127.0.0.1:9006',
    inFile: false,
    expected: 'an http:// or https:// address without credentials or query',
    example: 'http://127.0.0.1:9006',
    doc: 'The running Ratchet that the other verbs talk to. Without it they look where `--listen` is, as ratchet.yaml or RATCHET_LISTEN have that.',
    parse: parseServerUrl,
  },
  publicUrl: {
    group: 'Owners’ pages',
    value: '<url>',
    expected: 'an https:// address without credentials or query: devices open nothing else',
    example: 'https://updates.example.com/',
    doc: 'Where owners reach `--listen-public`: behind each new date stands a page of this address that says what will happen and when. A policy’s own `detailsUrl` wins.',
    parse: parsePublicUrl,
  },
  listenPublic: {
    ...address,
    group: 'Owners’ pages',
    example: '127.0.0.1:9008',
    doc: 'Address of the owners’ pages and the enrollment gate and of nothing else, for the reverse proxy that ends TLS.',
  },
  gateUrl: {
    group: 'Enrollment gate',
    value: '<url>',
    expected: 'an http:// or https:// address with a path other than /u/ and /healthz, without credentials or query',
    example: 'http://127.0.0.1:8080/mdm/enroll',
    doc: 'Where devices get their enrollment profile. Set, --listen-public takes requests for the same path, sends away who has to update first (enrollmentMinimum of its policy), and passes on all others.',
    parse: parseEnrollUrl,
  },
  gateCa: {
    group: 'Enrollment gate',
    value: '<file>',
    expected: 'the path of a PEM file',
    example: './lab-ca.pem',
    doc: 'For a lab: devices under these certificate authorities are believed too, beside those under Apple’s.',
    parse: parsePath,
  },
  gateStrict: {
    ...flag,
    group: 'Enrollment gate',
    doc: 'Refuse whoever does not prove to be a device of Apple, instead of passing it on.',
  },
  gateTimes: {
    group: 'Enrollment gate',
    value: '<n>',
    fallback: '3',
    expected: 'a whole number from 1 to 10',
    example: '3',
    doc: 'So often a device is sent away; then it is let in.',
    parse: parseTimes,
  },
  gatePeriod: {
    group: 'Enrollment gate',
    value: '<duration>',
    fallback: '7d',
    expected: 'a duration from 1h to 30d',
    example: '7d',
    doc: 'After so long without having been sent away, a device counts as new at the gate.',
    parse: parsePeriod,
  },
  logFormat: {
    group: 'Logs',
    value: '<format>',
    fallback: 'logfmt',
    expected: 'logfmt or json',
    example: 'json',
    doc: 'How log lines (standard error) are written.',
    parse: parseChoice(['logfmt', 'json']),
  },
  logLevel: {
    group: 'Logs',
    value: '<level>',
    fallback: 'info',
    expected: 'debug, info, warn or error',
    example: 'debug',
    doc: 'Least level that is logged.',
    parse: parseChoice(['debug', 'info', 'warn', 'error']),
  },
};

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** "enqueueUrl" → "--enqueue-url" */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** "enqueueUrl" → "RATCHET_ENQUEUE_URL" */
export function variableOf(name: string): string {
  return `RATCHET_${flagOf(name).slice(2).replaceAll('-', '_').toUpperCase()}`;
}

/** Key of ratchet.yaml, with its block; undefined when it has none. Secrets stand there only as the path of a file. */
export function fileKeyOf(name: SettingName): string | undefined {
  if (SETTINGS[name].inFile === false) return undefined;
  return SETTINGS[name].isSecret ? `${name}File` : name;
}

import type { HostName } from '../hosts/capabilities.ts';

/** What the process runs with. Policies are not here: they are ratchet.yaml's (src/policy). */
export interface Settings {
  /** Absolute path of ratchet.yaml. */
  config: string;
  /** Absolute path of the data folder. */
  data: string;
  /** Webhook, API, health. */
  listen: ListenAddress;
  /** The four routes of declarative management and nothing else. */
  listenDdm: ListenAddress;
  host: HostName;
  /** Ends in "/": an enrollment id is appended. With MicroMDM its command API. */
  enqueueUrl: string | undefined;
  /** Ends in "/". Derived from enqueueUrl when that ends in /enqueue/ or /commands/. */
  pushUrl: string | undefined;
  enqueueKey: string | undefined;
  /** Pushes per second, at most. */
  pushRate: number;
  webhookHmacKey: string | undefined;
  webhookHmacKeyOld: string | undefined;
  webhookUser: string | undefined;
  webhookPassword: string | undefined;
  insecureWebhook: boolean;
  dmBasePath: string;
  dmHmacKey: string | undefined;
  dmHmacKeyOld: string | undefined;
  dmResponseHmacKey: string | undefined;
  dmUser: string | undefined;
  dmPassword: string | undefined;
  /** Ends in "/". */
  dmUpstreamUrl: string | undefined;
  dmUpstreamHmacKey: string | undefined;
  dmUpstreamResponseHmacKey: string | undefined;
  /** Ends in "/": KMFDDM's API, in which our declarations are kept; NanoHUB's follows from enqueueUrl. */
  kmfddmUrl: string | undefined;
  kmfddmKey: string | undefined;
  insecureDm: boolean;
  /** 32 bytes: what `forward:` spools is encrypted with it. */
  forwardSpoolKey: Uint8Array | undefined;
  /** Password of user `ratchet`; without it the API is off. */
  api: string | undefined;
  /** A reverse proxy stands in front: X-Forwarded-For and X-Forwarded-Proto are its word. */
  trustProxy: boolean;
  /** Ends in "/": what owners' pages begin with. Only with `listenPublic`. */
  publicUrl: string | undefined;
  /** Of the endpoint that gives devices their enrollment profile; set, there is a gate before it on `listenPublic`. */
  gateUrl: string | undefined;
  /** Absolute path of a PEM file: authorities whose devices are believed beside Apple's. */
  gateCa: string | undefined;
  gateStrict: boolean;
  gateTimes: number;
  /** ms */
  gatePeriod: number;
  /** The owners' pages, the enrollment gate, and nothing else. */
  listenPublic: ListenAddress | undefined;
  /** Where the read and acting verbs find the running server. No "/" at the end. */
  server: string;
  releases: ReleasesSource;
  /** Absolute path of a PEM file: the only authorities that a mirror's certificate may come from. */
  releasesCa: string | undefined;
  sofa: SofaSource;
  logFormat: 'logfmt' | 'json';
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  adopt: boolean;
  /** Plan that a changed file may carry out at once; `any`: every one. */
  acceptPlan: string | undefined;
}

export type SettingName = keyof Settings;

export interface ListenAddress {
  /** Absent: every interface. */
  host?: string;
  /** 0: any free one. */
  port: number;
}

/** `off`: from nowhere, only by `ratchet releases import`. */
export type ReleasesSource = { kind: 'url'; url: string } | { kind: 'file'; path: string } | { kind: 'off' };

/** A folder of SOFA's feeds: an address that ends in "/", or an absolute path. */
export type SofaSource = { kind: 'url'; url: string } | { kind: 'folder'; path: string } | { kind: 'off' };

/** Where a setting's value came from. `name` is the flag, the variable, or the key of ratchet.yaml. */
export interface Origin {
  kind: 'flag' | 'environment' | 'file' | 'default' | 'derived' | 'unset';
  name: string;
  /** Of a secret that is read from a file of its own: that file, absolute. */
  path?: string;
}

export type Origins = Record<SettingName, Origin>;

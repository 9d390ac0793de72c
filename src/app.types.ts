import type { Registry } from 'prom-client';
import type { AlertSettings } from './engine/alerting/target.types.ts';
import type { ForwardSettings } from './engine/forward/target.types.ts';
import type { GatePorts, GateSettings } from './engine/gate/gate.ts';
import type { Operate } from './engine/operate/operate.ts';
import type { OperatePolicies } from './engine/operate/policies.ts';
import type { Rollouts } from './engine/rollout/rollouts.ts';
import type { Show } from './engine/show/show.ts';
import type { Standing } from './engine/standing.ts';
import type { SettingInForce } from './engine/system-answers.ts';
import type { ReleaseFeed } from './feeds/feed.ts';
import type { SofaFeed } from './feeds/sofa.ts';
import type { DdmUpstream } from './hosts/ddm-upstream.ts';
import type { DeclarationChannel } from './hosts/declaration-channel.ts';
import type { Host, HostWire } from './hosts/host.ts';
import type { Logger } from './logger.ts';
import type { PolicySet } from './policy/policy.types.ts';
import type { Runtime, Seal } from './runtime.ts';
import type { Store } from './store/store.ts';
import type { WebSettings } from './web/web.ts';

/** Everything outside: what main.ts makes for real and the simulation replaces. */
export interface Ports extends Runtime {
  store: Store;
  host: Host;
  wire: HostWire;
  /** The declarative-management server that we stand in front of; absent: we answer alone. */
  upstream?: DdmUpstream | undefined;
  /** The server that gives devices their enrollment profile, and who vouches for devices; absent: there is no gate before it. */
  gate?: GatePorts | undefined;
  /** The server that answers devices in our place and keeps our declarations; absent: we answer. */
  channel?: DeclarationChannel | undefined;
  feed: ReleaseFeed | undefined;
  /** Feeds of SOFA; absent: none are read. */
  sofa?: readonly SofaFeed[];
  log: Logger;
  /** For the spool of what is sent on; absent: there is none. */
  seal?: Seal | undefined;
  /** Adds what the process tells of itself to the metrics; absent in simulation. */
  meterProcess?(registry: Registry): void;
}

export interface AppSettings extends WebSettings {
  /** Shown to people, without secrets; absent: nothing is told of them. */
  settingsInForce?: readonly SettingInForce[];
  policies: PolicySet;
  /** Name of their file: in the audit log, who put the policies into force. */
  policiesBy: string;
  /** Of that file's bytes, hex. */
  policiesSha256?: string;
  /** The plan by which the file may change what is in force for many devices; `any`: whatever it does (rule 22). */
  acceptPlan?: string;
  /** Identity of the host server, remembered by the store. */
  hostIdentity: string;
  /** Take over a store that belongs to another host. */
  adopt: boolean;
  /** Ends in "/": owners' pages are found under it. Absent: there are none. */
  publicUrl?: string;
  /** Absent: the defaults. */
  gate?: GateSettings;
  pushRate: number;
  releasesEveryMs: number;
  /** Between reads of one feed of SOFA, ms; absent: as often as the releases. */
  sofaEveryMs?: number;
  sweepEveryMs: number;
  /** Who is told of alerts; absent: nobody. */
  alerts?: AlertSettings;
  /** Who gets webhooks from us; absent: nobody. */
  forward?: ForwardSettings;
}

export interface Ratchet {
  /** Webhook, API, sign-in, health. `address` is where the connection comes from. */
  fetch(request: Request, address?: string): Response | Promise<Response>;
  /** Declarative management, on a listener of its own. */
  fetchDdm(request: Request): Response | Promise<Response>;
  /** Owners' pages, on a listener of its own that everybody may reach. */
  fetchPublic(request: Request): Response | Promise<Response>;
  operate: Operate;
  rollouts: Pick<Rollouts, 'act' | 'expedite'>;
  operatePolicies: OperatePolicies;
  show: Show;
  standing: Standing;
  start(): Promise<void>;
  /** What it takes for the time, epoch ms (for the simulation). */
  now(): number;
  /** Ends streams that would stay open for long: before the listeners are closed, or these would wait for them. */
  hangUp(): void;
  /** Finishes what is under way; the store is closed by who opened it. */
  stop(): Promise<void>;
  /** Resolves when nothing is under way (for the simulation). */
  idle(): Promise<void>;
}

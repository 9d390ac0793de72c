import { GATE_OUTCOME_NAMES } from '../../gate/outcomes.ts';
import { PLATFORMS } from '../../os/platform.ts';
import { REASON_GROUPS } from '../../reasons/groups.ts';
import { DAY_MS } from '../../time/local.ts';
import { FORWARD_RESULTS } from '../forward/target.types.ts';
import { JOB_NAMES, JOB_RESULTS } from '../jobs.ts';
import {
  BEHIND,
  ENQUEUE_ANSWERS,
  EVENT_KINDS,
  FEEDS,
  PUSH_RESULTS,
  PUT_ASIDE_REASONS,
  ROUTES,
  STATUSES,
  UPSTREAM_ANSWERS,
  WINDOWS,
} from './label-values.ts';

/**
 * All metrics of Ratchet's own, as data: what is counted is registered from it, and docs/operations.md has its tables from it. Names and units
 * follow Prometheus (https://prometheus.io/docs/practices/naming/): base units, `_total` for what only grows.
 */
export interface MetricSpec {
  type: 'gauge' | 'counter' | 'histogram';
  group: 'Devices' | 'Updates' | 'Deliveries' | 'Installation' | 'Feeds' | 'Jobs';
  /** Plain English, without a full stop at its end. */
  help: string;
  labels: Readonly<Record<string, LabelValues>>;
  /** Upper bounds, in the unit of the name. */
  buckets?: readonly number[];
}

/** Every value it can have; or, in words, what they are and why there are not too many. */
export type LabelValues = readonly string[] | string;

/** Versions told of each platform, policies, and rings: what most devices have. The rest is counted together. */
export const VERSIONS_MAX = 20;
export const POLICIES_MAX = 50;
export const RINGS_MAX = 100;
/** Values of labels for what has none, and for the rest. No policy or ring can be called that. */
export const NONE = '(none)';
export const OTHER = '(other)';
export const UNKNOWN = '(unknown)';

const DAY_SECONDS = DAY_MS / 1_000;
const days = (...counts: number[]) => counts.map((count) => count * DAY_SECONDS);

const group = REASON_GROUPS;
const platform = PLATFORMS;
const target = 'the names in `forward:`, at most 10';
const policy = `the ${POLICIES_MAX} with most devices, ${OTHER}, ${NONE}`;

export const METRICS = {
  ratchet_devices: {
    type: 'gauge',
    group: 'Devices',
    help: 'Devices by platform and by the reason of their last decision; what no device has is left out',
    labels: { platform, group: [...group, UNKNOWN], reason: `the [reasons](reasons.md), ${UNKNOWN}` },
  },
  ratchet_devices_by_version: {
    type: 'gauge',
    group: 'Devices',
    help: 'Devices by the OS version they run; those that left management are not counted',
    labels: { platform, version: `the ${VERSIONS_MAX} that most devices of the platform run, ${OTHER}, ${UNKNOWN}` },
  },
  ratchet_devices_by_policy: {
    type: 'gauge',
    group: 'Devices',
    help: 'Devices by the policy that decides them and where they stand',
    labels: { policy, group },
  },
  ratchet_devices_by_ring: {
    type: 'gauge',
    group: 'Devices',
    help: 'Devices of policies with rings, by ring and where they stand',
    labels: { policy: `that of the ring, ${OTHER}`, ring: `the ${RINGS_MAX} with most devices, of all policies, ${OTHER}`, group },
  },
  ratchet_devices_behind: {
    type: 'gauge',
    group: 'Devices',
    help: 'Devices that are not where they should be, by the days since Apple offered the first release for their platform that is newer than what they run (whatever their model can take)',
    labels: { platform, days: BEHIND.map(({ days }) => days) },
  },
  ratchet_devices_handed_out: {
    type: 'gauge',
    group: 'Devices',
    help: 'Devices with a date in force',
    labels: {},
  },
  ratchet_devices_holding: {
    type: 'gauge',
    group: 'Devices',
    help: 'Devices that fetched a date and are not known to have given it back',
    labels: {},
  },
  ratchet_devices_past_date: {
    type: 'gauge',
    group: 'Devices',
    help: 'Devices whose date in force is on a day that is over everywhere',
    labels: {},
  },
  ratchet_devices_exposed: {
    type: 'gauge',
    group: 'Devices',
    help: 'Devices that miss a release they could install that fixes an exploited CVE; absent while SOFA has told nothing',
    labels: {},
  },
  ratchet_devices_exposure_known: {
    type: 'gauge',
    group: 'Devices',
    help: 'Devices of which it can be told whether they miss such a release; absent while SOFA has told nothing',
    labels: {},
  },
  ratchet_exposure_device_days: {
    type: 'gauge',
    group: 'Devices',
    help: 'Days of exposure in the last so many days: the exposed devices of each UTC day, counted once a day, added up; absent where that could be told on none of them',
    labels: { window: Object.keys(WINDOWS) },
  },
  ratchet_time_to_verified_seconds: {
    type: 'histogram',
    group: 'Updates',
    help: 'Time from when the clock of a release began for a device (first seen, or since its policy requires it) until the device was seen at that release or above',
    labels: { platform },
    buckets: days(1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90),
  },
  ratchet_missed_dates_total: {
    type: 'counter',
    group: 'Updates',
    help: 'Dates in force that were missed: two hours later, or when it was heard from again, the device did not run what they were for',
    labels: { platform },
  },
  ratchet_rollouts: {
    type: 'gauge',
    group: 'Updates',
    help: 'Releases on their way through the rings of a policy',
    labels: { state: ['running', 'paused', 'halted', 'skipped'] },
  },
  ratchet_upstream_requests_total: {
    type: 'counter',
    group: 'Deliveries',
    help: 'Requests to the declaration server behind, by what came of them: answered, refused (not 200), or not reached; 0 where there is none',
    labels: { answer: UPSTREAM_ANSWERS },
  },
  ratchet_gate_contacts_total: {
    type: 'counter',
    group: 'Deliveries',
    help: 'Requests at the enrollment gate, by what became of them (docs/gate.md)',
    labels: { outcome: GATE_OUTCOME_NAMES },
  },
  ratchet_http_requests_total: {
    type: 'counter',
    group: 'Deliveries',
    help: 'Requests of the MDM server, by how they were answered',
    labels: { route: ROUTES, status: STATUSES },
  },
  ratchet_http_request_duration_seconds: {
    type: 'histogram',
    group: 'Deliveries',
    help: 'How long the MDM server waited for the answer',
    labels: { route: ROUTES },
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  ratchet_webhook_last_timestamp_seconds: {
    type: 'gauge',
    group: 'Deliveries',
    help: 'When a webhook was last answered 200; while there was none, when the process started',
    labels: {},
  },
  ratchet_events_total: {
    type: 'counter',
    group: 'Deliveries',
    help: 'Events that were stored, by kind',
    labels: { kind: EVENT_KINDS },
  },
  ratchet_events_put_aside_total: {
    type: 'counter',
    group: 'Deliveries',
    help: 'Webhooks and reports that could not be understood (ratchet inbox)',
    labels: { reason: PUT_ASIDE_REASONS },
  },
  ratchet_events_waiting: {
    type: 'gauge',
    group: 'Deliveries',
    help: 'Events that wait to be folded into their devices; at 300,000 webhooks are answered 503',
    labels: {},
  },
  ratchet_commands: {
    type: 'gauge',
    group: 'Deliveries',
    help: 'Commands that are not over: pending waits to be sent, leased is being sent, enqueued waits for the answer of the device',
    labels: { state: ['pending', 'leased', 'enqueued'] },
  },
  ratchet_commands_due_timestamp_seconds: {
    type: 'gauge',
    group: 'Deliveries',
    help: 'When the command that waits the longest was due to be sent, or the next one will be; absent when none waits',
    labels: {},
  },
  ratchet_enqueues_total: {
    type: 'counter',
    group: 'Deliveries',
    help: 'Commands given to the MDM server, by what it answered',
    labels: { answer: ENQUEUE_ANSWERS },
  },
  ratchet_pushes_total: {
    type: 'counter',
    group: 'Deliveries',
    help: 'Devices pushed, by what became of it; taken is by the push service, not by the device',
    labels: { result: PUSH_RESULTS },
  },
  ratchet_host_request_duration_seconds: {
    type: 'histogram',
    group: 'Deliveries',
    help: 'How long the MDM server took to answer a call of ours',
    labels: { call: ['enqueue', 'push'] },
    buckets: [0.01, 0.05, 0.25, 1, 5, 15, 30, 60],
  },
  ratchet_declaration_server_up: {
    type: 'gauge',
    group: 'Deliveries',
    help: '1 while the server that our declarations are kept in (KMFDDM, NanoHUB) answers our calls, else 0; absent where Ratchet answers devices itself',
    labels: {},
  },
  ratchet_declarations_waiting: {
    type: 'gauge',
    group: 'Deliveries',
    help: 'Devices whose declarations wait to be put into that server, or to be taken out of it',
    labels: {},
  },
  ratchet_forwarded_total: {
    type: 'counter',
    group: 'Deliveries',
    help: 'Webhooks that are done with for a target of `forward:`: taken or refused by it, or given up because too many (full) or too old ones (expired) waited',
    labels: { target, result: FORWARD_RESULTS },
  },
  ratchet_forward_waiting: {
    type: 'gauge',
    group: 'Deliveries',
    help: 'Webhooks that wait for a target of `forward:`',
    labels: { target },
  },
  ratchet_forward_waiting_bytes: {
    type: 'gauge',
    group: 'Deliveries',
    help: 'What they take in memory',
    labels: { target },
  },
  ratchet_forward_oldest_timestamp_seconds: {
    type: 'gauge',
    group: 'Deliveries',
    help: 'When the webhook came in that waits the longest for a target; absent when none waits',
    labels: { target },
  },
  ratchet_forward_last_success_timestamp_seconds: {
    type: 'gauge',
    group: 'Deliveries',
    help: 'When a target last took a webhook; absent while it took none since the start',
    labels: { target },
  },
  ratchet_info: {
    type: 'gauge',
    group: 'Installation',
    help: 'Always 1; which version this is',
    labels: { version: 'the one that runs' },
  },
  ratchet_state: {
    type: 'gauge',
    group: 'Installation',
    help: '1 for the state that Ratchet is in, 0 for the others',
    labels: { state: ['running', 'paused', 'stopped', 'left', 'held'] },
  },
  ratchet_paused_policies: {
    type: 'gauge',
    group: 'Installation',
    help: 'Policies paused by a person',
    labels: {},
  },
  ratchet_clock_suspect: {
    type: 'gauge',
    group: 'Installation',
    help: "1 while the clock can't be trusted, and so nothing is handed out; else 0",
    labels: {},
  },
  ratchet_alerts: {
    type: 'gauge',
    group: 'Installation',
    help: 'Alerts that are raised, by the first word of their key',
    labels: { kind: 'the first words of the keys of [alerts](#alerts)' },
  },
  ratchet_feed_reads_total: {
    type: 'counter',
    group: 'Feeds',
    help: 'Reads of a feed, by what came of it',
    labels: { feed: FEEDS, result: ['answer', 'not-modified', 'outage'] },
  },
  ratchet_feed_last_read_timestamp_seconds: {
    type: 'gauge',
    group: 'Feeds',
    help: 'When a feed last told something that could be read, also before a restart; absent while it never did',
    labels: { feed: FEEDS },
  },
  ratchet_feed_doubtful: {
    type: 'gauge',
    group: 'Feeds',
    help: '1 while the last answer of a feed is doubtful and held back, else 0; absent while it never told anything',
    labels: { feed: FEEDS },
  },
  ratchet_job_runs_total: {
    type: 'counter',
    group: 'Jobs',
    help: 'Runs of a job that are over',
    labels: { name: JOB_NAMES, result: JOB_RESULTS },
  },
  ratchet_job_last_run_timestamp_seconds: {
    type: 'gauge',
    group: 'Jobs',
    help: 'When the last run that is over began; absent while there was none since the start',
    labels: { name: JOB_NAMES },
  },
  ratchet_job_last_duration_seconds: {
    type: 'gauge',
    group: 'Jobs',
    help: 'How long that run took',
    labels: { name: JOB_NAMES },
  },
  ratchet_job_next_timestamp_seconds: {
    type: 'gauge',
    group: 'Jobs',
    help: 'When the job wakes next by itself; absent while nothing is planned',
    labels: { name: JOB_NAMES },
  },
} as const satisfies Readonly<Record<string, MetricSpec>>;

export type MetricName = keyof typeof METRICS;
export type NameOf<Type extends MetricSpec['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];
export type LabelsOf<Name extends MetricName> = Readonly<Record<keyof (typeof METRICS)[Name]['labels'] & string, string>>;

export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];

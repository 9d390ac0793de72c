import type { Registry } from 'prom-client';
import type { GateOutcome } from '../../gate/outcomes.ts';
import { FORWARD_RESULTS, type ForwardResult } from '../forward/target.types.ts';
import { createJobs, type Jobs } from '../jobs.ts';
import type { Milestone } from '../reconcile/milestones.ts';
import { type MeteredRoute, STATUSES } from './label-values.ts';
import { createMeters } from './meters.ts';
import { createScrape, one, type ScrapeSources } from './scrape.ts';
import { type Watchable, watchPorts } from './watch-ports.ts';

export interface MeteredPorts extends Watchable {
  /** Adds what there is to know of the process; absent where there is none, as in simulation. */
  meterProcess?(registry: Registry): void;
}

/** What Prometheus is told: counted as it happens, and read when it asks. */
export interface Metrics<Ports> {
  /** To be used in place of those given: what goes through them is counted. */
  ports: Ports;
  jobs: Jobs;
  onMilestones(milestones: readonly Milestone[]): void;
  /** So many events are done with for a target of forward; with 0 it is known from now on. */
  onForwarded(target: string, result: ForwardResult, events: number): void;
  onGateContact(outcome: GateOutcome): void;
  /** Has a request of the MDM server answered, and counts it. */
  answer(route: MeteredRoute, serve: () => Response | Promise<Response>): Promise<Response>;
  /** Requests at the same time share one reading. */
  scrape(sources: ScrapeSources): Promise<Exposition>;
}

export interface Exposition {
  text: string;
  contentType: string;
}

export function createMetrics<Ports extends MeteredPorts>(given: Ports, version: string): Metrics<Ports> {
  const meters = createMeters();
  const { registry, set, count, observe } = meters;
  given.meterProcess?.(registry);
  const { clock, ...jobs } = createJobs(given.clock, (name, result) => count('ratchet_job_runs_total', { name, result }));
  const ports = watchPorts({ ...given, clock }, meters);
  const scrape = createScrape(meters, jobs);
  let webhookAt = clock.now();
  let scraping: Promise<string> | undefined;
  set('ratchet_info', [{ labels: { version }, value: 1 }]);

  return {
    ports,
    jobs,
    onMilestones(milestones) {
      for (const milestone of milestones) {
        const { kind, platform } = milestone;
        if (kind === 'verified') observe('ratchet_time_to_verified_seconds', { platform }, milestone.afterMs / 1_000);
        else count('ratchet_missed_dates_total', { platform });
      }
    },
    onForwarded(target, result, events) {
      // All of a target begin at 0: a series that begins later shows no increase.
      for (const each of FORWARD_RESULTS) count('ratchet_forwarded_total', { target, result: each }, each === result ? events : 0);
    },
    onGateContact(outcome) {
      count('ratchet_gate_contacts_total', { outcome });
    },
    async answer(route, serve) {
      const began = clock.elapsed();
      // An error is answered so, further out.
      let status = '500';
      try {
        const answer = await serve();
        status = String(answer.status);
        return answer;
      } finally {
        count('ratchet_http_requests_total', { route, status: (STATUSES as readonly string[]).includes(status) ? status : 'another' });
        observe('ratchet_http_request_duration_seconds', { route }, (clock.elapsed() - began) / 1_000);
        if (route === 'webhook' && status === '200') webhookAt = clock.now();
      }
    },
    async scrape(sources) {
      set('ratchet_webhook_last_timestamp_seconds', [one(webhookAt / 1_000)]);
      scraping ??= scrape(sources).finally(() => {
        scraping = undefined;
      });
      return { text: await scraping, contentType: registry.contentType };
    },
  };
}

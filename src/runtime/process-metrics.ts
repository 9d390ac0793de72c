import { collectDefaultMetrics, type Registry } from 'prom-client';

/** What Node.js tells of this process (`process_…`, `nodejs_…`): memory, processor time, delays of the loop, open files. */
export function meterProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}

import type { Logger } from '../logger.ts';
import type { Runtime } from '../runtime.ts';
import { watchChanges } from './changes.ts';
import { createMetrics, type MeteredPorts } from './metrics/metrics.ts';
import { createSteadyClock } from './schedule/steady-clock.ts';
import { watchStore } from './store-watch.ts';
import { createWatch } from './watch.ts';

/**
 * The ports as the house uses them: looked at from outside, so that no use case knows that it is counted, timed or shown.
 * The clock goes on by elapsed time where the machine's is set wrong.
 */
export function watchedPorts<Outside extends MeteredPorts & Pick<Runtime, 'clock'> & { log: Logger }>(outside: Outside, version: string) {
  const { ports, ...metrics } = createMetrics(outside, version);
  const clock = createSteadyClock(ports.clock);
  const { host, ...watch } = createWatch(ports.host, clock);
  const { store, changes } = watchChanges(watchStore(ports.store, clock, ports.log), clock);
  return { ports: { ...ports, clock, host, store }, metrics, watch, changes };
}

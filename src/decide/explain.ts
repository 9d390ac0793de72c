import { rfc3339 } from '../time/rfc3339.ts';
import { GATES } from './checks.ts';
import { type Decision, decide, stagesFor } from './decide.ts';
import type { DecideInput } from './input.ts';
import { outlineFor } from './outline.ts';

/** One check of the list and how it turned out. The first that objects decides; all are shown. */
export interface CheckOutcome {
  name: string;
  outcome: 'passed' | 'objected' | 'not-applicable';
  detail?: string;
}

/** The decision with every check run, not only up to the first objection. */
export function explain(input: DecideInput): { decision: Decision; checks: CheckOutcome[] } {
  const decision = decide(input);
  const { assessed: situation } = outlineFor(input);
  const checks: CheckOutcome[] = GATES.map((gate) => outcome(gate.name, gate.run(situation)));
  const isGated = checks.some((check) => check.outcome === 'objected');
  let decided = false;
  for (const stage of stagesFor(situation)) {
    if (isGated || decided) {
      checks.push({ name: stage.name, outcome: 'not-applicable' });
      continue;
    }
    const found = stage.run(
      situation,
      decision.isHandedOut || decision.channel === 'commands' ? decision.enforcement : undefined,
      decision.memory,
    );
    checks.push(outcome(stage.name, found));
    decided = found !== undefined;
  }
  return { decision, checks };
}

function outcome(name: string, found: { reason: string; evidence: Record<string, unknown> } | undefined): CheckOutcome {
  if (found === undefined) return { name, outcome: 'passed' };
  const evidence = Object.entries(found.evidence)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${valueText(key, value)}`)
    .join(', ');
  return { name, outcome: 'objected', detail: evidence === '' ? found.reason : `${found.reason} (${evidence})` };
}

/** Instants go by names such as observedAt and since. */
function valueText(key: string, value: unknown): string {
  if (typeof value === 'number' && /(At|^at|^since)$/.test(key)) return value === 0 ? 'never' : rfc3339(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

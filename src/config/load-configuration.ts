import { relative } from 'node:path';
import type { AlertSettings } from '../engine/alerting/target.types.ts';
import type { ForwardSettings } from '../engine/forward/target.types.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { PolicyFinding } from '../policy/policy-finding.types.ts';
import type { Problem } from './problem.ts';
import { type ReadPolicyFile, readPolicyFile } from './read-policy-file.ts';
import { resolveAlerts } from './resolve-alerts.ts';
import { resolveForward } from './resolve-forward.ts';
import { resolveSettings, type SettingSources } from './resolve-settings.ts';
import { serveProblems, serveWarnings } from './serve-problems.ts';
import type { Origins, Settings } from './settings.types.ts';

/** Everything a process is told: its settings and its policies, or all that is wrong with them. */
export interface Configuration {
  settings: Settings;
  origins: Origins;
  /** Absent when ratchet.yaml has problems. */
  policySet?: PolicySet;
  /** Who is told of alerts; absent: nobody. */
  alerts?: AlertSettings;
  /** Who gets webhooks from us; absent: nobody. */
  forward?: ForwardSettings;
  /** How ratchet.yaml is called in messages. */
  fileName: string;
  /** Of its bytes, hex. */
  fileSha256?: string;
  /** Problems of ratchet.yaml. */
  fileProblems: Problem[];
  /** Problems of flags, environment and what they add up to. */
  settingsProblems: Problem[];
  warnings: Problem[];
  /** What is said of a policy, at its place in ratchet.yaml. */
  locate(finding: PolicyFinding): Problem;
}

/** Reads ratchet.yaml and all settings. `now` is epoch ms. Never throws. */
export function loadConfiguration(sources: Omit<SettingSources, 'file'>, now: number): Configuration {
  // Which file is read can't be said in the file, so that comes first.
  const path = resolveSettings(sources, ['config']).settings.config;
  const name = shownPath(path, sources.cwd);
  const content: ReadPolicyFile = readPolicyFile(path, name, now);
  const { settings, origins, problems } = resolveSettings({ ...sources, file: { path, name, content } });
  const alerting = resolveAlerts(path, content);
  const forwarding = resolveForward(path, content, settings);
  const { policySet, sha256, problems: fileProblems, warnings } = content;
  // A setting the file misspells is already told there.
  const told = new Set(fileProblems.map((problem) => `${problem.line}:${problem.path}`));
  const settingsProblems = problems.filter((problem) => problem.line === undefined || !told.has(`${problem.line}:${problem.path}`));
  return {
    settings,
    origins,
    ...(policySet === undefined ? {} : { policySet }),
    ...(alerting.alerts === undefined ? {} : { alerts: alerting.alerts }),
    ...(forwarding.forward === undefined ? {} : { forward: forwarding.forward }),
    fileName: name,
    ...(sha256 === undefined ? {} : { fileSha256: sha256 }),
    fileProblems,
    settingsProblems: [...settingsProblems, ...alerting.problems, ...forwarding.problems, ...serveProblems(settings)],
    warnings: [...warnings, ...alerting.warnings, ...forwarding.warnings, ...serveWarnings(settings, policySet?.policies)],
    locate: content.locate,
  };
}

function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === '' || near.startsWith('..') ? path : near;
}

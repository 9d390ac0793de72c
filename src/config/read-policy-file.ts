import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PolicySet } from '../policy/policy.types.ts';
import type { PolicyFile } from '../policy/policy-file.ts';
import type { PolicyFinding } from '../policy/policy-finding.types.ts';
import { crossKeyProblems, policyWarnings } from '../policy/policy-problems.ts';
import { toPolicySet } from '../policy/policy-set.ts';
import { alertsProblems } from './alerts-keys.ts';
import { forwardProblems } from './forward-keys.ts';
import { formatPath, type Problem, sortProblems } from './problem.ts';
import { RatchetFile } from './ratchet-file.ts';
import { readYaml, type YamlFile } from './read-yaml.ts';
import { schemaFindings } from './schema-findings.ts';

/** A ratchet.yaml after reading: whatever could be understood, and everything that is wrong with it. */
export interface ReadPolicyFile {
  /** Absent when there are problems. */
  policySet?: PolicySet;
  /** Of the text, hex: what sha256sum prints. Absent when there was none to read. */
  sha256?: string;
  problems: Problem[];
  warnings: Problem[];
  /** The blocks `server` and `releases` as written, for the settings; empty when unreadable. */
  server: Record<string, unknown>;
  releases: Record<string, unknown>;
  /** The block `alerts` as written, and the zone of its digest where it names none. */
  alerts: unknown;
  /** The block `forward` as written. */
  forward: unknown;
  timeZone: string;
  /** The problem at a key of the file, for what only the settings can judge. */
  problemAt(path: (string | number)[], message: string, expected: string, fix: string): Problem;
  /** A finding that came up later, at its place in the file. */
  locate(finding: PolicyFinding): Problem;
}

/**
 * Reads and judges the text of a ratchet.yaml. `name` is how the file is called in problems; `now`
 * (epoch ms) judges dates. Never throws.
 */
export function readPolicyText(text: string, name: string, now: number): ReadPolicyFile {
  const yaml = readYaml(text, name);
  const input = yaml.value ?? {};
  const isReadable = yaml.problems.length === 0 || yaml.value !== undefined;
  const problems = [...yaml.problems];
  const warnings: Problem[] = [];
  let policySet: PolicySet | undefined;
  if (isReadable) {
    const parsed = parseFile(input);
    if (parsed === undefined) return unreadable(name, UNJUDGEABLE);
    const findings = parsed.success ? [] : schemaFindings(RatchetFile, parsed.error.issues, input, yaml.sourceOf);
    problems.push(
      ...[...findings, ...crossKeyProblems(input), ...releasesProblems(input), ...alertsProblems(input), ...forwardProblems(input)].map(
        (finding) => locate(finding, yaml, name),
      ),
    );
    if (parsed.success && problems.length === 0) {
      policySet = toPolicySet(parsed.data as PolicyFile);
      warnings.push(...policyWarnings(policySet, now).map((finding) => locate(finding, yaml, name)));
    }
  }
  return {
    ...(policySet === undefined ? {} : { policySet }),
    sha256: createHash('sha256').update(text).digest('hex'),
    problems: sortProblems(problems),
    warnings: sortProblems(warnings),
    server: block(input, 'server'),
    releases: block(input, 'releases'),
    alerts: (input as { alerts?: unknown }).alerts,
    forward: (input as { forward?: unknown }).forward,
    timeZone: policySet?.timeZone ?? 'UTC',
    problemAt: (path, message, expected, fix) => locate({ path, at: 'value', message, expected, fix }, yaml, name),
    locate: (finding) => locate(finding, yaml, name),
  };
}

const UNJUDGEABLE = {
  message: 'a key named length stands where a text or a list should',
  expected: 'the keys that docs/policies.md names',
  fix: 'remove it',
};

/** zod looks at the `length` of whatever has one, and throws where that can't be compared: then undefined. */
function parseFile(input: unknown): ReturnType<typeof RatchetFile.safeParse> | undefined {
  try {
    return RatchetFile.safeParse(input);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Reads a ratchet.yaml from disk; a file that can't be read is a problem like any other. */
export function readPolicyFile(path: string, name: string, now: number): ReadPolicyFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return unreadable(name, {
      message: code === 'ENOENT' ? 'there is no such file' : `can't be read (${code ?? String(error)})`,
      expected: 'a readable ratchet.yaml',
      fix: code === 'ENOENT' ? 'write one (examples/nanomdm/ratchet.yaml), or name it with --config' : 'see its permissions',
    });
  }
  try {
    return readPolicyText(new TextDecoder('utf-8', { fatal: true }).decode(bytes), name, now);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return unreadable(name, {
      line: badLineOf(bytes),
      column: 1,
      message: 'this line is not UTF-8',
      expected: 'UTF-8 text',
      fix: 'save it as UTF-8',
    });
  }
}

/** The first line that is no UTF-8, from 1. */
function badLineOf(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (let line = 1, begin = 0; ; line += 1) {
    const end = bytes.indexOf(0x0a, begin);
    try {
      decoder.decode(bytes.subarray(begin, end < 0 ? undefined : end));
    } catch {
      return line;
    }
    if (end < 0) return line;
    begin = end + 1;
  }
}

function unreadable(name: string, problem: Omit<Problem, 'file' | 'path'>): ReadPolicyFile {
  const place = { file: name, path: '' };
  return {
    problems: [{ ...place, ...problem }],
    warnings: [],
    server: {},
    releases: {},
    alerts: undefined,
    forward: undefined,
    timeZone: 'UTC',
    problemAt: (path, message, expected, fix) => ({ file: name, path: formatPath(path), message, expected, fix }),
    locate: ({ path, message, expected, fix }) => ({ file: name, path: formatPath(path), message, expected, fix }),
  };
}

function releasesProblems(input: unknown): PolicyFinding[] {
  const given = (input as { releases?: unknown }).releases;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return [];
  const sources = ['source', 'url', 'file'].filter((key) => key in given);
  if (sources.length === 1) return [];
  return [
    {
      path: ['releases'],
      at: 'key',
      message: sources.length === 0 ? 'neither source nor url nor file is given' : `${sources.join(' and ')} are given`,
      expected: 'one of source, url and file',
      fix: 'write releases: {source: apple}',
    },
  ];
}

function block(input: unknown, key: string): Record<string, unknown> {
  const value = (input as Record<string, unknown>)[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function locate({ path, at, message, expected, fix }: PolicyFinding, yaml: YamlFile, file: string): Problem {
  return { file, ...yaml.locate(path, at), path: formatPath(path), message, expected, fix };
}

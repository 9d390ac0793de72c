import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPolicyFile } from '../../src/config/read-policy-file.ts';
import type { Platform } from '../../src/os/platform.ts';
import { parseVersion } from '../../src/os/version.ts';
import { matchPolicy, modeInForce } from '../../src/policy/match.ts';
import type { PolicySet } from '../../src/policy/policy.types.ts';
import { filesIn, ROOT, textOf } from '../tidy/files.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const FOLDER = 'examples/policies';
const files = filesIn(FOLDER, /\.yaml$/);

function read(file: string): PolicySet {
  const { policySet, problems, warnings } = readPolicyFile(join(ROOT, file), file, NOW);
  expect([...problems, ...warnings]).toEqual([]);
  return policySet as PolicySet;
}

describe('examples/policies', () => {
  it.each(files)('%s is valid, says nothing doubtful, and tells editors its schema', (file) => {
    read(file);
    expect(textOf(file)).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/ratchet\.schema\.json\n/);
  });

  it.each(files)('%s stands in docs/policies.md as it is', (file) => {
    const body = textOf(file).split('\n').slice(1).join('\n').trimEnd();
    expect(textOf('docs/policies.md')).toContain(`\`\`\`yaml\n${body}\n\`\`\``);
  });
});

/** What docs/policies.md says of the examples. */
const decided: [
  file: string,
  device: [Platform, model: string, os: string, isSupervised?: boolean, serial?: string, tags?: string[]],
  policy?: string,
  mode?: string,
][] = [
  ['everything-latest', ['tvOS', 'AppleTV14,1', '26.0', true], 'everything', 'observe'],
  ['older-systems', ['iOS', 'iPhone10,1', '16.7', true], 'old-phones', 'observe'],
  ['older-systems', ['iOS', 'iPhone10,1', '17.0', true], 'everything-else', 'observe'],
  ['kiosks', ['iPadOS', 'iPad13,18', '18.5', true], 'kiosks', 'observe'],
  ['kiosks', ['tvOS', 'AppleTV14,1', '18.5', true], 'kiosks', 'observe'],
  ['kiosks', ['iPadOS', 'iPad13,18', '18.5', false], 'everything-else', 'observe'],
  ['kiosks', ['iPadOS', 'iPad13,4', '18.5', true], 'everything-else', 'observe'],
  ['exam-week', ['iPadOS', 'iPad13,18', '26.5', true], 'exam-ipads', 'observe'],
  ['exam-week', ['iPadOS', 'iPad13,18', '26.5', undefined], undefined, undefined],
  ['exams', ['iPadOS', 'iPad13,18', '26.5', true], 'school-ipads', 'observe'],
  ['exams', ['iPadOS', 'iPad13,18', '26.5', false], undefined, undefined],
  ['rings', ['tvOS', 'AppleTV14,1', '26.0', true], 'everyone', 'observe'],
  ['executives', ['iOS', 'iPhone15,2', '18.5', true], 'everyone-else', 'observe'],
  ['executives', ['iOS', 'iPhone15,2', '18.5', true, '', ['exec']], 'executives', 'observe'],
  ['fragile-app', ['iPadOS', 'iPad13,18', '26.5', true, '', ['till']], 'tills', 'observe'],
  ['exempt', ['iOS', 'iPhone15,2', '18.5', true, 'F9FLAB000001'], 'left-alone', 'observe'],
  ['exempt', ['iOS', 'iPhone15,2', '18.5', true, 'F9FLAB000009'], 'everything-else', 'enforce'],
  ['phones', ['iOS', 'iPhone15,2', '18.5', true], 'supervised-phones', 'observe'],
  ['phones', ['iOS', 'iPhone15,2', '18.5', false], 'other-phones', 'observe'],
  ['phones', ['iOS', 'iPhone15,2', '18.5', undefined], undefined, undefined],
  ['macs-by-version', ['macOS', 'Mac15,6', '15.6', true], 'macs-on-14-and-15', 'observe'],
  ['macs-by-version', ['macOS', 'Mac15,6', '26.1', true], 'newer-macs', 'observe'],
  ['macs-by-version', ['macOS', 'Mac15,6', '15.6', true, 'C02LAB000010'], 'pilot-macs', 'observe'],
  ['macs-by-version', ['macOS', 'Mac15,6', '14.7', true], 'macs-on-14-and-15', 'observe'],
  ['macs-by-version', ['macOS', 'Mac15,6', '13.7', true], undefined, undefined],
  ['settings', ['macOS', 'Mac15,6', '15.6', true], 'macs', 'observe'],
  ['settings', ['iPadOS', 'iPad13,18', '18.5', true], 'phones-and-pads', 'observe'],
  ['settings', ['tvOS', 'AppleTV14,1', '26.0', true], 'everything-else', 'observe'],
  ['world-wide', ['macOS', 'Mac15,6', '14.7', true], 'everything', 'observe'],
];

describe('who gets which policy of an example', () => {
  it.each(decided)('%s: %j → %s (%s)', (file, [platform, productName, os, isSupervised, serialNumber, tags = []], name, mode) => {
    const set = read(`${FOLDER}/${file}.yaml`);
    const policy = matchPolicy(set, {
      id: 'D1',
      platform,
      productName,
      version: parseVersion(os),
      isSupervised,
      serialNumber,
      tags,
      enrolledAt: 0,
      now: 0,
    });
    expect(policy?.name).toBe(name);
    if (policy) expect(modeInForce(set, policy)).toBe(mode);
  });
});

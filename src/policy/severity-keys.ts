import { z } from 'zod';
import { formatVersion, parseVersion, type VersionText } from '../os/version.ts';
import type { SeverityDays } from './policy.types.ts';
import type { PolicyFinding } from './policy-finding.types.ts';

/** The key `severity` of `due`: days by how severe a release is. */

const days = (description: string, example: number) =>
  z
    .int()
    .min(0)
    .max(365)
    .meta({ description, expected: 'a whole number of days from 0 to 365', examples: [example] })
    .optional();

export const SeverityKey = z
  .strictObject({
    exploited: days('For a release that fixes an actively exploited CVE, by SOFA. Not more than critical and days.', 3),
    critical: days('For a release that fixes a CVE rated critical, by SOFA, or that criticalVersions names. Not more than days.', 7),
    criticalVersions: z
      .array(z.string().refine((text) => /^\d{1,3}\.\d/.test(text) && parseVersion(text) !== undefined))
      .min(1)
      .max(100)
      .meta({
        description: 'Versions that count as critical whatever SOFA says, which mostly rates only CVEs that are exploited.',
        expected: 'a list of versions in quotes, such as "26.6.1" or "26.3.1 (a)"',
        examples: [['26.6.1']],
      })
      .optional(),
    major: days('For a release of another major version than the device runs, whatever it fixes. May be more than days.', 60),
  })
  .meta({
    description:
      'Days in place of `days` for releases of that severity; those not named have `days`. exploited and critical need the setting sofa.',
    expected: 'exploited, critical and major, each a number of days',
    examples: [{ exploited: 3, critical: 7, major: 60 }],
  });
type SeverityEntry = z.infer<typeof SeverityKey>;

/** What the key means: versions in Apple's spelling. */
export function toSeverityDays({ exploited, critical, criticalVersions, major }: SeverityEntry): SeverityDays {
  return {
    ...(exploited === undefined ? {} : { exploited }),
    ...(critical === undefined ? {} : { critical }),
    ...(criticalVersions === undefined ? {} : { criticalVersions: criticalVersions.map(spelled) }),
    ...(major === undefined ? {} : { major }),
  };
}

function spelled(text: string): VersionText {
  const version = parseVersion(text);
  return version ? formatVersion(version) : text;
}

/** Of a `due` as it was read: a severity that would put a date off, and versions that nothing counts for. */
export function severityProblems(due: Record<string, unknown>, path: (string | number)[]): PolicyFinding[] {
  const read = SeverityKey.safeParse(due.severity);
  if (!read.success) return [];
  const { exploited, critical, criticalVersions } = read.data;
  const problems: PolicyFinding[] = [];
  const notMore = (key: 'exploited' | 'critical', value: number | undefined, thanKey: string, than: unknown): void => {
    if (value === undefined || typeof than !== 'number' || value <= than) return;
    problems.push({
      path: [...path, 'severity', key],
      at: 'value',
      message: `${key} (${value}) is more than ${thanKey} (${than})`,
      expected: `at most ${than}, as ${thanKey} has: severity only brings a date nearer`,
      fix: `write ${key}: ${than}, or fewer`,
    });
  };
  notMore('exploited', exploited, 'days', due.days);
  notMore('critical', critical, 'days', due.days);
  if (typeof due.days !== 'number' || (exploited ?? 0) <= due.days) notMore('exploited', exploited, 'critical', critical);
  if (criticalVersions !== undefined && critical === undefined)
    problems.push({
      path: [...path, 'severity', 'critical'],
      at: 'missing',
      message: 'criticalVersions stands without critical',
      expected: 'the days of critical beside it',
      fix: 'add critical: 7',
    });
  return problems;
}

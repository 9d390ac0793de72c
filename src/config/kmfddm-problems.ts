import type { Problem } from './problem.ts';
import { flagOf, variableOf } from './settings.ts';
import type { SettingName, Settings } from './settings.types.ts';

/** What `serve` needs to keep declarations in KMFDDM, alone or inside NanoHUB. */
export function kmfddmProblems({ host, kmfddmUrl, kmfddmKey, dmUpstreamUrl }: Settings): Problem[] {
  const problems: Problem[] = [];
  const problem = (name: SettingName, message: string, expected: string, fix: string): void => {
    problems.push({ file: 'settings', path: flagOf(name), message, expected, fix });
  };
  const set = (name: SettingName) => `set ${flagOf(name)} or ${variableOf(name)}`;
  if (host === 'nanohub' && kmfddmUrl === undefined)
    problem('kmfddmUrl', 'not set', "NanoHUB's declaration API: it can't be told from this enqueue URL", set('kmfddmUrl'));
  if (kmfddmUrl !== undefined && kmfddmKey === undefined) problem('kmfddmKey', 'not set', "KMFDDM's API key (its -api)", set('kmfddmKey'));
  if (host !== 'nanohub' && kmfddmKey !== undefined && kmfddmUrl === undefined)
    problem('kmfddmUrl', 'not set', 'the address of the API that the key is for', set('kmfddmUrl'));
  if (dmUpstreamUrl !== undefined && (kmfddmUrl !== undefined || host === 'nanohub'))
    problem(
      'dmUpstreamUrl',
      host === 'nanohub' ? 'given, and NanoHUB answers devices itself' : `given beside ${flagOf('kmfddmUrl')}`,
      'one of the two: devices ask us, in front of that server, or they ask that server',
      `take out ${flagOf('dmUpstreamUrl')}${host === 'nanohub' ? '' : `, or ${flagOf('kmfddmUrl')}`}`,
    );
  return problems;
}

import { formatProblem } from '../config/problem.ts';
import { readPolicyFile } from '../config/read-policy-file.ts';
import { resolveSettings } from '../config/resolve-settings.ts';
import type { Settings } from '../config/settings.types.ts';
import { AttemptsAnswer, InboxAnswer, PlanAnswer, ReleasesAnswer, RolloutsAnswer, TagsAnswer, WhyAnswer } from '../engine/answers.ts';
import { BlackoutsAnswer } from '../engine/blackout-answers.ts';
import { GateAnswer } from '../engine/gate-answers.ts';
import { ReleasesBundle } from '../releases/bundle.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import type { ApiFailure, ApiResult, ReadSource } from './read-source.types.ts';
import { serverUrl } from './server-url.ts';
import type { CliWorld } from './world.ts';

type Flags = Readonly<Record<string, unknown>>;

/** The API of the running server, or why it can't be called. */
export function openApi(world: CliWorld, flags: Flags): { client: ApiClient } | ApiFailure {
  const { settings, server, problem } = clientSettings(world, flags);
  if (problem !== undefined) return refuse(problem);
  if (settings.api === undefined) return refuse('The API needs its password (or a token): --api, --api-file or RATCHET_API.');
  return { client: createApiClient(world.fetch, server, settings.api) };
}

/** Asks the running server; when nobody answers there and `--data` was given, the folder itself. */
export async function read<T>(world: CliWorld, flags: Flags, ask: (source: ReadSource) => Promise<ApiResult<T>>): Promise<ApiResult<T>> {
  const { settings, server, isDataGiven, problem } = clientSettings(world, flags);
  if (problem !== undefined) return refuse(problem);
  let answer: ApiResult<T> = refuse('This needs the running server (--api, and --server if it is elsewhere), or --data while none runs.');
  if (settings.api !== undefined) {
    answer = await ask(fromApi(createApiClient(world.fetch, server, settings.api)));
    if (answer.ok || !answer.isUnreached) return answer;
  }
  if (!isDataGiven || world.openReadOnly === undefined) return answer;
  const source = await world.openReadOnly(settings.data);
  return source === undefined ? refuse(`There is no database of Ratchet in ${settings.data}.`) : ask(source);
}

function fromApi(client: ApiClient): ReadSource {
  return {
    why: (idOrSerial) => client.get(`why/${encodeURIComponent(idOrSerial)}`, WhyAnswer),
    plan: (wanted = {}) =>
      Object.keys(wanted).length === 0 ? client.get('plan', PlanAnswer) : client.post('plan', wanted, PlanAnswer, { takesLong: true }),
    attempts: (wanted) => client.get(`attempts?${new URLSearchParams(wanted)}`, AttemptsAnswer),
    inbox: () => client.get('inbox', InboxAnswer),
    tags: () => client.get('tags', TagsAnswer),
    gate: (wanted) => client.get(`gate?${new URLSearchParams(wanted)}`, GateAnswer),
    blackouts: () => client.get('blackouts', BlackoutsAnswer),
    rollouts: () => client.get('rollouts', RolloutsAnswer),
    releases: () => client.get('releases', ReleasesAnswer),
    releasesBundle: () => client.get('releases/export', ReleasesBundle),
  };
}

/** A client minds only its own settings; ratchet.yaml may be absent or wrong without being in its way. */
function clientSettings(world: CliWorld, flags: Flags): { settings: Settings; server: string; isDataGiven: boolean; problem?: string } {
  const sources = { flags, env: world.env, cwd: world.cwd };
  const path = resolveSettings(sources, ['config']).settings.config;
  const file = { path, name: path, content: readPolicyFile(path, path, world.now()) };
  const { settings, origins, problems } = resolveSettings({ ...sources, file }, ['server', 'api', 'data']);
  // What is wrong with it is for serve to say.
  const { listen } = resolveSettings({ ...sources, flags: {}, file }, ['listen']).settings;
  return {
    settings,
    server: serverUrl({ settings: { ...settings, listen }, origins }),
    isDataGiven: origins.data.kind !== 'default',
    ...(problems.length === 0 ? {} : { problem: problems.map(formatProblem).join('\n') }),
  };
}

function refuse(message: string): ApiFailure {
  return { ok: false, exitCode: 2, isUnreached: false, message };
}

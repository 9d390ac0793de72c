import type { Command } from 'commander';
import type { z } from 'zod';
import { TOKEN_ROLES, type TokenAnswer, TokenCreateAnswer, TokenRevokeAnswer, TokensAnswer } from '../engine/token-answers.ts';
import type { ExitCode } from './exit-code.ts';
import { openApi } from './read-source.ts';
import type { ApiResult } from './read-source.types.ts';
import { addSettings, CLIENT_SETTINGS } from './setting-options.ts';
import { instantText, json, printable, table } from './text.ts';
import type { CliWorld } from './world.ts';

interface Flags extends Record<string, unknown> {
  by?: string;
  note?: string;
  json?: boolean;
}

/** `ratchet token`: who may call the API beside the password. */
export function registerToken(program: Command, world: CliWorld, end: (code: ExitCode) => void): void {
  const token = program.command('token').summary('tokens for the API: create, list, revoke').helpCommand(false);

  const create = token
    .command('create')
    .requiredOption('--name <text>', 'what it is for; the audit log names its acts "token:<text>"')
    .requiredOption('--role <role>', 'metrics: opens /metrics only; read: looks; operate: also acts')
    .option('--expires <duration>', 'after how long it ends, such as 90d; otherwise it does not')
    .summary('make a token, and print it: once')
    .description(
      'Makes a token of the API, for a program or a person: Authorization: Bearer <token>, or --api <token> for the verbs. It is printed once; the server keeps its SHA-256 only. Needs the password itself: no token makes, lists or revokes tokens.',
    );
  acts(create, 'ratchet.token-create/1')
    .addHelpText(
      'after',
      `
Examples:
  ratchet token create --name prometheus --role metrics > prometheus.token
  ratchet token create --name wallboard --role read > wallboard.token
  ratchet token create --name deploy --role operate --expires 90d

Exit codes: 0 done, 2 refused: nothing was changed, 3 server not reached.`,
    )
    .action(async (flags: Flags & { name: string; role: string; expires?: string }) => {
      const { name, role, expires, by, note } = flags;
      if (!TOKEN_ROLES.some((known) => known === role)) return refuse(2, `--role "${role}": expected ${TOKEN_ROLES.join(', ')}.`);
      const answer = await post(flags, 'tokens', { name, role, expires, by, note }, TokenCreateAnswer);
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      const { value } = answer;
      if (flags.json === true) world.stdout(json(value));
      else {
        world.stdout(`${printable(value.token)}\n`);
        const until = value.expiresAt === undefined ? '' : ` until ${instantText(value.expiresAt)}`;
        world.stderr(`${printable(`${value.name} (${value.id}), role ${value.role}${until}. It is not shown again.`)}\n`);
      }
      end(0);
    });

  const list = token
    .command('list')
    .summary('the tokens, when each was last used, and those that ended')
    .option('--json', 'print one JSON object (ratchet.tokens/1)')
    .action(async (flags: Flags) => {
      const api = openApi(world, flags);
      const answer = 'client' in api ? await api.client.get('tokens', TokensAnswer) : api;
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      world.stdout(flags.json === true ? json(answer.value) : tokensText(answer.value));
      end(0);
    });
  addSettings(list, CLIENT_SETTINGS);

  const revoke = token
    .command('revoke')
    .argument('<token>', 'its id, or the name of one that is live')
    .summary('end a token, from its next request on');
  acts(revoke, 'ratchet.token-revoke/1')
    .addHelpText('after', '\nExit codes: 0 done, 2 refused: nothing was changed, 3 server not reached.')
    .action(async (which: string, flags: Flags) => {
      const answer = await post(flags, 'tokens/revoke', { token: which, by: flags.by, note: flags.note }, TokenRevokeAnswer);
      if (!answer.ok) return refuse(answer.exitCode, answer.message);
      const { name, id } = answer.value;
      world.stdout(flags.json === true ? json(answer.value) : `${printable(`Revoked: ${name} (${id}).`)}\n`);
      end(0);
    });

  function acts(command: Command, schema: string): Command {
    command
      .option('--by <who>', 'who does it, for the audit log', world.env.USER)
      .option('--note <text>', 'why, for the audit log')
      .option('--json', `print one JSON object (${schema})`);
    return addSettings(command, CLIENT_SETTINGS);
  }

  async function post<T>(flags: Flags, path: string, body: object, schema: z.ZodType<T>): Promise<ApiResult<T>> {
    const api = openApi(world, flags);
    return 'client' in api ? api.client.post(path, body, schema) : api;
  }

  function refuse(code: ExitCode, message: string): void {
    world.stderr(`${message.split('\n').map(printable).join('\n')}\n`);
    end(code);
  }
}

function tokensText({ tokens }: TokensAnswer): string {
  if (tokens.length === 0) return 'There are no tokens. ratchet token create --name <text> --role read makes one.\n';
  const rows = tokens.map((token) => [token.id, token.name, token.role, stateText(token), lastUseText(token), token.createdBy]);
  return table([['ID', 'NAME', 'ROLE', 'STATE', 'LAST USED', 'MADE BY'], ...rows]);
}

function stateText({ state, expiresAt, revokedAt }: TokenAnswer): string {
  if (state === 'live') return expiresAt === undefined ? 'live' : `live until ${instantText(expiresAt)}`;
  const endedAt = revokedAt ?? expiresAt;
  return endedAt === undefined ? state : `${state} ${instantText(endedAt)}`;
}

function lastUseText({ lastUsedAt }: TokenAnswer): string {
  return lastUsedAt === undefined ? 'never' : instantText(lastUsedAt);
}

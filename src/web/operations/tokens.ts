import { z } from 'zod';
import type { Tokens } from '../../engine/operate/tokens.ts';
import { TOKEN_ROLES, TokenCreateAnswer, TokenRevokeAnswer, TokensAnswer } from '../../engine/token-answers.ts';
import { parseDuration } from '../../policy/duration.ts';
import { ActBy, type Operation, operation, view } from '../operation.ts';
import { refuse } from '../problem.ts';

const GROUP = 'Tokens';

/** Who may call this API. Only for the password itself: a token that made others could not be taken back by revoking it. */
export function tokensOperations(tokens: Pick<Tokens, 'create' | 'list' | 'revoke'>): Operation[] {
  return [
    view({
      id: 'listTokens',
      group: GROUP,
      path: '/tokens',
      access: 'password',
      summary: 'Tokens of this API, and those that ended.',
      answer: TokensAnswer,
      run: () => ({ schema: 'ratchet.tokens/1', tokens: tokens.list() }) satisfies TokensAnswer,
    }),
    operation({
      id: 'createToken',
      group: GROUP,
      path: '/tokens',
      access: 'password',
      summary: 'Make a token. It is told once.',
      body: ActBy.extend({
        name: z.string().min(1).max(64).describe('What it is for; in the audit log "token:<name>".'),
        role: z.enum(TOKEN_ROLES).describe('metrics opens /metrics only; read looks; operate also acts.'),
        expires: z.string().max(40).optional().describe('After how long: a duration such as 90d; absent: never.'),
      }),
      answer: TokenCreateAnswer,
      refusals: { 409: 'The name is taken, or there are 100 tokens.' },
      async run({ body: { name, role, expires }, act }) {
        const expiresInMs = expires === undefined ? undefined : parseDuration(expires);
        if (expires !== undefined && expiresInMs === undefined)
          return refuse(400, `expires is "${expires}"; expected a duration such as 90d, 12h or 1d12h. Nothing was changed.`, [
            { in: 'body', path: 'expires', message: 'no duration' },
          ]);
        const made = await tokens.create({ name, role, ...(expiresInMs === undefined ? {} : { expiresInMs }) }, act);
        if (!made.ok) return refuse(409, made.message);
        return { schema: 'ratchet.token-create/1', ...made.row, token: made.token } satisfies TokenCreateAnswer;
      },
    }),
    operation({
      id: 'revokeToken',
      group: GROUP,
      path: '/tokens/revoke',
      access: 'password',
      summary: 'End a token, from its next request on.',
      body: ActBy.extend({ token: z.string().min(1).max(64).describe('Its id, or the name of a live one.') }),
      answer: TokenRevokeAnswer,
      refusals: { 404: 'There is no such token, or it was revoked already.' },
      async run({ body: { token }, act }) {
        const done = await tokens.revoke(token, act);
        if (!done.ok) return refuse(404, done.message);
        return { schema: 'ratchet.token-revoke/1', ...done.row } satisfies TokenRevokeAnswer;
      },
    }),
  ];
}

import { z } from 'zod';

/** What the API answers about its own tokens. Instants are epoch ms. */

/** What a token opens: `metrics` /metrics and nothing else; `read` looks, `operate` also acts. */
export const TOKEN_ROLES = ['metrics', 'read', 'operate'] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];

export const TokenAnswer = z.looseObject({
  /** Eight hexadecimal digits, part of the token. */
  id: z.string(),
  name: z.string(),
  role: z.enum(TOKEN_ROLES),
  state: z.enum(['live', 'expired', 'revoked']),
  createdAt: z.int(),
  createdBy: z.string(),
  /** Absent: never. */
  expiresAt: z.int().optional(),
  revokedAt: z.int().optional(),
  revokedBy: z.string().optional(),
  /** To the hour; absent: never used. */
  lastUsedAt: z.int().optional(),
});
export type TokenAnswer = z.infer<typeof TokenAnswer>;

export const TokensAnswer = z.looseObject({
  schema: z.literal('ratchet.tokens/1'),
  /** Oldest first; of those that ended the last 100. */
  tokens: z.array(TokenAnswer),
});
export type TokensAnswer = z.infer<typeof TokensAnswer>;

export const TokenCreateAnswer = TokenAnswer.extend({
  schema: z.literal('ratchet.token-create/1'),
  /** What opens the API. Told once: only its SHA-256 is kept. */
  token: z.string(),
});
export type TokenCreateAnswer = z.infer<typeof TokenCreateAnswer>;

export const TokenRevokeAnswer = TokenAnswer.extend({ schema: z.literal('ratchet.token-revoke/1') });
export type TokenRevokeAnswer = z.infer<typeof TokenRevokeAnswer>;

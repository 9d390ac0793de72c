import type { AlertKind } from './kinds.ts';

/** Somebody who is told of alerts, by HTTP. */
export interface AlertTarget {
  /** Of the settings; in the log, in lists and in the key of an alert about it. */
  name: string;
  /** `slack`: what Slack and those that copy it take as an incoming webhook. `webhook`: the whole message, signed. */
  form: 'slack' | 'webhook';
  /** May be a secret itself: shown by its host only. */
  url: string;
  /** Signs what a webhook is sent. */
  secret?: string;
  /** Kinds it is told of; absent: all. */
  kinds?: readonly AlertKind[];
  /** What it is sent: what is told at once, the digest, or both. */
  tell: 'immediate' | 'digest' | 'both';
}

export interface AlertSettings {
  to: readonly AlertTarget[];
  digest: DigestTime;
}

export interface DigestTime {
  /** "08:00" */
  at: string;
  /** IANA name. */
  timeZone: string;
}

export const NO_ALERT_SETTINGS: AlertSettings = { to: [], digest: { at: '08:00', timeZone: 'UTC' } };

/** What may be shown of its address: "hooks.slack.com". */
export function hostOf({ url }: Pick<AlertTarget, 'url'>): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that is none';
}

/** `text`, as it came from outside, without the address and the secret of the target, in one line of at most 200 characters. */
export function withoutSecrets(text: string, { url, secret }: Pick<AlertTarget, 'url' | 'secret'>): string {
  const parts = URL.canParse(url) ? [url, new URL(url).href, `${new URL(url).pathname}${new URL(url).search}`] : [url];
  const secrets = [...parts, ...(secret === undefined ? [] : [secret])].filter((part) => part.length > 1);
  const shown = secrets.reduce((rest, part) => rest.replaceAll(part, '…'), text);
  return shown
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

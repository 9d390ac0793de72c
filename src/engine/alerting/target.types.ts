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

/** A part of an address that is shorter opens nothing, and may be a word that is said anyhow. */
const SECRET_PART_MIN = 8;

/** `text`, as it came from outside, without the address and the secret of the target, in one line of at most 200 characters. */
export function withoutSecrets(text: string, { url, secret }: Pick<AlertTarget, 'url' | 'secret'>): string {
  const secrets = [...partsOf(url), ...(secret === undefined ? [] : [secret])].filter((part) => part.length > 1);
  const shown = secrets.sort((a, b) => b.length - a.length).reduce((rest, part) => rest.replaceAll(part, '…'), text);
  return shown
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

/** What may open it: as a whole, without its host, and what stands between "/" or behind "=", as it is written and as it is meant. */
function partsOf(address: string): string[] {
  if (!URL.canParse(address)) return [address];
  const { href, pathname, search, searchParams } = new URL(address);
  const written = [
    ...pathname.split('/'),
    ...search
      .slice(1)
      .split('&')
      .map((pair) => pair.slice(pair.indexOf('=') + 1)),
  ];
  const meant = [...written.map(decodedPart), ...searchParams.values()];
  return [address, href, `${pathname}${search}`, ...[...written, ...meant].filter((part) => part.length >= SECRET_PART_MIN)];
}

function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

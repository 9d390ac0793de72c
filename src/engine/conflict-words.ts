import type { Conflict } from '../decide/conflict.types.ts';

/** What it is, in one sentence. */
export function sentenceOf({ kind, whose, version, build, local, action, days, until, keys }: Conflict): string {
  const release = [version, build && `(${build})`].filter(Boolean).join(' ');
  switch (kind) {
    case 'enforcement': {
      const when = local === undefined ? '' : ` at ${local.replace('T', ' ').replace(/:00$/, '')} device time`;
      return `A declaration of ${whose ?? 'another server'} enforces ${release || 'an update'}${when}.`;
    }
    case 'settings': {
      const deferral = days === undefined ? '' : `, with a deferral of ${days} days`;
      return `A declaration of ${whose ?? 'another server'} has software-update settings${keys ? ` for ${keys.join(', ')} too` : ''}${deferral}.`;
    }
    case 'update-command':
      return `The device answered an update command that Ratchet did not send${action ? ` (${action})` : ''}${release ? `: ${release}` : ''}.`;
    case 'deferral': {
      const by = whose === undefined ? 'A profile' : `The profile ${whose}`;
      if (until !== undefined) return `${by} hides ${release || 'an update'} from users until ${until.slice(0, 10)}.`;
      return `${by} hides updates from users${days === undefined ? '' : ` for ${days} days`}.`;
    }
    case 'profile':
      return `The profile ${whose} has settings of automatic updates.`;
  }
}

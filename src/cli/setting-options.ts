import { type Command, Option } from 'commander';
import { flagOf, SETTING_NAMES, SETTINGS, variableOf } from '../config/settings.ts';
import type { SettingName } from '../config/settings.types.ts';

/** Settings of the verbs that call the running server. */
export const CLIENT_SETTINGS: readonly SettingName[] = ['server', 'api', 'config'];
/** Settings of the verbs that may also read a data folder. */
export const READ_SETTINGS: readonly SettingName[] = [...CLIENT_SETTINGS, 'data'];
export const SERVE_SETTINGS: readonly SettingName[] = SETTING_NAMES.filter((name) => name !== 'server');

/** Gives a command the flags of these settings, and of the files their secrets may be in. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { value, doc, fallback, isSecret, group } = SETTINGS[name];
    const text = doc.replaceAll('`', '');
    const initially = fallback === undefined || value === undefined ? '' : `, default ${fallback}`;
    const flags = value === undefined ? flagOf(name) : `${flagOf(name)} ${value}`;
    command.addOption(new Option(flags, `${text} (${variableOf(name)}${initially})`).helpGroup(`${group}:`));
    if (isSecret) {
      command.addOption(
        new Option(`${flagOf(name)}-file <file>`, `File that holds it. (${variableOf(name)}_FILE)`).helpGroup(`${group}:`).hideHelp(),
      );
    }
  }
  return command;
}

export const SECRETS_HELP = `
Every secret can also be read from a file: --api-file <file>, RATCHET_API_FILE, server.apiFile.
A flag overrules the environment, that ratchet.yaml, that the default.`;

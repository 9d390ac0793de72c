import { z } from 'zod';
import type { BetaProgram, SoftwareUpdateSettings } from '../ddm/declaration.types.ts';
import { SETTINGS_KEY_NAMES, type SettingsKey } from '../os/settings-support.ts';
import type { KeyMeta } from './key-meta.ts';

/**
 * The key `settings`, at the top and in a policy: Apple's software-update settings in Apple's words, beginning small.
 * https://developer.apple.com/documentation/devicemanagement/softwareupdatesettings
 */

const ACTIONS = ['Allowed', 'AlwaysOn', 'AlwaysOff'] as const;

function flag(description: string, example: boolean) {
  return z
    .boolean()
    .meta({ description, expected: 'true or false', examples: [example] })
    .optional();
}

function days(description: string, example: number) {
  return z
    .int()
    .min(1)
    .max(90)
    .meta({ description, expected: 'a whole number of days from 1 to 90', examples: [example] })
    .optional();
}

function action(description: string) {
  return z
    .enum(ACTIONS)
    .meta({ description, expected: 'Allowed, AlwaysOn or AlwaysOff', examples: ['AlwaysOn'] })
    .optional();
}

function program(meta: KeyMeta) {
  return z
    .strictObject({
      description: z
        .string()
        .min(1)
        .max(200)
        .meta({ description: 'What the user reads.', expected: 'a short text', examples: ['iOS 27 AppleSeed'] }),
      token: z
        .string()
        .regex(/^\S{1,2048}$/)
        .meta({
          description: "Apple's token of the program for this organisation.",
          expected: 'a token without spaces, in quotes',
          examples: ['TOKEN'],
        }),
    })
    .meta({ ...meta });
}

const PROGRAM = { description: 'iOS 27 AppleSeed', token: 'TOKEN' };

export const SettingsKeyOfFile = z
  .strictObject({
    notifications: flag('false: the user is told of an enforced update only an hour before it, and by its countdown.', true),
    deferrals: z
      .strictObject({
        combined: days('iOS, iPadOS, tvOS, visionOS: days for which a release is not offered to the user.', 14),
        major: days('macOS: the same for a new major version.', 30),
        minor: days('macOS: the same within a major version.', 7),
        system: days('macOS: the same for what is not the OS (Safari, security data).', 7),
      })
      .meta({
        description: 'For how many days releases are not offered to users. What Ratchet enforces is installed all the same.',
        expected: 'combined, major, minor, system, each a number of days',
        examples: [{ major: 30, minor: 7 }],
      })
      .optional(),
    recommendedCadence: z
      .enum(['All', 'Oldest', 'Newest'])
      .meta({
        description: 'iOS, iPadOS, visionOS: which of two major versions the user is offered.',
        expected: 'All, Oldest or Newest',
        examples: ['Oldest'],
      })
      .optional(),
    automaticActions: z
      .strictObject({
        download: action('Automatic downloads (not tvOS).'),
        installOSUpdates: action('Automatic installation of OS updates, at an hour that Apple picks.'),
        installSecurityUpdate: action('Automatic installation of security data (macOS; iOS, iPadOS and visionOS from 26).'),
      })
      .meta({
        description: 'What devices do by themselves: Allowed (the user decides; the default), AlwaysOn or AlwaysOff.',
        expected: 'download, installOSUpdates, installSecurityUpdate',
        examples: [{ download: 'AlwaysOn' }],
      })
      .optional(),
    rapidSecurityResponse: z
      .strictObject({
        enable: flag('false: users are not offered background security improvements.', true),
        enableRollback: flag('false: users can not remove them.', false),
      })
      .meta({
        description: 'Background security improvements (rapid security responses), on iOS, iPadOS and macOS.',
        expected: 'enable, enableRollback',
        examples: [{ enableRollback: false }],
      })
      .optional(),
    allowStandardUserOSUpdates: flag('macOS. false: only administrators may update.', true),
    beta: z
      .strictObject({
        programEnrollment: action(
          'Beta programs: Allowed (the default), AlwaysOn (what requireProgram or offerPrograms name) or AlwaysOff.',
        ),
        offerPrograms: z
          .array(program({ description: 'A program users may join.', expected: 'description and token', examples: [PROGRAM] }))
          .min(1)
          .max(50)
          .meta({ description: 'Programs users may join.', expected: 'a list of {description, token}', examples: [[PROGRAM]] })
          .optional(),
        requireProgram: program({
          description: 'The program devices are put into; with programEnrollment: AlwaysOn.',
          expected: 'description and token',
          examples: [PROGRAM],
        }).optional(),
      })
      .meta({
        description: 'Beta programs, on iOS, iPadOS and macOS 15.4. Ratchet leaves devices on a beta alone.',
        expected: 'programEnrollment, offerPrograms, requireProgram',
        examples: [{ programEnrollment: 'AlwaysOff' }],
      })
      .optional(),
  })
  .meta({
    description:
      "Software-update settings for devices of policies that enforce (iOS 18, macOS 15, tvOS 18.4, visionOS 26). What a device's platform lacks is left out. A policy's own replace those at the top; {} means none.",
    expected:
      'keys such as notifications, deferrals, recommendedCadence, automaticActions, rapidSecurityResponse, allowStandardUserOSUpdates, beta',
    examples: [{ deferrals: { major: 30, minor: 7 } }],
  });

export type SettingsOfFile = z.infer<typeof SettingsKeyOfFile>;

/** Where each of Apple's keys stands below `settings`. */
export const SETTINGS_PATHS: Readonly<Record<SettingsKey, readonly [string, string?]>> = {
  Notifications: ['notifications'],
  'Deferrals.CombinedPeriodInDays': ['deferrals', 'combined'],
  'Deferrals.MajorPeriodInDays': ['deferrals', 'major'],
  'Deferrals.MinorPeriodInDays': ['deferrals', 'minor'],
  'Deferrals.SystemPeriodInDays': ['deferrals', 'system'],
  RecommendedCadence: ['recommendedCadence'],
  'AutomaticActions.Download': ['automaticActions', 'download'],
  'AutomaticActions.InstallOSUpdates': ['automaticActions', 'installOSUpdates'],
  'AutomaticActions.InstallSecurityUpdate': ['automaticActions', 'installSecurityUpdate'],
  'RapidSecurityResponse.Enable': ['rapidSecurityResponse', 'enable'],
  'RapidSecurityResponse.EnableRollback': ['rapidSecurityResponse', 'enableRollback'],
  AllowStandardUserOSUpdates: ['allowStandardUserOSUpdates'],
  'Beta.ProgramEnrollment': ['beta', 'programEnrollment'],
  'Beta.OfferPrograms': ['beta', 'offerPrograms'],
  'Beta.RequireProgram': ['beta', 'requireProgram'],
};

/** What the file says, in Apple's spelling; undefined when it sets nothing. */
export function toSettings(file: SettingsOfFile): SoftwareUpdateSettings | undefined {
  const settings: SoftwareUpdateSettings = {};
  for (const key of SETTINGS_KEY_NAMES) {
    const value = valueIn(file, SETTINGS_PATHS[key]);
    if (value !== undefined) setIn(settings, key, toApple(value));
  }
  return Object.keys(settings).length === 0 ? undefined : settings;
}

/** The value of a key, its dictionary before a dot. */
export function settingOf(settings: SoftwareUpdateSettings, key: SettingsKey): unknown {
  return valueIn(settings, key.split('.'));
}

/** Sets a key of a declaration, its dictionary before a dot. */
export function setIn(settings: SoftwareUpdateSettings, key: SettingsKey, value: unknown): void {
  const [head = '', inner] = key.split('.');
  const all = settings as Record<string, unknown>;
  all[head] = inner === undefined ? value : { ...(all[head] as object | undefined), [inner]: value };
}

function toApple(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toApple);
  if (typeof value !== 'object' || value === null) return value;
  const { description, token } = value as { description: string; token: string };
  return { Description: description, Token: token } satisfies BetaProgram;
}

function valueIn(value: unknown, path: readonly (string | undefined)[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (part === undefined || typeof inner !== 'object' || inner === null ? inner : (inner as Record<string, unknown>)[part]),
    value,
  );
}

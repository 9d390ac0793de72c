import { z } from 'zod';
import { isLocalDateTime, isTimeZone } from '../time/local.ts';
import { BlackoutsKey } from './calendar-keys.ts';
import { duration } from './key-meta.ts';
import { LimitsKey } from './limits-keys.ts';
import { ExceptKey, MatchKey } from './match-keys.ts';
import { WEEKDAYS } from './policy.types.ts';
import { HaltKey, RingsKey } from './ring-keys.ts';
import { SettingsKeyOfFile } from './settings-keys.ts';
import { SeverityKey } from './severity-keys.ts';
import { CapKey, EnrollmentMinimumKey, FloorKey, ImprovementsKey, TargetKey } from './target-keys.ts';

/**
 * The policies of ratchet.yaml as a person writes them. Each key says in its meta what it is
 * (`description`, shown by editors), what was `expected` there and an example; problems are worded from these.
 * What the values mean is policy-set.ts; what can only be judged across keys is policy-problems.ts.
 */

const HOUR_MS = 3_600_000;

const ModeKey = z.enum(['observe', 'silent', 'enforce']).meta({
  description:
    'observe (the default) looks and asks but hands out nothing; silent does not even ask; enforce acts. The one at the top is a ceiling for every policy.',
  expected: 'observe, silent or enforce',
  examples: ['enforce'],
});

const Due = z
  .strictObject({
    days: z
      .int()
      .min(0)
      .max(365)
      .meta({
        description: 'Days after Ratchet first saw the release (or the policy first asked for it), where severity names no others.',
        expected: 'a whole number of days from 0 to 365',
        examples: [14],
      })
      .optional(),
    at: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
      .meta({
        description: 'Time of day on the device at which the update is enforced; goes with days.',
        expected: 'a time of day from 00:00 to 23:59',
        examples: ['18:00'],
      })
      .optional(),
    weekdays: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .max(7)
      .meta({
        description: 'Weekdays on which the date may fall; it waits for the first of them. Goes with days. Default every day.',
        expected: `a list of ${WEEKDAYS.join(', ')}`,
        examples: [['tue', 'wed', 'thu']],
      })
      .optional(),
    severity: SeverityKey.optional(),
    date: z
      .string()
      .refine((text) => isLocalDateTime(withSeconds(text)))
      .meta({
        description: 'One date for all: device-local wall time, no zone.',
        expected: 'a device-local date and time, yyyy-mm-ddThh:mm',
        examples: ['2026-12-01T18:00'],
      })
      .optional(),
  })
  .meta({
    description: 'When the update is enforced: {days, at} or {date}.',
    expected: '{days: 14, at: "18:00"} or {date: "2026-12-01T18:00"}',
    examples: [{ days: 14, at: '18:00' }],
  });

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

const WindowEntry = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .max(7)
      .meta({
        description: 'Weekdays on which the window opens; without it every day.',
        expected: `a list of ${WEEKDAYS.join(', ')}`,
        examples: [['sat', 'sun']],
      })
      .optional(),
    from: TimeOfDay.meta({ description: 'When it opens.', expected: 'a time of day from 00:00 to 23:59', examples: ['01:00'] }),
    to: TimeOfDay.meta({
      description: 'When it closes; not later than from means on the next day. At least an hour and ten minutes after from.',
      expected: 'a time of day from 00:00 to 23:59',
      examples: ['05:00'],
    }),
    zone: z
      .string()
      .refine((text) => text === 'device' || isTimeZone(text))
      .meta({
        description: "device (the default): the device's own clock; or one IANA zone for all.",
        expected: 'device, or an IANA time zone such as Europe/Berlin',
        examples: ['device'],
      })
      .optional(),
  })
  .meta({
    description: 'Hours in which install commands may be sent to older systems.',
    expected: 'from and to, and perhaps days and zone',
    examples: [{ from: '01:00', to: '05:00' }],
  });

const Commands = z
  .strictObject({
    forceRestart: z
      .boolean()
      .meta({
        description: 'From the date on Macs restart at once (InstallForceRestart; macOS 11 to 26, minor updates). Unsaved work is lost.',
        expected: 'true or false',
        examples: [true],
      })
      .optional(),
    notifyOnly: z
      .boolean()
      .meta({ description: 'Before the date Macs only tell their users (NotifyOnly).', expected: 'true or false', examples: [true] })
      .optional(),
    userDeferrals: z
      .int()
      .min(1)
      .max(30)
      .meta({
        description:
          'Before the date the user of a Mac may put the installation off this often (InstallLater, macOS 12 to 26, minor updates). Apple picks the hour.',
        expected: 'a whole number from 1 to 30',
        examples: [3],
      })
      .optional(),
  })
  .meta({
    description: 'What update commands to older systems may do beyond the default.',
    expected: 'keys such as forceRestart, notifyOnly, userDeferrals',
    examples: [{ forceRestart: true }],
  });

const PolicyEntry = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\p{L}\p{N}]([\p{L}\p{N} ._-]{0,98}[\p{L}\p{N}])?$/u)
      .meta({
        description: 'Unique. Dates are kept under this name, so renaming a policy starts its clock anew.',
        expected: 'a name of letters, digits, spaces, dots and dashes, at most 100 long',
        examples: ['all-ipads'],
      }),
    match: MatchKey.optional(),
    except: ExceptKey.optional(),
    target: TargetKey,
    floor: FloorKey.optional(),
    cap: CapKey.optional(),
    improvements: ImprovementsKey.optional(),
    enrollmentMinimum: EnrollmentMinimumKey.optional(),
    due: Due,
    detailsUrl: z
      .string()
      .refine((text) => text.length <= 2048 && isHttpsUrl(text))
      .meta({
        description: 'A page the device shows its user beside the update.',
        expected: 'an https:// address',
        examples: ['https://it.example.com/updates'],
      })
      .optional(),
    mode: ModeKey.optional(),
    paused: z
      .boolean()
      .meta({ description: 'Nothing new is handed out; what devices hold stays.', expected: 'true or false', examples: [true] })
      .optional(),
    channel: z
      .enum(['auto', 'declarations', 'commands'])
      .meta({
        description:
          'auto (the default): declarations where the OS takes them, update commands on older systems. commands works up to OS 26: for kiosks in Single App Mode and servers whose -dm can not be used.',
        expected: 'auto, declarations or commands',
        examples: ['auto'],
      })
      .optional(),
    windows: z
      .array(WindowEntry)
      .min(1)
      .max(20)
      .meta({
        description:
          'When install commands may be sent. Default: every day from 01:00 to 05:00 on the device. Declarations know no window.',
        expected: 'a list of windows such as {from: "01:00", to: "05:00"}',
        examples: [[{ from: '01:00', to: '05:00' }]],
      })
      .optional(),
    blackouts: BlackoutsKey.optional(),
    rings: RingsKey.optional(),
    halt: HaltKey.optional(),
    commands: Commands.optional(),
    settings: SettingsKeyOfFile.optional(),
  })
  .meta({
    description: 'One policy. The first that matches a device decides.',
    expected: 'a policy with name, target and due',
    examples: [{ name: 'all-ipads', target: 'latest', due: { days: 14, at: '18:00' } }],
  });

export const PolicyFile = z
  .strictObject({
    mode: ModeKey.optional(),
    timeZone: z
      .string()
      .refine(isTimeZone)
      .meta({
        description: "Zone of devices that don't tell theirs (Macs before macOS 26). Required as soon as a policy enforces.",
        expected: 'an IANA time zone such as Europe/Berlin',
        examples: ['Europe/Berlin'],
      })
      .optional(),
    notice: duration(24 * HOUR_MS, {
      description: 'Least time between a device fetching a date and that date. Default 24h, which is also the least.',
      expected: 'a duration from 24h to 90d, such as 24h or 3d',
      examples: ['24h'],
    }).optional(),
    grace: z
      .strictObject({
        returning: duration(24 * HOUR_MS, {
          description: 'For a device that was silent past its date, from its return. Default 48h.',
          expected: 'a duration from 24h to 90d, such as 48h',
          examples: ['48h'],
        }).optional(),
        newEnrollment: duration(24 * HOUR_MS, {
          description: 'For a device that enrolls anew. Default 72h.',
          expected: 'a duration from 24h to 90d, such as 72h',
          examples: ['72h'],
        }).optional(),
      })
      .meta({
        description: 'Time a late or new device gets before an overdue update is enforced.',
        expected: 'returning and newEnrollment, each a duration',
        examples: [{ returning: '48h', newEnrollment: '72h' }],
      })
      .optional(),
    blackouts: BlackoutsKey.optional(),
    blackoutLead: duration(
      0,
      {
        description: 'So long before a blackout dates that are overdue are taken back. Default 24h.',
        expected: 'a duration up to 14d, such as 24h',
        examples: ['24h'],
      },
      14 * 24 * HOUR_MS,
    ).optional(),
    hardStop: duration(24 * HOUR_MS, {
      description: 'Longest that graces may put a date off, from the return. Default 7d.',
      expected: 'a duration from 24h to 90d, such as 7d',
      examples: ['7d'],
    }).optional(),
    dm: z
      .strictObject({
        adopt: z
          .boolean()
          .meta({
            description: "Take over devices that already take part in someone else's declarative management.",
            expected: 'true or false',
            examples: [true],
          })
          .optional(),
      })
      .meta({ description: 'Declarative management.', expected: 'adopt: true or false', examples: [{ adopt: true }] })
      .optional(),
    settings: SettingsKeyOfFile.optional(),
    limits: LimitsKey.optional(),
    policies: z
      .array(PolicyEntry)
      .max(500)
      .meta({
        description: 'Policies in order: the first that matches a device decides.',
        expected: 'a list of at most 500 policies, each beginning with "- name: …"',
        examples: [[{ name: 'all-ipads', target: 'latest', due: { days: 14, at: '18:00' } }]],
      })
      .optional(),
  })
  .meta({
    description: 'What Ratchet requires of which devices.',
    expected: 'keys such as mode, timeZone and policies',
    examples: [{ mode: 'observe' }],
  });

export type PolicyFile = z.infer<typeof PolicyFile>;

/** "2026-12-01T18:00" with its seconds; anything else as it is. */
export function withSeconds(text: string): string {
  return /T\d{2}:\d{2}$/.test(text) ? `${text}:00` : text;
}

function isHttpsUrl(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:' && !/\s/.test(text);
}

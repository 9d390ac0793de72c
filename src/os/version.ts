/** OS versions: parsing, order and ranges. Apple compares number by number, missing parts are 0. */

/** A version as text, "26.6.1" or "26.3.1 (a)". */
export type VersionText = string;

export interface OsVersion {
  /** Numeric parts without trailing zeros beyond the first two: 26.1 and 26.1.0 are equal. */
  major: number;
  minor: number;
  patch: number;
  /** Bare letter of a rapid security response / background improvement: "" or "a". */
  extra: string;
}

/** Half-open or closed ranges as in ">=17 <27"; every comparison must hold. */
export interface VersionRange {
  text: string;
  comparisons: { operator: '>=' | '>' | '<=' | '<' | '='; version: OsVersion }[];
}

/**
 * Reads "26.6.1", "16.5.1 (c)", "26.3.1(a)"; an `extra` given apart ("(a)" or "a") wins.
 * Undefined when it is not a version (a space, a build, free text): devices send such things.
 */
export function parseVersion(text: string | undefined, extra?: string): OsVersion | undefined {
  const match = /^\s*(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?(?:\.\d{1,4})*\s*(?:\(?([A-Za-z])\)?)?\s*$/.exec(text ?? '');
  if (!match) return undefined;
  const apart = /^\s*\(?([A-Za-z])\)?\s*$/.exec(extra ?? '')?.[1];
  return {
    major: Number(match[1]),
    minor: Number(match[2] ?? 0),
    patch: Number(match[3] ?? 0),
    extra: (apart ?? match[4] ?? '').toLowerCase(),
  };
}

/** Negative, zero or positive; no extra < (a) < (b). A total order. */
export function compareVersions(a: OsVersion, b: OsVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch || (a.extra < b.extra ? -1 : a.extra > b.extra ? 1 : 0);
}

/** "26.6.1", "26.6", "26.3.1 (a)": Apple's way, without a zero patch. */
export function formatVersion(v: OsVersion): VersionText {
  const base = v.patch === 0 ? `${v.major}.${v.minor}` : `${v.major}.${v.minor}.${v.patch}`;
  return v.extra === '' ? base : `${base} (${v.extra})`;
}

/**
 * Reads ">=17 <27", "26", "26.1". Every bound means the parts given: "26" and "=26" are any 26.x, "<=26" includes
 * 26.6, ">26" begins at 27. Undefined when unreadable.
 */
export function parseVersionRange(text: string): VersionRange | undefined {
  const words = text.trim().split(/\s+/);
  const comparisons: VersionRange['comparisons'] = [];
  for (const word of words) {
    const match = /^(>=|<=|>|<|=)?(\d+(?:\.\d+){0,2})$/.exec(word);
    if (!match) return undefined;
    const version = parseVersion(match[2]);
    if (!version) return undefined;
    const parts = (match[2] as string).split('.').length;
    // A bound covers every version on the parts given: 26.4 is "<=26", and 26.6.1 (a) is "<=26.6.1".
    const next = {
      ...version,
      major: version.major + (parts === 1 ? 1 : 0),
      minor: version.minor + (parts === 2 ? 1 : 0),
      patch: version.patch + (parts === 3 ? 1 : 0),
    };
    switch (match[1]) {
      case '>=':
      case '<':
        comparisons.push({ operator: match[1], version });
        break;
      case '>':
        comparisons.push({ operator: '>=', version: next });
        break;
      case '<=':
        comparisons.push({ operator: '<', version: next });
        break;
      default:
        comparisons.push({ operator: '>=', version }, { operator: '<', version: next });
    }
  }
  return comparisons.length === 0 ? undefined : { text: text.trim(), comparisons };
}

export function isInRange(version: OsVersion, range: VersionRange): boolean {
  return range.comparisons.every(({ operator, version: bound }) => {
    const order = compareVersions(version, bound);
    if (operator === '=') return order === 0;
    if (operator.startsWith('>')) return order > 0 || (order === 0 && operator === '>=');
    return order < 0 || (order === 0 && operator === '<=');
  });
}

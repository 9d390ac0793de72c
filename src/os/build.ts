/** Build numbers: what a "23G83", "23G6083" or "23D771330a" says, and in which order they stand. */

/** Darwin train, letter, number, and a letter that marks a beta or a supplemental build. */
const BUILD = /^(\d{1,3})([A-Z])(\d{1,7})([a-z]?)$/;

/** Rapid security responses and background security improvements: "22E772610a", "20F770750b". Observed, not documented. */
const SUPPLEMENTAL = /^\d{1,3}[A-Z]7\d{5}[a-z]$/;

/**
 * True when the build is Apple's beta of an OS: it ends in a lower-case letter ("22A5321d"), is not shaped like a
 * supplemental build, and the lookup service doesn't know it. Release candidates carry no letter and can't be told.
 * Text that is not a build is no beta.
 */
export function isBetaBuild(build: string | undefined, knownBuilds: ReadonlySet<string> | ((build: string) => boolean)): boolean {
  const match = BUILD.exec(build ?? '');
  if (build === undefined || !match?.[4] || SUPPLEMENTAL.test(build)) return false;
  return !(typeof knownBuilds === 'function' ? knownBuilds(build) : knownBuilds.has(build));
}

/** Orders builds of one release: train, letter, number, suffix; unreadable ones last, as text. 23G83 comes before 23G6083. */
export function compareBuilds(a: string, b: string): number {
  const left = BUILD.exec(a);
  const right = BUILD.exec(b);
  if (!left || !right) return left ? -1 : right ? 1 : compareText(a, b);
  return (
    Number(left[1]) - Number(right[1]) ||
    compareText(left[2] as string, right[2] as string) ||
    Number(left[3]) - Number(right[3]) ||
    compareText(left[4] as string, right[4] as string) ||
    compareText(a, b)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

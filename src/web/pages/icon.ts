/** The sign of the pages in tabs and bookmarks: a ratchet wheel, which turns one way only. */
export const ICON_PATH = '/assets/ratchet.svg';

const TEETH = 8;
const CENTRE = 32;
const TIP = 24;
const ROOT = 16.5;

/** Every tooth has a slope that lets the pawl glide, and a face that stops it. */
function wheel(): string {
  const points = Array.from({ length: TEETH }, (_, tooth) => (2 * Math.PI * tooth) / TEETH).flatMap((angle) => [
    at(ROOT, angle),
    at(TIP, angle),
  ]);
  return `M${points.join('L')}Z`;
}

function at(radius: number, angle: number): string {
  return `${(CENTRE + radius * Math.sin(angle)).toFixed(1)} ${(CENTRE - radius * Math.cos(angle)).toFixed(1)}`;
}

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#1d3a5f"/><path fill="#fff" d="${wheel()}"/><circle cx="32" cy="32" r="7" fill="#1d3a5f"/></svg>`;

/**
 * Times as the page has them: whole microseconds since the session's start. Knows no clock.
 */

const UNITS = /** @type {const} */ ([["d", 86_400e6], ["h", 3_600e6], ["m", 60e6], ["s", 1e6], ["ms", 1e3], ["µs", 1]]);

/** Return an RFC 3339 instant as microseconds since 1970. @param {string} text */
export function parseInstant(text) {
  const fraction = (/\.(\d+)/.exec(text)?.[1] ?? "").padEnd(6, "0").slice(0, 6);
  return Math.floor(Date.parse(text) / 1000) * 1e6 + Number(fraction);
}

/** Return the RFC 3339 instant, with microseconds, that lies so many microseconds after a start. @param {string} start @param {number} us */
export function instantAfter(start, us) {
  const total = parseInstant(start) + Math.round(us);
  const seconds = new Date(Math.floor(total / 1e6) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(total % 1e6).padStart(6, "0")}Z`;
}

/** Return a duration with its two largest units: `1h 5m`, `26s`, `2.5s`. @param {number} us @returns {string} */
export function duration(us) {
  if (us < 0) return `-${duration(-us)}`;
  if (us < 1) return "0s";
  if (us < 60e6 && us >= 1e6) return `${Math.round(us / 1e4) / 100}s`;
  const at = UNITS.findIndex(([, size]) => us >= size);
  const [unit, size] = UNITS[at];
  const whole = Math.floor(us / size);
  const [next, nextSize] = UNITS[at + 1] ?? ["", 1];
  const rest = size > 1e6 ? Math.floor((us - whole * size) / nextSize) : 0;
  return rest > 0 ? `${whole}${unit} ${rest}${next}` : `${whole}${unit}`;
}

/** Return a time since the session's start, as all screens show it. @param {number} us */
export const since = (us) => `+${duration(us)}`;

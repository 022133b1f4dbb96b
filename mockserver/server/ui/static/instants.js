/** Times as the page has them: whole microseconds since the session's start. Knows no clock. */

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

/** Return a duration as the commands print it: `1h5m`, `26s`, `2.5s`, `250ms`. @param {number} us @returns {string} */
export function duration(us) {
  if (us < 0) return `-${duration(-us)}`;
  const whole = Math.round(us);
  const counts = [[86_400e6, "d"], [3_600e6, "h"], [60e6, "m"]].map(([size, unit], index, units) => {
    const rest = index === 0 ? whole : whole % Number(units[index - 1][0]);
    return rest >= Number(size) ? `${Math.floor(rest / Number(size))}${unit}` : "";
  }).join("");
  const rest = whole % 60e6;
  if (rest === 0) return counts || "0s";
  if (rest < 1e6 && rest % 1e3 === 0) return `${counts}${rest / 1e3}ms`;
  return `${counts}${(rest / 1e6).toFixed(6).replace(/\.?0+$/, "")}s`;
}

/** Return a time since the session's start, as all screens show it: with hundredths of seconds at most. @param {number} us */
export const since = (us) => `+${duration(us < 1e6 ? us : us - (us % 1e4))}`;

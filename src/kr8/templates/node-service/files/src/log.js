// One JSON object a line: what reads the log needs no rules of its own.

export function log(level, message, more = {}) {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...more })}\n`);
}

// The service: a table of what is answered to whom.

export const VERSION = process.env.KR8_VERSION ?? "unknown";
export const BODY_LIMIT = 1 << 20;

const JSON_TYPE = "application/json";
const TEXT = "text/plain; charset=utf-8";

export class TooLargeError extends Error {}

// path -> method -> (request, metrics) -> { status, type, body }
const ROUTES = {
  "/": { GET: greet, HEAD: greet, POST: echo },
  "/healthz": { GET: health, HEAD: health },
  "/metrics": { GET: measures },
};

export async function answer(request, metrics) {
  const path = new URL(request.url, "http://localhost").pathname;
  const methods = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (methods === undefined) return { status: 404, type: TEXT, body: "not found\n" };
  if (!Object.hasOwn(methods, request.method)) {
    return { status: 405, type: TEXT, body: "method not allowed\n", headers: { Allow: Object.keys(methods).join(", ") } };
  }
  return methods[request.method](request, metrics);
}

async function greet() {
  return { status: 200, type: JSON_TYPE, body: `${JSON.stringify({ service: "web", version: VERSION })}\n` };
}

async function echo(request) {
  const type = request.headers["content-type"] ?? "application/octet-stream";
  return { status: 200, type, body: await read(request, BODY_LIMIT) };
}

async function health() {
  return { status: 200, type: TEXT, body: "ok\n" };
}

async function measures(_request, metrics) {
  return { status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: metrics.text(VERSION) };
}

function read(request, limit) {
  // Not `for await`: leaving it early would end the connection before the refusal is sent.
  return new Promise((resolve, reject) => {
    const parts = [];
    let size = 0;
    request.on("data", (part) => {
      size += part.length;
      if (size <= limit) parts.push(part);
      else reject(new TooLargeError());
    });
    request.once("end", () => resolve(Buffer.concat(parts)));
    request.once("error", reject);
  });
}

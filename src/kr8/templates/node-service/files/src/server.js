// Serves the application, and stops gently: what was asked before SIGTERM is answered.

import { createServer } from "node:http";

import { answer, TooLargeError, VERSION } from "./app.js";
import { log } from "./log.js";
import { Metrics } from "./metrics.js";

const DRAIN_MS = 8_000;

export function makeServer() {
  const metrics = new Metrics();
  const server = createServer(async (request, response) => {
    const begun = performance.now();
    response.on("finish", () => metrics.count(request.method, response.statusCode, (performance.now() - begun) / 1000));
    try {
      send(response, await answer(request, metrics), server.listening);
    } catch (error) {
      if (response.destroyed) return; // the client went away
      send(response, refusal(error), false);
    }
  });
  server.keepAliveTimeout = 75_000;
  server.requestTimeout = 60_000;
  return server;
}

export function serve(port, host) {
  const server = makeServer();
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => stop(server, signal));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      log("info", "listening", { host, port: server.address().port, version: VERSION });
      resolve(server);
    });
  });
}

function stop(server, signal) {
  log("info", "stopping", { signal });
  server.close(() => log("info", "stopped"));
  setTimeout(() => {
    log("warning", "requests were still open and are cut off");
    server.closeAllConnections();
  }, DRAIN_MS).unref();
}

function send(response, { status, type, body, headers = {} }, keep) {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "X-App-Version": VERSION,
    // Once the server stops, a connection that stayed open would hold it up.
    ...(keep ? {} : { Connection: "close" }),
    ...headers,
  });
  response.end(body);
}

function refusal(error) {
  if (error instanceof TooLargeError) {
    return { status: 413, type: "text/plain; charset=utf-8", body: "the body is too large\n" };
  }
  log("error", "a request failed", { error: error?.stack ?? String(error) });
  return { status: 500, type: "text/plain; charset=utf-8", body: "internal error\n" };
}

// Each request and what is answered to it, over a real connection to this machine.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";

import { BODY_LIMIT, VERSION } from "../src/app.js";
import { makeServer } from "../src/server.js";

const server = makeServer();
let base;

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

test("every answer names the version", async () => {
  for (const path of ["/", "/healthz", "/metrics", "/nowhere"]) {
    const response = await fetch(base + path);
    await response.text();
    assert.equal(response.headers.get("x-app-version"), VERSION, path);
  }
});

test("a posted body comes back", async () => {
  const response = await fetch(base, { method: "POST", body: "\0hello", headers: { "Content-Type": "a/b" } });
  assert.equal(response.headers.get("content-type"), "a/b");
  assert.equal(await response.text(), "\0hello");
});

test("a body that is too large is refused", async () => {
  const response = await fetch(base, { method: "POST", body: "x".repeat(BODY_LIMIT + 1) });
  assert.equal(response.status, 413);
});

test("it is healthy", async () => {
  const response = await fetch(`${base}/healthz`);
  assert.deepEqual([response.status, await response.text()], [200, "ok\n"]);
});

test("requests are counted, by methods that there are", async () => {
  await (await fetch(base)).text();
  await (await fetch(base, { method: "PROPFIND" })).text();
  const text = await (await fetch(`${base}/metrics`)).text();
  assert.match(text, /^app_requests_total\{method="GET",status="200"\} [1-9]/m);
  assert.match(text, /^app_requests_total\{method="other",status="405"\} 1$/m);
});

test("other paths and methods are refused", async () => {
  assert.equal((await fetch(`${base}/constructor`)).status, 404);
  const response = await fetch(base, { method: "DELETE" });
  assert.deepEqual([response.status, response.headers.get("allow")], [405, "GET, HEAD, POST"]);
});

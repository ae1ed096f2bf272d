// Run the service: node src/main.js PORT. HOST is the address it listens at, by default this machine alone.

import { log } from "./log.js";
import { serve } from "./server.js";

const port = Number(process.argv[2] ?? process.env.PORT);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  log("error", "PORT must be a port between 0 and 65535", { given: process.argv[2] ?? process.env.PORT ?? null });
  process.exit(2);
}
await serve(port, process.env.HOST ?? "127.0.0.1");

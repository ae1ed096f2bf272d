// Counts requests and their times, and writes them down as Prometheus reads them.

const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export class Metrics {
  #requests = new Map();
  #buckets = new Array(BOUNDS.length + 1).fill(0);
  #seconds = 0;

  count(method, status, seconds) {
    // A method that anybody may invent is no label.
    const labels = `method="${METHODS.has(method) ? method : "other"}",status="${status}"`;
    this.#requests.set(labels, (this.#requests.get(labels) ?? 0) + 1);
    const bucket = BOUNDS.findIndex((bound) => seconds <= bound);
    this.#buckets[bucket === -1 ? BOUNDS.length : bucket] += 1;
    this.#seconds += seconds;
  }

  text(version) {
    const lines = ["# TYPE app_info gauge", `app_info{version="${escaped(version)}"} 1`, "# TYPE app_requests counter"];
    for (const [labels, number] of [...this.#requests].sort()) lines.push(`app_requests_total{${labels}} ${number}`);
    lines.push("# TYPE app_request_seconds histogram");
    let total = 0;
    [...BOUNDS, "+Inf"].forEach((bound, index) => {
      total += this.#buckets[index];
      lines.push(`app_request_seconds_bucket{le="${bound}"} ${total}`);
    });
    lines.push(`app_request_seconds_sum ${this.#seconds.toFixed(6)}`, `app_request_seconds_count ${total}`);
    return `${lines.join("\n")}\n`;
  }
}

function escaped(value) {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

-- What every run prints at its end: one line of JSON.

function done(summary, latency)
   local errors = summary.errors
   print(string.format(
      '{"requests": %d, "seconds": %.3f, "refused": %d, "broken": %d, "timeouts": %d, "p95": %.3f}',
      summary.requests,
      summary.duration / 1e6,
      errors.status,
      errors.connect + errors.read + errors.write,
      errors.timeout,
      latency:percentile(95) / 1e3
   ))
end

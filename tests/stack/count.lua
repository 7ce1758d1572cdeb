-- Counts the answers by their status; one line of JSON at the end.

local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function init()
   good, shed, other, late = 0, 0, 0, 0
end

function request()
   return wrk.format("GET", string.format("/api/posts?limit=%d", math.random(1, 100)))
end

-- Names are in the case in which the balancer sends them.
function field(headers, wanted)
   for name, value in pairs(headers) do
      if name:lower() == wanted then
         return value
      end
   end
end

function is_shed(status, headers)
   return status == 503 and field(headers, "retry-after")
      and field(headers, "content-type") == "application/problem+json"
end

function response(status, headers)
   if status == 200 then
      good = good + 1
   elseif is_shed(status, headers) then
      shed = shed + 1
   else
      other = other + 1
   end
end

function done(summary, latency)
   local sum = { good = 0, shed = 0, other = 0 }
   for _, thread in ipairs(threads) do
      for name in pairs(sum) do
         sum[name] = sum[name] + thread:get(name)
      end
   end
   local errors = summary.errors
   print(string.format(
      '{"good": %d, "shed": %d, "other": %d, "broken": %d, "seconds": %.3f}',
      sum.good, sum.shed, sum.other,
      errors.connect + errors.read + errors.write + errors.timeout,
      summary.duration / 1e6
   ))
end

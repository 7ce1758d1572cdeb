-- Orders one report after the other. A client that is refused comes back after a pause: what is
-- to be full is the process pool, not the door.

require("result")

local PAUSE = 50 -- milliseconds

wrk.method = "POST"
wrk.body = '{"rounds": 300000}'
wrk.headers["Content-Type"] = "application/json"

local wait = 0

function delay()
   return wait
end

function response(status)
   wait = status == 503 and PAUSE or 0
end

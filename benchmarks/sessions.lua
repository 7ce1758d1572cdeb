-- Asks for the path of the URL with the cookies in a file (the first argument), one after the other:
-- more of them than there are connections, so that no two requests have the same.

require("result")

local requests = {}
local position = 0

function init(args)
   for cookie in io.lines(args[1]) do
      requests[#requests + 1] = wrk.format("GET", nil, {Cookie = cookie})
   end
end

function request()
   position = position % #requests + 1
   return requests[position]
end

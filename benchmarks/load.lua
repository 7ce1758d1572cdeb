-- Asks for the paths in a file (its name is the first argument), one after the other; without a
-- file, for the path of the URL.

require("result")

local paths = {}
local position = 0

function init(args)
   if args[1] then
      for path in io.lines(args[1]) do
         paths[#paths + 1] = wrk.format("GET", path)
      end
   else
      paths[1] = wrk.format("GET")
   end
end

function request()
   position = position % #paths + 1
   return paths[position]
end

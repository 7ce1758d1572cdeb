"""Lua scripts that the sessions' server runs. Each concerns one key, as a cluster demands."""

# Sets a key to ARGV[2] if it holds ARGV[1]; the options of SET follow. Returns what it holds then.
# A command that the client repeats, for want of an answer, finds what it has written itself.
REPLACE = """
local held = redis.call('GET', KEYS[1])
if held == ARGV[1] then
  redis.call('SET', KEYS[1], unpack(ARGV, 2))
  return ARGV[2]
end
return held
"""

-- A message went out through a relay: if that was to find out whether it is well again, it is.
-- KEYS: relay:NAME
-- ARGV: now, in milliseconds
-- Reply: 1 if it is up now and wasn't before, else 0
local found = redis.call('HMGET', KEYS[1], 'state', 'since', 'until')
if not found[1] or found[1] == 'paused' then return 0 end
-- What is from the future was written by a clock that has been put back.
local now = tonumber(ARGV[1])
if tonumber(found[2]) <= now and tonumber(found[3]) > now then return 0 end
redis.call('HDEL', KEYS[1], 'state', 'why', 'since', 'until', 'probe', 'times')
return 1

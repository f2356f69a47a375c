-- Leave a relay alone for a time that grows with each failure in a row; a failure told twice counts once.
-- KEYS: relay:NAME
-- ARGV: now, state to be in (down or held), why, then how long the first time, the second, … (all in milliseconds)
-- Reply: its state after it
local found = redis.call('HMGET', KEYS[1], 'state', 'since', 'until')
if found[1] == 'paused' then return found[1] end
local now, sane = tonumber(ARGV[1]), found[2] and tonumber(found[2]) <= tonumber(ARGV[1])
if sane and tonumber(found[3]) > now and (found[1] == 'held' or found[1] == ARGV[2]) then return found[1] end
local times = redis.call('HINCRBY', KEYS[1], 'times', 1)
local pause = ARGV[3 + math.min(times, #ARGV - 3)]
redis.call('HSET', KEYS[1], 'state', ARGV[2], 'why', ARGV[3], 'since', now, 'until', now + pause)
redis.call('HDEL', KEYS[1], 'probe')
return ARGV[2]

-- Take a post out of every feed and every digest still to come. Its id stays its own.
-- KEYS: post, files, vanished, by-url, dirty, posts:seq,
--       then pending:CADENCE for each cadence,
--       then the same group of keys for the site and for each category:
--       log:FEED, changed:FEED, pending:CADENCE:FEED for each cadence
-- ARGV: id, source, url, number of cadences, the cadences' names, the categories' names
-- Reply: 1 if it was in a feed, else 0
local id, cadences = ARGV[1], tonumber(ARGV[4])
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('SREM', KEYS[3], id)
if redis.call('HGET', KEYS[4], ARGV[3]) == id then redis.call('HDEL', KEYS[4], ARGV[3]) end
local sequence, was = redis.call('INCR', KEYS[6]), 0
for c = 0, #ARGV - 4 - cadences do
  local name = c == 0 and '' or ARGV[4 + cadences + c]
  local first = 6 + cadences + c * (cadences + 2) + 1
  local before = redis.call('ZSCORE', KEYS[first], id)
  if before then
    redis.call('ZREM', KEYS[first], id)
    redis.call('ZADD', KEYS[first + 1], before, id)
    redis.call('ZADD', KEYS[5], sequence, name)
    was = 1
  end
  for d = 1, c == 0 and 0 or cadences do
    local pending = KEYS[first + 1 + d]
    if redis.call('ZREM', pending, id) == 1 then
      -- It was never mailed there: should it come back, it is new.
      redis.call('HSET', KEYS[1], 'in:' .. ARGV[4 + d] .. ':' .. name, 'left')
      if redis.call('EXISTS', pending) == 0 then redis.call('SREM', KEYS[6 + d], name) end
    end
  end
end
return was

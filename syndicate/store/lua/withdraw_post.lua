-- Take a post out of every feed and every digest still to come. Its id stays its own.
-- KEYS: post, files, vanished, by-url, by-date, dirty, posts:seq,
--       then pending:CADENCE for each cadence,
--       then for each category: category:NAME, pending:CADENCE:NAME for each cadence
-- ARGV: id, source, url, number of cadences, the cadences' names, the categories' names
-- Reply: 1 if it was in a feed, else 0
local id, cadences = ARGV[1], tonumber(ARGV[4])
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('SREM', KEYS[3], id)
if redis.call('HGET', KEYS[4], ARGV[3]) == id then redis.call('HDEL', KEYS[4], ARGV[3]) end
local was = redis.call('ZREM', KEYS[5], id)
local sequence = redis.call('INCR', KEYS[7])
redis.call('ZADD', KEYS[6], sequence, '')
for c = 1, #ARGV - 4 - cadences do
  local name = ARGV[4 + cadences + c]
  local first = 7 + cadences + (c - 1) * (cadences + 1) + 1
  redis.call('ZREM', KEYS[first], id)
  redis.call('ZADD', KEYS[6], sequence, name)
  for d = 1, cadences do
    local pending = KEYS[first + d]
    if redis.call('ZREM', pending, id) == 1 then
      -- It was never mailed there: should it come back, it is new.
      redis.call('HDEL', KEYS[1], 'in:' .. ARGV[4 + d] .. ':' .. name)
      if redis.call('EXISTS', pending) == 0 then redis.call('SREM', KEYS[7 + d], name) end
    end
  end
end
return was

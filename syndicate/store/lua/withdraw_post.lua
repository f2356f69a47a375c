-- Take a post out of every feed and every digest still to come. Its id stays its own.
-- KEYS: post, files, vanished, by-url, dirty, posts:seq,
--       then pending:CADENCE for each cadence,
--       then log:FEED and changed:FEED for each feed,
--       then pending:CADENCE:CATEGORY for each category and each of its cadences
-- ARGV: id, source, url, number of cadences, of categories, then the cadences' names, then the
--       feeds': categories first
-- Reply: 1 if it was in a feed, else 0
local id, cadences, categories = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5])
local feeds = #ARGV - 5 - cadences
redis.call('HDEL', KEYS[2], ARGV[2])
redis.call('SREM', KEYS[3], id)
if redis.call('HGET', KEYS[4], ARGV[3]) == id then redis.call('HDEL', KEYS[4], ARGV[3]) end
local sequence, was = redis.call('INCR', KEYS[6]), 0
for f = 1, feeds do
  local name = ARGV[5 + cadences + f]
  local log, changed = KEYS[5 + cadences + 2 * f], KEYS[6 + cadences + 2 * f]
  local before = redis.call('ZSCORE', log, id)
  if before then
    redis.call('ZREM', log, id)
    redis.call('ZADD', changed, before, id)
    redis.call('ZADD', KEYS[5], sequence, name)
    was = 1
  end
  for d = 1, f <= categories and cadences or 0 do
    local pending = KEYS[6 + cadences + 2 * feeds + (f - 1) * cadences + d]
    if redis.call('ZREM', pending, id) == 1 then
      -- It was never mailed there: should it come back, it is new.
      redis.call('HSET', KEYS[1], 'in:' .. ARGV[5 + d] .. ':' .. name, 'left')
      if redis.call('EXISTS', pending) == 0 then redis.call('SREM', KEYS[6 + d], name) end
    end
  end
end
return was

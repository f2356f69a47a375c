-- Take in a post, new or rewritten: its record, its feeds, and the digests it is new to.
-- KEYS: post, sources, files, vanished, by-url, dirty, posts:seq,
--       then pending:CADENCE for each cadence,
--       then the same group of keys for the site, for each category, and for each category it left:
--       log:FEED, changed:FEED, pending:CADENCE:FEED for each cadence
-- ARGV: id, source, fingerprint, url, post (JSON), hash,
--       announce (1, or 0 for an archive that nobody is mailed), number of cadences, of categories,
--       of categories left, then the cadences' names, the categories' names, the left ones' names
-- Reply: 1 if a feed has to be rebuilt, else 0
local id, announce = ARGV[1], ARGV[7] == '1'
local cadences, entered, left = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

local old = redis.call('HMGET', KEYS[1], 'url', 'hash')
if old[1] and old[1] ~= ARGV[4] and redis.call('HGET', KEYS[5], old[1]) == id then
  redis.call('HDEL', KEYS[5], old[1])
end
redis.call('HSET', KEYS[1], 'source', ARGV[2], 'url', ARGV[4], 'hash', ARGV[6], 'post', ARGV[5])
redis.call('HSET', KEYS[2], ARGV[2], id)
redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
redis.call('SREM', KEYS[4], id)
redis.call('HSET', KEYS[5], ARGV[4], id)

local sequence = redis.call('INCR', KEYS[7])
local corrected, stale = old[2] and old[2] ~= ARGV[6], not old[2]
-- Group 0 is the site, whose feed no digest stands behind.
for c = 0, entered + left do
  local name = c == 0 and '' or ARGV[10 + cadences + c]
  local first = 7 + cadences + c * (cadences + 2) + 1
  local log, changed = KEYS[first], KEYS[first + 1]
  local before = redis.call('ZSCORE', log, id)
  local entering = c <= entered and not before
  if entering then
    redis.call('ZADD', log, sequence, id)
  elseif before and (corrected or c > entered) then
    redis.call('ZADD', changed, before, id)
    if c > entered then redis.call('ZREM', log, id) end
  end
  stale = stale or entering or (before and (corrected or c > entered))
  for d = 1, c == 0 and 0 or cadences do
    local pending, waiting = KEYS[first + 1 + d], KEYS[7 + d]
    local mark = 'in:' .. ARGV[10 + d] .. ':' .. name
    if c <= entered then
      local had = redis.call('HGET', KEYS[1], mark)
      if not had or had == 'left' then
        redis.call('HSET', KEYS[1], mark, '1')
        if entering and announce then
          redis.call('ZADD', pending, sequence, id)
          redis.call('SADD', waiting, name)
        end
      end
    elseif redis.call('ZREM', pending, id) == 1 then
      -- It was never mailed there: should it come back, it is new.
      redis.call('HSET', KEYS[1], mark, 'left')
      if redis.call('EXISTS', pending) == 0 then redis.call('SREM', waiting, name) end
    end
  end
end

if not stale then return 0 end
redis.call('ZADD', KEYS[6], sequence, '')
for c = 1, entered + left do
  redis.call('ZADD', KEYS[6], sequence, ARGV[10 + cadences + c])
end
return 1

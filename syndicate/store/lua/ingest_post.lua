-- Take in a post, new or rewritten: its record, its feeds, and the digests it is new to.
-- KEYS: post, sources, files, vanished, by-url, dirty, posts:seq,
--       then pending:CADENCE for each cadence,
--       then log:FEED and changed:FEED for each feed,
--       then pending:CADENCE:CATEGORY for each category and each of its cadences
-- ARGV: id, source, fingerprint, url, post, hash,
--       announce (1, or 0 for an archive that nobody is mailed), now (seconds), number of cadences,
--       of categories it is in, of categories it left, of other feeds it is in, then the cadences'
--       names, then the feeds': categories it is in, categories it left, other feeds it is in,
--       other feeds it left
-- Reply: 1 if a feed has to be rebuilt, else 0
local id, announce, cadences = ARGV[1], ARGV[7] == '1', tonumber(ARGV[9])
local entered, categories = tonumber(ARGV[10]), tonumber(ARGV[10]) + tonumber(ARGV[11])
local others = categories + tonumber(ARGV[12])
local feeds = #ARGV - 12 - cadences

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
local corrected, stale = old[2] and old[2] ~= ARGV[6], 0
for f = 1, feeds do
  local name = ARGV[12 + cadences + f]
  local log, changed = KEYS[6 + cadences + 2 * f], KEYS[7 + cadences + 2 * f]
  local before = redis.call('ZSCORE', log, id)
  local is_in = f <= entered or (f > categories and f <= others)
  local entering, leaving = is_in and not before, before and not is_in
  if entering then redis.call('ZADD', log, sequence, id) end
  if leaving then redis.call('ZREM', log, id) end
  if leaving or (before and corrected) then redis.call('ZADD', changed, before, id) end
  if entering or leaving or (before and corrected) then
    redis.call('ZADD', KEYS[6], sequence, name)
    stale = 1
  end
  for d = 1, f <= categories and cadences or 0 do
    local pending = KEYS[7 + cadences + 2 * feeds + (f - 1) * cadences + d]
    local waiting = KEYS[7 + d]
    local mark = 'in:' .. ARGV[12 + d] .. ':' .. name
    if is_in then
      local had = redis.call('HGET', KEYS[1], mark)
      if not had or had == 'left' then
        redis.call('HSET', KEYS[1], mark, ARGV[8])
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
return stale

-- Take in a post, new or rewritten: its record, its feeds, and the digests it is new to.
-- KEYS: post, sources, files, vanished, by-url, by-date, dirty, posts:seq,
--       then pending:CADENCE for each cadence,
--       then for each category, and after those for each category the post left:
--       category:NAME, pending:CADENCE:NAME for each cadence
-- ARGV: id, source, fingerprint, url, score (publication in seconds), post (JSON), hash,
--       announce (1, or 0 for an archive that nobody is mailed), number of cadences, of categories,
--       of categories left, then the cadences' names, the categories' names, the left ones' names
-- Reply: 1 if a feed has to be rebuilt, else 0
local id, announce = ARGV[1], ARGV[8] == '1'
local cadences, entered, left = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])

local old = redis.call('HMGET', KEYS[1], 'url', 'hash')
if old[1] and old[1] ~= ARGV[4] and redis.call('HGET', KEYS[5], old[1]) == id then
  redis.call('HDEL', KEYS[5], old[1])
end
redis.call('HSET', KEYS[1], 'source', ARGV[2], 'url', ARGV[4], 'hash', ARGV[7], 'post', ARGV[6])
redis.call('HSET', KEYS[2], ARGV[2], id)
redis.call('HSET', KEYS[3], ARGV[2], ARGV[3])
redis.call('SREM', KEYS[4], id)
redis.call('HSET', KEYS[5], ARGV[4], id)
local stale = old[2] ~= ARGV[7]
stale = redis.call('ZADD', KEYS[6], ARGV[5], id) == 1 or stale

local sequence = redis.call('INCR', KEYS[8])
for c = 1, entered + left do
  local name = ARGV[11 + cadences + c]
  local first = 8 + cadences + (c - 1) * (cadences + 1) + 1
  local entering = false
  if c <= entered then
    entering = redis.call('ZADD', KEYS[first], ARGV[5], id) == 1
    stale = stale or entering
  else
    stale = redis.call('ZREM', KEYS[first], id) == 1 or stale
  end
  for d = 1, cadences do
    local pending, waiting = KEYS[first + d], KEYS[8 + d]
    local mark = 'in:' .. ARGV[11 + d] .. ':' .. name
    if c <= entered then
      if redis.call('HSETNX', KEYS[1], mark, '1') == 1 and entering and announce then
        redis.call('ZADD', pending, sequence, id)
        redis.call('SADD', waiting, name)
      end
    elseif redis.call('ZREM', pending, id) == 1 then
      -- It was never mailed there: should it come back, it is new.
      redis.call('HDEL', KEYS[1], mark)
      if redis.call('EXISTS', pending) == 0 then redis.call('SREM', waiting, name) end
    end
  end
end

if not stale then return 0 end
redis.call('ZADD', KEYS[7], sequence, '')
for c = 1, entered + left do
  redis.call('ZADD', KEYS[7], sequence, ARGV[11 + cadences + c])
end
return 1

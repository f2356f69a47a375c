-- Take a post from a category to the one that goes on in its place; its digests go with it.
-- KEYS: post, dirty, posts:seq, log:OLD, log:NEW, then pending:CADENCE for each cadence,
--       pending:CADENCE:OLD for each, pending:CADENCE:NEW for each
-- ARGV: id, old, new, post, hash, then the cadences' names
-- Reply: 1 if it is new to the other's feed, else 0
local id, cadences, new = ARGV[1], #ARGV - 5, 0
redis.call('HSET', KEYS[1], 'post', ARGV[4], 'hash', ARGV[5])
if not redis.call('ZSCORE', KEYS[5], id) then
  redis.call('ZADD', KEYS[5], redis.call('INCR', KEYS[3]), id)
  new = 1
end
redis.call('ZREM', KEYS[4], id)
redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[3]), ARGV[3])
for d = 1, cadences do
  local before, after = 'in:' .. ARGV[5 + d] .. ':' .. ARGV[2], 'in:' .. ARGV[5 + d] .. ':' .. ARGV[3]
  local mark, waits = redis.call('HGET', KEYS[1], before), redis.call('ZREM', KEYS[5 + cadences + d], id)
  if mark and redis.call('HSETNX', KEYS[1], after, mark) == 1 and waits == 1 then
    redis.call('ZADD', KEYS[5 + 2 * cadences + d], redis.call('INCR', KEYS[3]), id)
    redis.call('SADD', KEYS[5 + d], ARGV[3])
  end
  redis.call('HDEL', KEYS[1], before)
end
return new

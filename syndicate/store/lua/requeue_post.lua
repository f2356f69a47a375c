-- Have a post of a category wait for the next edition of its digest.
-- KEYS: post, pending:CADENCE:CATEGORY, pending:CADENCE, log:CATEGORY, posts:seq, digest
-- ARGV: id, cadence, category, now (seconds), 1 if it may be in an edition already
-- Reply: 1, or 0 if it waits already, -1 if it isn't in the category, -2 if an edition took it
if not redis.call('ZSCORE', KEYS[4], ARGV[1]) then return -1 end
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
if ARGV[5] ~= '1' and redis.call('HEXISTS', KEYS[6], 'post:' .. ARGV[1]) == 1 then return -2 end
redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[5]), ARGV[1])
redis.call('SADD', KEYS[3], ARGV[3])
redis.call('HSET', KEYS[1], 'in:' .. ARGV[2] .. ':' .. ARGV[3], ARGV[4])
redis.call('HDEL', KEYS[1], 'why:' .. ARGV[2] .. ':' .. ARGV[3])
return 1

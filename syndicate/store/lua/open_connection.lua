-- Take one of the connections that a relay may have; those of dead workers are over by themselves.
-- KEYS: relay:NAME:connections
-- ARGV: now, end of the lease, the latest end that any lease can have, connections at the most, name of the new one
-- Reply: 1, or 0 if all are in use
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. ARGV[3], '+inf')
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[5])
return 1

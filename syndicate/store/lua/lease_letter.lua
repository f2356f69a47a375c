-- Take the letter that is due first and that nobody alive holds.
-- KEYS: letters:due, letters:leases, fence
-- ARGV: now, the moment at which its worker counts as dead unless it renews
-- Reply: its id and a fencing token (> 0), or nothing if none is due
local first = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 1)[1]
if not first then return {} end
local token = redis.call('INCR', KEYS[3])
redis.call('HSET', KEYS[2], first, token)
redis.call('ZADD', KEYS[1], ARGV[2], first)
return {tonumber(first), token}

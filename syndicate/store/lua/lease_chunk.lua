-- Take a chunk that is due and that nobody alive holds.
-- KEYS: mailing, mailing:ID:due, mailing:ID:leases, fence
-- ARGV: chunk, now, the moment at which its worker counts as dead unless it renews
-- Reply: fencing token (> 0), or 0
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'planning' and state ~= 'sending' then return 0 end
local due = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not due or tonumber(due) > tonumber(ARGV[2]) then return 0 end
local token = redis.call('INCR', KEYS[4])
redis.call('HSET', KEYS[3], ARGV[1], token)
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
return token

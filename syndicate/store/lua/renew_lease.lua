-- A sign of life from the worker of a chunk.
-- KEYS: mailing:ID:due, mailing:ID:leases
-- ARGV: chunk, token, the moment at which the worker counts as dead unless it renews again
-- Reply: 1, or 0 if the chunk is no longer its own
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1])
return 1

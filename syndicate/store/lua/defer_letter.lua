-- Give a letter back, due again later.
-- KEYS: letters:due, letters:leases, letter
-- ARGV: letter, token, the moment from which it is due again, how often it was tried
-- Reply: 1, or 0 if the letter is no longer this worker's
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[3], 'attempts', ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return 1

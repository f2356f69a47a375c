-- Nothing more is to be done about a letter. What came of it is a fact, and is taken even from a
-- worker that has lost its lease; it is counted once.
-- KEYS: letters:due, letters:leases, letter, letters:counts
-- ARGV: letter, what came of it (KIND:sent, KIND:failed, KIND:skipped)
-- Reply: 1, or 0 if it was known
if redis.call('DEL', KEYS[3]) == 0 then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HINCRBY', KEYS[4], ARGV[2], 1)
return 1

-- Have the digest of a number be called otherwise, with the audience that it has. Not if the other
-- name has a number, too: then each subscriber has to be asked.
-- KEYS: digests, digests:names, subscribed (old), subscribed (new)
-- ARGV: CADENCE:CATEGORY (old), CADENCE:CATEGORY (new)
-- Reply: 1 if there is nothing left to do, 0 if both have numbers
local number = redis.call('HGET', KEYS[1], ARGV[1])
if not number then return 1 end
if redis.call('HEXISTS', KEYS[1], ARGV[2]) == 1 then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[2], number)
redis.call('HSET', KEYS[2], number, ARGV[2])
if redis.call('EXISTS', KEYS[3]) == 1 then redis.call('RENAME', KEYS[3], KEYS[4]) end
return 1

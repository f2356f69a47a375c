-- Make a subscriber of an address, once.
-- KEYS: subscribers:by-address, subscriber (under a reserved id)
-- ARGV: normalised address, reserved id, then the record's names and values
-- Reply: id of the address's subscriber, made now or before
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before then return tonumber(before) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], unpack(ARGV, 3))
return tonumber(ARGV[2])

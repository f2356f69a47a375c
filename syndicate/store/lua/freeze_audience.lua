-- Freeze who gets a mailing: those subscribed at this moment. A second call changes nothing.
-- KEYS: mailing, mailing:ID:audience, mailing:ID:together (of the mailing of all in one: itself, or
--       that which has the same edition), then subscribed:CADENCE:CATEGORY for each of its digests
-- ARGV: which of them: everybody, together (who is in that set) or apart (who isn't)
-- Reply: the mailing's state after it
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'ordered' then return state end
redis.call('SUNIONSTORE', KEYS[2], KEYS[4])
-- A script's stack has room for 8,000 values; a slot may have more digests.
for k = 5, #KEYS, 1000 do
  redis.call('SUNIONSTORE', KEYS[2], KEYS[2], unpack(KEYS, k, math.min(k + 999, #KEYS)))
end
if ARGV[1] == 'together' then redis.call('SINTERSTORE', KEYS[2], KEYS[2], KEYS[3]) end
if ARGV[1] == 'apart' then redis.call('SDIFFSTORE', KEYS[2], KEYS[2], KEYS[3]) end
redis.call('HSET', KEYS[1], 'state', 'planning')
return 'planning'

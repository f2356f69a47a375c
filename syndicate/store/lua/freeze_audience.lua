-- Freeze who gets a mailing: those subscribed at this moment. A second call changes nothing.
-- KEYS: mailing, mailing:ID:audience, then subscribed:CADENCE:CATEGORY for each of its digests
-- Reply: the mailing's state after it
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'ordered' then return state end
redis.call('SUNIONSTORE', KEYS[2], unpack(KEYS, 3))
redis.call('HSET', KEYS[1], 'state', 'planning')
return 'planning'

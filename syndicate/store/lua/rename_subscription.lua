-- Have a subscription be one to the digest that goes on in the place of another.
-- KEYS: subscriber, consents, subscribed (old), subscribed (new)
-- ARGV: subscriber, CADENCE:CATEGORY (old), CADENCE:CATEGORY (new), now
-- Reply: 1 if there was one, else 0
local state = redis.call('HGET', KEYS[1], 'on:' .. ARGV[2])
redis.call('SREM', KEYS[3], ARGV[1])
if not state then return 0 end
redis.call('HDEL', KEYS[1], 'on:' .. ARGV[2])
-- Whoever has said something of the other already is taken by that word.
if redis.call('HSETNX', KEYS[1], 'on:' .. ARGV[3], state) == 1 and state == 'active' then
  redis.call('SADD', KEYS[4], ARGV[1])
end
redis.call('XADD', KEYS[2], '*', 'subscriber', ARGV[1], 'state', 'renamed',
  'lists', cjson.encode({ARGV[2], ARGV[3]}), 'at', ARGV[4], 'how', '{}')
return 1

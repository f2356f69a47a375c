-- Say why a mailing waits, or that nothing is in its way any more. What a person said when it was
-- paused or cancelled stands.
-- KEYS: mailing
-- ARGV: why, or empty
-- Reply: nothing
local state = redis.call('HGET', KEYS[1], 'state')
if not state or state == 'paused' or state == 'cancelled' then return end
if ARGV[1] == '' then
  redis.call('HDEL', KEYS[1], 'trouble')
else
  redis.call('HSET', KEYS[1], 'trouble', ARGV[1])
end

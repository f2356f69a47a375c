-- Take an edition out of the mailing of all in one; its messages to come go without it.
-- KEYS: mailing, mailing:ID:out
-- ARGV: edition
-- Reply: how many of its editions are left in it, or -1 if this one was out already
if redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return -1 end
local _, held = string.gsub(redis.call('HGET', KEYS[1], 'editions'), '%d+', '')
return held - redis.call('SCARD', KEYS[2])

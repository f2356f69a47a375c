-- Be done with what was due, if nobody is yet.
-- KEYS: schedules:due, schedules:held, schedules:skips
-- ARGV: what was due, the moment from which it is believed to be, the next one, or empty if there is
--       none (both in Unix seconds), the name that its slot is held by (or empty), when that
--       was, then the skips that are over
-- Reply: 1, or 0 if it is due at another moment by now
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or -1) ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[2], ARGV[4], ARGV[5]) end
if #ARGV > 5 then redis.call('HDEL', KEYS[3], unpack(ARGV, 6)) end
return 1

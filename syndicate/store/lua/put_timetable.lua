-- Give a cadence, or a category of it, another timetable, or (empty) none of its own any more. What
-- is due by now stays so; what was to be skipped was a slot of the old one.
-- KEYS: schedules, schedules:due, schedules:skips, schedules:log
-- ARGV: CADENCE:CATEGORY, its timetable as it is believed to be (JSON, or empty), that to be (JSON,
--       or empty), when it is due next, now (both in Unix seconds), what is done (JSON), how many of
--       these lines are kept, then the skips that are over
-- Reply: 1, or 0 if it is another by now
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  local due = redis.call('ZSCORE', KEYS[2], ARGV[1])
  if not due or tonumber(due) > tonumber(ARGV[5]) then
    redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
  end
end
if #ARGV > 7 then redis.call('HDEL', KEYS[3], unpack(ARGV, 8)) end
redis.call('LPUSH', KEYS[4], ARGV[6])
redis.call('LTRIM', KEYS[4], 0, tonumber(ARGV[7]) - 1)
return 1

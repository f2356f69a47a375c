-- Count a mail that came back, once, however often it is handed in.
-- KEYS: bounce:MARK, bounces:counts, bounces:log, mailing (that it is about, or any that is none)
-- ARGV: seconds for which it is known again, name of its counter, its entry in the log, entries that
--       are kept, its counter in the mailing
-- Reply: 1, or 0 if it was counted before
if not redis.call('SET', KEYS[1], '', 'NX', 'EX', ARGV[1]) then return 0 end
redis.call('HINCRBY', KEYS[2], ARGV[2], 1)
redis.call('LPUSH', KEYS[3], ARGV[3])
redis.call('LTRIM', KEYS[3], 0, ARGV[4] - 1)
if redis.call('EXISTS', KEYS[4]) == 1 then redis.call('HINCRBY', KEYS[4], ARGV[5], 1) end
return 1
